"""Buckets and digits of a multi-scalar multiplication over full-size scalars, without making its schedule."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from zkcompanion.proving.fields import FR
from zkcompanion.proving.windows import window_costs


@dataclass(frozen=True)
class Windows:
    """Windows for `scalars` numbers that are uniform in the field."""

    scalars: int
    #: width of each window, from the lowest bits up
    bits: tuple[int, ...]

    @cached_property
    def buckets(self) -> int:
        """Of all windows."""
        return sum(1 << (bits - 1) for bits in self.bits)

    @cached_property
    def buckets_at_once_in_g2(self) -> int:
        """Of the lower or the upper windows, whichever has more: `msm.Schedule.in_g2` takes them in turn."""
        half = len(self.bits) // 2
        return max(sum(1 << (bits - 1) for bits in part) for part in (self.bits[:half], self.bits[half:]))

    @cached_property
    def entries(self) -> int:
        """Digits that are not zero."""
        return round(sum(self.scalars * (1 - 0.5**bits) for bits in self.bits))

    def additions(self, points: int) -> int:
        """Of the points of each bucket, where `points` of the scalars have a finite point."""
        total = 0.0
        for bits, windows in self._widths:
            buckets = 1 << (bits - 1)
            digits = points * (1 - 0.5**bits)
            total += windows * (digits - buckets * (1 - math.exp(-digits / buckets)))
        return round(total)

    @cached_property
    def _widths(self) -> tuple[tuple[int, int], ...]:
        """Widths, and how many windows have them."""
        return tuple(Counter(self.bits).items())


@lru_cache(maxsize=4096)
def full_size_windows(scalars: int) -> Windows:
    """The windows that `msm.Msm.choose_windows` takes for so many full-size scalars; none for none."""
    if scalars <= 0:
        return Windows(0, ())
    # a scalar k stands as min(k, r - k): uniform below r/2
    lengths, left = np.zeros(260, dtype=np.int64), scalars
    half = FR.modulus // 2
    for b in range(half.bit_length(), 0, -1):
        below = min(half, 1 << b) - (1 << (b - 1))
        lengths[b] = min(left, round(scalars * (below / half)))
        left -= int(lengths[b])
    narrowest, cost = window_costs(lengths)
    widths, top = cost.shape
    best, chosen = [0] * top, [0] * top
    table = cost.tolist()
    for p in range(top - 1, -1, -1):
        totals = []
        for i in range(widths):
            after = p + narrowest + i
            totals.append(table[i][p] + (best[after] if after < top else 0))
        best[p] = min(totals)
        chosen[p] = narrowest + totals.index(best[p])
    bits, position = [], 0
    while position < top:
        bits.append(chosen[position])
        position += chosen[position]
    return Windows(scalars, tuple(bits))
