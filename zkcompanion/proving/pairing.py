"""The pairing on compiled kernels: products of pairings, single values, subgroup test, small sums.

`Pairing` is the `PairingCheck` of `groth16/types` on the kernels of the groups `pairing` and `curve`;
`reference/pairing` is its oracle and stands in where no kernel can run. The lines of a G2 point are made once and kept
while it is in use, so a verifier pays for the points of its key once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from zkcompanion.proving.curve import CurveArrays
from zkcompanion.proving.fields import FP, FR, LimbArray, from_mont_limbs
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.points import (
    Fp2,
    G1Affine,
    G1Point,
    G2Affine,
    G2Point,
    g1_to_limbs,
    g2_to_limbs,
)
from zkcompanion.proving.reference.curve import BN_X, wnaf

#: Kernel groups that `Pairing` calls.
GROUPS = ("pairing", "curve")

#: c0 + c1*w, each a + b*v + c*v^2 over Fp2, plain integers: the layout of snarkjs's `vk_alphabeta_12`.
Gt = tuple[tuple[Fp2, Fp2, Fp2], tuple[Fp2, Fp2, Fp2]]

_LOOP = wnaf(6 * BN_X + 2, 2)[:-1]
#: Lines of one G2 point in the Miller loop, each 16 limbs: slope and constant in Fp2, Montgomery.
LINES = len(_LOOP) + sum(map(bool, _LOOP)) + 2
#: Pairs or points for one kernel call, so that it takes no more than about 0.05 s.
_TILE = 512
#: Limbs of one element of Fp12.
_GT_LIMBS = 48

T = TypeVar("T")


def _tiles(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + _TILE] for start in range(0, len(items), _TILE)]


class Pairing:
    """The optimal ate pairing e: G1 x G2 -> Gt of BN254, with the value that snarkjs has.

    Methods may be called from several threads at once. Points are affine and plain. That they lie on their curves, and
    G2 points in the subgroup, is the caller's to check first; `g2_in_subgroup` does both for G2.
    """

    #: Lines of this many G2 points are kept, the latest used ones; 11 kB each.
    capacity = 16

    def __init__(self, kernels: KernelSet) -> None:
        self._line_table = kernels["g2_line_table"]
        self._miller_loop = kernels["gt_miller_loop"]
        self._final_exponentiation = kernels["gt_final_exponentiation"]
        # one thread: these are a few points at a time
        self._curve = CurveArrays(kernels, ThreadTeam(1))
        self._lines: OrderedDict[G2Affine, LimbArray] = OrderedDict()
        self._lock = threading.Lock()

    def prepare_g2(self, points: Iterable[G2Point]) -> None:
        """Make the lines of these points now, so that the first check with them is as quick as the later ones."""
        self._lines_of([point for point in points if point is not None])

    def product_is_one(self, pairs: Sequence[tuple[G1Point, G2Point]]) -> bool:
        """Whether the product of e(P_i, Q_i) is one; pairs with infinity count as one, no pairs as true.

        One Miller loop with shared squarings, one final exponentiation. Raises ValueError where a line degenerates
        (y = 0, some points of small order), which no point that passed the checks does.
        """
        return self._product(pairs) == _ONE

    def pairing(self, p: G1Point, q: G2Point) -> Gt:
        """e(P, Q); one where either is infinity. Raises ValueError as `product_is_one` does."""
        return self._product([(p, q)])

    def g1_msm(self, points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
        """The sum of [k_i mod r]P_i; equal and opposite points, infinity and zero scalars are allowed.

        For the public signals of a proof: some 15 us a point, in one thread. Variable time, so not for secrets.
        Raises ValueError where the lengths differ.
        """
        if len(points) != len(scalars):
            raise ValueError("as many scalars as points")
        reduced = [k % FR.modulus for k in scalars]
        sums = [self._curve.multiply_sum_g1(*tile) for tile in zip(_tiles(points), _tiles(reduced), strict=True)]
        return sums[0] if len(sums) == 1 else self._curve.multiply_sum_g1(sums, [1] * len(sums))

    def g2_in_subgroup(self, point: G2Point) -> bool:
        """Whether a point lies on the twist and has order dividing r; coordinates are taken modulo p."""
        if point is None:
            return True
        limbs = g2_to_limbs([point])
        return self._curve.find_off_curve_g2(limbs) < 0 and self._curve.find_outside_subgroup(limbs) < 0

    def _product(self, pairs: Sequence[tuple[G1Point, G2Point]]) -> Gt:
        finite = [(p, q) for p, q in pairs if p is not None and q is not None]
        if not finite:
            return _ONE
        # A product of Miller values needs no shared loop to be right; the tiles only bound the time of a call.
        values = np.stack([self._miller(tile) for tile in _tiles(finite)])
        out = np.empty(_GT_LIMBS, np.uint64)
        self._final_exponentiation(out.ctypes.data, values.ctypes.data, len(values))
        return _gt(from_mont_limbs(out.reshape(-1, 4), FP))

    def _miller(self, pairs: Sequence[tuple[G1Affine, G2Affine]]) -> LimbArray:
        """The product of the Miller functions of one tile, Montgomery, before the final exponentiation."""
        if any(p[1] % FP.modulus == 0 for p, _ in pairs):
            raise ValueError("a point with y = 0 is not in G1")
        points, lines = g1_to_limbs(p for p, _ in pairs), self._lines_of([q for _, q in pairs])
        out, scratch = np.empty(_GT_LIMBS, np.uint64), np.empty_like(points)
        self._miller_loop(out.ctypes.data, scratch.ctypes.data, points.ctypes.data, lines.ctypes.data, len(points))
        return out

    def _lines_of(self, points: Sequence[G2Affine]) -> LimbArray:
        """Lines of each point: uint64[n, LINES, 16]."""
        with self._lock:
            found = {q: self._lines[q] for q in points if q in self._lines}
        missing = [q for q in dict.fromkeys(points) if q not in found]
        for tile in _tiles(missing):
            found.update(zip(tile, self._make_lines(tile), strict=True))
        with self._lock:
            for q in dict.fromkeys(points):
                self._lines[q] = found[q]
                self._lines.move_to_end(q)
            while len(self._lines) > self.capacity:
                self._lines.popitem(last=False)
        return np.stack([found[q] for q in points]) if points else np.empty((0, LINES, 16), np.uint64)

    def _make_lines(self, points: Sequence[G2Affine]) -> list[LimbArray]:
        limbs = g2_to_limbs(points)
        lines, sound = np.empty((len(points), LINES, 16), np.uint64), np.empty(len(points), np.uint64)
        self._line_table(lines.ctypes.data, sound.ctypes.data, limbs.ctypes.data, len(points))
        if not sound.all():
            raise ValueError("a point whose lines degenerate is not in G2")
        return [own.copy() for own in lines]


def _gt(coefficients: Sequence[int]) -> Gt:
    """Twelve plain integers in the order of memory."""
    pairs = list(zip(coefficients[0::2], coefficients[1::2], strict=True))
    return (pairs[0], pairs[1], pairs[2]), (pairs[3], pairs[4], pairs[5])


_ONE = _gt([1] + [0] * 11)
