"""How fast a machine is at each kind of work, as a function of how much of it there is: what a calibration measured.

A kind is measured at some sizes, on one thread and on all. Between sizes lines are straight in logarithms; beyond the
largest one the time for each unit stays what it was there, below the smallest one the time itself does.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

#: What is measured, and what of it is counted.
Kind = Literal[
    "read-key",  # bytes of a key that is read, looked at and made ready
    "read-system",  # bytes of an `.r1cs`
    "read-witness",  # wires
    "check",  # terms of the constraints
    "check-products",  # constraints that are products of two values, neither of them 0 or 1
    "rows",  # coefficients of the key
    "transforms",  # field multiplications
    "sort",  # full-size scalars whose digits are sorted
    "sort-bits",  # scalars that are 0 or 1
    "g1",  # additions in G1, of buckets and their folds
    "g2",
    "g1-bits",  # additions in G1 of points whose scalar is one
    "g2-bits",
    "assemble",  # one
    "verify",  # one
    "wipe",  # bytes overwritten when a proof is done
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds for amounts of work, at least one of them, rising."""

    points: tuple[tuple[float, float], ...]

    def seconds(self, work: float) -> float:
        """For so much work; none takes none."""
        if work <= 0:
            return 0.0
        points = self.points
        if work <= points[0][0]:
            return points[0][1]
        last, last_s = points[-1]
        if work >= last:
            return last_s * work / last
        i = bisect_left(points, (work, 0.0))
        (low, low_s), (high, high_s) = points[i - 1], points[i]
        share = math.log(work / low) / math.log(high / low)
        return math.exp(math.log(low_s) * (1 - share) + math.log(high_s) * share)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Of one family of kernels: each kind on one thread, and on `threads` (the same where that is one).

    A kind that is missing was not measured.
    """

    kernels: str
    threads: int
    one: Mapping[Kind, Rate]
    all: Mapping[Kind, Rate]

    def seconds(self, kind: Kind, work: float, threads: int = 1) -> float:
        """For so much work of a kind on so many threads; 0 for a kind that was not measured.

        Other numbers of threads by Amdahl's law, with the serial part that the two measurements of this work show.
        """
        if kind not in self.one:
            return 0.0
        alone = self.one[kind].seconds(work)
        if threads <= 1 or alone <= 0.0:
            return alone
        if self.threads < 2 or kind not in self.all:
            return max(alone * amdahl(PARALLEL.get(kind, 1.0), threads), min(alone, _LEAST_S))
        together = self.all[kind].seconds(work)
        if threads == self.threads:
            return together
        return alone * amdahl(serial_share(together / alone, self.threads), threads)

    def scaled(self, kernels: str, factors: Mapping[Kind, float]) -> Rates:
        """Of another family, or another machine, that takes so many times as long."""
        one, every = (
            {
                kind: Rate(tuple((work, seconds * factors.get(kind, 1.0)) for work, seconds in rate.points))
                for kind, rate in of.items()
            }
            for of in (self.one, self.all)
        )
        return Rates(kernels, self.threads, one, every)


#: Kinds that more threads shorten, and the part of each that they do not, where nothing else is known.
PARALLEL: Mapping[Kind, float] = {
    "check": 0.5,
    "check-products": 0.5,
    "rows": 0.1,
    "transforms": 0.06,
    "sort": 0.3,
    "g1": 0.06,
    "g2": 0.03,
    "g1-bits": 0.06,
    "g2-bits": 0.03,
}


#: Work shorter than this is not shared out with a gain.
_LEAST_S = 0.0005


def amdahl(serial: float, threads: int) -> float:
    """The share of its time on one thread that work takes on so many."""
    return serial + (1 - serial) / threads


def serial_share(ratio: float, threads: int) -> float:
    """The serial part of work that takes `ratio` of its time on so many threads; 0 to 1."""
    return min(1.0, max(0.0, (ratio - 1 / threads) / (1 - 1 / threads)))


def rates_to_plain(rates: Rates) -> dict[str, object]:
    """Fit for JSON."""
    return {
        "kernels": rates.kernels,
        "threads": rates.threads,
        **{
            name: {kind: [list(point) for point in rate.points] for kind, rate in of.items()}
            for name, of in (("one", rates.one), ("all", rates.all))
        },
    }


def rates_from_plain(plain: object) -> Rates | None:
    """What `rates_to_plain` made; None for anything else."""
    if not isinstance(plain, dict):
        return None
    kernels, threads = plain.get("kernels"), plain.get("threads")
    one, every = _rates(plain.get("one")), _rates(plain.get("all"))
    if not isinstance(kernels, str) or type(threads) is not int or not 1 <= threads <= _MOST_THREADS:
        return None
    return None if one is None or every is None else Rates(kernels, threads, one, every)


_MOST_THREADS = 1 << 16
_MOST_POINTS = 64
#: Work and seconds of one measurement: what a proof is made of stays a number with any of them.
_WORK, _SECONDS = (1.0, 1e15), (1e-12, 1e6)


def _rates(plain: object) -> dict[Kind, Rate] | None:
    if not isinstance(plain, dict):
        return None
    found = {kind: _points(plain[kind]) for kind in KINDS if kind in plain}
    return None if None in found.values() else {kind: Rate(points) for kind, points in found.items() if points}


def _points(plain: object) -> tuple[tuple[float, float], ...] | None:
    """Rising: more work takes no less time, so that where it seemed to, the smaller amount was held up."""
    if not isinstance(plain, Sequence) or not 1 <= len(plain) <= _MOST_POINTS:
        return None
    points: list[tuple[float, float]] = []
    for point in plain:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
            return None
        work, seconds = point
        for value, (least, most) in ((work, _WORK), (seconds, _SECONDS)):
            if type(value) not in (int, float) or not least <= value <= most:
                return None
        if points and work <= points[-1][0]:
            return None
        points.append((float(work), float(seconds)))
    rising = list(accumulate((seconds for _, seconds in reversed(points)), min))
    return tuple((work, seconds) for (work, _), seconds in zip(points, reversed(rising), strict=True))
