"""Samples, minutes and hours: how one becomes the other, what is kept how long, and how they are joined for a picture.

Pure functions. A percentile is the least sample that so many of all are not above (nearest rank).
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, chain, groupby, pairwise
from operator import mul
from typing import Any, NamedTuple

from zkcompanion.monitoring.blocks import (
    CELL_BITS,
    COUNT_MASK,
    HOURS_BLOCK_S,
    MINUTES_BLOCK_S,
    SAMPLES_BLOCK_S,
    SKETCH_FLOOR,
    TENTHS,
    Hours,
    Minutes,
    Samples,
    bucket_of,
    cell_of,
    keys_of,
    value_of,
)
from zkcompanion.monitoring.samples import Point


class Tier(IntEnum):
    """What is kept, from fine to coarse."""

    RAW = 0
    MINUTE = 1
    HOUR = 2


#: Seconds of a step, of a block, and for how long a block is kept.
STEP_S = {Tier.RAW: 1, Tier.MINUTE: 60, Tier.HOUR: 3600}
BLOCK_S = {Tier.RAW: SAMPLES_BLOCK_S, Tier.MINUTE: MINUTES_BLOCK_S, Tier.HOUR: HOURS_BLOCK_S}
KEPT_S = {Tier.RAW: 86400, Tier.MINUTE: 90 * 86400, Tier.HOUR: 730 * 86400}

#: Of a minute.
PERCENTS = (50, 95, 99)

#: Widths of what is drawn, in seconds; from a minute on in whole minutes, from an hour on in whole hours.
_WIDTHS = (1, 2, 5, 10, 15, 20, 30)
WIDTHS_S = (
    *_WIDTHS,
    *(60 * one for one in _WIDTHS),
    *(3600 * one for one in (1, 2, 3, 4, 6, 8, 12)),
    *(86400 * one for one in (1, 2, 3, 4, 5, 7, 14, 28)),
)


def block_begin(tier: Tier, unix_s: float) -> int:
    """Where the block begins that a moment is in."""
    return int(unix_s // BLOCK_S[tier]) * BLOCK_S[tier]


def rank(percent: int, count: int) -> int:
    """Which of `count` sorted samples is the percentile, from 0 on."""
    return -(-percent * count // 100) - 1


# -- from fine to coarse


def minutes_of(samples: Samples) -> Minutes:
    """Minutes of samples; percentiles are exact."""
    groups = [(minute, sorted(values)) for minute, values in _by_step(samples, 60)]
    return Minutes(
        [minute for minute, _ in groups],
        [len(values) for _, values in groups],
        [_mean(sum(values), len(values), values[0], values[-1]) for _, values in groups],
        keys_of([values[0] for _, values in groups]),
        keys_of([values[-1] for _, values in groups]),
        *(keys_of([values[rank(percent, len(values))] for _, values in groups]) for percent in PERCENTS),
    )


def hours_of(samples: Samples) -> Hours:
    """Hours of samples."""
    groups = list(_by_step(samples, 3600))
    sketches = [_cells(_sketch_of(values)) for _, values in groups]
    return Hours(
        [hour for hour, _ in groups],
        [len(values) for _, values in groups],
        [_mean(sum(values), len(values), min(values), max(values)) for _, values in groups],
        keys_of([min(values) for _, values in groups]),
        keys_of([max(values) for _, values in groups]),
        list(accumulate(map(len, sketches))),
        list(chain.from_iterable(sketches)),
    )


def _sketch_of(values: Sequence[float]) -> Counter[int]:
    """How many are near which key; near zero the keys are not finer than makes a difference to the whole."""
    width = 2 * SKETCH_FLOOR * max(map(abs, values))
    if width:
        rounded = [round(value / width) * width for value in values]
        lowest, highest = min(values), max(values)
        values = [min(max(one, lowest), highest) for one in rounded]
    return Counter(map(bucket_of, keys_of(values)))


def _by_step(samples: Samples, step_s: int) -> Iterable[tuple[int, list[float]]]:
    pairs = zip(samples.times, samples.values, strict=True)
    for number, group in groupby(pairs, lambda pair: pair[0] // (step_s * TENTHS)):
        yield number * step_s, [value for _, value in group]


def _mean(total: float, count: int, low: float, high: float) -> float:
    """Within its bounds: a sum is rounded."""
    return min(max(total / count, low), high)


def _cells(sketch: Mapping[int, int]) -> list[int]:
    return [cell_of(key, sketch[key]) for key in sorted(sketch)]


def joined_samples(kept: Samples, new: Samples) -> Samples:
    """Both in order; of two at one time the kept one."""
    both = dict(zip(new.times, new.values, strict=True)) | dict(zip(kept.times, kept.values, strict=True))
    times = sorted(both)
    return Samples(times, [both[time] for time in times])


def unknown_samples(new: Samples, kept: Samples) -> Samples:
    """Those of `new` at whose time nothing is kept."""
    known = set(kept.times)
    left = [(time, value) for time, value in zip(new.times, new.values, strict=True) if time not in known]
    return Samples([time for time, _ in left], [value for _, value in left])


def joined_minutes(kept: Minutes, new: Minutes) -> Minutes:
    """Both in order; two of the same minute become one, its percentiles as `Steps` joins those of several."""
    found = {row[0]: row for row in zip(*kept, strict=True)}
    for row in zip(*new, strict=True):
        other = found.get(row[0])
        found[row[0]] = row if other is None else _one_minute(other, row)
    return Minutes(*map(list, zip(*(found[begin] for begin in sorted(found)), strict=True)))


def _one_minute(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    both = Minutes(*map(list, zip(first, second, strict=True)))
    low, high = min(both.low), max(both.high)
    total = first[2] * first[1] + second[2] * second[1]
    mean = _mean(total, sum(both.counts), value_of(low), value_of(high))
    cells = sorted(chain.from_iterable(minute_cells(both, 0, 2)))
    percentiles = (
        min(max(one, min(own)), max(own)) for one, own in zip(at_ranks(cells, PERCENTS), both[5:], strict=True)
    )
    return first[0], sum(both.counts), mean, low, high, *accumulate(percentiles, max)


def joined_hours(kept: Hours, new: Hours) -> Hours:
    """Both in order; two of the same hour become one, without a loss."""
    found = {row[0]: row for row in _hour_rows(kept)}
    for row in _hour_rows(new):
        other = found.get(row[0])
        found[row[0]] = row if other is None else _one_hour(other, row)
    rows = [found[begin] for begin in sorted(found)]
    begins, counts, means, low, high, cells = map(list, zip(*rows, strict=True))
    return Hours(begins, counts, means, low, high, list(accumulate(map(len, cells))), list(chain.from_iterable(cells)))


def _hour_rows(hours: Hours) -> Iterable[tuple[Any, ...]]:
    starts = [0, *hours.ends]
    for place, (start, end) in enumerate(pairwise(starts)):
        yield *(column[place] for column in hours[:5]), hours.cells[start:end]


def _one_hour(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    begin_s, counts, low, high = first[0], first[1] + second[1], min(first[3], second[3]), max(first[4], second[4])
    mean = _mean(first[2] * first[1] + second[2] * second[1], counts, value_of(low), value_of(high))
    sketch: Counter[int] = Counter()
    for cell in (*first[5], *second[5]):
        sketch[cell >> CELL_BITS] += cell & COUNT_MASK
    return begin_s, counts, mean, low, high, _cells(sketch)


# -- percentiles of what is coarse


def minute_cells(minutes: Minutes, first: int, last: int) -> list[list[int]]:
    """Some minutes' samples as cells, a column of them for each place: the known samples, and half-way between two
    known ones those that are between them.
    """
    weights = list(zip(*map(_weights, minutes.counts[first:last]), strict=True))
    columns = [one[first:last] for one in (minutes.low, minutes.p50, minutes.p95, minutes.p99, minutes.high)]
    places = [columns[0]]
    for before, after in pairwise(columns):
        places += [[one + other >> 1 for one, other in zip(before, after, strict=True)], after]
    return [
        [key << CELL_BITS | weight for key, weight in zip(column, some, strict=True)]
        for column, some in zip(places, weights, strict=bool(weights))
        if any(some)
    ]


@lru_cache(maxsize=1024)
def _weights(count: int) -> tuple[int, ...]:
    """How many of a minute's samples stand in each place of `minute_cells`."""
    weights = [1]
    before = 0
    for place in (*(rank(percent, count) for percent in PERCENTS), count - 1):
        weights += [max(0, place - before - 1), min(1, place - before)]
        before = place
    return tuple(weights)


