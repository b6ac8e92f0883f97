"""The circuit says what it claims, and no witness that cheats satisfies it."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.bundled_circuits import bundled
from tests.support.determined import determined
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.reference.poseidon import poseidon
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs

R = FR.modulus
SALT = 2**250 + 12345


@pytest.fixture(scope="module")
def circuit():
    return bundled("funds-above-threshold")


def inputs(balance, threshold, salt=SALT, commitment=None):
    commitment = poseidon([balance, salt]) if commitment is None else commitment
    values = {"balance": balance, "salt": salt, "commitment": commitment, "threshold": threshold}
    return inputs_from(values, file="input.json")


def witness_of(circuit, *arguments):
    return from_limbs(circuit.calculator.calculate(inputs(*arguments)))


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


@pytest.mark.parametrize(
    ("balance", "threshold"),
    [(0, 0), (1, 0), (1, 1), (100, 99), (2**63, 2**63 - 1), (2**64 - 1, 2**64 - 1), (2**64 - 1, 0)],
)
def test_enough_is_enough(circuit, balance, threshold):
    witness = witness_of(circuit, balance, threshold)
    check_witness(circuit.r1cs, to_limbs(witness))
    assert witness[1:3] == [poseidon([balance, SALT]), threshold]


@pytest.mark.parametrize(
    ("balance", "threshold"),
    [(0, 1), (99, 100), (0, 2**64 - 1), (2**64, 1), (R - 1, 1), (R - 1, R - 1), (5, 2**64), (5, R - 5), (2**64, 2**64)],
)
def test_too_little_and_numbers_out_of_range_are_refused(circuit, balance, threshold):
    with pytest.raises(UnsatisfiedWitnessError, match="template ToBits"):
        witness_of(circuit, balance, threshold)


@pytest.mark.parametrize("changed", [{"salt": SALT + 1}, {"balance": 501}])
def test_a_commitment_to_something_else_is_refused(circuit, changed):
    values = {"balance": 500, "salt": SALT} | changed
    with pytest.raises(UnsatisfiedWitnessError, match="template FundsAboveThreshold"):
        circuit.calculator.calculate(inputs(values["balance"], 7, values["salt"], poseidon([500, SALT])))


def test_the_inputs_determine_every_wire(circuit):
    witness = witness_of(circuit, 2**64 - 3, 2**63 + 1)
    given = {
        wire: witness[wire] for wire in (circuit.wires[f"main.{name}"] for name in ("balance", "salt", "threshold"))
    }
    assert determined(circuit.r1cs, given) == dict(enumerate(witness))


# -- cheats: each begins with an honest witness and bends it so that only the last line of defence is left


def bent(circuit, balance, threshold):
    """A witness with this balance, threshold and the commitment to it, whose bits are those of other numbers."""
    witness = witness_of(circuit, 7, 5)
    honest = {name: witness[wire] for name, wire in circuit.wires.items()}
    given = {"main.balance": balance, "main.salt": SALT, "main.threshold": threshold}
    # everything that follows from the hash's inputs alone
    hashed = determined(_without_ranges(circuit), {circuit.wires[name]: value for name, value in given.items()})
    return {name: hashed.get(wire, honest[name]) for name, wire in circuit.wires.items()}


def _without_ranges(circuit):
    """The constraints up to the commitment's: those before the first that names a bit."""
    part = SimpleNamespace()
    bits = {wire for name, wire in circuit.wires.items() if ".out[" in name}
    keep = [
        row
        for row in range(circuit.r1cs.n_constraints)
        if not any(bits & set(m.wire[m.row_ptr[row] : m.row_ptr[row + 1]].tolist()) for m in _matrices(circuit))
    ]
    part.a, part.b, part.c = (_pick(matrix, keep) for matrix in _matrices(circuit))
    return part


def _matrices(circuit):
    return circuit.r1cs.a, circuit.r1cs.b, circuit.r1cs.c


def _pick(matrix, keep):
    spans = [slice(matrix.row_ptr[row], matrix.row_ptr[row + 1]) for row in keep]
    lengths = [span.stop - span.start for span in spans]
    return type(matrix)(
        np.array([0, *np.cumsum(lengths)], dtype=np.int64),
        np.concatenate([matrix.wire[span] for span in spans]),
        np.concatenate([matrix.value[span] for span in spans]),
    )


