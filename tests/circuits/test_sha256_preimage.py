"""The circuit hashes as hashlib does, and no witness that cheats satisfies it."""

import hashlib
import itertools
import random

import pytest

from tests.support.bundled_circuits import bundled
from tests.support.determined import determined
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs

R = FR.modulus
RANDOM = random.Random(256)
MESSAGES = [bytes(32), b"\xff" * 32, bytes(range(32)), *(RANDOM.randbytes(32) for _ in range(4))]


@pytest.fixture(scope="module")
def circuit():
    return bundled("sha256-preimage")


def halves(digest):
    return [int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big")]


def inputs(message, digest=None):
    digest = hashlib.sha256(bytes(message)).digest() if digest is None else digest
    return inputs_from({"preimage": list(message), "digest": halves(digest)}, file="input.json")


@pytest.fixture(scope="module")
def honest(circuit):
    return from_limbs(circuit.calculator.calculate(inputs(MESSAGES[-1])))


def rejected(circuit, witness):
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        check_witness(circuit.r1cs, to_limbs(witness), circuit.names)
    return str(caught.value)


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_it_accepts_the_digest_of_hashlib(circuit, message):
    witness = circuit.calculator.calculate(inputs(message))
    assert from_limbs(witness[1:3]) == halves(hashlib.sha256(message).digest())
    check_witness(circuit.r1cs, witness)


@pytest.mark.parametrize("bit", [0, 7, 127, 128, 255])
def test_it_refuses_any_other_digest(circuit, bit):
    digest = bytearray(hashlib.sha256(MESSAGES[2]).digest())
    digest[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsatisfiedWitnessError, match="template Sha256Preimage"):
        circuit.calculator.calculate(inputs(MESSAGES[2], bytes(digest)))


@pytest.mark.parametrize("byte", [256, -1, 2**64])
def test_a_byte_is_a_byte(circuit, byte):
    values = {"preimage": [byte, *[0] * 31], "digest": [1, 2]}
    with pytest.raises(UnsatisfiedWitnessError, match="template ToBits"):
        circuit.calculator.calculate(inputs_from(values, file="input.json"))


def test_the_message_determines_every_wire(circuit, honest):
    given = {wire: honest[wire] for wire in (circuit.wires[f"main.preimage[{i}]"] for i in range(32))}
    assert determined(circuit.r1cs, given) == dict(enumerate(honest))


def test_the_identities_for_xor_and_majority_have_one_solution_each():
    for bits in itertools.product((0, 1), repeat=3):
        s = sum(bits)
        # (s - 2x - 2) * s = -3x and (s - 4m - 1) * s = -6m are linear in x and m
        xor = (s * s - 2 * s) * pow(2 * s - 3, -1, R) % R
        majority = (s * s - s) * pow(4 * s - 6, -1, R) % R
        assert xor == s % 2
        assert majority == s // 2


def test_changed_public_digest_is_refused(circuit, honest):
    for wire in (1, 2):
        witness = list(honest)
        witness[wire] ^= 1
        assert f"main.digest[{wire - 1}]" in rejected(circuit, witness)


@pytest.mark.parametrize(
    "word",
    ["main.hash.hash.a_bits[40]", "main.hash.hash.e_bits[67]", "main.hash.hash.w_bits[63]", "main.hash.digest[3]"],
)
def test_bits_other_than_0_and_1_are_refused_even_where_the_sum_is_right(circuit, honest, word):
    witness = list(honest)
    low, high = circuit.wires[f"{word}[4]"], circuit.wires[f"{word}[5]"]
    witness[low] += 2
    witness[high] = (witness[high] - 1) % R
    assert "does not hold" in rejected(circuit, witness)


@pytest.mark.parametrize("step", ["round[20].reduce_e", "round[20].reduce_a", "schedule[9].reduce", "add[2]"])
def test_a_carry_that_is_no_whole_number_is_refused(circuit, honest, step):
    # raise the word by one and pay for it with a fraction of the carry, as a field allows
    carry = circuit.wires[f"main.hash.hash.{step}.carry[0]"]
    witness = list(honest)
    witness[carry] = (witness[carry] - pow(2**32, -1, R)) % R
    assert f"{step}.carry[0]" in rejected(circuit, witness)


def test_every_kind_of_wire_is_tied_down(circuit, honest):
    kinds = ["sigma0.out[3]", "sigma1.out[31]", "choose.out[9]", "majority.out[17]"]
    for kind in kinds:
        wire = circuit.wires[f"main.hash.hash.round[33].{kind}"]
        for value in (1 - honest[wire], 2, R - 1):
            witness = list(honest)
            witness[wire] = value
            assert kind in rejected(circuit, witness)


def test_the_bundled_input_is_consistent(circuit):
    found = {name: from_limbs(values) for name, values in read_inputs(circuit.example.input_path).signals.items()}
    assert found["digest"] == halves(hashlib.sha256(bytes(found["preimage"])).digest())


def test_it_is_small(circuit):
    assert circuit.r1cs.n_constraints <= 18500
    assert circuit.r1cs.n_public == 2
    # few signals stand in B, so the sum over the second group is short
    assert len(set(circuit.r1cs.b.wire.tolist())) < 0.4 * circuit.r1cs.n_wires
