"""What a window measured, for a command: read and never written, also while the window is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from zkcompanion.app.monitor_views import CurveView, MarkView, Point, metric_of
from zkcompanion.base.clock import Clock
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.metrics import METRICS
from zkcompanion.monitoring.store import MonitorStore


class MonitorReader:
    """Context manager. Each question raises FileError or ResourceError where the disk refuses."""

    def __init__(self, dirs: AppDirs, clock: Clock) -> None:
        self._store = MonitorStore(lambda: dirs.state, writes=False, clock=clock)

    def series(self) -> tuple[str, ...]:
        """Those of a metric that this version knows."""
        return tuple(name for name in self._store.series() if name.partition("/")[0] in METRICS)

    def curves(
        self, series: Sequence[str], begin_unix_s: float, end_unix_s: float, points: int
    ) -> tuple[CurveView, ...]:
        """As `MonitorService.curves`. Raises: also KeyError for a series of no metric."""
        metrics = [metric_of(name) for name in series]
        found = self._store.curves(series, begin_unix_s, end_unix_s, points)
        return tuple(
            CurveView(name, metric.title, metric.unit, steps)
            for name, metric, steps in zip(series, metrics, found, strict=True)
        )

    def export(self, series: Sequence[str], begin_unix_s: float, end_unix_s: float) -> Iterator[tuple[str, Point]]:
        """All that is kept, as fine as it is kept."""
        return self._store.export(series, begin_unix_s, end_unix_s)

    def marks(self, begin_unix_s: float, end_unix_s: float) -> tuple[MarkView, ...]:
        """What happened, oldest first."""
        return tuple(
            MarkView(one.kind, one.begin_unix_s, one.end_unix_s, one.text, one.severity)
            for one in self._store.marks(begin_unix_s, end_unix_s)
        )

    def close(self) -> None:
        """Give the file back; idempotent."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
