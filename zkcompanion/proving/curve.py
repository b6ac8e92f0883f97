"""Curve arithmetic on arrays by compiled kernels: scalar multiples, sums by rows, and membership tests.

Arrays are affine Montgomery, canonical, uint64[n, 8] in G1 and uint64[n, 16] in G2, all-zero is infinity, any byte
alignment. Nothing but the tests themselves checks that points lie on their curve. Scalars: plain uint64[n, 4] below r.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import LimbArray, to_limbs
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.kernels.layout import pair_scratch
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import (
    G1Point,
    G2Point,
    g1_from_limbs,
    g1_to_limbs,
    g2_from_limbs,
    g2_to_limbs,
)
from zkcompanion.proving.reference.curve import G1, G2, Group
from zkcompanion.proving.row_sums import (
    G1_CURVE,
    G2_CURVE,
    TILING,
    Curve,
    Entries,
    RowSums,
    Starts,
    Tiling,
    plan_rows,
)
from zkcompanion.proving.windows import fixed_base_windows

#: Groups of kernels that `CurveArrays` needs.
GROUPS = ("sums", "msm", "curve")

#: Scalars of a fixed base that are recoded at once (bounds the entries: 26 * 4 bytes each).
_FIXED_BASE_ROWS = 1 << 16
#: Points in one item of a team, by kernel: each lasts some 10 to 60 ms.
_ITEM_POINTS = {
    "g1_find_off_curve": 1 << 18,
    "g2_find_off_curve": 1 << 16,
    "g2_find_outside_subgroup": 1 << 10,
    "g1_multiply_each": 1 << 10,
    "g2_multiply_each": 1 << 8,
    "g1_multiply_rows": 1 << 12,
    "g2_multiply_rows": 1 << 10,
}


@dataclass(frozen=True, eq=False)
class FixedBase:
    """Multiples of one point for every digit of `bits` bits in every of the `windows`: see `CurveArrays.multiples`."""

    curve: Curve
    bits: int
    windows: int
    table: LimbArray


class CurveArrays:
    """G1 and G2 on arrays, on the threads of `team`. `trace.advance(phase)` is called for each item of work."""

    def __init__(self, kernels: KernelSet, team: ThreadTeam, tiling: Tiling = TILING) -> None:
        self._kernels = kernels
        self._team = team
        self._tiling = tiling
        self._sums = {curve: RowSums(kernels, team, curve, tiling) for curve in (G1_CURVE, G2_CURVE)}

    # -- a few points ------------------------------------------------------------------------------------------
    def multiply_sum_g1(self, points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
        """The sum of [k_i]P_i, 0 <= k_i < 2^255, for a few points (60 us and 10 us a point; see `msm.Msm` for many).

        ValueError for a larger scalar or another number of scalars.
        """
        return g1_from_limbs(self._multiply_sum(G1_CURVE, g1_to_limbs(points), scalars))[0]

    def multiply_sum_g2(self, points: Sequence[G2Point], scalars: Sequence[int]) -> G2Point:
        """The same in G2."""
        return g2_from_limbs(self._multiply_sum(G2_CURVE, g2_to_limbs(points), scalars))[0]

    def _multiply_sum(self, curve: Curve, points: LimbArray, scalars: Sequence[int]) -> LimbArray:
        plain = to_limbs(scalars)
        _check_scalars(plain, len(points))
        tables = np.empty((8 * len(points), 2 * curve.words), dtype=np.uint64)
        out = np.empty((1, curve.words), dtype=np.uint64)
        self._kernels[f"{curve.name}_multiply_sum"](
            out.ctypes.data, tables.ctypes.data, points.ctypes.data, plain.ctypes.data, len(points)
        )
        return out

    # -- tests -------------------------------------------------------------------------------------------------
    def find_off_curve_g1(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """Index of the first point that is not canonical or not on the curve; -1: all are (infinity is)."""
        return self._find("g1_find_off_curve", G1_CURVE, points, trace, phase)

    def find_off_curve_g2(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """The same on the twist; says nothing about the subgroup."""
        return self._find("g2_find_off_curve", G2_CURVE, points, trace, phase)

    def find_outside_subgroup(self, points: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.LOAD) -> int:
        """Index of the first point *of the twist* whose order does not divide r; -1: none. About 40 us a point."""
        return self._find("g2_find_outside_subgroup", G2_CURVE, points, trace, phase)

    def _find(self, kernel: str, curve: Curve, points: LimbArray, trace: Trace, phase: Phase) -> int:
        points = _checked(curve, points)
        function = self._kernels[kernel]

        def find(begin: int) -> int:
            found = np.empty(1, dtype=np.int64)
            part = points[begin : begin + _ITEM_POINTS[kernel]]
            function(found.ctypes.data, part.ctypes.data, len(part))
            trace.advance(phase)
            return begin + int(found[0]) if found[0] >= 0 else -1

        hits = self._team.map(find, range(0, len(points), _ITEM_POINTS[kernel]), trace)
        return next((hit for hit in hits if hit >= 0), -1)

    # -- many results ------------------------------------------------------------------------------------------
    def scale_points_g1(
        self, points: LimbArray, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8]: [k_i]P_i."""
        return self._scale(G1_CURVE, points, scalars, trace, phase)

    def scale_points_g2(
        self, points: LimbArray, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 16]: [k_i]P_i."""
        return self._scale(G2_CURVE, points, scalars, trace, phase)

    def _scale(self, curve: Curve, points: LimbArray, scalars: LimbArray, trace: Trace, phase: Phase) -> LimbArray:
        points = _checked(curve, points)
        _check_scalars(scalars, len(points))
        scalars = np.ascontiguousarray(scalars)
        out = np.empty_like(points)
        kernel = f"{curve.name}_multiply_each"

        def scale(begin: int) -> None:
            part = slice(begin, begin + _ITEM_POINTS[kernel])
            pointers = (a[part].ctypes.data for a in (out, points, scalars))
            self._kernels[kernel](*pointers, len(points[part]))
            trace.advance(phase)

        self._team.map(scale, range(0, len(points), _ITEM_POINTS[kernel]), trace)
        return out

    def multiply_rows_g1(
        self,
        points: LimbArray,
        scalars: LimbArray,
        row_ptr: Starts,
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 8]: for each row i the sum of [k_j]P_j over row_ptr[i] <= j < row_ptr[i+1] (int64[rows+1]).

        One run of doublings a row: 45 us and 15 us a term for full-size scalars, much less for short ones. Rows should
        be short (a row is one item of work). ValueError where shapes or rows do not fit.
        """
        return self._multiply_rows(G1_CURVE, points, scalars, row_ptr, trace, phase)

    def multiply_rows_g2(
        self,
        points: LimbArray,
        scalars: LimbArray,
        row_ptr: Starts,
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 16]: the same in G2."""
        return self._multiply_rows(G2_CURVE, points, scalars, row_ptr, trace, phase)

    def _multiply_rows(
        self, curve: Curve, points: LimbArray, scalars: LimbArray, row_ptr: Starts, trace: Trace, phase: Phase
    ) -> LimbArray:
        points, row_ptr = _checked(curve, points), np.ascontiguousarray(row_ptr, dtype=np.int64)
        _check_scalars(scalars, len(points))
        _check_rows(row_ptr, len(points))
        scalars = np.ascontiguousarray(scalars)
        n_rows, lengths = len(row_ptr) - 1, np.diff(row_ptr)
        out = np.empty((n_rows, curve.words), dtype=np.uint64)
        longest = int(lengths.max(initial=0))
        # a row's doublings weigh as much as six terms
        weight = row_ptr + 6 * np.arange(n_rows + 1)
        step = _ITEM_POINTS[f"{curve.name}_multiply_rows"]
        cuts = np.searchsorted(weight, np.arange(step + weight[0], weight[-1], step))
        bounds = sorted({0, *cuts.tolist(), n_rows})

        def multiply(item: tuple[int, int]) -> None:
            tables = np.empty((8 * longest, 2 * curve.words), dtype=np.uint64)
            pointers = (a.ctypes.data for a in (out, tables, points, scalars, row_ptr))
            self._kernels[f"{curve.name}_multiply_rows"](*pointers, *item)
            trace.advance(phase)

        self._team.map(multiply, itertools.pairwise(bounds), trace)
        return out

    def sum_segments_g1(
        self,
        points: LimbArray,
        entries: Entries,
        row_ptr: Starts,
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 8]: for each row the sum of +-points; entries uint32 = index | 2^31 where the point is negated.

        Row i is entries[row_ptr[i]:row_ptr[i+1]], row_ptr int64[rows+1]. ValueError where one does not fit.
        """
        return self._sum_segments(G1_CURVE, points, entries, row_ptr, trace, phase)

    def sum_segments_g2(
        self,
        points: LimbArray,
        entries: Entries,
        row_ptr: Starts,
        *,
        trace: Trace = NULL_TRACE,
        phase: Phase = Phase.SETUP,
    ) -> LimbArray:
        """uint64[rows, 16]: the same in G2."""
        return self._sum_segments(G2_CURVE, points, entries, row_ptr, trace, phase)

    def _sum_segments(
        self, curve: Curve, points: LimbArray, entries: Entries, row_ptr: Starts, trace: Trace, phase: Phase
    ) -> LimbArray:
        points = _checked(curve, points)
        entries = np.ascontiguousarray(entries, dtype=np.uint32)
        row_ptr = np.ascontiguousarray(row_ptr, dtype=np.int64)
        if len(entries) and int((entries & np.uint32(0x7FFFFFFF)).max()) >= len(points):
            raise ValueError("an entry names a point that is not there")
        _check_rows(row_ptr, len(entries))
        return self._sums[curve].run(points, [plan_rows(entries, row_ptr, self._tiling)], trace=trace, phase=phase)[0]

    def fixed_base_g1(
        self, point: G1Point, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8]: [k_i]P for one point P; about 3 us each for many."""
        return self.multiples(self.base_g1(point, len(scalars), trace=trace), scalars, trace=trace, phase=phase)

    def fixed_base_g2(
        self, point: G2Point, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 16]: [k_i]Q for one point Q."""
        return self.multiples(self.base_g2(point, len(scalars), trace=trace), scalars, trace=trace, phase=phase)

    def base_g1(self, point: G1Point, n: int, *, trace: Trace = NULL_TRACE) -> FixedBase:
        """What makes `multiples` of a point quick, best for n of them: 10 MB for many."""
        return self._base(G1_CURVE, G1, point, n, trace)

    def base_g2(self, point: G2Point, n: int, *, trace: Trace = NULL_TRACE) -> FixedBase:
        """The same in G2: 20 MB for many."""
        return self._base(G2_CURVE, G2, point, n, trace)

    def _base(self, curve: Curve, group: Group[Any, Any], point: Any, n: int, trace: Trace) -> FixedBase:
        c, windows = fixed_base_windows(n)
        return FixedBase(curve, c, windows, self._window_table(curve, group, point, windows, c, trace))

    def multiples(
        self, base: FixedBase, scalars: LimbArray, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SETUP
    ) -> LimbArray:
        """uint64[n, 8] or uint64[n, 16]: [k_i]P for the point of `base`. What scalars are recoded to is overwritten."""
        curve, c, windows, table = base.curve, base.bits, base.windows, base.table
        n, scalars = len(scalars), np.ascontiguousarray(scalars)
        out = np.empty((n, curve.words), dtype=np.uint64)
        for begin in range(0, n, _FIXED_BASE_ROWS):
            part = scalars[begin : begin + _FIXED_BASE_ROWS]
            entries = np.empty(len(part) * windows, dtype=np.uint32)
            starts = np.empty(len(part) + 1, dtype=np.int64)
            pointers = (a.ctypes.data for a in (entries, starts, part))
            try:
                self._kernels["msm_table_entries"](*pointers, len(part), windows, c)
                plan = plan_rows(entries[: starts[-1]], starts, self._tiling)
                out[begin : begin + len(part)] = self._sums[curve].run(table, [plan], trace=trace, phase=phase)[0]
            finally:
                entries.fill(0)
        return out

    def _window_table(
        self, curve: Curve, group: Group[Any, Any], point: Any, windows: int, c: int, trace: Trace
    ) -> LimbArray:
        """uint64[windows * 2^(c-1), words]: [d * 2^(c*w)]P at w * 2^(c-1) + d - 1."""
        size = 1 << (c - 1)
        acc = None if point is None else group.from_affine(point)
        firsts = []
        for _ in range(windows):
            firsts.append(acc)
            for _ in range(c):
                acc = group.double_jacobian(acc)
        to_limbs_ = g1_to_limbs if curve is G1_CURVE else g2_to_limbs
        table = np.empty((windows, size, curve.words), dtype=np.uint64)
        table[:, 0] = to_limbs_(group.to_affine_many(firsts))
        bases: Entries = np.arange(windows, dtype=np.uint32)[:, None] * np.uint32(size)
        known = 1
        while known < size:
            # d + known = d plus known for d = 1..known, in every window at once
            left: Entries = np.ravel(bases + np.arange(known, dtype=np.uint32))
            right: Entries = np.repeat(bases.ravel() + np.uint32(known - 1), known)
            self._add_pairs(curve, table, left, right, left + np.uint32(known), trace)
            known *= 2
        return table.reshape(-1, curve.words)

    def _add_pairs(
        self, curve: Curve, points: LimbArray, left: Entries, right: Entries, target: Entries, trace: Trace
    ) -> None:
        address, batch = points.ctypes.data, self._tiling.pairs_per_batch

        def add(begin: int) -> None:
            part = slice(begin, begin + batch)
            prefix = pair_scratch(batch, curve.words)
            pointers = (a[part].ctypes.data for a in (left, right, target))
            self._kernels[f"{curve.name}_add_pairs"](address, address, *pointers, prefix.ctypes.data, len(left[part]))

        self._team.map(add, range(0, len(left), batch), trace)


def _check_rows(row_ptr: Starts, n: int) -> None:
    if row_ptr[0] < 0 or row_ptr[-1] > n or bool((np.diff(row_ptr) < 0).any()):
        raise ValueError("a row lies outside the entries")


def _check_scalars(scalars: LimbArray, n: int) -> None:
    """Kernels recode scalars to signed digits and would read beyond one of 256 bits."""
    if scalars.shape != (n, 4):
        raise ValueError("as many scalars as points")
    if bool((scalars[:, 3] >> np.uint64(63)).any()):
        raise ValueError("a scalar of 2^255 or more")


def _checked(curve: Curve, points: LimbArray) -> npt.NDArray[np.uint64]:
    if points.ndim != 2 or points.shape[1] != curve.words:
        raise ValueError("not an array of points of this curve")
    return np.ascontiguousarray(points)
