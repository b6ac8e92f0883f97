"""Samples that are in memory and in no block yet."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable, Mapping

from zkcompanion.monitoring.blocks import MOST, SAMPLES_BLOCK_S, Samples


class Pending:
    """The samples of one block's stretch of time, by the number of their series.

    `number` counts them: what is in a block of the file is not taken from here again.
    """

    def __init__(self, number: int, begin_s: int) -> None:
        self.number = number
        self.begin_s = begin_s
        self._kept: dict[int, tuple[array[int], array[float]]] = {}
        self._new: dict[int, tuple[array[int], array[float]]] = {}

    def add(self, series: int, time: int, value: float) -> bool:
        """Put a sample in its place; False for no number, and for a second one at the same time."""
        if not -MOST < value < MOST:
            return False
        kept = self._kept.get(series)
        if kept is None:
            kept = self._kept[series] = array("q"), array("d")
        if not _put(kept, time, value):
            return False
        new = self._new.get(series)
        if new is None:
            new = self._new[series] = array("q"), array("d")
        return _put(new, time, value)

    def take_back(self, part: Mapping[int, Samples]) -> None:
        """Samples that an earlier program left in the file, in no block."""
        for series, samples in part.items():
            for time, value in zip(samples.times, samples.values, strict=True):
                self.add(series, time, value)
        self._new.clear()

    def new(self) -> dict[int, Samples]:
        """What was added since this was asked the last time."""
        new, self._new = self._new, {}
        return {series: Samples(*both) for series, both in new.items()}

    def put_back(self, part: Mapping[int, Samples]) -> None:
        """What `new` gave is not in the file."""
        for series, samples in part.items():
            if series in self._kept:
                self._new[series] = _joined(samples, self._new.get(series))

    def renew(self) -> None:
        """Nothing of it is in the file."""
        self._new = {series: (times[:], values[:]) for series, (times, values) in self._kept.items()}

    def series(self) -> set[int]:
        """Those that have samples here."""
        return set(self._kept)

    def samples(self, series: int) -> Samples:
        """A copy; empty where there are none."""
        times, values = self._kept.get(series, ((), ()))
        return Samples(list(times), list(values))

    def forget(self, series: int) -> None:
        """They are in a block now."""
        self._kept.pop(series, None)
        self._new.pop(series, None)

    def __len__(self) -> int:
        return sum(len(times) for times, _ in self._kept.values())


def named_samples(
    pending: Iterable[Pending], ids: Mapping[str, int], names: Iterable[str], begin_s: float, end_s: float
) -> dict[str, list[tuple[int, int, Samples]]]:
    """Number, begin and samples of what may lie within a stretch of time, for each name."""
    within = [one for one in pending if one.begin_s < end_s and one.begin_s + SAMPLES_BLOCK_S > begin_s]
    return {
        name: [(one.number, one.begin_s, one.samples(ids[name])) for one in within if ids[name] in one.series()]
        for name in names
        if name in ids
    }


def _joined(before: Samples, after: tuple[array[int], array[float]] | None) -> tuple[array[int], array[float]]:
    both = array("q", before.times), array("d", before.values)
    if after is not None and after[0][0] > both[0][-1]:
        return both[0] + after[0], both[1] + after[1]
    for time, value in zip(*(after or ((), ())), strict=True):
        _put(both, time, value)
    return both


def _put(kept: tuple[array[int], array[float]], time: int, value: float) -> bool:
    times, values = kept
    if not times or time > times[-1]:
        times.append(time)
        values.append(value)
        return True
    place = bisect.bisect_left(times, time)
    if times[place] == time:
        return False
    times.insert(place, time)
    values.insert(place, value)
    return True
