"""The array interfaces of `msm.Msm` and `curve.CurveArrays` on Python integers, for small circuits and as oracles.

Array arguments and results are as there: affine Montgomery points uint64[n, 8] and uint64[n, 16], plain scalars
uint64[n, 4]. A point addition takes some 2 us in G1 and 10 us in G2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FP, LimbArray, from_limbs
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1Point, G2Point, g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs
from zkcompanion.proving.reference.curve import G1, G2, Group
from zkcompanion.proving.reference.msm import msm
from zkcompanion.proving.reference.pairing import ReferencePairing, gt_to_nested, pairing

if TYPE_CHECKING:
    from zkcompanion.proving.pairing import Gt
    from zkcompanion.proving.scalar_order import ScalarOrder

_SIGN_BIT = 1 << 31


@dataclass(frozen=True)
class ReferenceSchedule:
    """The scalars of one multiplication; as secret as they are, so they are not shown."""

    scalars: list[int] = field(repr=False)

    @property
    def steps(self) -> int:
        """A multiplication reports progress once, at its end."""
        return 1

    @property
    def steps_in_g2(self) -> int:
        """As in G1."""
        return self.steps

    def slice_from(self, first: int) -> ReferenceSchedule:
        """The schedule of scalars[first:]."""
        if not 0 <= first <= len(self.scalars):
            raise ValueError("no such scalar")
        return replace(self, scalars=self.scalars[first:])

    def part(self, begin: int, end: int) -> ReferenceSchedule:  # noqa: ARG002 - as in `msm.Schedule`
        """The schedule where bases outside of some classes are infinity: itself."""
        return self


class ReferenceMsm:
    """Multi-scalar multiplication; see `msm.Msm`."""

    def schedule(
        self,
        scalars: LimbArray,
        *,
        order: ScalarOrder | None = None,  # noqa: ARG002 - as in `msm.Msm`
        trace: Trace = NULL_TRACE,
    ) -> ReferenceSchedule:
        """Of plain scalars uint64[n, 4] below r; their order makes no difference."""
        trace.check()
        return ReferenceSchedule(from_limbs(scalars))

    def g1(
        self, bases: LimbArray, schedule: ReferenceSchedule, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_A
    ) -> G1Point:
        """The sum over uint64[n, 8]."""
        total = msm(G1, g1_from_limbs(bases), schedule.scalars, trace=trace)
        trace.advance(phase)
        return total

    def g2(
        self, bases: LimbArray, schedule: ReferenceSchedule, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_B2
    ) -> G2Point:
        """The sum over uint64[n, 16]."""
        total = msm(G2, g2_from_limbs(bases), schedule.scalars, trace=trace)
        trace.advance(phase)
        return total


class ReferencePairings(ReferencePairing):
    """As `pairing.Pairing`: the check of a verifier, and values in its layout."""

    def pairing(self, p: G1Point, q: G2Point) -> Gt:
        """e(P, Q)."""
        (a, b, c), (d, e, f) = (tuple((x, y) for x, y in half) for half in gt_to_nested(pairing(p, q)))
        return (a, b, c), (d, e, f)


@dataclass(frozen=True)
class ReferenceBase:
    """A point that `ReferenceCurve.multiples` multiplies."""

    group: Group[Any, Any]
    point: Any


class ReferenceCurve:
    """Curve arithmetic on arrays; see `curve.CurveArrays`. `trace` is asked and told for each point or row."""

    def multiply_sum_g1(self, points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
        """The sum of [k_i]P_i."""
        return msm(G1, points, scalars)

    def multiply_sum_g2(self, points: Sequence[G2Point], scalars: Sequence[int]) -> G2Point:
        """The same in G2."""
        return msm(G2, points, scalars)

    def find_off_curve_g1(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """Index of the first point that is not canonical or not on the curve, or -1."""
        return _first_bad(points, 2, G1.is_on_curve, g1_from_limbs, trace, phase)

    def find_off_curve_g2(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """The same on the twist."""
        return _first_bad(points, 4, G2.is_on_curve, g2_from_limbs, trace, phase)

    def find_outside_subgroup(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """Index of the first point of the twist whose order does not divide r, or -1."""
        return _first_bad(points, 4, G2.in_subgroup, g2_from_limbs, trace, phase)

    def scale_points_g1(
        self, points: LimbArray, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8]: [k_i]P_i."""
        return g1_to_limbs(_scale(G1, g1_from_limbs(points), scalars, trace, phase))

    def scale_points_g2(
        self, points: LimbArray, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 16]: [k_i]P_i."""
        return g2_to_limbs(_scale(G2, g2_from_limbs(points), scalars, trace, phase))

    def fixed_base_g1(
        self, point: G1Point, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8]: [k_i]P."""
        return self.multiples(self.base_g1(point, len(scalars)), scalars, trace=trace, phase=phase)

    def fixed_base_g2(
        self, point: G2Point, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 16]: [k_i]Q."""
        return self.multiples(self.base_g2(point, len(scalars)), scalars, trace=trace, phase=phase)

    def base_g1(self, point: G1Point, n: int, *, trace: Trace = NULL_TRACE) -> ReferenceBase:  # noqa: ARG002 - as in `curve`
        """What `multiples` takes."""
        return ReferenceBase(G1, point)

    def base_g2(self, point: G2Point, n: int, *, trace: Trace = NULL_TRACE) -> ReferenceBase:  # noqa: ARG002 - as in `curve`
        """The same in G2."""
        return ReferenceBase(G2, point)

    def multiples(
        self, base: ReferenceBase, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8] or uint64[n, 16]: [k_i]P for the point of `base`."""
        convert: Any = g1_to_limbs if base.group is G1 else g2_to_limbs
        result: LimbArray = convert(_scale(base.group, [base.point] * len(scalars), scalars, trace, phase))
        return result

    def multiply_rows_g1(
        self,
        points: LimbArray,
        scalars: LimbArray,
        row_ptr: npt.NDArray[np.int64],
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 8]: the sum of [k_j]P_j over each row."""
        return g1_to_limbs(_multiply_rows(G1, g1_from_limbs(points), scalars, row_ptr, trace, phase))

    def multiply_rows_g2(
        self,
        points: LimbArray,
        scalars: LimbArray,
        row_ptr: npt.NDArray[np.int64],
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 16]: the same in G2."""
        return g2_to_limbs(_multiply_rows(G2, g2_from_limbs(points), scalars, row_ptr, trace, phase))

    def sum_segments_g1(
        self,
        points: LimbArray,
        entries: npt.NDArray[np.uint32],
        row_ptr: npt.NDArray[np.int64],
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 8]: the sum of +-points of each row."""
        return g1_to_limbs(_segments(G1, g1_from_limbs(points), entries, row_ptr, trace, phase))

    def sum_segments_g2(
        self,
        points: LimbArray,
        entries: npt.NDArray[np.uint32],
        row_ptr: npt.NDArray[np.int64],
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 16]: the same in G2."""
        return g2_to_limbs(_segments(G2, g2_from_limbs(points), entries, row_ptr, trace, phase))


