"""What a chart over time is made of: series in bounded memory, gaps, the layers of a picture. Nothing here draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zkcompanion.app.monitor_views import CurveView, Sample

Floats = NDArray[np.float64]

#: Points further apart than this many steps are not joined.
_GAP_STEPS = 1.6
#: Samples are taken each second.
SAMPLE_STEP_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One series, oldest first: the middle of each step (unix s), its length, and the mean, lowest and highest in it.

    All arrays have one length. NaN stands where nothing was measured.
    """

    times: Floats
    steps: Floats
    mean: Floats
    low: Floats
    high: Floats

    def nearest(self, unix_s: float) -> int | None:
        """The point nearest to a moment, where one lies within its own step and a half of it."""
        if not len(self.times):
            return None
        right = min(int(np.searchsorted(self.times, unix_s)), len(self.times) - 1)
        left = max(0, right - 1)
        best = left if abs(self.times[left] - unix_s) <= abs(self.times[right] - unix_s) else right
        if abs(self.times[best] - unix_s) > _GAP_STEPS * self.steps[best] or np.isnan(self.mean[best]):
            return None
        return best

    def at(self, unix_s: float) -> float | None:
        """The mean nearest to a moment; None in a gap."""
        best = self.nearest(unix_s)
        return float(self.mean[best]) if best is not None else None

    def latest(self, unix_s: float, within_s: float) -> float | None:
        """The last mean at or before a moment, not older than `within_s` or a step and a half."""
        last = int(np.searchsorted(self.times, unix_s, side="right")) - 1
        while last >= 0 and unix_s - self.times[last] <= max(within_s, _GAP_STEPS * self.steps[last]):
            if not np.isnan(self.mean[last]):
                return float(self.mean[last])
            last -= 1
        return None


_NONE = np.zeros(0)
EMPTY = Track(_NONE, _NONE, _NONE, _NONE, _NONE)


def track_of(curve: CurveView) -> Track:
    """A series from the store."""
    points = curve.points
    if not points:
        return EMPTY
    rows = np.array([(one.unix_s, one.step_s, one.mean, one.low, one.high) for one in points], dtype=np.float64)
    steps = rows[:, 1]
    # a sample is a moment; what stands for more of them is shown in their middle
    times = np.where(steps > SAMPLE_STEP_S, rows[:, 0] + steps / 2, rows[:, 0])
    return Track(times, steps, rows[:, 2], rows[:, 3], rows[:, 4])


class SampleTable:
    """The last `most` samples as columns, in memory that does not grow with time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._times = np.zeros(2 * most)
        self._columns: dict[str, Floats] = {}
        #: rows begin and end here; at the end of the room the last `most` move to its beginning
        self._begin = 0
        self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def names(self) -> tuple[str, ...]:
        """Series of which there is a value."""
        return tuple(self._columns)

    @property
    def first_unix_s(self) -> float | None:
        """The date of the oldest row."""
        return float(self._times[self._begin]) if len(self) else None

    @property
    def last_unix_s(self) -> float | None:
        """The date of the newest row."""
        return float(self._times[self._end - 1]) if len(self) else None

    def clear(self) -> None:
        """Forget all."""
        self._begin = self._end = 0
        self._columns.clear()

    def add(self, sample: Sample) -> None:
        """One more. Where the clock was set back, rows of the time that comes again go."""
        self._end = self._begin + int(np.searchsorted(self._times[self._begin : self._end], sample.unix_s))
        if self._end == len(self._times):
            self._move()
        row = self._end
        self._times[row] = sample.unix_s
        for column in self._columns.values():
            column[row] = np.nan
        for name, value in sample.values.items():
            found = self._columns.get(name)
            if found is None:
                found = self._columns[name] = np.full(len(self._times), np.nan)
            found[row] = value
        self._end += 1
        self._begin = max(self._begin, self._end - self._most)

    def fill(self, samples: Iterable[Sample]) -> None:
        """These in place of all."""
        self.clear()
        for sample in samples:
            self.add(sample)

    def track(self, name: str) -> Track:
        """A series; views into the table, so they hold until the next `add`."""
        times = self._times[self._begin : self._end]
        column = self._columns.get(name)
        values = column[self._begin : self._end] if column is not None else np.full(len(times), np.nan)
        return Track(times, np.full(len(times), SAMPLE_STEP_S), values, values, values)

    def _move(self) -> None:
        kept = slice(self._end - self._most, self._end)
        self._times[: self._most] = self._times[kept]
        for name, column in list(self._columns.items()):
            column[: self._most] = column[kept]
            if np.isnan(column[: self._most]).all():
                del self._columns[name]  # of a worker that is long gone
        self._begin, self._end = 0, self._most


def stretches(times: Floats, steps: Floats, values: Floats) -> Iterator[slice]:
    """Where points are to be joined: rows without a gap between them and without NaN."""
    if not len(times):
        return
    good = ~np.isnan(values)
    joined = good[1:] & good[:-1] & (np.diff(times) <= _GAP_STEPS * np.maximum(steps[1:], steps[:-1]))
    begin = 0
    for row in (*np.flatnonzero(~joined), len(times) - 1):
        end = int(row) + 1
        if good[begin]:
            yield slice(begin, end)
        begin = end


# -- layers of a picture; colours are tokens of the theme, `series/2`, or `phase/sum-a`


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line through values."""

    times: Floats
    steps: Floats
    values: Floats
    colour: str
    width: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """What lies between two lines."""

    times: Floats
    steps: Floats
    low: Floats
    high: Floats
    colour: str
    alpha: int = 70


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """A bar as wide as its step, between two values."""

    times: Floats
    steps: Floats
    low: Floats
    high: Floats
    colour: str