def at_ranks(cells: Sequence[int], percents: Iterable[int]) -> list[int]:
    """The keys of percentiles of cells that are sorted."""
    ends = list(accumulate(map(COUNT_MASK.__and__, cells)))
    return [cells[bisect.bisect_right(ends, rank(percent, ends[-1]))] >> CELL_BITS for percent in percents]


# -- what a question is answered from


class Part(NamedTuple):
    """Steps of a tier that begin within a stretch of time, the end not included."""

    tier: Tier
    begin_s: float
    end_s: float


def width_for(begin_s: float, end_s: float, points: int) -> float:
    """Seconds of a step, so that those from `origin_of` on are at most `points`."""
    for width in WIDTHS_S:
        if -(-end_s // width) - begin_s // width <= points:
            return float(width)
    return (end_s - begin_s) / points


def origin_of(begin_s: float, width_s: float) -> float:
    """Where steps begin to be counted: where the day does, so that a moving picture keeps its steps, if they fit."""
    return 0.0 if width_s in WIDTHS_S else begin_s


def tier_for(width_s: float) -> Tier:
    """The coarsest tier of which whole steps fit into the width."""
    return max((tier for tier in Tier if STEP_S[tier] <= width_s), default=Tier.RAW)


def parts_of(begin_s: float, end_s: float, tier: Tier, kept_from: Mapping[Tier, int]) -> list[Part]:
    """Parts that together are the stretch of time, none of it twice; in the middle `tier`, at the ends finer ones.

    `kept_from`: before it a finer tier has made room, so the next coarser one stands in, as far as whole steps of it
    begin there.
    """
    if end_s <= begin_s:
        return []
    if tier is Tier.RAW:
        return _kept(begin_s, end_s, tier, kept_from)
    step = STEP_S[tier]
    first, last = -(-begin_s // step) * step, end_s // step * step
    finer = Tier(tier - 1)
    if last <= first:
        return parts_of(begin_s, end_s, finer, kept_from)
    return [
        *parts_of(begin_s, first, finer, kept_from),
        *_kept(first, last, tier, kept_from),
        *parts_of(last, end_s, finer, kept_from),
    ]


def _kept(begin_s: float, end_s: float, tier: Tier, kept_from: Mapping[Tier, int]) -> list[Part]:
    if tier is Tier.HOUR or kept_from[tier] <= begin_s:
        return [Part(tier, begin_s, end_s)]
    cut = min(end_s, kept_from[tier])
    coarse = _kept(begin_s, cut, Tier(tier + 1), kept_from)
    return [*coarse, Part(tier, cut, end_s)] if cut < end_s else coarse


@dataclass(slots=True)
class _Bin:
    step_s: float
    count: int = 0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    samples: list[float] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    #: least and greatest of the minutes' own percentiles, as keys; the exact one is between them
    own: list[tuple[int, int]] = field(default_factory=list)

    def add(self, count: int, total: float, low: float, high: float) -> None:
        self.count += count
        self.total += total
        self.low = min(self.low, low)
        self.high = max(self.high, high)

    def percentiles(self) -> list[float]:
        self.samples.sort()
        if not self.cells:
            return [self.samples[rank(percent, self.count)] for percent in (50, 95)]
        if self.samples:
            keys = keys_of(self.samples)
            self.cells += [cell_of(key, 1) for key in keys]
            self.own += [(keys[rank(percent, len(keys))],) * 2 for percent in (50, 95)]
        self.cells.sort()
        found = []
        for place, found_key in enumerate(at_ranks(self.cells, (50, 95))):
            key = found_key
            if self.step_s < STEP_S[Tier.HOUR]:
                own = self.own[place::2]
                key = min(max(key, min(least for least, _ in own)), max(most for _, most in own))
            found.append(min(max(value_of(key), self.low), self.high))
        return found


class Steps:
    """Gathers one series' samples, minutes and hours into steps of one width.

    A minute or an hour that is wider than the width is one step, as long as it is itself.
    """

    def __init__(self, begin_s: float, width_s: float) -> None:
        self._origin = origin_of(begin_s, width_s)
        self._width = width_s
        self._bins: dict[int, _Bin] = {}

    def add_samples(self, samples: Samples, begin_s: float, end_s: float) -> None:
        """Those within the stretch of time."""
        times, values = samples
        first = bisect.bisect_left(times, begin_s * TENTHS)
        last = bisect.bisect_left(times, end_s * TENTHS)
        width, origin = self._width * TENTHS, self._origin * TENTHS
        while first < last:
            number = int((times[first] - origin) // width)
            after = bisect.bisect_left(times, origin + (number + 1) * width, first, last)
            after = max(after, first + 1)  # a width that is no whole number may be rounded the other way
            some = values[first:after]
            found = self._bin(number, 0)
            found.add(len(some), sum(some), min(some), max(some))
            found.samples += some
            first = after

    def add_minutes(self, minutes: Minutes, begin_s: float, end_s: float) -> None:
        """Those that begin within the stretch of time."""
        begins = minutes.begins
        offset = bisect.bisect_left(begins, begin_s)
        columns = minute_cells(minutes, offset, bisect.bisect_left(begins, end_s))
        for found, first, last in self._runs(begins, begin_s, end_s, 60):
            self._add(found, minutes, first, last)
            for column in columns:
                found.cells += column[first - offset : last - offset]
            for own in (minutes.p50, minutes.p95):
                found.own.append((min(own[first:last]), max(own[first:last])))

    def add_hours(self, hours: Hours, begin_s: float, end_s: float) -> None:
        """Those that begin within the stretch of time."""
        for found, first, last in self._runs(hours.begins, begin_s, end_s, 3600):
            self._add(found, hours, first, last)
            found.cells += hours.cells[hours.ends[first - 1] if first else 0 : hours.ends[last - 1]]

    def _add(self, found: _Bin, columns: Minutes | Hours, first: int, last: int) -> None:
        counts = columns.counts[first:last]
        low, high = value_of(min(columns.low[first:last])), value_of(max(columns.high[first:last]))
        found.add(sum(counts), sum(map(mul, counts, columns.means[first:last])), low, high)

    def _runs(
        self, begins: Sequence[int], begin_s: float, end_s: float, step_s: float
    ) -> Iterable[tuple[_Bin, int, int]]:
        """What falls into one step, as stretches of the columns."""
        first, end = bisect.bisect_left(begins, begin_s), bisect.bisect_left(begins, end_s)
        while first < end:
            number = int((begins[first] - self._origin) // self._width)
            last = bisect.bisect_left(begins, self._origin + (number + 1) * self._width, first, end)
            last = max(last, first + 1)  # see `add_samples`
            yield self._bin(number, step_s), first, last
            first = last

    def points(self) -> tuple[Point, ...]:
        """The steps that have samples, oldest first."""
        found = []
        for number in sorted(self._bins):
            one = self._bins[number]
            mean = _mean(one.total, one.count, one.low, one.high)
            begin_s = self._origin + number * self._width
            found.append(Point(begin_s, one.step_s, one.count, mean, one.low, one.high, *one.percentiles()))
        return tuple(found)

    def _bin(self, number: int, step_s: float) -> _Bin:
        found = self._bins.get(number)
        if found is None:
            found = self._bins[number] = _Bin(max(self._width, step_s))
        found.step_s = max(found.step_s, step_s)
        return found