def set_bits(values, name, number, top=0):
    """Write `number` as the bits of a ToBits(64) component, what does not fit into the first one; `top` adds to it."""
    for i in range(64):
        values[f"main.{name}.out[{i}]"] = number >> i & 1
    values[f"main.{name}.out[0]"] = (values[f"main.{name}.out[0]"] + number - number % 2**64 + top) % R


def assemble(circuit, values):
    witness = [0] * circuit.r1cs.n_wires
    witness[0] = 1
    for name, wire in circuit.wires.items():
        witness[wire] = values[name]
    return witness


def test_bending_nothing_is_accepted(circuit):
    values = bent(circuit, 900, 400)
    set_bits(values, "balance_bits", 900)
    set_bits(values, "threshold_bits", 400)
    set_bits(values, "enough.difference", 500)
    check_witness(circuit.r1cs, to_limbs(assemble(circuit, values)))


def test_a_balance_below_the_threshold_cannot_wrap_around(circuit):
    values = bent(circuit, 5, 100)
    set_bits(values, "balance_bits", 5)
    set_bits(values, "threshold_bits", 100)
    # 5 - 100 mod r, with what is above 64 bits in a "bit"
    set_bits(values, "enough.difference", (5 - 100) % R)
    assert "main.enough.difference.out[0]" in rejected(circuit, assemble(circuit, values))
    # or with true bits, of 2^64 - 95
    set_bits(values, "enough.difference", (5 - 100) % 2**64)
    assert "the weighted sum of" in rejected(circuit, assemble(circuit, values))


@pytest.mark.parametrize("balance", [2**64, 2**64 + 5, R - 1, R - 95])
def test_a_balance_out_of_range_has_no_bits(circuit, balance):
    values = bent(circuit, balance, 100)
    set_bits(values, "threshold_bits", 100)
    set_bits(values, "enough.difference", (balance - 100) % 2**64)
    set_bits(values, "balance_bits", balance)
    assert "does not hold" in rejected(circuit, assemble(circuit, values))


@pytest.mark.parametrize("threshold", [2**64, R - 100])
def test_a_threshold_out_of_range_has_no_bits(circuit, threshold):
    values = bent(circuit, 5, threshold)
    set_bits(values, "balance_bits", 5)
    set_bits(values, "enough.difference", (5 - threshold) % R)
    set_bits(values, "threshold_bits", threshold)
    assert "does not hold" in rejected(circuit, assemble(circuit, values))


@pytest.mark.parametrize("component", ["balance_bits", "threshold_bits", "enough.difference"])
def test_bits_other_than_0_and_1_are_refused_even_where_the_sum_is_right(circuit, component):
    values = bent(circuit, 900, 400)
    set_bits(values, "balance_bits", 900)
    set_bits(values, "threshold_bits", 400)
    set_bits(values, "enough.difference", 500)
    for i in (0, 31, 62):
        cheat = dict(values)
        cheat[f"main.{component}.out[{i}]"] += 2
        cheat[f"main.{component}.out[{i + 1}]"] = (cheat[f"main.{component}.out[{i + 1}]"] - 1) % R
        assert f"main.{component}.out[" in rejected(circuit, assemble(circuit, cheat))


def test_a_salt_that_is_not_below_the_prime_is_no_witness(circuit):
    witness = circuit.calculator.calculate(inputs(900, 400, salt=3))
    tampered = to_limbs([*from_limbs(witness)[: circuit.wires["main.salt"]], 3 + R])
    tampered = to_limbs([*from_limbs(tampered), *from_limbs(witness)[circuit.wires["main.salt"] + 1 :]])
    with pytest.raises(UnsatisfiedWitnessError, match="not below the field's prime"):
        check_witness(circuit.r1cs, tampered, circuit.names)


def test_a_salt_for_another_commitment_is_refused(circuit):
    witness = witness_of(circuit, 900, 400)
    witness[circuit.wires["main.salt"]] = SALT + 1
    assert "main.salt" in rejected(circuit, witness)


def test_the_bundled_input_is_consistent(circuit):
    found = {name: from_limbs(values)[0] for name, values in read_inputs(circuit.example.input_path).signals.items()}
    assert found["commitment"] == poseidon([found["balance"], found["salt"]])
    assert found["threshold"] <= found["balance"] < 2**64
    check_witness(circuit.r1cs, circuit.calculator.calculate(read_inputs(circuit.example.input_path)))


def test_it_is_small(circuit):
    assert circuit.r1cs.n_constraints <= 460
    assert circuit.r1cs.n_public == 2
