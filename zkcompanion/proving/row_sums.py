"""Sums of rows of +-points by compiled kernels: the machine under multi-scalar multiplication and key set-up.

A row is a list of entries (uint32: sign bit | point index). `plan_rows` cuts long rows into pieces and groups
pieces into tiles (`Tiling`); `RowSums.run` lets a team of threads add up the tiles, then the
pieces of the cut rows. Which additions are made, and so the work, does not depend on the number of threads.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.kernels.layout import LIST_STEP, ROW_WORDS, aligned_points, batch_scratch, pair_lists
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase, Trace

Entries = npt.NDArray[np.uint32]
Starts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tiling:
    """How work is cut. The results do not depend on it."""

    #: entries and pieces in one tile: 2 ms of additions in G1, 5 ms in G2, with work arrays that fit a core's L2 cache
    tile_entries: int = 1 << 14
    #: longest piece; a longer row is cut
    piece_entries: int = 1 << 12
    #: pairs of G1 that share an inversion; of G2 half as many. Their points and what is kept of them fit the L2 cache
    pairs_per_batch: int = 1 << 10
    #: buckets that one fold works on, so that each of its rounds fills a batch and no item lasts long
    fold_buckets: int = 1 << 13


TILING = Tiling()


class Curve(NamedTuple):
    """What the drivers must know of a curve: prefix of its kernels, 64-bit words of an affine point."""

    name: str
    words: int


G1_CURVE = Curve("g1", 8)
G2_CURVE = Curve("g2", 16)


@dataclass(frozen=True)
class RowPlan:
    """Rows cut into pieces and tiles. Depends on the entries only, so one plan serves every array of points."""

    n_rows: int
    entries: Entries = field(repr=False)
    #: piece i is entries[starts[i]:ends[i]]
    starts: Starts = field(repr=False)
    ends: Starts = field(repr=False)
    #: piece ranges [a, b)
    tiles: tuple[tuple[int, int], ...]
    tiling: Tiling
    #: the first piece of each row, where some row was cut
    first_piece: Starts | None
    #: rows that were cut, and the plan that adds up their pieces
    cut_rows: Starts | None
    rest: RowPlan | None

    @property
    def steps(self) -> int:
        """Tiles in all: how often `RowSums.run` reports progress."""
        return len(self.tiles) + (self.rest.steps if self.rest else 0)

    @property
    def additions(self) -> int:
        """Point additions where no point is infinity."""
        lengths = self.ends - self.starts
        total = int(lengths.sum()) - int(np.count_nonzero(lengths))
        return total + (self.rest.additions if self.rest else 0)


def plan_rows(entries: Entries, starts: Starts, tiling: Tiling = TILING, ends: Starts | None = None) -> RowPlan:
    """A plan for rows entries[starts[r]:ends[r]], int64[n_rows] each; ends None: `starts` is int64[n_rows + 1], and
    each row ends where the next begins.
    """
    if ends is None:
        starts, ends = starts[:-1], starts[1:]
    n_rows = len(starts)
    lengths = ends - starts
    if n_rows == 0 or int(lengths.max()) <= tiling.piece_entries:
        return RowPlan(n_rows, entries, starts, ends, _tiles(lengths, tiling), tiling, None, None, None)
    pieces = np.maximum(-(-lengths // tiling.piece_entries), 1)
    first_piece = np.concatenate(([0], np.cumsum(pieces)))
    within = np.arange(first_piece[-1]) - np.repeat(first_piece[:-1], pieces)
    piece_starts = np.repeat(starts, pieces) + within * tiling.piece_entries
    piece_ends = np.minimum(piece_starts + tiling.piece_entries, np.repeat(ends, pieces))
    cut_rows = np.flatnonzero(pieces > 1)
    rest_lengths = pieces[cut_rows]
    rest_starts = np.concatenate(([0], np.cumsum(rest_lengths)))
    rest_entries = np.arange(rest_starts[-1]) - np.repeat(rest_starts[:-1] - first_piece[cut_rows], rest_lengths)
    rest = plan_rows(rest_entries.astype(np.uint32), rest_starts, tiling)
    tiles = _tiles(piece_ends - piece_starts, tiling)
    return RowPlan(n_rows, entries, piece_starts, piece_ends, tiles, tiling, first_piece[:-1], cut_rows, rest)


def _tiles(lengths: Starts, tiling: Tiling) -> tuple[tuple[int, int], ...]:
    # Weight of a piece: its entries plus one, so tiles of many empty pieces are bounded too.
    n_pieces = len(lengths)
    if n_pieces == 0:
        return ()
    weight = np.concatenate(([0], np.cumsum(lengths + 1)))
    cuts = np.searchsorted(weight, np.arange(tiling.tile_entries, int(weight[-1]), tiling.tile_entries))
    bounds = sorted({0, *cuts.tolist(), n_pieces})
    return tuple(itertools.pairwise(bounds))


class _Scratch(threading.local):
    """Work arrays of one thread, made at first use and kept while the thread and the `RowSums` live."""

    lists: Entries | None = None
    prefix: LimbArray
    work: LimbArray
    rows: Entries
    kept: Entries


class RowSums:
    """Adds up rows of points of one curve.

    Memory beside the results: in each thread about 1 MiB for G1 and 2 MiB for G2, reused from call to call.
    """

    def __init__(
        self,
        kernels: KernelSet,
        team: ThreadTeam,
        curve: Curve,
        tiling: Tiling = TILING,
        buffers: Buffers = NO_BUFFERS,
    ) -> None:
        self.curve = curve
        self.tiling = tiling
        self.team = team
        self._kernels = kernels
        self._buffers = buffers
        #: pairs that share an inversion
        self.batch = max(1, tiling.pairs_per_batch * G1_CURVE.words // curve.words)
        self._scratch = _Scratch()

    def scratch(self) -> _Scratch:
        """This thread's work arrays."""
        own = self._scratch
        if own.lists is None:
            # A tile's entries and pieces are at most tile_entries + one piece; `work` holds half of them.
            batch, piece = self.batch, self.tiling.piece_entries
            weight = self.tiling.tile_entries + piece + 2
            own.prefix = batch_scratch(batch, self.curve.words)
            own.work = aligned_points(weight // 2 + 1, self.curve.words)
            own.rows = np.empty(ROW_WORDS * weight, dtype=np.uint32)
            own.kept = np.empty(piece + LIST_STEP, dtype=np.uint32)
            own.lists = pair_lists(batch)
        return own

    def run(
        self,
        points: LimbArray,
        plans: Sequence[RowPlan],
        *,
        first: int = 0,
        trace: Trace,
        phase: Phase,
    ) -> list[LimbArray]:
        """For each plan uint64[n_rows, words]: the sums of its rows, affine Montgomery, canonical.

        points: uint64[n, words], C-contiguous, any byte alignment, affine Montgomery canonical, on the curve. Entry
        index i means points[i - first]; those below `first` are left out. Indices are not checked: plans come from this
        program. `trace.advance(phase)` after each tile. ValueError: a plan of another tiling.
        """
        if any(plan.tiling != self.tiling for plan in plans):
            raise ValueError("a plan with other tiles")
        address = points.ctypes.data - first * self.curve.words * 8
        sums = [aligned_points(len(plan.starts), self.curve.words, self._buffers.empty) for plan in plans]
        items = [(plan, out.ctypes.data, tile) for plan, out in zip(plans, sums, strict=True) for tile in plan.tiles]

        def add_tile(item: tuple[RowPlan, int, tuple[int, int]]) -> None:
            plan, out, (begin, end) = item
            own = self.scratch()
            assert own.lists is not None
            self._kernels[f"{self.curve.name}_sum_rows"](
                out,
                own.work.ctypes.data,
                own.rows.ctypes.data,
                own.lists.ctypes.data,
                own.prefix.ctypes.data,
                own.kept.ctypes.data,
                address,
                plan.entries.ctypes.data,
                plan.starts.ctypes.data,
                plan.ends.ctypes.data,
                first,
                begin,
                end,
                self.batch,
            )
            trace.advance(phase)

        self.team.map(add_tile, items, trace)
        return [self._join(plan, out, trace, phase) for plan, out in zip(plans, sums, strict=True)]

    def _join(self, plan: RowPlan, pieces: LimbArray, trace: Trace, phase: Phase) -> LimbArray:
        """Sums of rows from the sums of their pieces."""
        if plan.rest is None:
            return pieces
        result: LimbArray = pieces[plan.first_piece]
        result[plan.cut_rows] = self.run(pieces, [plan.rest], trace=trace, phase=phase)[0]
        return result
