"""Eight elements of 4 words of 64 bits that stand one after another, into lanes and back.

Their order in the lanes is the one that takes the fewest shuffles, eight each way: lane l has element
(0, 2, 1, 3, 4, 6, 5, 7)[l].
"""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.proving.kernels.ifma_field import VECTOR, IfmaField, Lanes, shuffle
from zkcompanion.proving.kernels.ir import Emitter, Value

_EVEN, _ODD = [0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15]


def load_eight(e: Emitter, f: IfmaField, at: Value, bound: float) -> Lanes:
    """Of an address; the elements are below bound*p."""
    return lanes_of_pairs(e, f, [e.load(at, VECTOR, k) for k in range(4)], bound)


def lanes_of_pairs(e: Emitter, f: IfmaField, pairs: Sequence[Value], bound: float) -> Lanes:
    """The same of four vectors; elements 2k and 2k + 1 are in pairs[k]."""
    halves = [[shuffle(e, pairs[k], pairs[k + 1], mask) for k in (0, 2)] for mask in (_EVEN, _ODD)]
    low, high = [0, 1, 4, 5, 8, 9, 12, 13], [2, 3, 6, 7, 10, 11, 14, 15]
    return f.from_words(
        [shuffle(e, halves[k % 2][0], halves[k % 2][1], low if k < 2 else high) for k in range(4)], bound
    )


def store_eight(e: Emitter, f: IfmaField, a: Lanes, at: Value) -> None:
    """Undoes `load_eight`."""
    words = f.to_words(a)
    for half, mask in enumerate(([0, 1, 8, 9, 2, 3, 10, 11], [4, 5, 12, 13, 6, 7, 14, 15])):
        even, odd = (shuffle(e, words[k], words[k + 2], mask) for k in (0, 1))
        e.store(shuffle(e, even, odd, _EVEN), at, 2 * half)
        e.store(shuffle(e, even, odd, _ODD), at, 2 * half + 1)
