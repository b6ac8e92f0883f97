"""How many field multiplications the phases of a proof take: pure functions of a key's shape and of schedules.

What counts: products and squares in Fp or Fr that the formulas of an algorithm ask for. A product in Fp2 counts three,
a square two (Karatsuba), however a family makes them. What does not count: inversions and the products that share them
out (one for some thousand additions), the lanes of vectors that are not full, and the longer formulas that special
pairs of points take (equal, opposite, infinite). Nor do additions, sorting and memory: the time they take is what a
profile shows as missing to 100 percent.

A count tells how many values of the witness are zero, one or short, as the time of a proof does; it is made only where
a user asks for a profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import LimbArray

if TYPE_CHECKING:
    from zkcompanion.proving.msm import Schedule
    from zkcompanion.proving.row_sums import RowPlan

#: The bits of an entry that are its index; the topmost one is a sign.
_INDEX_MASK = np.uint32(0x7FFFFFFF)
#: Base-field products of one product and of one square of coordinates, by words of an affine point (G1, G2).
_COSTS = {8: (1, 1), 16: (3, 2)}
_STEP = 1 << 16


@dataclass(frozen=True)
class PointCosts:
    """Field multiplications of the steps of a sum of points."""

    #: affine, batched: 5M + 1S
    addition: int
    #: XYZZ: 6M + 3S
    doubling: int
    #: XYZZ and affine: 8M + 2S
    mixed_addition: int

    @classmethod
    def of(cls, words: int) -> PointCosts:
        """Of the curve whose affine points have this many 64-bit words."""
        mul, sqr = _COSTS[words]
        return cls(5 * mul + sqr, 6 * mul + 3 * sqr, 8 * mul + 2 * sqr)


def rows_products(terms: int) -> int:
    """One for each coefficient of A and B."""
    return terms


def quotient_products(power: int) -> int:
    """Of the quotient on 2^power points: three inverse and three forward transforms, the coset between, c and h.

    Each transform has power * n/2 butterflies, of which n - 1 (block 0 of each level) have the factor one. The shift to
    the coset takes n - 1, a*b with its factor 2n, (a*b - c) with its factor 2n. The vector family, which works in rows
    and columns, makes a few percent more or less.
    """
    n = 1 << power
    transform = power * (n >> 1) - (n - 1)
    return 3 * (2 * transform + n - 1) + 4 * n


def sum_products(bases: LimbArray, schedule: Schedule) -> int:
    """Of one multi-scalar multiplication over uint64[n, 8] or uint64[n, 16]: sums of rows, folding, final sum."""
    costs = PointCosts.of(bases.shape[1])
    kept = _finite(bases)
    kept = np.concatenate((np.zeros(schedule.first, dtype=np.bool_), kept)) if schedule.first else kept
    usable = None if bool(kept.all()) else kept
    additions = sum(row_additions(plan, usable) for plan in (schedule.buckets, schedule.ones))
    additions += sum(fold_additions(window.bits - 1) for window in schedule.windows)
    _, powers = schedule.terms
    final = costs.doubling * int(powers.max(initial=0)) + costs.mixed_addition * len(powers)
    return costs.addition * additions + final


def fold_additions(log_size: int) -> int:
    """Of `fold_buckets` on 2^log_size buckets: in round r, 1 + r additions for each 2^(r+1) buckets."""
    return (2 << log_size) - log_size - 2


def row_additions(plan: RowPlan, usable: npt.NDArray[np.bool_] | None) -> int:
    """Additions of points for all rows: one fewer than the points of a piece, where there are any.

    usable: by index of an entry, whether its point is there; None: all are.
    """
    if usable is None:
        lengths = plan.ends - plan.starts
    else:
        running = np.concatenate(([0], np.cumsum(usable[plan.entries & _INDEX_MASK], dtype=np.int64)))
        lengths = running[plan.ends] - running[plan.starts]
    total = int(np.maximum(lengths - 1, 0).sum())
    return total + (row_additions(plan.rest, None) if plan.rest is not None else 0)


def _finite(bases: LimbArray) -> npt.NDArray[np.bool_]:
    """Which points are not infinity (all zeros); in steps, because comparing makes copies."""
    result = np.empty(len(bases), dtype=np.bool_)
    for i in range(0, len(bases), _STEP):
        result[i : i + _STEP] = (bases[i : i + _STEP] != 0).any(axis=1)
    return result