def _first_bad(points: LimbArray, coordinates: int, good: Any, convert: Any, trace: Trace, phase: Phase) -> int:
    for i in range(len(points)):
        trace.check()
        canonical = max(from_limbs(points[i].reshape(coordinates, 4))) < FP.modulus
        if not canonical or not good(convert(points[i : i + 1])[0]):
            return i
        trace.advance(phase)
    return -1


def _scale(group: Group[Any, Any], points: Sequence[Any], scalars: LimbArray, trace: Trace, phase: Phase) -> list[Any]:
    if scalars.shape != (len(points), 4):
        raise ValueError("as many scalars as points")
    products = []
    for point, k in zip(points, from_limbs(scalars), strict=True):
        trace.check()
        products.append(group.multiply_jacobian(point, k))
        trace.advance(phase)
    return group.to_affine_many(products)


def _multiply_rows(
    group: Group[Any, Any],
    points: Sequence[Any],
    scalars: LimbArray,
    row_ptr: npt.NDArray[np.int64],
    trace: Trace,
    phase: Phase,
) -> list[Any]:
    if scalars.shape != (len(points), 4):
        raise ValueError("as many scalars as points")
    bounds, values = row_ptr.tolist(), from_limbs(scalars)
    _check_rows(bounds, len(points))
    sums = []
    for start, end in pairwise(bounds):
        sums.append(msm(group, points[start:end], values[start:end], trace=trace))
        trace.advance(phase)
    return sums


def _check_rows(bounds: list[int], n: int) -> None:
    if bounds[0] < 0 or bounds[-1] > n or any(start > end for start, end in pairwise(bounds)):
        raise ValueError("a row lies outside the entries")


def _segments(
    group: Group[Any, Any],
    points: Sequence[Any],
    entries: npt.NDArray[np.uint32],
    row_ptr: npt.NDArray[np.int64],
    trace: Trace,
    phase: Phase,
) -> list[Any]:
    bounds, terms = row_ptr.tolist(), entries.tolist()
    if any((entry & (_SIGN_BIT - 1)) >= len(points) for entry in terms):
        raise ValueError("an entry names a point that is not there")
    _check_rows(bounds, len(terms))
    sums = []
    for start, end in pairwise(bounds):
        trace.check()
        total = None
        for entry in terms[start:end]:
            point = points[entry & (_SIGN_BIT - 1)]
            if point is not None:
                total = group.add_affine(total, group.negate(point) if entry & _SIGN_BIT else point)
        sums.append(total)
        trace.advance(phase)
    return group.to_affine_many(sums)
