"""Records of the people and beacons that contributed to a `.ptau` or a `.zkey`, as they stand in the files.

Nothing here checks that a record is true: `zkey verify` and `powersoftau verify` do. Points are affine and plain, below
the prime, and may still lie off the curve. Source: snarkjs 0.7.6.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FP
from zkcompanion.proving.formats.binfile import SectionReader
from zkcompanion.proving.points import G1Point, G2Point, g1_to_limbs, g2_to_limbs

#: `kind` of a record: somebody's entropy, or a public beacon.
PERSON, BEACON = 0, 1
_NAME, _ITERATIONS, _BEACON_HASH = 1, 2, 3
_PARAMETERS = {_NAME: "a name", _ITERATIONS: "a number of iterations", _BEACON_HASH: "a beacon hash"}
_R_INVERSE = FP.r_inv


@dataclass(frozen=True, slots=True)
class Note:
    """What a contributor wrote beside the numbers.

    `name` UTF-8 as it stands in the file (at most 255 bytes, not checked), `iterations_exp` the beacon's base-two
    logarithm of hash iterations, `beacon_hash` its starting value; None where the file does not say.
    """

    kind: int
    name: bytes | None = None
    iterations_exp: int | None = None
    beacon_hash: bytes | None = None

    @property
    def shown_name(self) -> str:
        """The name as text, what is not UTF-8 replaced; may hold control characters."""
        return (self.name or b"").decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class KeyContribution:
    """One step of a `.zkey`'s second phase: delta after it, the proof of knowledge, and the hash that it answers."""

    delta_after: G1Point
    g1_s: G1Point
    g1_sx: G1Point
    g2_spx: G2Point
    transcript: bytes
    note: Note


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Proof of knowledge of one secret in a `.ptau` contribution."""

    g1_s: G1Point
    g1_sx: G1Point
    g2_spx: G2Point


@dataclass(frozen=True, slots=True)
class PtauContribution:
    """One step of a `.ptau`'s first phase: the first powers after it, three proofs of knowledge, and its hashes.

    `partial_hash` is the inner state (216 bytes) of the BLAKE2b that hashed the response up to the public keys.
    """

    tau_g1: G1Point
    tau_g2: G2Point
    alpha_g1: G1Point
    beta_g1: G1Point
    beta_g2: G2Point
    tau: PublicKey
    alpha: PublicKey
    beta: PublicKey
    partial_hash: bytes
    next_challenge: bytes
    note: Note


#: More than any ceremony with these files had; a record takes some 20 us to read.
MAX_CONTRIBUTIONS = 1 << 16
#: Size of a contribution without a note.
KEY_CONTRIBUTION_BYTES = 3 * 64 + 128 + 64 + 8
PTAU_CONTRIBUTION_BYTES = 3 * 64 + 2 * 128 + 3 * (2 * 64 + 128) + 216 + 64 + 8


def read_g1(reader: SectionReader, what: str) -> G1Point:
    """A point of 64 bytes, Montgomery, each coordinate below the prime; zeros are infinity."""
    x, y = (_coordinate(reader, what) for _ in range(2))
    return (x, y) if x or y else None


def read_g2(reader: SectionReader, what: str) -> G2Point:
    """A point of 128 bytes, as in `read_g1`."""
    x0, x1, y0, y1 = (_coordinate(reader, what) for _ in range(4))
    return ((x0, x1), (y0, y1)) if x0 or x1 or y0 or y1 else None


def _coordinate(reader: SectionReader, what: str) -> int:
    value = int.from_bytes(reader.take(32, what), "little")
    if value >= FP.modulus:
        raise reader.refusal(
            msg("A coordinate of {what} is not below the field's prime.", what=what), at=reader.offset - 32
        )
    return value * _R_INVERSE % FP.modulus


def read_contribution_count(reader: SectionReader, least_bytes: int) -> int:
    """The number of contributions that follow, each of `least_bytes` or more."""
    count = reader.u32("the number of contributions")
    if count > MAX_CONTRIBUTIONS:
        raise reader.refusal(
            msg(
                "The file claims {count} contributions; at most {limit} are read.", count=count, limit=MAX_CONTRIBUTIONS
            ),
            at=reader.offset - 4,
        )
    if count * least_bytes > reader.left_bytes:
        raise reader.refusal(
            msg(
                "{count} contributions need {expected} bytes or more, but the section has {found}.",
                count=count,
                expected=count * least_bytes,
                found=reader.left_bytes,
            ),
            at=reader.offset - 4,
        )
    return count


def read_key_contribution(reader: SectionReader) -> KeyContribution:
    """One contribution of a `.zkey`."""
    return KeyContribution(
        read_g1(reader, "delta after the contribution"),
        read_g1(reader, "the contribution's public key"),
        read_g1(reader, "the contribution's public key"),
        read_g2(reader, "the contribution's public key"),
        reader.take(64, "a transcript hash"),
        _read_note(reader),
    )


def read_ptau_contribution(reader: SectionReader) -> PtauContribution:
    """One contribution of a `.ptau`."""
    tau_g1 = read_g1(reader, "tau in G1")
    tau_g2 = read_g2(reader, "tau in G2")
    alpha_g1 = read_g1(reader, "alpha in G1")
    beta_g1 = read_g1(reader, "beta in G1")
    beta_g2 = read_g2(reader, "beta in G2")
    # the three keys' G1 points come first, then their G2 points
    in_g1 = [read_g1(reader, "a public key") for _ in range(6)]
    in_g2 = [read_g2(reader, "a public key") for _ in range(3)]
    tau, alpha, beta = (PublicKey(in_g1[2 * i], in_g1[2 * i + 1], in_g2[i]) for i in range(3))
    partial_hash = reader.take(216, "a partial hash")
    next_challenge = reader.take(64, "a challenge hash")
    note = _read_note(reader)
    return PtauContribution(
        tau_g1, tau_g2, alpha_g1, beta_g1, beta_g2, tau, alpha, beta, partial_hash, next_challenge, note
    )


def _read_note(reader: SectionReader) -> Note:
    """Kind u32, length u32 of the parameters, and these: a type byte (rising), a length byte where it has one, data."""
    kind = reader.u32("the kind of contribution")
    if kind not in {PERSON, BEACON}:
        raise reader.refusal(
            msg("The kind of contribution should be 0 or 1, not {found}.", found=kind), at=reader.offset - 4
        )
    length = reader.u32("the length of the parameters")
    start = reader.offset
    if length > reader.left_bytes:
        raise reader.refusal(
            msg("The parameters claim {claimed} bytes, but {left} are left.", claimed=length, left=reader.left_bytes),
            at=start - 4,
        )
    found: dict[int, bytes] = {}
    last = 0
    while reader.offset < start + length:
        number = reader.u8("a parameter")
        if number not in _PARAMETERS or number <= last:
            raise reader.refusal(
                msg("Parameters 1 to 3 should follow in rising order; here is {found}.", found=number),
                at=reader.offset - 1,
            )
        last = number
        size_bytes = 1 if number == _ITERATIONS else reader.u8("the length of a parameter")
        found[number] = reader.take(size_bytes, _PARAMETERS[number])
    if reader.offset != start + length:
        raise reader.refusal(
            msg(
                "The parameters should have {claimed} bytes, but take {found}.",
                claimed=length,
                found=reader.offset - start,
            ),
            at=start - 4,
        )
    iterations = found.get(_ITERATIONS)
    return Note(kind, found.get(_NAME), None if iterations is None else iterations[0], found.get(_BEACON_HASH))


def encode_key_contribution(contribution: KeyContribution) -> bytes:
    """The bytes that `read_key_contribution` reads."""
    c = contribution
    points = _encode_g1((c.delta_after, c.g1_s, c.g1_sx)) + _encode_g2((c.g2_spx,))
    return points + c.transcript + _encode_note(c.note)


def encode_ptau_contribution(contribution: PtauContribution) -> bytes:
    """The bytes that `read_ptau_contribution` reads."""
    c = contribution
    keys = (c.tau, c.alpha, c.beta)
    return b"".join(
        (
            _encode_g1((c.tau_g1,)),
            _encode_g2((c.tau_g2,)),
            _encode_g1((c.alpha_g1, c.beta_g1)),
            _encode_g2((c.beta_g2,)),
            _encode_g1([point for key in keys for point in (key.g1_s, key.g1_sx)]),
            _encode_g2([key.g2_spx for key in keys]),
            c.partial_hash,
            c.next_challenge,
            _encode_note(c.note),
        )
    )


def _encode_g1(points: Sequence[G1Point]) -> bytes:
    return g1_to_limbs(points).tobytes()


def _encode_g2(points: Sequence[G2Point]) -> bytes:
    return g2_to_limbs(points).tobytes()


def _encode_note(note: Note) -> bytes:
    parameters = b""
    if note.name is not None:
        parameters += bytes((_NAME, len(note.name))) + note.name
    if note.iterations_exp is not None:
        parameters += bytes((_ITERATIONS, note.iterations_exp))
    if note.beacon_hash is not None:
        parameters += bytes((_BEACON_HASH, len(note.beacon_hash))) + note.beacon_hash
    return struct.pack("<II", note.kind, len(parameters)) + parameters
