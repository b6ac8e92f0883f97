"""Whom the reports of a command ask: what is kept on the disk, read and never written, while a window may be open."""

from __future__ import annotations

from zkcompanion.app.alert_service import AlertService
from zkcompanion.app.history_reading import records_in
from zkcompanion.app.history_rows import SCHEMA as HISTORY
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.monitor_reading import MonitorReader
from zkcompanion.app.monitor_views import MarkView
from zkcompanion.app.objective_service import ObjectiveService
from zkcompanion.app.report_service import ReportSources
from zkcompanion.app.report_sources import row_of
from zkcompanion.app.run_recorder import RunRecorder
from zkcompanion.base.clock import Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.storage.store import Store


class StoredSources:
    """What a window kept; context manager."""

    def __init__(self, dirs: AppDirs, clock: Clock) -> None:
        self._monitor = MonitorReader(dirs, clock)
        self._history = Store(lambda: dirs.state, HISTORY, writes=False, clock=clock)
        self._runs = RunRecorder(dirs, EventBus(), clock, writes=False)
        self._objectives = ObjectiveService(dirs, EventBus(), clock, self._runs)
        self._alerts = AlertService(EventBus(), dirs, clock, writes=False)
        self._alerts.load()

    def __enter__(self) -> StoredSources:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the files back; idempotent."""
        self._alerts.close()
        self._objectives.close()
        self._runs.close()
        self._history.close()
        self._monitor.close()

    def sources(self) -> ReportSources:
        """For a report; each raises FileError or ResourceError where the disk refuses."""
        return ReportSources(
            curves=self._monitor.curves,
            series=self._monitor.series,
            marks=self._marks,
            records=self._runs.records,
            history=self._records,
            alerts=self._alerts.history,
            objectives=lambda: tuple(map(row_of, self._objectives.judged())),
        )

    def _marks(self, begin: float, end: float) -> tuple[MarkView, ...]:
        return (*self._monitor.marks(begin, end), *self._alerts.marks(begin, end))

    def _records(self) -> tuple[ProofRecord, ...]:
        return records_in(self._history)
