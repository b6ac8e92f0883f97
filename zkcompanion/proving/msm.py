"""Multi-scalar multiplication sum k_i*P_i by compiled kernels: sort digits into buckets, then add pairwise.

Scalars are cut into windows of signed digits (`kernels/msm_ops`); in each window the points of equal |digit| form a
row, whose sum is that digit's bucket (`row_sums`); sum d*bucket_d comes from folding (`kernels/sum_ops`). All that
depends on the scalars alone is a `Schedule`, made once and used for every array of bases with these scalars.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1Point, G2Point, g1_from_limbs, g2_from_limbs
from zkcompanion.proving.row_sums import (
    G1_CURVE,
    G2_CURVE,
    TILING,
    Curve,
    Entries,
    RowPlan,
    RowSums,
    Starts,
    Tiling,
    plan_rows,
)
from zkcompanion.proving.scalar_order import ScalarOrder
from zkcompanion.proving.windows import window_costs

#: Groups of kernels that `Msm` needs.
GROUPS = ("sums", "msm", "curve")

#: Scalars times windows in one item of work: about 20 ms.
_ITEM_DIGITS = 1 << 23


class Window(NamedTuple):
    """Bits [position, position + bits) of the scalars; its buckets are rows [first_row, first_row + 2^(bits-1))."""

    position: int
    bits: int
    first_row: int

    @property
    def n_buckets(self) -> int:
        """Digits have absolute values 1 ... 2^(bits-1)."""
        return 1 << (self.bits - 1)


@dataclass(frozen=True)
class Schedule:
    """What a multi-scalar multiplication does, whatever its bases are.

    It holds the scalars in another form, so it is as secret as they are. Memory: 4 bytes for each scalar and window
    where its digit is not zero (19 windows for 2^16 scalars of full size, 16 or 17 from 2^18 on), 8 bytes for each
    bucket (at most 4 MiB), and as much again for each class of scalars.
    """

    #: number of scalars; the bases must be as many as n - first
    n: int
    windows: tuple[Window, ...]
    #: entries of all buckets; in each bucket class after class
    entries: Entries = field(repr=False)
    #: where the classes begin in each bucket, and where the last one ends
    bounds: tuple[Starts, ...] = field(repr=False)
    #: scalars 1 and r-1, class after class, and where the classes begin
    one_entries: Entries = field(repr=False)
    one_bounds: tuple[int, ...] = field(repr=False)
    tiling: Tiling = field(repr=False)
    #: scalars before this one are left out, base 0 belongs to it
    first: int = 0

    def slice_from(self, first: int) -> Schedule:
        """The schedule of scalars[first:], at no cost (the entries left out are skipped when points are read)."""
        if not 0 <= first <= self.n:
            raise ValueError("no such scalar")
        return dataclasses.replace(self, first=first)

    def part(self, begin: int, end: int) -> Schedule:
        """The schedule of the scalars of classes begin to end - 1, where all other bases are infinity; at no cost."""
        if not 0 <= begin < end < len(self.bounds):
            raise ValueError("no such classes")
        bounds, one_bounds = self.bounds[begin : end + 1], self.one_bounds[begin : end + 1]
        return dataclasses.replace(self, bounds=bounds, one_bounds=one_bounds)

    def in_g2(self) -> list[Schedule]:
        """Schedules whose sums add up to this one's: half of the windows at a time, for larger buckets."""
        half = len(self.windows) // 2
        if not half:
            return [self]
        row = self.windows[half].first_row
        upper = tuple(Window(position, bits, first - row) for position, bits, first in self.windows[half:])
        no_ones = (0,) * len(self.one_bounds)
        return [
            dataclasses.replace(self, windows=self.windows[:half], bounds=tuple(b[:row] for b in self.bounds)),
            dataclasses.replace(self, windows=upper, bounds=tuple(b[row:] for b in self.bounds), one_bounds=no_ones),
        ]

    @cached_property
    def buckets(self) -> RowPlan:
        """A row for each bucket."""
        return plan_rows(self.entries, self.bounds[0], self.tiling, self.bounds[-1])

    @cached_property
    def ones(self) -> RowPlan:
        """One row: scalars 1 and r-1."""
        row: Starts = np.array([self.one_bounds[0], self.one_bounds[-1]], dtype=np.int64)
        return plan_rows(self.one_entries, row, self.tiling)

    @cached_property
    def fold_items(self) -> list[tuple[int, int, int]]:
        """(first row, sets, log2 of the buckets) of runs of equally wide windows that are folded by one call."""
        items = []
        for bits, run in groupby(self.windows, key=lambda w: w.bits):
            same = list(run)
            at_once = max(1, self.tiling.fold_buckets >> (bits - 1))
            for i in range(0, len(same), at_once):
                items.append((same[i].first_row, len(same[i : i + at_once]), bits - 1))
        return items

    @cached_property
    def terms(self) -> tuple[Starts, Starts]:
        """Rows of the folded buckets that make up the sum, and the power of two of each, falling.

        In each window sum d*bucket_d = S + sum_q 2^q*O_q, since row i holds |d| = i + 1.
        """
        rows, powers = [], []
        for position, bits, first_row in reversed(self.windows):
            for q in range(bits - 2, -1, -1):
                rows.append(first_row + (1 << q))
                powers.append(position + q)
            rows.append(first_row)
            powers.append(position)
        return np.array(rows, dtype=np.int64), np.array(powers, dtype=np.int64)

    @property
    def steps(self) -> int:
        """How often a multiplication in G1 with this schedule reports progress."""
        return self.buckets.steps + self.ones.steps + len(self.fold_items)

    @property
    def steps_in_g2(self) -> int:
        """The same in G2."""
        return sum(part.steps for part in self.in_g2())

    @property
    def additions(self) -> int:
        """Point additions where no base is infinity: the measure of its work."""
        folds = sum(2 * (w.n_buckets - 1) for w in self.windows)
        return self.buckets.additions + self.ones.additions + folds


