import dataclasses
import hashlib

from tests.support.points import g1_point
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.contributions import PERSON, Note
from zkcompanion.proving.groth16.contributions import (
    contribution_hash,
    encode_g1,
    encode_g2,
    new_contribution,
    public_part,
    transcript,
)
from zkcompanion.proving.groth16.hash_to_g2 import hash_to_g2
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1
from zkcompanion.proving.reference.pairing import pairing_product_is_one

NOTE = Note(PERSON, b"somebody")
CIRCUIT = bytes(range(64))


def same_ratio(a, ax, b, bx) -> bool:
    return pairing_product_is_one([(a, bx), (G1.negate(ax), b)])


def test_points_are_hashed_as_big_endian_numbers():
    assert encode_g1((1, 2)) == bytes(31) + b"\1" + bytes(31) + b"\2"
    assert encode_g2(((1, 2), (3, 4))) == b"".join(bytes(31) + bytes([i]) for i in (2, 1, 4, 3))
    assert encode_g1(None) == bytes(64)
    assert encode_g2(None) == bytes(128)


def test_a_contribution_proves_knowledge_of_its_secret():
    secret = 0xDEADBEEF
    first = new_contribution(CIRCUIT, (), G1_GENERATOR, 77, NOTE)
    record = new_contribution(CIRCUIT, (first,), first.delta_after, secret, NOTE)
    assert record.delta_after == g1_point(77 * secret)
    expected = hashlib.blake2b(CIRCUIT + public_part(first) + encode_g1(record.g1_s) + encode_g1(record.g1_sx))
    assert record.transcript == expected.digest() == transcript(CIRCUIT, [first], record.g1_s, record.g1_sx)
    challenge = hash_to_g2(record.transcript)
    assert same_ratio(record.g1_s, record.g1_sx, challenge, record.g2_spx)
    assert same_ratio(first.delta_after, record.delta_after, challenge, record.g2_spx)
    assert not same_ratio(record.g1_s, record.g1_sx, G2_GENERATOR, record.g2_spx)
    assert record.note == NOTE


def test_two_contributions_with_one_secret_differ():
    one, other = (new_contribution(CIRCUIT, (), G1_GENERATOR, FR.modulus - 5, NOTE) for _ in range(2))
    assert one.delta_after == other.delta_after
    assert one.g1_s != other.g1_s
    assert contribution_hash(one) != contribution_hash(other)


def test_the_contribution_hash_leaves_the_note_out():
    record = new_contribution(CIRCUIT, (), G1_GENERATOR, 3, NOTE)
    renamed = dataclasses.replace(record, note=Note(PERSON))
    assert contribution_hash(renamed) == contribution_hash(record)
