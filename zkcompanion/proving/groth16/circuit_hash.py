"""The hash that binds a key's second phase to its circuit: csHash of snarkjs, the first 64 bytes of section 10.

BLAKE2b-512 over alpha and beta in G1, beta, gamma in G2, delta in G1 and G2 of the key before any contribution, and
then, each after its number of points (four bytes, big-endian): IC; [tau^(n+i) - tau^i]_1 for i < n - 1, n the size of
the domain; C; A; B1; B2. Points are hashed as in `contributions`. Source: snarkjs 0.7.6 (zkey_new).

From n = 2^15 on snarkjs hashes one point more, i = n - 1, though the number before them is still n - 1: its last chunk
of 2^14 points is not cut. Where the file has exactly the circuit's power, tau^(2n - 1) lies just behind the section,
so the 64 bytes that stand there are taken for a point. Keys must have the same hash, so that is done here too.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import numpy as np

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.field_arrays import FieldScaling
from zkcompanion.proving.fields import FP, LimbArray, from_limbs
from zkcompanion.proving.formats.ptau import PTAU, TAU_G1, Ptau
from zkcompanion.proving.groth16.contributions import encode_g1, encode_g2
from zkcompanion.proving.phases import Trace
from zkcompanion.proving.points import G1Affine, G1Point, G2Point
from zkcompanion.proving.weighted_sums import SumSegments

#: Points that snarkjs takes at once for the differences of powers; part of the format, see above.
_CHUNK = 1 << 14
_SIGN = np.uint32(1 << 31)
P = FP.modulus
_MASK = (1 << 256) - 1
_MINUS_P_INVERSE = -pow(P, -1, 1 << 256) & _MASK


class CheckCurve(Protocol):
    """Looks at points of the file before they are used."""

    def __call__(self, number: int, points: LimbArray, first: int) -> None:
        """Raise FileError where one of these points of section `number`, from `first` on, is off the curve."""
        ...


class CircuitHash:
    """BLAKE2b-512 over points, in the order in which they are given."""

    def __init__(self, fields: FieldScaling, trace: Trace) -> None:
        self._fields = fields
        self._trace = trace
        self._digest = hashlib.blake2b()

    def g1(self, point: G1Point) -> None:
        """One point of G1."""
        self._digest.update(encode_g1(point))

    def g2(self, point: G2Point) -> None:
        """One point of G2."""
        self._digest.update(encode_g2(point))

    def count(self, n: int) -> None:
        """A number of points."""
        self._digest.update(n.to_bytes(4, "big"))

    def points(self, points: LimbArray) -> None:
        """Many points, uint64[n, 8] or uint64[n, 16], Montgomery."""
        coordinate_bytes = 4 * points.shape[1]
        for start in range(0, len(points), _CHUNK):
            self._trace.check()
            plain = self._fields.scale(FP, points[start : start + _CHUNK].reshape(-1, 4), 1)
            # a coordinate in reverse is big-endian, and in G2 has its imaginary part first
            self._digest.update(plain.view(np.uint8).reshape(-1, coordinate_bytes)[:, ::-1].tobytes())

    def section(self, points: LimbArray) -> None:
        """Number of points, then the points."""
        self.count(len(points))
        self.points(points)

    def differences(self, ptau: Ptau, power: int, sum_segments: SumSegments, check: CheckCurve) -> None:
        """N - 1, then [tau^(n+i) - tau^i]_1; see the module for how many. Raises: FileError."""
        n = 1 << power
        self.count(n - 1)
        hashed = n - 1 if n <= _CHUNK else n
        for start in range(0, hashed, _CHUNK):
            stop = min(start + _CHUNK, hashed)
            beyond = n + stop == 2 * n and power == ptau.power
            count = stop - start - beyond
            high, low = (ptau.points(TAU_G1, first, count) for first in (n + start, start))
            check(TAU_G1, high, n + start)
            check(TAU_G1, low, start)
            entries = np.arange(2 * count, dtype=np.uint32).reshape(2, count)
            entries[1] |= _SIGN
            row_ptr = np.arange(0, 2 * count + 1, 2)
            both = np.concatenate((high, low))
            self.points(sum_segments(both, entries.T.ravel(), row_ptr, trace=self._trace))
            if beyond:
                self.g1(_difference_beyond(ptau, n))

    def digest(self) -> bytes:
        """The 64 bytes."""
        return self._digest.digest()


def _difference_beyond(ptau: Ptau, n: int) -> G1Affine:
    """What snarkjs gets for i = n - 1 when it takes the 64 bytes behind the section for tau^(2n - 1).

    They are the next section's number, size and first bytes: coordinates of no point, and above the prime. Its
    WebAssembly adds them with mmadd-2007-bl (Explicit-Formulas Database) in a field arithmetic that expects canonical
    numbers, so the result depends on how each step wraps.
    """
    data = ptau.bytes_after(TAU_G1, 64)
    if len(data) < 64:
        raise _refusal(
            ptau,
            msg("The file ends too early for the circuit's hash, in which snarkjs takes 64 bytes behind this section."),
        )
    x1, y1 = (int.from_bytes(data[i : i + 32], "little") for i in (0, 32))
    x2, y2 = from_limbs(ptau.points(TAU_G1, n - 1, 1).reshape(2, 4))
    h = _sub(x2, x1)
    z = _add(h, h)
    if z % P == 0:  # such a file is made, not found
        raise _refusal(
            ptau, msg("The bytes behind this section repeat a point, for which snarkjs has no circuit hash.")
        )
    hh = _mul(h, h)
    i = _add(_add(hh, hh), _add(hh, hh))
    j = _mul(h, i)
    rise = _sub(P - y2, y1)
    r = _add(rise, rise)
    v = _mul(x1, i)
    x3 = _sub(_sub(_mul(r, r), j), _add(v, v))
    y1_j = _mul(y1, j)
    y3 = _sub(_mul(_sub(v, x3), r), _add(y1_j, y1_j))
    inverse = pow(FP.from_mont(z), -1, P)
    return FP.from_mont(x3) * inverse**2 % P, FP.from_mont(y3) * inverse**3 % P


def _refusal(ptau: Ptau, message: Message) -> FileError:
    return FileError(message, file=ptau.file, section=PTAU.label(TAU_G1))


# wasmcurves 0.2.2's Fp: 256-bit registers, one conditional subtraction or addition of p whatever the operands are.


def _add(a: int, b: int) -> int:
    total = a + b
    return (total - P) & _MASK if total >= P else total


def _sub(a: int, b: int) -> int:
    return (a - b + P) & _MASK if a < b else a - b


def _mul(a: int, b: int) -> int:
    product = a * b
    factor = product * _MINUS_P_INVERSE & _MASK
    total = (product + factor * P) >> 256
    return total - P if total >= P else total
