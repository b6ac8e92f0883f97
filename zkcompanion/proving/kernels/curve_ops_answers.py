"""Known answers of the group `curve`: a scalar product, a Horner sum, and points that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, G2Affine, g1_to_limbs, g2_to_limbs
from zkcompanion.proving.reference.curve import G1, G2, Group

#: On the twist, not in its subgroup of order r: the point with x = 2 + u.
OUTSIDE: G2Affine = (
    (2, 1),
    (
        7292567877523311580221095596750716176434782432868683424513645834767876293070,
        19659275751359636165940301690575149581329631496732780143538578556285923319774,
    ),
)


def _holds(
    kernel: Callable[[str], Callable[..., None]], name: str, group: Group[Any, Any], half: Any, to_limbs_: Any
) -> bool:
    # few additions of Python integers, since this runs at every start: P = 2H, so that the scalar k = (r+1)/2, of full
    # length like r-k, has the multiple k*P = H
    k = (FR.modulus + 1) // 2
    p = group.double(half)
    twice = group.double(p)
    ten = group.double(group.add(group.double(twice), p))
    twelve = group.add(ten, twice)
    points = to_limbs_([p, None, twice, group.negate(p)])
    words = points.shape[1]
    out = np.empty((1, words), dtype=np.uint64)
    # k*P - k*P + 2P + 0 + 5*2P = 12P, reached through equal and opposite accumulators
    order = np.array([0, 3, 2, 1, 2])
    scalars = to_limbs([k, k, 1, 7, 5])
    tables = np.empty((8 * len(order), 2 * words), dtype=np.uint64)
    chosen = points[order].copy()
    arguments = (out.ctypes.data, tables.ctypes.data, chosen.ctypes.data, scalars.ctypes.data, len(order))
    kernel(f"{name}_multiply_sum")(*arguments)
    if not np.array_equal(out, to_limbs_([twelve])):
        return False
    # the same terms alone, and in the rows [P, -P], [2P], [0, 2P]
    each = np.empty((len(order), words), dtype=np.uint64)
    pointers = (array.ctypes.data for array in (each, chosen, scalars))
    kernel(f"{name}_multiply_each")(*pointers, len(order))
    if not np.array_equal(each, to_limbs_([half, group.negate(half), twice, None, ten])):
        return False
    starts = np.array([0, 2, 3, 5])
    pointers = (array.ctypes.data for array in (each, tables, chosen, scalars, starts))
    kernel(f"{name}_multiply_rows")(*pointers, 0, 3)
    if not np.array_equal(each[:3], to_limbs_([None, twice, ten])):
        return False
    # 2P*2^2 + P*2^2 + P*2 - P*2 = 12P
    bits = np.array([2, 2, 1, 1], dtype=np.int64)
    chosen = points[[2, 0, 0, 3]].copy()
    kernel(f"{name}_combine_bits")(out.ctypes.data, chosen.ctypes.data, bits.ctypes.data, 4)
    if not np.array_equal(out, to_limbs_([twelve])):
        return False
    found = np.zeros(1, dtype=np.int64)
    for index, word in ((None, 0), (0, 0), (2, words - 1)):
        bad = points.copy()
        if index is not None:
            bad[index, word] ^= np.uint64(1)
        kernel(f"{name}_find_off_curve")(found.ctypes.data, bad.ctypes.data, len(bad))
        if int(found[0]) != (-1 if index is None else index):
            return False
    return True


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    if not _holds(kernel, "g1", G1, G1_GENERATOR, g1_to_limbs) or not _holds(
        kernel, "g2", G2, G2_GENERATOR, g2_to_limbs
    ):
        return False
    points = g2_to_limbs([G2_GENERATOR, None, OUTSIDE, G2_GENERATOR])
    found = np.zeros(1, dtype=np.int64)
    kernel("g2_find_outside_subgroup")(found.ctypes.data, points.ctypes.data, 4)
    if int(found[0]) != 2:
        return False
    kernel("g2_find_outside_subgroup")(found.ctypes.data, points.ctypes.data, 2)
    return int(found[0]) == -1
