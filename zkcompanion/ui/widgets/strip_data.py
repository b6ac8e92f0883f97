"""What the live strip remembers: samples in bounded memory (`app/phase_spans`: phases). Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Two minutes of samples as they come; a longer run is kept whole with fewer points.
_MOST_SAMPLES = 1200


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds from the job's start, percent of the machine's processor, ours of it, bytes of our workers."""

    at_s: float
    machine_percent: float
    worker_percent: float
    worker_bytes: float


class SampleStore:
    """At most `most` samples. When it is full, neighbours are merged: percents by their mean, memory by the larger."""

    def __init__(self, most: int = _MOST_SAMPLES) -> None:
        self._rows: NDArray[np.float64] = np.zeros((most, 4))
        self._count = 0
        #: how many samples one row stands for by now
        self._merge = 1
        self._pending: list[Sample] = []
        self._sums = np.zeros(4)
        self._seen = 0
        self._peaks = np.zeros(4)

    @property
    def count(self) -> int:
        """Rows to draw."""
        return self._count

    @property
    def peaks(self) -> Sample:
        """The highest of each since the start, at whatever time."""
        return Sample(*(float(value) for value in self._peaks))

    @property
    def means(self) -> Sample:
        """The mean of each since the start."""
        return Sample(*(float(value) for value in self._sums / max(1, self._seen)))

    def add(self, sample: Sample) -> None:
        """One more; ignored where time would go backwards."""
        values = np.array((sample.at_s, sample.machine_percent, sample.worker_percent, sample.worker_bytes))
        if self._count and values[0] <= self._rows[self._count - 1, 0]:
            return
        self._sums += values
        self._seen += 1
        self._peaks = np.maximum(self._peaks, values)
        self._pending.append(sample)
        if len(self._pending) < self._merge:
            return
        self._rows[self._count] = _merged(self._pending)
        self._pending.clear()
        self._count += 1
        if self._count == len(self._rows):
            self._halve()

    def rows(self, from_s: float = 0.0) -> NDArray[np.float64]:
        """Time, machine, ours, bytes from a moment on, in that order of columns; a view, not a copy."""
        first = int(np.searchsorted(self._rows[: self._count, 0], from_s))
        return self._rows[max(0, first - 1) : self._count]

    def nearest(self, at_s: float) -> Sample | None:
        """The sample nearest to a moment."""
        if not self._count:
            return None
        times = self._rows[: self._count, 0]
        right = min(int(np.searchsorted(times, at_s)), self._count - 1)
        left = max(0, right - 1)
        best = left if abs(times[left] - at_s) <= abs(times[right] - at_s) else right
        return Sample(*(float(value) for value in self._rows[best]))

    def _halve(self) -> None:
        half = self._count // 2
        pairs = self._rows[: 2 * half].reshape(half, 2, 4)
        merged = pairs.mean(axis=1)
        merged[:, 3] = pairs[:, :, 3].max(axis=1)
        self._rows[:half] = merged
        self._count = half
        self._merge *= 2


def _merged(samples: list[Sample]) -> tuple[float, float, float, float]:
    count = len(samples)
    return (
        sum(sample.at_s for sample in samples) / count,
        sum(sample.machine_percent for sample in samples) / count,
        sum(sample.worker_percent for sample in samples) / count,
        max(sample.worker_bytes for sample in samples),
    )