class Msm:
    """Multi-scalar multiplication in G1 and G2 on the threads of `team`."""

    def __init__(
        self, kernels: KernelSet, team: ThreadTeam, tiling: Tiling = TILING, buffers: Buffers = NO_BUFFERS
    ) -> None:
        self._kernels = kernels
        self._team = team
        self._tiling = tiling
        self._buffers = buffers
        self._sums = {curve: RowSums(kernels, team, curve, tiling, buffers) for curve in (G1_CURVE, G2_CURVE)}

    def schedule(
        self,
        scalars: LimbArray,
        *,
        order: ScalarOrder | None = None,
        trace: Trace = NULL_TRACE,
        windows: tuple[Window, ...] | None = None,
    ) -> Schedule:
        """Sort the digits of plain scalars uint64[n, 4], all below r (not checked), C-contiguous.

        `order`: their classes, for `Schedule.part`. `windows`: instead of `choose_windows` (for tests and tuning); they
        must cover every scalar's bits. Beside the result it needs up to 40 bytes a scalar while it works.
        """
        n = len(scalars)
        if n > 1 << 31:
            raise ValueError("at most 2^31 scalars")
        order = ScalarOrder.natural(n) if order is None else order
        if len(order.indices) != n:
            raise ValueError("an order of other scalars")
        scalars = np.ascontiguousarray(scalars)
        empty = self._buffers.empty
        ones, entries, general = empty(n, np.uint32), empty(n, np.uint32), empty((n, 4))
        cuts, one_cuts = [0], [0]
        lengths = np.zeros(258, dtype=np.int64)
        for begin, end in pairwise(order.cuts):
            counts = np.empty(260, dtype=np.int64)
            targets = ones[one_cuts[-1] :], general[cuts[-1] :], entries[cuts[-1] :]
            self._kernels["msm_classify"](*_addresses(*targets, counts, scalars, order.indices), begin, end)
            trace.check()
            one_cuts.append(one_cuts[-1] + int(counts[0]))
            cuts.append(cuts[-1] + int(counts[1]))
            lengths += counts[2:]
        n_general = cuts[-1]
        if windows is None:
            windows = self.choose_windows(lengths)
        table = np.array(windows, dtype=np.int64).reshape(-1, 3)
        n_rows = windows[-1].first_row + windows[-1].n_buckets if windows else 0
        starts: Starts = np.zeros(n_rows + 1, dtype=np.int64)
        at_once = max(1, min(_ITEM_DIGITS // max(n_general, 1), -(-len(windows) // self._team.threads)))
        items = [(i, min(i + at_once, len(windows))) for i in range(0, len(windows), at_once)]

        def count(item: tuple[int, int]) -> None:
            self._kernels["msm_count_digits"](*_addresses(starts[1:], general, table), n_general, *item)

        self._team.map(count, items, trace)
        np.cumsum(starts, out=starts)
        cursor = starts[:-1].copy()
        bounds = [starts[:-1], *(np.empty(n_rows, dtype=np.int64) for _ in cuts[2:]), starts[1:]]
        placed = empty(int(starts[-1]), np.uint32)

        def place(item: tuple[int, int]) -> None:
            """Class after class; where the cursors are then, the next class begins."""
            rows = slice(windows[item[0]].first_row, windows[item[1] - 1].first_row + windows[item[1] - 1].n_buckets)
            for i, (begin, end) in enumerate(pairwise(cuts)):
                bounds[i][rows] = cursor[rows]
                pointers = _addresses(placed, cursor, general[begin:], entries[begin:], table)
                self._kernels["msm_place_entries"](*pointers, end - begin, *item)

        self._team.map(place, items, trace)
        return Schedule(n, windows, placed, tuple(bounds), ones[: one_cuts[-1]].copy(), tuple(one_cuts), self._tiling)

    def choose_windows(self, lengths: npt.NDArray[np.int64]) -> tuple[Window, ...]:
        """Windows with the least work for scalars of which lengths[b] have b bits (int64[>= 255]).

        A window [p, p+c) has a digit of each scalar of at least p bits (it may be a carry). Of its M = 2^(c-1) buckets
        about M*exp(-digits/M) stay empty; the first point of a bucket costs nothing. Windows may differ in width: few
        scalars reach the upper ones when many are short.
        """
        narrowest, cost = window_costs(lengths)
        widths, top = cost.shape
        chosen, best = np.empty(top, dtype=np.int64), np.empty(top, dtype=np.int64)
        self._kernels["msm_choose_windows"](*_addresses(chosen, best, cost), top, narrowest, widths)
        windows = []
        position = row = 0
        while position < top:
            bits = int(chosen[position])
            windows.append(Window(position, bits, row))
            position += bits
            row += 1 << (bits - 1)
        return tuple(windows)

    def g1(
        self, bases: LimbArray, schedule: Schedule, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_A
    ) -> G1Point:
        """The sum over uint64[n, 8], affine Montgomery canonical, on the curve, infinity allowed, any alignment."""
        return g1_from_limbs(self._sum(G1_CURVE, bases, [schedule], trace, phase))[0]

    def g2(
        self, bases: LimbArray, schedule: Schedule, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_B2
    ) -> G2Point:
        """The same over uint64[n, 16]."""
        return g2_from_limbs(self._sum(G2_CURVE, bases, schedule.in_g2(), trace, phase))[0]

    def _sum(self, curve: Curve, bases: LimbArray, parts: list[Schedule], trace: Trace, phase: Phase) -> LimbArray:
        """The sum with schedules that differ in their windows only, lower windows first."""
        if bases.shape != (parts[0].n - parts[0].first, curve.words):
            raise ValueError("as many bases as scalars")
        bases = np.ascontiguousarray(bases)
        terms = [self._terms(curve, bases, part, trace, phase) for part in reversed(parts)]
        points, levels = (np.concatenate(arrays) for arrays in zip(*terms, strict=True))
        out = np.empty((1, curve.words), dtype=np.uint64)
        self._kernels[f"{curve.name}_combine_bits"](*_addresses(out, points, levels), len(points))
        return out

    def _terms(
        self, curve: Curve, bases: LimbArray, schedule: Schedule, trace: Trace, phase: Phase
    ) -> tuple[LimbArray, Starts]:
        """Points and powers of two whose products make up the sum; powers fall."""
        sums = self._sums[curve]
        buckets, one = sums.run(
            bases,
            [schedule.buckets, schedule.ones],
            first=schedule.first,
            trace=trace,
            phase=phase,
        )
        self._fold(curve, buckets, schedule, trace, phase)
        rows, powers = schedule.terms
        if len(rows) == 0 or powers[-1] == 0:  # the lowest window, or no window at all
            return np.concatenate((buckets[rows], one)), np.append(powers, 0)
        return buckets[rows], powers

    def _fold(self, curve: Curve, buckets: LimbArray, schedule: Schedule, trace: Trace, phase: Phase) -> None:
        sums = self._sums[curve]

        def fold(item: tuple[int, int, int]) -> None:
            first_row, sets, log_size = item
            own = sums.scratch()
            assert own.lists is not None
            self._kernels[f"{curve.name}_fold_buckets"](
                buckets[first_row:].ctypes.data,
                own.lists.ctypes.data,
                own.prefix.ctypes.data,
                sets,
                log_size,
                sums.batch,
            )
            trace.advance(phase)

        self._team.map(fold, schedule.fold_items, trace)


def _addresses(*arrays: npt.NDArray[Any]) -> list[int]:
    """What kernels take for arrays."""
    return [array.ctypes.data for array in arrays]
