"""Sizes of arrays that kernels and their callers must agree on."""

from __future__ import annotations

import numpy as np

from zkcompanion.proving.fields import LimbArray

#: Elements that the vector family works on at once; scratch is rounded up to whole tiles of them.
TILE = 8


def pair_scratch(pairs: int, words: int) -> LimbArray:
    """The `prefix` argument of batched additions: room for `pairs` field elements of a curve with points of `words`.

    uint64, uninitialised. The vector family keeps 5 limbs where memory has 4 words.
    """
    return np.empty((-(-pairs // TILE) * TILE, words // 2 // 4 * 5), dtype=np.uint64)