@dataclass(frozen=True, slots=True)
class Tint:
    """A stretch of time behind everything, in one of `lanes` from top to bottom; `name` where there is room for it."""

    begin_unix_s: float
    end_unix_s: float
    colour: str
    name: str = ""
    lane: int = 0
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, on the time axis: a stretch where `begin` and `end` differ."""

    begin_unix_s: float
    end_unix_s: float
    colour: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """All that a chart draws; `top` is the highest value in sight, `ticks` those with words on the left axis."""

    top: float
    ticks: tuple[tuple[float, str], ...]
    right_ticks: tuple[tuple[float, str], ...] = ()
    areas: tuple[Area, ...] = ()
    bars: tuple[Bars, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind several charts on one time axis; `named`: whether names are written on the tints."""

    tints: tuple[Tint, ...] = ()
    marks: tuple[Mark, ...] = ()
    named: bool = False


# -- several series together


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Series on common moments: `mean`, `low` and `high` have a row for each series, NaN where it has no value."""

    times: Floats
    steps: Floats
    mean: Floats
    low: Floats
    high: Floats


def aligned(tracks: Iterable[Track]) -> Rows:
    """Series on the moments of all of them."""
    given = list(tracks)
    if not given:
        none = np.zeros((0, 0))
        return Rows(_NONE, _NONE, none, none, none)
    first = given[0]
    if all(one.times is first.times or np.array_equal(one.times, first.times) for one in given):
        return Rows(
            first.times,
            first.steps,
            np.stack([one.mean for one in given]),
            np.stack([one.low for one in given]),
            np.stack([one.high for one in given]),
        )
    times, where = np.unique(np.concatenate([one.times for one in given]), return_index=True)
    steps = np.concatenate([one.steps for one in given])[where]
    made = np.full((3, len(given), len(times)), np.nan)
    for row, one in enumerate(given):
        at = np.searchsorted(times, one.times)
        made[0, row, at], made[1, row, at], made[2, row, at] = one.mean, one.low, one.high
    return Rows(times, steps, made[0], made[1], made[2])


def lowest(values: Floats) -> Floats:
    """Of each column the lowest that is no NaN."""
    return np.fmin.reduce(values, axis=0) if len(values) else _NONE


def highest(values: Floats) -> Floats:
    """Of each column the highest that is no NaN."""
    return np.fmax.reduce(values, axis=0) if len(values) else _NONE


def stacked(values: Floats) -> Floats:
    """Each row on top of those before it, from a row of zeros on; NaN where no row has a value."""
    height, width = values.shape
    made = np.zeros((height + 1, width))
    np.cumsum(np.nan_to_num(values), axis=0, out=made[1:])
    made[:, np.isnan(values).all(axis=0)] = np.nan
    return made


def smoothed(track: Track, samples: int = 10) -> Track:
    """Of single samples the mean of the last ten, so that what happens once in two seconds can be read as a rate."""
    if not len(track.times) or track.steps[-1] > SAMPLE_STEP_S:
        return track
    there = ~np.isnan(track.mean)
    sums = np.concatenate(([0.0], np.cumsum(np.where(there, track.mean, 0.0))))
    counts = np.concatenate(([0], np.cumsum(there)))
    end = np.arange(1, len(track.times) + 1)
    begin = np.maximum(end - samples, 0)
    mean = (sums[end] - sums[begin]) / np.maximum(counts[end] - counts[begin], 1)
    mean[~there] = np.nan
    return Track(track.times, track.steps, mean, mean, mean)


def most(values: Floats) -> float:
    """The highest value that is no NaN; 0 where there is none."""
    found = values[~np.isnan(values)]
    return float(found.max()) if len(found) else 0.0
