"""From the bus, whose events come in any thread, to Qt signals in the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from zkcompanion.app.history import HistoryChanged
from zkcompanion.app.job_views import JobChanged, LoadSampled, WorkersChanged
from zkcompanion.app.monitor_views import AlertChanged, ObjectivesChanged, SampleTaken
from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.app.report_views import ReportProgress, ReportsChanged
from zkcompanion.base.events import EventBus, Unsubscribe


class EventBridge(QObject):
    """One more subscriber. The service tells a running job at most ten times a second, so nothing is held back here.

    Signals: `job_changed(JobView)`, `load_sampled(LoadView)`, `workers_changed(tuple of WorkerView)`,
        `history_changed()`, `preferences_changed(PreferencesChanged)`, `sample_taken(Sample)` each second,
        `alert_changed(AlertView)`, `objectives_changed()`,
        `report_progress(ReportProgress)`, `reports_changed(ReportsChanged)`.
    """

    job_changed = Signal(object)
    load_sampled = Signal(object)
    workers_changed = Signal(object)
    history_changed = Signal()
    preferences_changed = Signal(object)
    sample_taken = Signal(object)
    alert_changed = Signal(object)
    report_progress = Signal(object)
    reports_changed = Signal(object)
    objectives_changed = Signal()

    _heard = Signal(object)

    def __init__(self, bus: EventBus, parent: QObject) -> None:
        super().__init__(parent)
        self._heard.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ends: list[Unsubscribe] = [
            bus.subscribe(kind, self._heard_event)
            for kind in (
                JobChanged,
                LoadSampled,
                WorkersChanged,
                HistoryChanged,
                PreferencesChanged,
                SampleTaken,
                AlertChanged,
                ReportProgress,
                ReportsChanged,
                ObjectivesChanged,
            )
        ]

    def close(self) -> None:
        """Hear nothing more."""
        for end in self._ends:
            end()
        self._ends.clear()

    def _heard_event(self, event: object) -> None:
        try:
            self._heard.emit(event)
        except RuntimeError:
            return  # the window went away meanwhile

    @Slot(object)
    def _deliver(self, event: object) -> None:
        if not self._ends:
            return
        if isinstance(event, JobChanged):
            self.job_changed.emit(event.job)
        elif isinstance(event, LoadSampled):
            self.load_sampled.emit(event.load)
        elif isinstance(event, WorkersChanged):
            self.workers_changed.emit(event.workers)
        elif isinstance(event, HistoryChanged):
            self.history_changed.emit()
        elif isinstance(event, PreferencesChanged):
            self.preferences_changed.emit(event)
        elif isinstance(event, SampleTaken):
            self.sample_taken.emit(event.sample)
        elif isinstance(event, AlertChanged):
            self.alert_changed.emit(event.alert)
        elif isinstance(event, ReportProgress):
            self.report_progress.emit(event)
        elif isinstance(event, ReportsChanged):
            self.reports_changed.emit(event)
        elif isinstance(event, ObjectivesChanged):
            self.objectives_changed.emit()
