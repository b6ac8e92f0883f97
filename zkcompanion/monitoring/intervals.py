"""Where a share or a median lies that comes from few events: two-sided intervals at 95 %.

Clopper-Pearson is exact: it holds the true share at least as often as it says, for any number of events. Wilson is
narrower, and holds it that often on average (Brown, Cai, DasGupta: Interval estimation for a proportion, 2001).
The interval of a median is that of the sign test: two of the values themselves, whatever they are distributed like.
"""

from __future__ import annotations

import math

#: How often the interval is to hold the true share.
CONFIDENCE = 0.95
#: Misses of them, as whole numbers allow it.
_ONE_IN = 20
#: The normal quantile of 0.975.
_Z = 1.959963984540054
_TINY = 1e-300
_STEPS = 10_000


def wilson(good: int, events: int) -> tuple[float, float]:
    """The score interval at 95 %. Raises: ValueError for counts that are none."""
    _require_counts(good, events)
    share, square = good / events, _Z * _Z
    middle = (share + square / (2 * events)) / (1 + square / events)
    reach = _Z * math.sqrt(share * (1 - share) / events + square / (4 * events * events)) / (1 + square / events)
    return (0.0 if good == 0 else max(0.0, middle - reach)), (1.0 if good == events else min(1.0, middle + reach))


def clopper_pearson(good: int, events: int) -> tuple[float, float]:
    """The exact interval at 95 %, by quantiles of the beta distribution. Raises: as `wilson`."""
    _require_counts(good, events)
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if good == 0 else beta_quantile(tail, good, events - good + 1)
    high = 1.0 if good == events else beta_quantile(1 - tail, good + 1, events - good)
    return low, high


def median_ranks(count: int) -> tuple[int, int] | None:
    """Which of so many ordered values (from 1) hold their true median between them; None where there are too few (6).

    As often as any value is the least or the greatest by chance: the tails of a binomial distribution with 1/2.
    """
    rank, beyond = 0, 1  # of 2**count: ways in which at most `rank` values lie below the median
    ways = 1
    while 2 * beyond * _ONE_IN <= 2**count:
        rank += 1
        ways = ways * (count - rank + 1) // rank
        beyond += ways
    return None if rank == 0 else (rank, count + 1 - rank)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with `incomplete_beta(x, a, b) == probability`, for 0 < probability < 1; to 1e-12."""
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if incomplete_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # the fraction converges fast below the mean only; above it the other tail is computed
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22)."""
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 / _not_zero(1.0 + step * d)
            c = _not_zero(1.0 + step / c)
            value *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _require_counts(good: int, events: int) -> None:
    if not 0 <= good <= events or events == 0:
        raise ValueError(f"{good} of {events} is no share")
