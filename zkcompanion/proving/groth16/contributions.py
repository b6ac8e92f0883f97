"""Hashes and proofs of knowledge of a key's second phase: the records of section 10 of a `.zkey`.

Each contributor multiplies delta by a secret x and shows knowledge of it: a point s of G1, x*s, and x*h with h the
point of G2 that the transcript so far hashes to. Transcript: BLAKE2b-512 over the circuit's hash, the public part of
each earlier record, s and x*s. Points are hashed as big-endian plain coordinates, x then y, the imaginary part of an
Fp2 coordinate first; infinity is all zeros. Source: snarkjs 0.7.6 (zkey_utils, zkey_contribute, keypair).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.contributions import KeyContribution, Note
from zkcompanion.proving.groth16.hash_to_g2 import hash_to_g2
from zkcompanion.proving.points import G1_GENERATOR, G1Affine, G1Point, G2Point
from zkcompanion.proving.reference.curve import G1, G2


def encode_g1(point: G1Point) -> bytes:
    """64 bytes as they are hashed."""
    return b"".join(c.to_bytes(32, "big") for c in point or (0, 0))


def encode_g2(point: G2Point) -> bytes:
    """128 bytes as they are hashed."""
    return b"".join(c.to_bytes(32, "big") for pair in point or ((0, 0), (0, 0)) for c in reversed(pair))


def public_part(contribution: KeyContribution) -> bytes:
    """What later transcripts and the contribution's own hash contain of a record."""
    c = contribution
    points = encode_g1(c.delta_after) + encode_g1(c.g1_s) + encode_g1(c.g1_sx) + encode_g2(c.g2_spx)
    return points + c.transcript


def contribution_hash(contribution: KeyContribution) -> bytes:
    """The 64 bytes that snarkjs prints as the contribution's hash."""
    return hashlib.blake2b(public_part(contribution)).digest()


def transcript(circuit_hash: bytes, earlier: Sequence[KeyContribution], g1_s: G1Point, g1_sx: G1Point) -> bytes:
    """The 64 bytes whose point of G2 a contributor must multiply by the secret."""
    digest = hashlib.blake2b(circuit_hash)
    for contribution in earlier:
        digest.update(public_part(contribution))
    digest.update(encode_g1(g1_s) + encode_g1(g1_sx))
    return digest.digest()


def new_contribution(
    circuit_hash: bytes, earlier: Sequence[KeyContribution], delta_before: G1Affine, secret: int, note: Note
) -> KeyContribution:
    """The record of multiplying delta by `secret` (0 < secret < r); the secret is not kept. About 15 ms.

    The point s is a random multiple of the generator; its logarithm helps nobody and is dropped at once.
    """
    g1_s = G1.multiply(G1_GENERATOR, 1 + secrets.randbelow(FR.modulus - 1))
    g1_sx = G1.multiply(g1_s, secret)
    digest = transcript(circuit_hash, earlier, g1_s, g1_sx)
    g2_spx = G2.multiply(hash_to_g2(digest), secret)
    return KeyContribution(G1.multiply(delta_before, secret), g1_s, g1_sx, g2_spx, digest, note)
