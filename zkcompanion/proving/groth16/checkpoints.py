"""What finished phases of a proof gave, kept so that another process can go on with it.

`prove` asks for each phase `once`: what was kept is taken, what was not is made and kept. `Checkpoints` keeps nothing;
`KeptPhases` keeps records (`proving/records`) in a file that the caller gives, which must be memory without a name,
because a witness is secret. The layout, of version 1, is fixed by the sizes of the key:

    record       payload
    witness      32 * n_vars, plain
    check        nothing: it held
    transforms   32 * domain_size: the quotient, plain (the rows before it are twice as large, and quickly made again)
    sum-*        a point, affine and plain, before it is blinded: 1 byte (infinity is 0), x, y
    assemble     the three points of the proof

Plain integers are the same for every family of kernels, so that a proof may go on with another one. No sum depends on
the blinding r and s: they are drawn by the phase that assembles, and the proof that they made is kept as a whole. So a
proof never has two kinds of blinding, and r and s themselves are not kept. Sums of masked scalars (`workmask`) are kept
without their mask, which ends with its process.

A record is about its version, the key, the number of the proof in its run and the phase: one of anything else counts as
none. Costs one pass over witness and quotient (`docs/engine.md`), whatever their values.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import G1Point, G2Point
from zkcompanion.proving.records import HEAD_BYTES, Bytes, drop_record, get_record, put_record

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey

T = TypeVar("T")

VERSION = 1
#: Phases that are kept, in the order of their records.
KEPT = (
    Phase.WITNESS,
    Phase.CHECK,
    Phase.TRANSFORMS,
    Phase.SUM_A,
    Phase.SUM_B1,
    Phase.SUM_B2,
    Phase.SUM_C,
    Phase.SUM_H,
    Phase.ASSEMBLE,
)
#: Phases that need not be gone through where this one is kept.
_BEHIND: Mapping[Phase, tuple[Phase, ...]] = {
    Phase.TRANSFORMS: (Phase.CONSTRAINTS,),
    Phase.ASSEMBLE: (Phase.CONSTRAINTS, *KEPT[2:-1]),
}
_G1_BYTES, _G2_BYTES = 1 + 2 * 32, 1 + 4 * 32


class Checkpoints:
    """Keeps nothing."""

    @property
    def taken(self) -> tuple[Phase, ...]:
        """The phases of this proof that an earlier process went through, in order."""
        return ()

    def once(self, phase: Phase, make: Callable[[], T], trace: Trace) -> T:  # noqa: ARG002 - as in `KeptPhases`
        """What the phase gave: what was kept, and `trace` is told so, else what `make` gives, which is kept.

        What `make` gives is a plain array uint64[n_vars, 4] for `witness` and uint64[domain_size, 4] for `transforms`,
        None for `check`, a `G2Point` for `sum-b2`, a `G1Point` for the other sums, and a `Proof` for `assemble`.
        An array that was kept is a new one.

        Raises: whatever `make` raises.
        """
        return make()

    def missing(self, *phases: Phase) -> Phase | None:
        """The first of them that is not kept."""
        return phases[0]


#: For a proof that no other process goes on with.
NO_CHECKPOINTS = Checkpoints()


def scratch_bytes(n_vars: int, domain_size: int) -> int:
    """Size of the records of a proof, in bytes."""
    return sum(HEAD_BYTES + size for size in _payloads(n_vars, domain_size).values())


class KeptPhases(Checkpoints):
    """Keeps the phases of one proof of a run at a time in a file; for one thread.

    Args:
        descriptor: of the file; written at offsets below `scratch_bytes` of the key. It stays open.
        zkey: the key.
        identity: what else tells this key from others, such as its file.
    """

    def __init__(self, descriptor: int, zkey: Groth16Zkey, *, identity: bytes = b"") -> None:
        self._descriptor = descriptor
        self._identity = key_identity(zkey, identity)
        self._payloads = _payloads(zkey.n_vars, zkey.domain_size)
        self._offsets: dict[Phase, int] = {}
        offset = 0
        for phase, size in self._payloads.items():
            self._offsets[phase] = offset
            offset += HEAD_BYTES + size
        self._number = 1
        self._taken: list[Phase] = []

    @property
    def taken(self) -> tuple[Phase, ...]:
        """See `Checkpoints`."""
        return tuple(self._taken)

    def begin(self, number: int) -> None:
        """From now on proof `number` of the run is meant, from 1."""
        self._number = number
        self._taken = []

    def once(self, phase: Phase, make: Callable[[], T], trace: Trace) -> T:
        """See `Checkpoints`. What cannot be kept, for want of memory, is not."""
        payload = self._get(phase)
        if payload is not None:
            for passed in (*_BEHIND.get(phase, ()), phase):
                self._taken.append(passed)
                trace.resumed(passed)
            return cast("T", _value(phase, payload))
        value = make()
        payload = _payload(phase, value)
        if len(payload) == self._payloads[phase]:
            with contextlib.suppress(OSError):
                put_record(self._descriptor, self._offsets[phase], self._about(phase), payload)
        return value

    def missing(self, *phases: Phase) -> Phase | None:
        """The first of them that is not kept."""
        return next((phase for phase in phases if self._get(phase) is None), None)

    def forget(self) -> None:
        """Let nothing be kept of this proof any more."""
        self._taken = []
        for offset in self._offsets.values():
            with contextlib.suppress(OSError):
                drop_record(self._descriptor, offset)

    def _get(self, phase: Phase) -> Bytes | None:
        size = self._payloads[phase]
        payload = get_record(self._descriptor, self._offsets[phase], self._about(phase), most_bytes=size)
        return payload if payload is not None and len(payload) == size else None

    def _about(self, phase: Phase) -> bytes:
        return struct.pack("<I32sQ", VERSION, self._identity, self._number) + phase.value.encode()


def key_identity(zkey: Groth16Zkey, identity: bytes = b"") -> bytes:
    """32 bytes that tell a key from others: its sizes and the whole verification key, and what the caller knows."""
    state = blake2b(digest_size=32, person=b"zkc-key-identity")
    sizes = (zkey.n_vars, zkey.n_public, zkey.domain_size, len(zkey.coefficients), len(identity))
    state.update(struct.pack("<5Q", *sizes) + identity + zkey.circuit_hash)
    for g1 in (zkey.vk_alpha_1, zkey.vk_beta_1, zkey.vk_delta_1):
        state.update(_g1_bytes(g1))
    for g2 in (zkey.vk_beta_2, zkey.vk_gamma_2, zkey.vk_delta_2):
        state.update(_g2_bytes(g2))
    state.update(zkey.ic.tobytes())
    return state.digest()


def _payloads(n_vars: int, domain_size: int) -> dict[Phase, int]:
    """Bytes by phase."""
    sizes = dict.fromkeys(KEPT, _G1_BYTES)
    sizes[Phase.WITNESS] = 32 * n_vars
    sizes[Phase.CHECK] = 0
    sizes[Phase.TRANSFORMS] = 32 * domain_size
    sizes[Phase.SUM_B2] = _G2_BYTES
    sizes[Phase.ASSEMBLE] = 2 * _G1_BYTES + _G2_BYTES
    return sizes


def _payload(phase: Phase, value: object) -> Bytes:
    if phase is Phase.CHECK:
        return np.zeros(0, dtype=np.uint8)
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value, dtype=np.uint64).reshape(-1).view(np.uint8)
    if isinstance(value, Proof):
        data = _g1_bytes(value.pi_a) + _g2_bytes(value.pi_b) + _g1_bytes(value.pi_c)
    elif phase is Phase.SUM_B2:
        data = _g2_bytes(cast("G2Point", value))
    else:
        data = _g1_bytes(cast("G1Point", value))
    return np.frombuffer(data, dtype=np.uint8)


def _value(phase: Phase, payload: Bytes) -> object:
    if phase is Phase.CHECK:
        return None
    if phase in {Phase.WITNESS, Phase.TRANSFORMS}:
        return payload.view(np.uint64).reshape(-1, 4)
    data = payload.tobytes()
    if phase is Phase.SUM_B2:
        return _g2(data)
    if phase is Phase.ASSEMBLE:
        end = _G1_BYTES + _G2_BYTES
        return Proof(_g1(data[:_G1_BYTES]), _g2(data[_G1_BYTES:end]), _g1(data[end:]))
    return _g1(data)


def _g1_bytes(point: G1Point) -> bytes:
    if point is None:
        return bytes(_G1_BYTES)
    return b"\1" + b"".join(value.to_bytes(32, "little") for value in point)


def _g2_bytes(point: G2Point) -> bytes:
    if point is None:
        return bytes(_G2_BYTES)
    return b"\1" + b"".join(value.to_bytes(32, "little") for pair in point for value in pair)


def _g1(data: bytes) -> G1Point:
    x, y = (int.from_bytes(data[start : start + 32], "little") for start in (1, 33))
    return (x, y) if data[0] else None


def _g2(data: bytes) -> G2Point:
    a, b, c, d = (int.from_bytes(data[start : start + 32], "little") for start in (1, 33, 65, 97))
    return ((a, b), (c, d)) if data[0] else None
