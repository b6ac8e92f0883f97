"""Rows of a key and of an `.r1cs` times a witness, on compiled kernels, against Python integers."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import numpy as np
import pytest

from tests.support.kernels import family_kernels, ifma_missing, portable_kernels, shaped_integers
from zkcompanion.base.errors import Cancelled, UnsatisfiedWitnessError
from zkcompanion.proving import rows as module
from zkcompanion.proving.fields import FR, from_limbs, from_mont_limbs, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.rows import KeyRows, ReferenceRows, Rows, even_ranges
from zkcompanion.proving.witness.check import check_witness

pytestmark = pytest.mark.kernels
P = FR.modulus


FAMILIES = [("scalar", 1), ("scalar", 3), pytest.param(("ifma", 3), marks=ifma_missing), ("portable", 1)]


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda p: f"{p[0]}-{p[1]}")
def driver(request):
    family, threads = request.param
    kernels = portable_kernels("rows") if family == "portable" else family_kernels(family, *module.GROUPS)
    with ThreadTeam(threads) as team:
        yield Rows(kernels, team)


def random_entries(rng: random.Random, n_terms: int, n_rows: int, n_vars: int):
    """(matrix, row, wire, plain value), sorted as snarkjs writes them, with repeated wires and zero values."""
    values = shaped_integers(rng, n_terms, FR)
    entries = [(rng.randrange(2), rng.randrange(n_rows), rng.randrange(n_vars), v) for v in values]
    return sorted(entries, key=lambda e: (e[1], e[0]))


def records_of(entries):
    out = np.zeros(len(entries), dtype=COEFFICIENT)
    for position, name in enumerate(("matrix", "constraint", "signal")):
        out[name] = [e[position] for e in entries]
    out["value"] = to_limbs(e[3] * FR.r2 % P for e in entries)
    return out


def expected_rows(entries, n_rows: int, witness):
    sums = [0] * n_rows, [0] * n_rows
    for matrix, row, wire, value in entries:
        sums[matrix][row] += value * witness[wire]
    return [[s % P for s in column] for column in sums]


def sparse(rows_of_terms) -> SparseRows:
    terms = [t for row in rows_of_terms for t in row]
    starts = np.cumsum([0, *map(len, rows_of_terms)]).astype(np.int64)
    return SparseRows(starts, np.array([w for w, _ in terms], dtype=np.uint32), to_limbs(v for _, v in terms))


@pytest.mark.parametrize(
    ("n_terms", "domain", "n_vars"), [(0, 2, 1), (1, 2, 1), (7, 8, 3), (500, 64, 40), (9000, 16, 9)]
)
@pytest.mark.parametrize("order", ["file", "shuffled"])
def test_rows_of_a_key_are_the_sums(driver, n_terms, domain, n_vars, order) -> None:
    rng = random.Random(n_terms)
    entries = random_entries(rng, n_terms, domain, n_vars)
    if order == "shuffled":
        rng.shuffle(entries)
    witness = shaped_integers(rng, n_vars, FR)[::-1]
    rows = KeyRows.of(records_of(entries), n_vars=n_vars, domain_size=domain)
    for evaluator in (driver, ReferenceRows()):
        a, b = evaluator.evaluate_key(rows, to_limbs(witness))
        assert [from_mont_limbs(a, FR), from_mont_limbs(b, FR)] == expected_rows(entries, domain, witness)
        assert all(v < P for v in (*from_limbs(a), *from_limbs(b))), "canonical"


def test_a_section_may_start_at_any_byte(driver) -> None:
    entries = random_entries(random.Random(5), 50, 8, 6)
    whole = records_of(entries)
    for offset in range(1, 8):
        buffer = np.zeros(whole.nbytes + offset, dtype=np.uint8)
        buffer[offset:] = whole.view(np.uint8)
        rows = KeyRows.of(np.frombuffer(buffer, dtype=COEFFICIENT, offset=offset), n_vars=6, domain_size=8)
        a, b = driver.evaluate_key(rows, to_limbs(range(6)))
        assert [from_mont_limbs(a, FR), from_mont_limbs(b, FR)] == expected_rows(entries, 8, range(6))


def test_preparation_goes_through_a_large_key_piece_by_piece(driver, monkeypatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 64)
    entries = random_entries(random.Random(6), 1000, 128, 50)
    asked = []

    class Asked(Trace):
        def check(self) -> None:
            asked.append(1)

    rows = KeyRows.of(records_of(entries), n_vars=50, domain_size=128, trace=Asked())
    assert len(asked) == 16
    a, b = driver.evaluate_key(rows, to_limbs(range(50)))
    assert [from_mont_limbs(a, FR), from_mont_limbs(b, FR)] == expected_rows(entries, 128, range(50))


def test_terms_of_a_row_keep_the_order_of_the_file() -> None:
    records = records_of([(0, 3, 0, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0, 3, 1, 1), (0, 1, 2, 1)])
    rows = KeyRows.of(records, n_vars=3, domain_size=4)
    assert rows.a.starts.tolist() == [0, 0, 2, 2, 4]
    assert rows.a.order.tolist() == [2, 4, 0, 3]
    assert rows.b.starts.tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("entry", "message"),
    [((2, 0, 0, 1), "row"), ((0, 4, 0, 1), "row"), ((0, 0, 3, 1), "wire"), ((1, 0, 1 << 31, 1), "wire")],
)
def test_indices_out_of_bounds_are_refused(entry, message) -> None:
    with pytest.raises(ValueError, match=message):
        KeyRows.of(records_of([(0, 0, 0, 1), entry]), n_vars=3, domain_size=4)


def test_other_records_are_refused() -> None:
    for coefficients in (np.zeros(3, dtype=np.uint32), records_of([(0, 0, 0, 1)] * 4)[::2]):
        with pytest.raises(ValueError, match="records"):
            KeyRows.of(coefficients, n_vars=3, domain_size=4)


def test_a_file_that_changes_after_the_check_cannot_make_a_kernel_read_elsewhere(driver) -> None:
    records = records_of([(0, 0, 1, 5), (1, 1, 2, 7)])
    rows = KeyRows.of(records, n_vars=3, domain_size=2)
    records["signal"] = [0xFFFFFFFF, 3]
    a, b = driver.evaluate_key(rows, to_limbs([1, 10, 100]))
    assert from_mont_limbs(a, FR) == [500, 0]
    assert from_mont_limbs(b, FR) == [0, 700]


@pytest.mark.parametrize("value", [P - 1, P, 5 * P + 1, (1 << 256) - 1, ((1 << 52) - 1) << 104])
def test_a_value_may_be_any_number_of_256_bits(driver, value) -> None:
    # a file that is mapped may change to one after it was checked
    n = 70
    records = records_of([(0, 0, k % 3, 5) for k in range(n)])
    rows = KeyRows.of(records, n_vars=3, domain_size=1)
    records["value"] = to_limbs([value])
    witness = [P - 1, 1, P - 2]
    a, _ = driver.evaluate_key(rows, to_limbs(witness))
    assert from_limbs(a) == [sum(value * witness[k % 3] for k in range(n)) * FR.r_inv % P]


@pytest.mark.parametrize("lengths", [[63, 1, 64, 0, 128, 65], [0, 0, 200], [1] * 130, [64], [7, 57, 8, 56]])
def test_rows_may_end_anywhere_in_a_batch_of_products(driver, lengths) -> None:
    rng = random.Random(sum(lengths))
    witness = shaped_integers(rng, 40, FR)
    terms = [[(rng.randrange(40), v) for v in shaped_integers(rng, length, FR)[::-1]] for length in lengths]
    expected = [sum(v * witness[w] for w, v in row) % P for row in terms]
    assert from_limbs(driver.evaluate(sparse(terms), to_limbs(witness))) == expected


@pytest.mark.parametrize("evaluator", ["kernels", "reference"])
@pytest.mark.parametrize(
    "witness",
    [
        np.zeros((2, 4), dtype=np.uint64),
        np.zeros((4, 4), dtype=np.uint64),
        np.zeros(12, dtype=np.uint64),
        np.zeros((3, 5), dtype=np.uint64),
        np.zeros((3, 4), dtype=np.int64),
        np.zeros((6, 4), dtype=np.uint64)[::2],
    ],
)
def test_a_witness_of_another_shape_is_refused(driver, evaluator, witness) -> None:
    rows = KeyRows.of(records_of([(0, 0, 1, 5)]), n_vars=3, domain_size=2)
    with pytest.raises(ValueError, match="witness"):
        (driver if evaluator == "kernels" else ReferenceRows()).evaluate_key(rows, witness)


@pytest.mark.parametrize("n_rows", [0, 1, 5, 300])
def test_rows_of_a_constraint_system_come_plain_or_montgomery(driver, n_rows) -> None:
    rng = random.Random(n_rows)
    witness = shaped_integers(rng, 30, FR)
    terms = [[(rng.randrange(30), v) for v in shaped_integers(rng, rng.randrange(12), FR)] for _ in range(n_rows)]
    expected = [sum(v * witness[w] for w, v in row) % P for row in terms]
    rows, limbs = sparse(terms), to_limbs(witness)
    for evaluator in (driver, ReferenceRows()):
        assert from_limbs(evaluator.evaluate(rows, limbs)) == expected
        assert from_mont_limbs(evaluator.evaluate(rows, limbs, montgomery=True), FR) == expected


@pytest.mark.parametrize(
    "rows",
    [
        SparseRows(np.array([0, 1]), np.array([3], dtype=np.uint32), to_limbs([1])),
        SparseRows(np.array([1, 1]), np.array([0], dtype=np.uint32), to_limbs([1])),
        SparseRows(np.array([0, 2]), np.array([0], dtype=np.uint32), to_limbs([1])),
        SparseRows(np.array([0, 2, 1]), np.array([0], dtype=np.uint32), to_limbs([1])),
        SparseRows(np.array([0, 1]), np.array([0], dtype=np.uint32), to_limbs([1, 2])),
        SparseRows(np.array([], dtype=np.int64), np.array([], dtype=np.uint32), to_limbs([])),
    ],
)
def test_rows_that_point_elsewhere_are_refused(driver, rows) -> None:
    for evaluator in (driver, ReferenceRows()):
        with pytest.raises(ValueError, match=r"no such wire|do not cover|as many values|another shape"):
            evaluator.evaluate(rows, to_limbs([1, 2, 3]))


def test_ranges_cover_all_rows_and_share_the_work() -> None:
    assert even_ranges(np.zeros(1, dtype=np.int64)) == ()
    assert even_ranges(np.array([0, 5])) == ((0, 1),)
    rng = random.Random(2)
    lengths = [rng.choice((0, 0, 1, 3, 400)) for _ in range(5000)] + [1 << 18] + [1] * 5000
    starts = np.cumsum([0, *lengths])
    ranges = even_ranges(starts)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == len(lengths)
    assert all(left[1] == right[0] for left, right in pairwise(ranges))
    # a range is as large as it should be, or ends with the one row that is larger
    assert all(starts[last - 1] + last - 1 - starts[first] - first <= 1 << 16 for first, last in ranges)
    assert len(ranges) >= 8


def test_the_announced_steps_are_taken_and_can_be_cancelled(driver) -> None:
    entries = random_entries(random.Random(9), 20_000, 1024, 100)
    rows = KeyRows.of(records_of(entries), n_vars=100, domain_size=1024)
    seen = []
    lock = threading.Lock()

    class Seen(Trace):
        def __init__(self, limit: int) -> None:
            self.left = limit

        def begin(self, phase: Phase, steps: int = 0) -> None:
            seen.append((phase, steps))

        def advance(self, phase: Phase, steps: int = 1) -> None:
            with lock:
                seen.append(phase)

        def check(self) -> None:
            with lock:
                self.left -= 1
                if self.left < 0:
                    raise Cancelled

    driver.evaluate_key(rows, to_limbs(range(100)), trace=Seen(1000))
    assert seen == [(Phase.CONSTRAINTS, rows.steps)] + [Phase.CONSTRAINTS] * rows.steps
    assert rows.steps >= 8
    with pytest.raises(Cancelled):
        driver.evaluate_key(rows, to_limbs(range(100)), trace=Seen(3))


def test_a_cancelled_evaluation_wipes_what_it_has(driver, monkeypatch) -> None:
    made = []

    def empty(*arguments, **more):
        made.append(np_empty(*arguments, **more))
        return made[-1]

    class Late(Trace):
        def check(self) -> None:
            if len(made) and made[-1].any():
                raise Cancelled

    n, np_empty = 20_000, np.empty
    rows = SparseRows(np.arange(n + 1), np.zeros(n, dtype=np.uint32), to_limbs([3] * n))
    monkeypatch.setattr(module.np, "empty", empty)
    with pytest.raises(Cancelled):
        driver.evaluate(rows, to_limbs([5]), trace=Late())
    assert not made[-1].any()


@pytest.mark.parametrize("n", [0, 1, 500])
def test_products_are_plain(driver, n) -> None:
    rng = random.Random(n)
    x, y = shaped_integers(rng, n, FR), shaped_integers(rng, n, FR)[::-1]
    a, b = to_limbs(x), to_limbs(y)
    for evaluator in (driver, ReferenceRows()):
        assert from_limbs(evaluator.multiply(a, b)) == [u * v % P for u, v in zip(x, y, strict=True)]
        assert from_limbs(evaluator.multiply(a[::2], b[::2])) == [
            u * v % P for u, v in zip(x[::2], y[::2], strict=True)
        ]
        with pytest.raises(ValueError):
            evaluator.multiply(a, to_limbs([1] * (n + 1)))


def test_the_witness_check_runs_on_kernels(driver) -> None:
    # w1 * w2 = w3, (w1 + w2) * 1 = w4
    def r1cs(c_value: int) -> R1cs:
        a = sparse([[(1, 1)], [(1, 1), (2, 1)]])
        b = sparse([[(2, 1)], [(0, 1)]])
        return R1cs(5, 0, 0, 2, 5, a, b, sparse([[(3, 1)], [(4, c_value)]]), np.arange(5, dtype=np.uint64))

    x, y = P - 7, 1 << 250
    witness = to_limbs([1, x, y, x * y % P, (x + y) % P])
    check_witness(r1cs(1), witness, evaluate_rows=driver.evaluate, multiply=driver.multiply)
    with pytest.raises(UnsatisfiedWitnessError, match="Constraint 1 of 2"):
        check_witness(r1cs(2), witness, evaluate_rows=driver.evaluate, multiply=driver.multiply)
