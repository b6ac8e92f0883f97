"""The circuits made to be measured: satisfied, the right size, the same every time, and what their names say."""

import hashlib

import numpy as np
import pytest

from zkcompanion.benchmarks import generated
from zkcompanion.benchmarks.builder import CircuitBuilder
from zkcompanion.benchmarks.generated import KINDS, generate_circuit, generate_sized
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.r1cs import SparseRows, read_r1cs, write_r1cs
from zkcompanion.proving.reference.poseidon import permute, poseidon_params


def dot(rows: SparseRows, witness: list[int]) -> list[int]:
    values = from_limbs(rows.value)
    return [
        sum(values[k] * witness[rows.wire[k]] for k in range(rows.row_ptr[i], rows.row_ptr[i + 1])) % FR.modulus
        for i in range(rows.n_rows)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("power", [2, 3, 6, 10, 13])
def test_every_constraint_holds_and_the_domain_is_the_one_asked_for(kind, power):
    r1cs, witness = generate_circuit(kind, power)
    values = from_limbs(witness)
    assert len(values) == r1cs.n_wires
    for a, b, c in zip(dot(r1cs.a, values), dot(r1cs.b, values), dot(r1cs.c, values), strict=True):
        assert a * b % FR.modulus == c
    assert (r1cs.n_constraints + r1cs.n_public).bit_length() == power


@pytest.mark.parametrize(("kind", "low", "high"), [("dense", 0.0, 0.01), ("bits", 0.99, 1.0), ("mix", 0.4, 0.6)])
def test_the_share_of_bits_is_what_the_kind_promises(kind, low, high):
    _, witness = generate_circuit(kind, 13)
    small = np.count_nonzero((witness[:, 0] < 2) & ~witness[:, 1:].any(axis=1))
    assert low <= small / len(witness) <= high


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_arguments_give_the_same_bytes(kind, tmp_path):
    digests = []
    for name in ("one", "two"):
        r1cs, witness = generate_circuit(kind, 8)
        write_r1cs(tmp_path / name, r1cs)
        digests.append((hashlib.sha256((tmp_path / name).read_bytes()).hexdigest(), witness.tobytes()))
    assert digests[0] == digests[1]
    assert read_r1cs(tmp_path / "one").n_constraints == (1 << 8) - 2


def test_the_dense_chain_is_poseidon():
    c = CircuitBuilder()
    state = [c.wire(value) for value in (1, 2, 3)]
    out = generated._poseidon_rounds(c, state, limit=10**6)
    assert [c.values[wire] for wire in out] == permute([1, 2, 3])
    assert c.n_constraints == 8 * 12 + poseidon_params(3).partial_rounds * 6


def test_the_bit_heavy_chain_is_sha256():
    c = CircuitBuilder()
    state = [generated._word(c, value) for value in generated._H0]
    padded = b"abc\x80" + bytes(52) + (24).to_bytes(8, "big")
    block = [generated._word(c, int.from_bytes(padded[i : i + 4], "big")) for i in range(0, 64, 4)]
    before = c.n_constraints
    out = generated._sha256_block(c, state, block, limit=10**6)
    digest = b"".join(sum(c.values[wire] << i for i, wire in enumerate(word)).to_bytes(4, "big") for word in out)
    assert digest == hashlib.sha256(b"abc").digest()
    assert (c.n_constraints - before) / 64 < generated._ROUND_CONSTRAINTS


def test_a_domain_below_four_is_refused():
    with pytest.raises(ValueError, match="domain of 4"):
        generate_circuit("dense", 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("constraints", [2, 3, 100, 1500])
def test_a_circuit_can_have_any_number_of_constraints_from_two_on(kind, constraints):
    r1cs, witness = generate_sized(kind, constraints)
    assert (r1cs.n_constraints, r1cs.n_wires) == (constraints, len(witness))
    with pytest.raises(ValueError, match="two constraints"):
        generate_sized(kind, 1)


def test_public_wires_come_before_private_ones():
    c = CircuitBuilder()
    c.wire(5)
    with pytest.raises(ValueError, match="public wires"):
        c.public(1)
