"""Rows that repeat, kept as the different ones and which of them stands where.

The coefficients of a circuit are few: a hash function has some hundred different ones in a million places. Kept so, an
entry is a quarter as long, and what a hit costs is mostly the check of its seal.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Fewer rows for each different one than this, and folding gains nothing.
_LEAST_REPEATS = 3
#: Odd numbers without a pattern; what two different rows of the same sum cost is that nothing is folded.
_MIXERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_WIDTHS = (np.uint8, np.uint16, np.uint32)

Rows = npt.NDArray[np.uint64]
Places = npt.NDArray[np.unsignedinteger]


def fold(rows: Rows) -> tuple[Rows, Places] | None:
    """The different rows of uint64[n, 4], and for each row which of them it is; None where too few are alike."""
    sums = (rows * _MIXERS).sum(axis=1, dtype=np.uint64)
    different = np.unique(sums)
    if len(different) * _LEAST_REPEATS > len(rows):
        return None
    width = next(width for width in _WIDTHS if len(different) <= np.iinfo(width).max + 1)
    places = np.searchsorted(different, sums).astype(width)
    last = np.empty(len(different), dtype=np.int64)
    last[places] = np.arange(len(rows))
    table = rows[last]
    return (table, places) if np.array_equal(unfold(table, places), rows) else None


def unfold(table: Rows, places: Places) -> Rows:
    """The rows again. Raises: ValueError where these are no table and no places in it."""
    if table.shape != (len(table), 4) or places.shape != (len(places),) or places.dtype not in _WIDTHS:
        raise ValueError("no table of rows")
    if len(places) and int(places.max()) >= len(table):
        raise ValueError("no row of the table")
    return np.take(table, places, axis=0, mode="clip")
