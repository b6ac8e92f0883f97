"""Monitoring as the faces use it: begins and ends the collection, keeps what was collected, answers questions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from zkcompanion.app.monitor_views import CurveView, Point, Sample, SampleTaken, metric_of
from zkcompanion.base.clock import Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.collector import Collector
from zkcompanion.monitoring.machine import MachineProbe

#: Samples in memory, for what is drawn live.
RECENT = 900


class MonitorService:
    """Begins with `start`; `close` ends its thread. Safe to call from any thread."""

    def __init__(self, bus: EventBus, dirs: AppDirs, clock: Clock) -> None:
        self._bus = bus
        self._dirs = dirs
        self._lock = threading.Lock()
        self._recent: deque[Sample] = deque(maxlen=RECENT)
        self._collector = Collector((MachineProbe().read,), self._take, clock)

    def start(self) -> None:
        """Take samples from now on; once."""
        self._collector.start()

    def recent(self, seconds: float = RECENT) -> tuple[Sample, ...]:
        """The samples of the last `seconds` (15 minutes at most), oldest first; from memory, so quick."""
        with self._lock:
            kept = tuple(self._recent)
        return tuple(one for one in kept if one.monotonic_s >= kept[-1].monotonic_s - seconds) if kept else ()

    def curves(
        self, series: Sequence[str], begin_unix_s: float, end_unix_s: float, points: int
    ) -> tuple[CurveView, ...]:
        """Each series between two dates, in about `points` steps at most; reads the disk, so not for the GUI thread."""
        kept = [one for one in self.recent() if begin_unix_s <= one.unix_s <= end_unix_s]
        found = []
        for name in series:
            metric = metric_of(name)
            values = tuple(
                Point(one.unix_s, 1.0, 1, *(one.values[name],) * 5) for one in kept[-points:] if name in one.values
            )
            found.append(CurveView(name, metric.title, metric.unit, values))
        return tuple(found)

    def close(self) -> None:
        """End the collection; idempotent."""
        self._collector.close()

    def _take(self, sample: Sample) -> None:
        with self._lock:
            self._recent.append(sample)
        self._bus.publish(SampleTaken(sample))
