"""The last samples in memory, packed: as dictionaries of numbers a quarter of an hour of them is some megabytes."""

from __future__ import annotations

import sys
from array import array
from collections import deque
from dataclasses import dataclass

from zkcompanion.monitoring.samples import Sample


@dataclass(frozen=True, slots=True)
class _Packed:
    """A sample whose values stand in the order of `names`, which samples with the same series share."""

    unix_s: float
    monotonic_s: float
    names: tuple[str, ...]
    values: array[float]
    missed: int
    late_s: float
    slept_s: float | None


#: Orders of series that are remembered.
_MOST_KNOWN = 64


class RecentSamples:
    """The last `most` samples. Not for several threads at once."""

    def __init__(self, most: int) -> None:
        self._kept: deque[_Packed] = deque(maxlen=most)
        #: the same series come again and again, in some few orders
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, sample: Sample) -> None:
        """Keep one more; the oldest makes way."""
        names = tuple(map(sys.intern, sample.values))  # names with a label are made anew for every sample
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        names = self._known.setdefault(names, names)
        self._kept.append(
            _Packed(
                sample.unix_s,
                sample.monotonic_s,
                names,
                array("d", sample.values.values()),
                sample.missed,
                sample.late_s,
                sample.slept_s,
            )
        )

    def last(self) -> Sample | None:
        """The newest."""
        return _sample(self._kept[-1]) if self._kept else None

    def samples(self, seconds: float) -> tuple[Sample, ...]:
        """Those of the last `seconds`, up to the newest; oldest first."""
        if not self._kept:
            return ()
        first_s = self._kept[-1].monotonic_s - seconds
        return tuple(_sample(one) for one in self._kept if one.monotonic_s >= first_s)

    def names(self) -> set[str]:
        """Every series that any of them has."""
        return {name for names in {one.names for one in self._kept} for name in names}


def _sample(packed: _Packed) -> Sample:
    return Sample(
        packed.unix_s,
        packed.monotonic_s,
        dict(zip(packed.names, packed.values, strict=True)),
        packed.missed,
        packed.late_s,
        packed.slept_s,
    )
