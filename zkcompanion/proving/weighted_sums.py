"""Many weighted sums of curve points at once: for each row of a sparse matrix the sum of value * points[column].

Coefficients of circuits are mostly 1 and -1: those terms are plain additions, which rows of points add up in batches
that share inversions (`curve.sum_segments`). The others go row by row through one shared run of doublings
(`curve.multiply_rows`); a coefficient above r/2 counts as the negative of a smaller one, so that small numbers of both
signs stay cheap. Work goes in tiles of terms, so memory beside points and result is bounded whatever the matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FP, FR, LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.phases import NULL_TRACE, Trace

#: Terms of one tile: 4 MiB of points in G1, 8 MiB in G2.
TILE_TERMS = 1 << 16
#: Terms of one row that share doublings; a longer row is cut, so that one item of work stays under 0.05 s.
_PIECE_TERMS = 1 << 10
_SIGN = np.uint32(1 << 31)

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class SumSegments(Protocol):
    """`CurveArrays.sum_segments_g1` or `_g2`."""

    def __call__(
        self, points: LimbArray, entries: npt.NDArray[np.uint32], row_ptr: Index, *, trace: Trace
    ) -> LimbArray:
        """For each row the sum of its +-points."""
        ...


class MultiplyRows(Protocol):
    """`CurveArrays.multiply_rows_g1` or `_g2`."""

    def __call__(self, points: LimbArray, scalars: LimbArray, row_ptr: Index, *, trace: Trace) -> LimbArray:
        """For each row the sum of scalar * point."""
        ...


class WeightedSums:
    """Weighted sums in one of the two groups.

    Arguments:
        sum_segments, multiply_rows: the group's methods of `CurveArrays`.
        done: called after each tile, `tiles` times for one call of `run`.
    """

    def __init__(
        self, sum_segments: SumSegments, multiply_rows: MultiplyRows, done: Callable[[], None] = lambda: None
    ) -> None:
        self._sum_segments = sum_segments
        self._multiply_rows = multiply_rows
        self._done = done

    @staticmethod
    def tiles(rows: SparseRows) -> int:
        """Number of tiles of one `run`."""
        return -(-rows.n_terms // TILE_TERMS)

    def run(self, points: LimbArray, rows: SparseRows, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """uint64[n_rows, words]: row i is the sum of value * points[wire] over its terms, affine Montgomery canonical.

        points: uint64[n, 8] or uint64[n, 16], affine Montgomery canonical, on the curve, infinity allowed; every
        `rows.wire` is below n (IndexError).
        """
        sums: list[LimbArray] = [np.empty((0, points.shape[1]), dtype=np.uint64)]
        owners: list[Index] = [np.empty(0, dtype=np.int64)]
        for start in range(0, rows.n_terms, TILE_TERMS):
            trace.check()
            stop = min(start + TILE_TERMS, rows.n_terms)
            owner, row = np.unique(
                np.searchsorted(rows.row_ptr, np.arange(start, stop), side="right") - 1, return_inverse=True
            )
            tile = points[rows.wire[start:stop]], rows.value[start:stop]
            sums.append(self._tile(*tile, row, len(owner), trace))
            owners.append(owner)
            self._done()
        # a row that spans tiles has a sum in each; rows without terms have none
        every, owner = np.concatenate(sums), np.concatenate(owners)
        row_ptr = np.searchsorted(owner, np.arange(rows.n_rows + 1))
        return self._sum_segments(every, np.arange(len(every), dtype=np.uint32), row_ptr, trace=trace)

    def _tile(self, points: LimbArray, value: LimbArray, row: Index, n_rows: int, trace: Trace) -> LimbArray:
        """Sums of the rows of one tile; term j has points[j], value[j] and the row row[j] (non-decreasing)."""
        magnitude, negative = _signed(value)
        small = (magnitude[:, 1:] == 0).all(axis=1) & (magnitude[:, 0] <= 1)
        one = small & (magnitude[:, 0] == 1)
        general = np.flatnonzero(~small)
        heavy = points[general]
        _negate(heavy, negative[general])
        starts = _pieces(row[general])
        piece_ptr = np.append(starts, len(general))
        products = self._multiply_rows(heavy, magnitude[general], piece_ptr, trace=trace)
        both = np.concatenate((points[one], products))
        owner = np.concatenate((row[one], row[general][starts]))
        entries = np.arange(len(both), dtype=np.uint32)
        entries[: len(owner) - len(starts)] |= _SIGN * negative[one]
        order = np.argsort(owner, kind="stable")
        row_ptr = np.searchsorted(owner[order], np.arange(n_rows + 1))
        return self._sum_segments(both, entries[order], row_ptr, trace=trace)


def _pieces(row: Index) -> Index:
    """Where runs of equal rows start, long runs cut."""
    first = np.flatnonzero(np.diff(row, prepend=-1))
    rank = np.arange(len(row)) - np.repeat(first, np.diff(first, append=len(row)))
    return np.flatnonzero(rank % _PIECE_TERMS == 0)


def _signed(value: LimbArray) -> tuple[LimbArray, Mask]:
    """min(v, r - v) and whether it was r - v."""
    opposite = _subtract_from(FR.modulus, value)
    negative = _less(opposite, value)
    return np.where(negative[:, None], opposite, value), negative


def _negate(points: LimbArray, where: Mask) -> None:
    """Y to p - y in place, in the chosen points; the points are finite (y is never 0) or are left as they are."""
    half = points.shape[1] // 2
    chosen = points[where]
    y = chosen[:, half:].reshape(-1, 4)
    opposite = _subtract_from(FP.modulus, y)
    opposite[~y.any(axis=1)] = 0  # also a component of y in Fp2 that is 0
    chosen[:, half:] = opposite.reshape(-1, half)
    points[where] = chosen


def _subtract_from(modulus: int, a: LimbArray) -> LimbArray:
    """Modulus - a, limb by limb, for a <= modulus."""
    m = to_limbs([modulus])[0]
    out = np.empty_like(a)
    borrow = np.zeros(len(a), dtype=np.uint64)
    for i in range(4):
        difference = m[i] - a[:, i]
        out[:, i] = difference - borrow
        borrow = ((m[i] < a[:, i]) | (difference < borrow)).astype(np.uint64)
    return out


def _less(a: LimbArray, b: LimbArray) -> Mask:
    """Whether a < b, uint64[n, 4] as numbers."""
    result = np.zeros(len(a), dtype=bool)
    for i in range(4):
        result = np.where(a[:, i] == b[:, i], result, a[:, i] < b[:, i])
    return result
