"""Which cores of a processor are fast ones, from what the system says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

#: Cores of one kind differ a little from each other, by what the maker measured; kinds differ by more than this.
_SAME_KIND = 0.85


def by_speed(speeds: Mapping[str, float]) -> tuple[int, int] | None:
    """How many are fast and how many are slow, where there are two kinds or more; the slowest kind is the slow one.

    `speeds` by core, in any unit. None where all are of one kind or some speed is not above 0.
    """
    ordered = sorted(speeds.values())
    if len(ordered) < 2 or ordered[0] <= 0:
        return None
    gaps = [low / high for low, high in pairwise(ordered)]
    widest = min(gaps)
    if widest > _SAME_KIND:
        return None
    slow = gaps.index(widest) + 1
    return len(ordered) - slow, slow


def by_threads(cores: int | None, logical: int | None) -> tuple[int, int] | None:
    """The same where all that is known are the numbers: of unlike cores only the fast ones run two threads.

    None where all run as many, as far as these numbers tell.
    """
    if cores is None or logical is None or not cores < logical < 2 * cores:
        return None
    return logical - cores, 2 * cores - logical


def by_class(classes: Sequence[int]) -> tuple[int, int] | None:
    """The same where the system gives each core a class, the higher the faster."""
    slow = sum(1 for one in classes if one == min(classes))
    return None if slow == len(classes) else (len(classes) - slow, slow)
