"""Known answers of the group `msm`: classes of six scalars, and their digits in windows of seven bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.reference.msm import signed_digits

_SIGN = 1 << 31
_BITS = 7
_WINDOWS = 37


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group sorts scalars as Python integers do."""
    r = FR.modulus
    scalars = to_limbs([64, (r - 1) // 2, r - 0xABCDEF, r - 1, 1, 0, 5])
    order = np.array([6, 5, 4, 3, 2, 1, 0], dtype=np.uint32)
    n = 6
    ones, entries = np.zeros(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)
    general, counts = np.zeros((n, 4), dtype=np.uint64), np.zeros(260, dtype=np.int64)
    kernel("msm_classify")(*(a.ctypes.data for a in (ones, general, entries, counts, scalars, order)), 1, 7)
    kept = [0xABCDEF, (r - 1) // 2, 64]
    if counts[:2].tolist() != [2, 3] or np.flatnonzero(counts[2:]).tolist() != [7, 24, 253]:
        return False
    if ones[:2].tolist() != [4, _SIGN | 3] or entries[:3].tolist() != [_SIGN | 2, 1, 0]:
        return False
    if from_limbs(general[:3]) != kept:
        return False
    digits = [signed_digits(k, _BITS, _WINDOWS) for k in kept]
    windows = np.array([(i * _BITS, _BITS, i << (_BITS - 1)) for i in range(_WINDOWS)], dtype=np.int64)
    starts = np.zeros((_WINDOWS << (_BITS - 1)) + 1, dtype=np.int64)
    here = (windows.ctypes.data, 3, 1, _WINDOWS)
    kernel("msm_count_digits")(starts[1:].ctypes.data, general.ctypes.data, *here)
    starts = np.cumsum(starts)
    found = np.zeros(3 * _WINDOWS, dtype=np.uint32)
    pointers = (array.ctypes.data for array in (found, starts, general, entries))
    kernel("msm_place_entries")(*pointers, *here)
    placed = [(window, abs(d[window]), i) for window in range(1, _WINDOWS) for i, d in enumerate(digits) if d[window]]
    wanted = [int(entries[i]) ^ (_SIGN if digits[i][window] < 0 else 0) for window, _, i in sorted(placed)]
    if found[: len(wanted) + 1].tolist() != [*wanted, 0]:
        return False
    # five bits: 2 + 3 cost 3 + 4, less than 2 + 2 + 2 or 3 + 2 or 3 + 3
    chosen, best, cost = np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64), np.array([[3] * 5, [6, 6, 4, 6, 6]])
    kernel("msm_choose_windows")(*(array.ctypes.data for array in (chosen, best, cost)), 5, 2, 2)
    if chosen[[0, 2, 3, 4]].tolist() != [2, 3, 2, 2]:
        return False
    table = np.zeros(3 * _WINDOWS, dtype=np.uint32)
    starts = np.zeros(4, dtype=np.int64)
    kernel("msm_table_entries")(table.ctypes.data, starts.ctypes.data, general.ctypes.data, 3, _WINDOWS, _BITS)
    rows = [[(64 * w + abs(d) - 1) | (_SIGN if d < 0 else 0) for w, d in enumerate(row) if d] for row in digits]
    flat = [entry for row in rows for entry in row]
    same_rows: bool = starts.tolist() == np.cumsum([0, *map(len, rows)]).tolist()
    return same_rows and table[: len(flat)].tolist() == flat
