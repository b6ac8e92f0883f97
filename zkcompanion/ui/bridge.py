"""From the bus, whose events come in any thread, to Qt signals in the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed, MachineLookedAt
from zkcompanion.app.history import HistoryChanged
from zkcompanion.app.job_views import JobChanged, LoadSampled, WorkersChanged
from zkcompanion.app.monitor_views import AlertChanged, ObjectivesChanged, SampleTaken
from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.app.report_views import ReportProgress, ReportsChanged
from zkcompanion.base.events import EventBus, Unsubscribe

#: Each event with its signal and the part of it that is told: `*` all of it, nothing where it counts only that it came.
_TOLD: dict[type, tuple[str, str]] = {
    JobChanged: ("job_changed", "job"),
    LoadSampled: ("load_sampled", "load"),
    WorkersChanged: ("workers_changed", "workers"),
    HistoryChanged: ("history_changed", ""),
    PreferencesChanged: ("preferences_changed", "*"),
    SampleTaken: ("sample_taken", "sample"),
    AlertChanged: ("alert_changed", "alert"),
    ReportProgress: ("report_progress", "*"),
    ReportsChanged: ("reports_changed", "*"),
    ObjectivesChanged: ("objectives_changed", ""),
    MachineLookedAt: ("machine_looked_at", "facts"),
    CalibrationProgressed: ("calibration_progressed", "*"),
    CalibrationEnded: ("calibration_ended", "*"),
}


class EventBridge(QObject):
    """One more subscriber. The service tells a running job at most ten times a second, so nothing is held back here.

    Signals: `job_changed(JobView)`, `load_sampled(LoadView)`, `workers_changed(tuple of WorkerView)`,
        `history_changed()`, `preferences_changed(PreferencesChanged)`, `sample_taken(Sample)` each second,
        `alert_changed(AlertView)`, `objectives_changed()`,
        `report_progress(ReportProgress)`, `reports_changed(ReportsChanged)`,
        `machine_looked_at(MachineFacts)`, `calibration_progressed(CalibrationProgressed)`,
        `calibration_ended(CalibrationEnded)`.
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
    machine_looked_at = Signal(object)
    calibration_progressed = Signal(object)
    calibration_ended = Signal(object)

    _heard = Signal(object)

    def __init__(self, bus: EventBus, parent: QObject) -> None:
        super().__init__(parent)
        self._heard.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ends: list[Unsubscribe] = [bus.subscribe(kind, self._heard_event) for kind in _TOLD]

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
        name, part = _TOLD[type(event)]
        signal = getattr(self, name)
        match part:
            case "":
                signal.emit()
            case "*":
                signal.emit(event)
            case _:
                signal.emit(getattr(event, part))
