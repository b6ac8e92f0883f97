"""How fast this machine multiplies in the field when it does nothing else: the measure of a profile.

No arithmetic that makes these multiplications one by one can take less time; what a phase takes beyond is for
additions, memory, sorting, and threads that wait.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from zkcompanion.proving.kernels.jit import KernelSet

#: Kernel groups that `KernelLimit` calls.
GROUPS = ("limit",)
#: Elements that are multiplied again and again; 10 KiB stay in the L1 cache. A multiple of two vectors of any family.
_ELEMENTS = 256
#: Elements that the factor takes up: one vector of any family.
_FACTOR = 16
#: uint64 words of an element, enough for every family's layout.
_WORDS = 5


class Multiplications(Protocol):
    """What a back end offers for measuring its limit. It has no clock: whoever calls it has one."""

    def multiply(self, products: int) -> int:
        """Make about `products` independent multiplications in Fp and nothing else; how many were made."""
        ...


class KernelLimit:
    """`Multiplications` by compiled kernels, in the calling thread."""

    def __init__(self, kernels: KernelSet) -> None:
        self._kernels = kernels

    def multiply(self, products: int) -> int:
        """See `Multiplications`; at most 2^24 at once, so that it can be stopped."""
        rounds = max(min(products, 1 << 24) // _ELEMENTS, 1)
        # Small words are numbers below p in every layout. The first elements are the factor.
        words = np.arange(1, (_ELEMENTS + _FACTOR) * _WORDS + 1, dtype=np.uint64)
        factor = words.ctypes.data
        self._kernels["fp_multiply_many"](factor + 8 * _FACTOR * _WORDS, factor, _ELEMENTS, rounds)
        return rounds * _ELEMENTS
