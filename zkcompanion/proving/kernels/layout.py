"""Sizes of arrays that kernels and their callers must agree on."""

from __future__ import annotations

import numpy as np

from zkcompanion.proving.fields import LimbArray

#: Pairs that the vector family adds in one step; scratch is rounded up to whole steps.
PAIRS_PER_STEP = 16


def pair_scratch(pairs: int, words: int) -> LimbArray:
    """The `prefix` argument of batched additions: room for `pairs` field elements of a curve with points of `words`.

    uint64, uninitialised. The vector family keeps 5 limbs where memory has 4 words.
    """
    return np.empty((-(-pairs // PAIRS_PER_STEP) * PAIRS_PER_STEP, words // 2 // 4 * 5), dtype=np.uint64)
