"""Known answer of the vector family's group `limit`, in blocks of five limbs of eight lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FP, LimbArray
from zkcompanion.proving.kernels.ifma_field import LANES, LIMB_BITS, LIMBS, RADIX_BITS, limbs52
from zkcompanion.proving.kernels.limit_ops_answers import expected, inputs, run


def to_blocks(values: list[int]) -> LimbArray:
    """uint64[n/8, 5, 8]: limb j of element 8*i + l at [i, j, l]."""
    limbs = np.array([limbs52(v) for v in values], dtype=np.uint64)
    return np.ascontiguousarray(limbs.reshape(-1, LANES, LIMBS).transpose(0, 2, 1))


def from_blocks(blocks: LimbArray) -> list[int]:
    """The integers of `to_blocks`."""
    rows = blocks.transpose(0, 2, 1).reshape(-1, LIMBS).tolist()
    return [sum(limb << (LIMB_BITS * j) for j, limb in enumerate(row)) for row in rows]


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    values, factor = inputs(2 * LANES), FP.modulus - 12345
    data = to_blocks(values)
    run(kernel, data, to_blocks([factor] * LANES), len(values))
    return [v % FP.modulus for v in from_blocks(data)] == expected(values, factor, RADIX_BITS)
