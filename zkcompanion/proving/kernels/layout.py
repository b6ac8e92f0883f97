"""Sizes of arrays that kernels and their callers must agree on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import LimbArray

#: Vectors of 64 bytes that the vector family keeps for one step of batched additions: four elements of eight lanes in
#: five limbs each, for two tiles of G1 or the two components of one tile of G2, and a flag.
STEP_VECTORS = 41
#: Bytes of a vector register, and of the memory that caches handle as one.
_LINE_BYTES = 64
#: Pairs of such a step, by words of an affine point.
_PAIRS_PER_STEP = {8: 16, 16: 8}


#: Makes uint64[n], uninitialised.
MakeWords = Callable[[int], npt.NDArray[np.uint64]]


def _plain(n: int) -> npt.NDArray[np.uint64]:
    return np.empty(n, dtype=np.uint64)


def aligned_words(n: int, make: MakeWords = _plain) -> npt.NDArray[np.uint64]:
    """uint64[n], uninitialised, that begins where a cache line does."""
    raw = make(n + _LINE_BYTES // 8)
    skip = -raw.ctypes.data % _LINE_BYTES // 8
    return raw[skip : skip + n]


def aligned_points(n: int, words: int, make: MakeWords = _plain) -> LimbArray:
    """uint64[n, words], uninitialised: points of which none lies across more cache lines than it must."""
    return aligned_words(n * words, make).reshape(n, words)


def pair_scratch(pairs: int, words: int) -> LimbArray:
    """The `prefix` argument of batched additions: scratch for `pairs` pairs of points of `words`; uninitialised.

    160 bytes a pair of G1 and 320 of G2. The scalar family uses the first 32 or 64 of them.
    """
    steps = -(-pairs // _PAIRS_PER_STEP[words])
    return aligned_words(steps * STEP_VECTORS * 8).reshape(steps, STEP_VECTORS * 8)


#: Entries that the list of a sum of rows may grow by at once.
LIST_STEP = 16
#: Words of 32 bits for each row that a sum of rows works on.
ROW_WORDS = 5


def pair_lists(batch: int) -> npt.NDArray[np.uint32]:
    """The `lists` argument of sums of rows and folds: two lists of pairs (a, b, target); uninitialised."""
    return np.empty(6 * (batch + LIST_STEP), dtype=np.uint32)


def batch_scratch(batch: int, words: int) -> LimbArray:
    """`pair_scratch` for lists that are added up once they have `batch` pairs or some more."""
    return pair_scratch(batch + LIST_STEP, words)
