"""Wires in the order in which a proof sums over them, made once for a key.

A wire has a point at infinity in A, B1 and B2 where it is in no row of that matrix: in most circuits about half of A's
points and two thirds of B's; and in C where it is in no matrix at all. The witness is sorted into one schedule for A,
B1, B2 and C (see `msm`), class after class; classes are chosen so that the wires with a finite point in A are
neighbours, and those in B and in C too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.scalar_order import ScalarOrder

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey

#: Classes of the wires whose points in A, in B1 or B2, and in C are finite.
IN_A, IN_B, IN_C = (0, 2), (1, 3), (0, 4)
N_CLASSES = 5
_IN_A_ONLY, _IN_BOTH, _IN_B_ONLY, _IN_C_ONLY, _IN_NONE = range(N_CLASSES)
#: Points looked at in one step: they fit a core's L2 cache.
_STEP = 1 << 13


def order_wires(zkey: Groth16Zkey, *, trace: Trace = NULL_TRACE) -> ScalarOrder:
    """The wires of a key in five classes: in A and not in B, in both, in B and not in A, in neither but in C, in none.

    A point of C that is infinity for another reason (of a public wire there is none) is added like any other.
    """
    in_a = finite_points(zkey.points_a, trace)
    # the same in every right key; a point that is infinity only in one of the two is added like any other
    in_b = finite_points(zkey.points_b1, trace) | finite_points(zkey.points_b2, trace)
    in_c = np.zeros(len(in_a), dtype=np.bool_)
    in_c[zkey.n_public + 1 :] = finite_points(zkey.points_c, trace)
    classes = np.where(in_c, _IN_C_ONLY, _IN_NONE).astype(np.uint8)
    classes[in_a] = _IN_A_ONLY
    classes[in_b] = _IN_B_ONLY
    classes[in_a & in_b] = _IN_BOTH
    return ScalarOrder.by_class(classes, N_CLASSES)


def finite_points(points: LimbArray, trace: Trace = NULL_TRACE) -> npt.NDArray[np.bool_]:
    """bool[n]: which of uint64[n, words] are not infinity, all zeros; about 15 ns a point of G1, 30 of G2."""
    finite = np.empty(len(points), dtype=np.bool_)
    for start in range(0, len(points), _STEP):
        trace.check()
        part = np.array(points[start : start + _STEP])  # aligned, which a mapped section need not be
        total = part[:, 0]
        for k in range(1, part.shape[1]):
            total |= part[:, k]
        finite[start : start + _STEP] = total != 0
    return finite
