"""Large files: memory beside the result stays small, and nothing is read more than once."""

import tracemalloc

import numpy as np
import pytest

from zkcompanion.proving.formats.r1cs import R1cs, SparseRows, read_r1cs, write_r1cs
from zkcompanion.proving.formats.sym import SignalLine, read_sym, write_sym
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns
from zkcompanion.proving.formats.zkey import COEFFICIENT, Groth16Zkey, read_zkey, write_zkey
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR

SEED = 20


def elements(rng, rows: int, numbers: int) -> np.ndarray:
    limbs = rng.integers(0, 2**64, (rows, 4 * numbers), dtype=np.uint64)
    limbs[:, 3::4] >>= 3  # below both primes
    return limbs


def matrix(rng, n: int) -> SparseRows:
    counts = rng.integers(0, 4, n)
    row_ptr = np.concatenate([[0], np.cumsum(counts)])
    return SparseRows(row_ptr, rng.integers(0, n, row_ptr[-1], dtype=np.uint32), elements(rng, int(row_ptr[-1]), 1))


def peak_of(call, *arguments):
    tracemalloc.start()
    result = call(*arguments)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, peak


@pytest.mark.slow
def test_constraints_need_little_more_than_they_take(tmp_path):
    rng = np.random.default_rng(SEED)
    n = 200_000
    path = tmp_path / "c.r1cs"
    made = R1cs(n, 1, 1, 1, n, matrix(rng, n), matrix(rng, n), matrix(rng, n), np.arange(n, dtype=np.uint64))
    _, peak = peak_of(write_r1cs, path, made)
    assert peak < 40 << 20
    read, peak = peak_of(read_r1cs, path)
    result_bytes = read.wire_to_label.nbytes
    for ours, theirs in ((read.a, made.a), (read.b, made.b), (read.c, made.c)):
        assert np.array_equal(ours.row_ptr, theirs.row_ptr)
        assert np.array_equal(ours.wire, theirs.wire)
        assert np.array_equal(ours.value, theirs.value)
        result_bytes += ours.row_ptr.nbytes + ours.wire.nbytes + ours.value.nbytes
    # 60 bytes for each constraint while its combinations are found, and one block of terms
    assert peak < result_bytes + 60 * n + (12 << 20)


def test_a_key_is_mapped_not_copied(tmp_path):
    rng = np.random.default_rng(SEED)
    n, domain = 50_000, 1 << 16
    coefficients = np.zeros(120_000, dtype=COEFFICIENT)
    coefficients["matrix"] = rng.integers(0, 2, len(coefficients))
    coefficients["constraint"] = rng.integers(0, domain, len(coefficients))
    coefficients["signal"] = rng.integers(0, n, len(coefficients))
    coefficients["value"] = elements(rng, len(coefficients), 1)
    made = Groth16Zkey(
        n, 1, domain, G1_GENERATOR, G1_GENERATOR, G2_GENERATOR, G2_GENERATOR, G1_GENERATOR, G2_GENERATOR,
        ic=elements(rng, 2, 2), coefficients=coefficients, points_a=elements(rng, n, 2), points_b1=elements(rng, n, 2),
        points_b2=elements(rng, n, 4), points_c=elements(rng, n - 2, 2), points_h=elements(rng, domain, 2),
        circuit_hash=bytes(64),
    )  # fmt: skip
    path = tmp_path / "k.zkey"
    _, peak = peak_of(write_zkey, path, made)
    assert peak < 1 << 20
    assert path.stat().st_size > 25_000_000
    key, peak = peak_of(read_zkey, path)
    assert peak < 1 << 20
    with key:
        assert np.array_equal(key.points_b2, made.points_b2)
        assert np.array_equal(key.coefficients, made.coefficients)


def test_a_witness_is_copied_once(tmp_path):
    values = elements(np.random.default_rng(SEED), 100_000, 1)
    values[0] = [1, 0, 0, 0]
    path = tmp_path / "w.wtns"
    _, peak = peak_of(write_wtns, path, values)
    assert peak < 1 << 20
    read, peak = peak_of(read_wtns, path)
    assert np.array_equal(read, values)
    assert peak < values.nbytes + (1 << 20)


def test_names_need_a_few_numbers_a_line(tmp_path):
    path = tmp_path / "c.sym"
    write_sym(path, (SignalLine(i, i if i % 3 else -1, i % 7, f"main.part[{i % 99}].x") for i in range(1, 50_001)))
    names, peak = peak_of(read_sym, path)
    assert len(names) == 50_000
    assert names.names(50_000) == ("main.part[5].x",)
    assert peak < path.stat().st_size + 50_000 * 200 + (2 << 20)
