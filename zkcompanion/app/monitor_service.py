"""Monitoring as the faces use it: begins and ends the collection, keeps what was collected, answers questions."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence

from zkcompanion.app.monitor_sources import MonitorSources
from zkcompanion.app.monitor_views import CurveView, MarkView, Point, Sample, SampleTaken, metric_of
from zkcompanion.base.clock import Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.process import trim_memory
from zkcompanion.monitoring.collector import Collector
from zkcompanion.monitoring.marks import Mark, mark_of_gap
from zkcompanion.monitoring.metrics import METRICS
from zkcompanion.monitoring.recent import RecentSamples
from zkcompanion.monitoring.store import MonitorStore

#: Samples in memory, for what is drawn live.
RECENT = 900
#: What was freed goes back to the system so often: drawing makes and frees much, and an hour of it leaves holes.
TRIM_S = 60.0


class MonitorService:
    """Begins with `start`; `close` ends its thread. Safe to call from any thread.

    Arguments:
        wanted: asked at each sample; False keeps it for RECENT seconds in memory only.
        sources: what is measured, closed with this; None for the machine alone.
    """

    def __init__(
        self,
        bus: EventBus,
        dirs: AppDirs,
        clock: Clock,
        *,
        wanted: Callable[[], bool] = lambda: True,
        sources: MonitorSources | None = None,
    ) -> None:
        self._bus = bus
        self._dirs = dirs
        self._lock = threading.Lock()
        self._recent = RecentSamples(RECENT)
        self._unkept = RecentSamples(RECENT)
        self._trimmed_s = -math.inf
        self._wanted = wanted
        self._store = MonitorStore(lambda: dirs.state, clock=clock)
        self._sources = sources if sources is not None else MonitorSources(bus, dirs, clock)
        self._collector = Collector((), self._take, clock, prepare=self._sources.prepare)

    def start(self) -> None:
        """Take samples from now on; once."""
        self._collector.start()

    def recent(self, seconds: float = RECENT) -> tuple[Sample, ...]:
        """The samples of the last `seconds` (15 minutes at most), oldest first; from memory, so quick."""
        with self._lock:
            return self._recent.samples(seconds)

    def curves(
        self, series: Sequence[str], begin_unix_s: float, end_unix_s: float, points: int
    ) -> tuple[CurveView, ...]:
        """Each series between two dates (the end not included), in `points` steps at most; not for the GUI thread.

        Raises: FileError, ResourceError where what is kept cannot be read; KeyError for a series of no metric.
        """
        with self._lock:
            unkept = self._unkept.samples(math.inf)
        found = self._store.curves(series, begin_unix_s, end_unix_s, points, beside=unkept)
        metrics = [metric_of(name) for name in series]
        return tuple(
            CurveView(name, metric.title, metric.unit, steps)
            for name, metric, steps in zip(series, metrics, found, strict=True)
        )

    def series(self) -> tuple[str, ...]:
        """Names of all series that anything is known of. Raises: FileError, ResourceError."""
        with self._lock:
            recent = self._recent.names()
        names = recent.union(self._store.series())
        return tuple(sorted(name for name in names if name.partition("/")[0] in METRICS))

    def export(self, series: Sequence[str], begin_unix_s: float, end_unix_s: float) -> Iterator[tuple[str, Point]]:
        """All that is kept between two dates, as fine as it is kept. Raises: FileError, ResourceError."""
        return self._store.export(series, begin_unix_s, end_unix_s)

    def marks(self, begin_unix_s: float, end_unix_s: float) -> tuple[MarkView, ...]:
        """What happened between two dates, oldest first; not for the GUI thread. Raises: FileError, ResourceError."""
        return tuple(
            MarkView(one.kind, one.begin_unix_s, one.end_unix_s, one.text, one.severity)
            for one in self._store.marks(begin_unix_s, end_unix_s)
        )

    def add_mark(self, mark: MarkView) -> None:
        """Keep what happened, unless nothing is to be kept."""
        if self._wanted():
            self._store.add_mark(Mark(mark.kind, mark.begin_unix_s, mark.end_unix_s, mark.text, mark.severity))

    def size(self) -> int:
        """Bytes on the disk of what is kept."""
        return self._store.size()

    def clear(self) -> None:
        """Forget all but what is drawn live. Raises: FileError, ResourceError where another process has the file."""
        self._store.clear()

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was found."""
        return self._store.notice

    def heard_beat(self, late_s: float) -> None:
        """The window's thread went on, so many seconds later than it should have; quick."""
        self._sources.window.heard_beat(late_s)

    def close(self) -> None:
        """End the collection, and keep what was collected; idempotent."""
        self._collector.close()
        self._sources.close()
        self._store.close()

    def _take(self, sample: Sample) -> None:
        wanted = self._wanted()
        with self._lock:
            before = self._recent.last()
            self._recent.add(sample)
        if wanted:
            mark = mark_of_gap(before, sample) if before is not None else _began(sample)
            if mark is not None:
                self._store.add_mark(mark)
        if not (wanted and self._store.add(sample)):
            with self._lock:
                self._unkept.add(sample)
        self._bus.publish(SampleTaken(sample))
        if sample.monotonic_s - self._trimmed_s >= TRIM_S:
            self._trimmed_s = sample.monotonic_s
            trim_memory()


def _began(sample: Sample) -> Mark:
    return Mark("start", sample.unix_s, sample.unix_s, msg("The program began."))
