"""Known answers of the group `sums`: rows with equal, opposite and infinite points, and a fold of four buckets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zkcompanion.proving.kernels.layout import ROW_WORDS, batch_scratch, pair_lists
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_to_limbs, g2_to_limbs
from zkcompanion.proving.reference.curve import G1, G2, Group

_SIGN = 1 << 31


def _multiples(group: Group[Any, Any], generator: Any, n: int) -> list[Any]:
    """[None, P, 2P, ...]: n multiples of the generator."""
    acc = None
    result: list[Any] = []
    for _ in range(n):
        result.append(acc)
        acc = group.add_affine(acc, generator)
    return list(group.to_affine_many(result))


def _holds(kernel: Callable[[str], Callable[..., None]], name: str, multiples: list[Any], to_limbs: Any) -> bool:
    points = to_limbs(multiples[:6])
    words = points.shape[1]
    # 1+2+3+4 | 5-5 | empty | 2+2 | -3 | 0+1+0 | 5-2-3+4: with batches of two pairs, blocks and single pairs both occur
    rows = [[1, 2, 3, 4], [5, _SIGN | 5], [], [2, 2], [_SIGN | 3], [0, 1, 0], [5, _SIGN | 2, _SIGN | 3, 4]]
    expected = [10, 0, 0, 4, -3, 1, 4]
    entries = np.array([entry for row in rows for entry in row], dtype=np.uint32)
    starts = np.cumsum([0, *map(len, rows)])
    lists, prefix = pair_lists(1), batch_scratch(1, words)
    out = np.empty((len(rows), words), dtype=np.uint64)
    for batch in (2, 3):
        out.fill(9)
        work, prefix = np.empty((len(entries), words), dtype=np.uint64), batch_scratch(batch, words)
        places, lists = np.empty(ROW_WORDS * len(rows), dtype=np.uint32), pair_lists(batch)
        arrays = (out, work, places, lists, prefix, places, points, entries, starts, starts[1:])
        kernel(f"{name}_sum_rows")(*(a.ctypes.data for a in arrays), 0, 0, len(rows), batch)
        group: Group[Any, Any] = G1 if name == "g1" else G2
        wanted = [multiples[k] if k >= 0 else group.negate(multiples[-k]) for k in expected]
        if not np.array_equal(out, to_limbs(wanted)):
            return False
    a, b, dst = (np.array(values, dtype=np.uint32) for values in ((1, 2, 3), (2, _SIGN | 2, 3), (2, 0, 1)))
    kernel(f"{name}_add_pairs")(*(array.ctypes.data for array in (out, points, a, b, dst, prefix)), 3)
    if not np.array_equal(out[:3], to_limbs([multiples[k] for k in (0, 6, 3)])):
        return False
    buckets = to_limbs([multiples[k] for k in (1, 0, 2, 3)])
    kernel(f"{name}_fold_buckets")(buckets.ctypes.data, lists.ctypes.data, prefix.ctypes.data, 1, 2, 3)
    return bool(np.array_equal(buckets[:3], to_limbs([multiples[k] for k in (6, 3, 5)])))


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    return _holds(kernel, "g1", _multiples(G1, G1_GENERATOR, 11), g1_to_limbs) and _holds(
        kernel, "g2", _multiples(G2, G2_GENERATOR, 11), g2_to_limbs
    )
