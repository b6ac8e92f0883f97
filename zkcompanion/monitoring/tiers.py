"""Samples, minutes and hours: how one becomes the other, what is kept how long, and how they are joined for a picture.

Pure functions. A percentile is the least sample that so many of all are not above (nearest rank).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from zkcompanion.monitoring.blocks import (
    HOURS_BLOCK_S,
    MINUTES_BLOCK_S,
    SAMPLES_BLOCK_S,
    TENTHS,
    Hour,
    Minute,
    Samples,
    bucket_of,
    bucket_values,
    keys_of,
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

PERCENTS = (50, 95, 99)
_PLACES = dict(zip(PERCENTS, (5, 6, 7), strict=True))  # in a Minute

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


def minutes_of(samples: Samples) -> list[Minute]:
    """Minutes of samples; percentiles are exact."""
    found = []
    for minute, values in _by_step(samples, 60):
        values.sort()
        count = len(values)
        mean = _mean(sum(values), count, values[0], values[-1])
        percentiles = (values[rank(percent, count)] for percent in PERCENTS)
        found.append(Minute(minute, count, mean, values[0], values[-1], *percentiles))
    return found


def hours_of(samples: Samples) -> list[Hour]:
    """Hours of samples."""
    found = []
    for hour, values in _by_step(samples, 3600):
        low, high = min(values), max(values)
        found.append(Hour(hour, _mean(sum(values), len(values), low, high), low, high, _sketch_of(values)))
    return found


def _mean(total: float, count: int, low: float, high: float) -> float:
    """Within its bounds: a sum is rounded."""
    return min(max(total / count, low), high)


def _by_step(samples: Samples, step_s: int) -> Iterable[tuple[int, list[float]]]:
    pairs = zip(samples.times, samples.values, strict=True)
    for number, group in groupby(pairs, lambda pair: pair[0] // (step_s * TENTHS)):
        yield number * step_s, [value for _, value in group]


def _sketch_of(values: Sequence[float]) -> dict[int, int]:
    sketch: dict[int, int] = {}
    for key in keys_of(values):
        bucket = bucket_of(key)
        sketch[bucket] = sketch.get(bucket, 0) + 1
    return sketch


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


def joined_minutes(kept: Sequence[Minute], new: Sequence[Minute]) -> list[Minute]:
    """Both in order; two of the same minute become one, its percentiles as `percentile_of_minutes` says."""
    found = {one.begin_s: one for one in kept}
    for one in new:
        other = found.get(one.begin_s)
        found[one.begin_s] = one if other is None else _one_minute(other, one)
    return [found[begin] for begin in sorted(found)]


def _one_minute(first: Minute, second: Minute) -> Minute:
    both = [first, second]
    count = first.samples + second.samples
    low, high = min(first.low, second.low), max(first.high, second.high)
    mean = _mean(first.mean * first.samples + second.mean * second.samples, count, low, high)
    percentiles = (percentile_of_minutes(both, percent) for percent in PERCENTS)
    return Minute(first.begin_s, count, mean, low, high, *accumulate(percentiles, max))


def joined_hours(kept: Sequence[Hour], new: Sequence[Hour]) -> list[Hour]:
    """Both in order; two of the same hour become one, without a loss."""
    found = {one.begin_s: one for one in kept}
    for one in new:
        other = found.get(one.begin_s)
        found[one.begin_s] = one if other is None else _one_hour(other, one)
    return [found[begin] for begin in sorted(found)]


def _one_hour(first: Hour, second: Hour) -> Hour:
    counts = count_of(first), count_of(second)
    low, high = min(first.low, second.low), max(first.high, second.high)
    mean = _mean(first.mean * counts[0] + second.mean * counts[1], sum(counts), low, high)
    sketch = dict(first.sketch)
    _add_sketch(sketch, second.sketch)
    return Hour(first.begin_s, mean, low, high, sketch)


def count_of(hour: Hour) -> int:
    """How many samples are in it."""
    return sum(hour.sketch.values())


def _add_sketch(sketch: dict[int, int], more: Mapping[int, int]) -> None:
    for bucket, count in more.items():
        sketch[bucket] = sketch.get(bucket, 0) + count


# -- percentiles of what is coarse


def percentile_of_minutes(minutes: Sequence[Minute], percent: int) -> float:
    """The percentile (50, 95 or 99) of all samples of some minutes.

    Never below the least and never above the greatest of the minutes' own, as the exact one is; between them it is
    exact for samples that stand where `_lumps` puts them.
    """
    place = _PLACES[percent]
    own = [one[place] for one in minutes]
    lumps = sorted(lump for one in minutes for lump in _lumps(one))
    wanted = rank(percent, sum(count for _, count in lumps))
    return min(max(_at_rank(lumps, wanted), min(own)), max(own))


def _lumps(minute: Minute) -> list[tuple[float, int]]:
    """Values and how many samples stand for each: the known ones, and half-way between two known the others."""
    count = minute.samples
    known = [(0, minute.low)]
    known += [(rank(percent, count), minute[place]) for percent, place in _PLACES.items()]
    known.append((count - 1, minute.high))
    lumps = [(minute.low, 1)]
    for (before, least), (after, most) in pairwise(known):
        if after > before:
            lumps.append((most, 1))
        if after > before + 1:
            lumps.append(((least + most) / 2, after - before - 1))
    return lumps


def percentile_of_sketch(sketch: Mapping[int, int], percent: int) -> float:
    """The value that stands for the bucket of the percentile; within SKETCH_ERROR of it."""
    buckets = sorted(sketch)
    wanted = rank(percent, sum(sketch.values()))
    (value,) = bucket_values([int(_at_rank([(one, sketch[one]) for one in buckets], wanted))])
    return value


def _at_rank(lumps: Sequence[tuple[float, int]], wanted: int) -> float:
    ends = accumulate(count for _, count in lumps)
    return next(value for (value, _), end in zip(lumps, ends, strict=True) if wanted < end)


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
    minutes: list[Minute] = field(default_factory=list)
    sketch: dict[int, int] = field(default_factory=dict)

    def add(self, count: int, total: float, low: float, high: float) -> None:
        self.count += count
        self.total += total
        self.low = min(self.low, low)
        self.high = max(self.high, high)

    def percentiles(self) -> tuple[float, float]:
        if not self.minutes and not self.sketch:
            self.samples.sort()
            return self.samples[rank(50, self.count)], self.samples[rank(95, self.count)]
        if not self.sketch:
            if self.samples:
                self.minutes.append(_as_one_minute(self.samples))
            return percentile_of_minutes(self.minutes, 50), percentile_of_minutes(self.minutes, 95)
        _add_sketch(self.sketch, _sketch_of(self.samples))
        for minute in self.minutes:
            for value, count in _lumps(minute):
                _add_sketch(self.sketch, dict.fromkeys(_sketch_of([value]), count))
        found = (percentile_of_sketch(self.sketch, percent) for percent in (50, 95))
        p50, p95 = (min(max(value, self.low), self.high) for value in found)
        return p50, p95


def _as_one_minute(samples: list[float]) -> Minute:
    samples.sort()
    percentiles = (samples[rank(percent, len(samples))] for percent in PERCENTS)
    return Minute(0, len(samples), samples[0], samples[0], samples[-1], *percentiles)


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

    def add_minutes(self, minutes: Iterable[Minute], begin_s: float, end_s: float) -> None:
        """Those that begin within the stretch of time."""
        for one in minutes:
            if begin_s <= one.begin_s < end_s:
                found = self._bin(self._number(one.begin_s), 60)
                found.add(one.samples, one.mean * one.samples, one.low, one.high)
                found.minutes.append(one)

    def add_hours(self, hours: Iterable[Hour], begin_s: float, end_s: float) -> None:
        """Those that begin within the stretch of time."""
        for one in hours:
            if begin_s <= one.begin_s < end_s:
                found = self._bin(self._number(one.begin_s), 3600)
                count = count_of(one)
                found.add(count, one.mean * count, one.low, one.high)
                _add_sketch(found.sketch, one.sketch)

    def points(self) -> tuple[Point, ...]:
        """The steps that have samples, oldest first."""
        found = []
        for number in sorted(self._bins):
            one = self._bins[number]
            mean = _mean(one.total, one.count, one.low, one.high)
            begin_s = self._origin + number * self._width
            found.append(Point(begin_s, one.step_s, one.count, mean, one.low, one.high, *one.percentiles()))
        return tuple(found)

    def _number(self, unix_s: float) -> int:
        return int((unix_s - self._origin) // self._width)

    def _bin(self, number: int, step_s: float) -> _Bin:
        found = self._bins.get(number)
        if found is None:
            found = self._bins[number] = _Bin(max(self._width, step_s))
        found.step_s = max(found.step_s, step_s)
        return found
