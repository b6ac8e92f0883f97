"""The composition root of the window: builds what it works with, once, from what the user chose."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import asdict
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from zkcompanion.app.outputs import Outputs
from zkcompanion.app.settings import Settings, usable_cpus
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import FileError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Limits

if TYPE_CHECKING:
    from zkcompanion.app.alert_service import AlertService
    from zkcompanion.app.cache_service import CacheService
    from zkcompanion.app.calibration_service import CalibrationService
    from zkcompanion.app.diagnostics import Diagnostics
    from zkcompanion.app.example_service import ExampleService
    from zkcompanion.app.hardware_service import HardwareService
    from zkcompanion.app.hardware_views import MachineFacts
    from zkcompanion.app.history import History
    from zkcompanion.app.jobs import JobService
    from zkcompanion.app.metrics_export import MetricsExport
    from zkcompanion.app.monitor_service import MonitorService
    from zkcompanion.app.objective_service import ObjectiveService
    from zkcompanion.app.prediction_service import PredictionService
    from zkcompanion.app.preferences import Preferences, PreferencesChanged, PreferenceStore
    from zkcompanion.app.report_schedule import ReportScheduler
    from zkcompanion.app.report_service import ReportService
    from zkcompanion.app.run_recorder import RunRecorder
    from zkcompanion.app.storage_use import StorageUse
    from zkcompanion.base.catalogue import Catalogue
    from zkcompanion.base.messages import Message


T = TypeVar("T")

#: What ends with the window, in this order: who uses another goes before it.
_CLOSED_IN_TURN = (
    "metrics",
    "calibration",
    "report_schedule",
    "reports",
    "monitor",
    "alerts",
    "jobs",
    "runs",
    "objectives",
    "diagnostics",
    "history",
    "preferences",
)


class _once(cached_property[T]):
    """Made once, also where several threads are the first to ask (since Python 3.12 nothing else sees to it)."""

    def __get__(self, instance: object, owner: type | None = None) -> T:  # type: ignore[override]
        """The value."""
        assert isinstance(instance, Desk)
        with self.lock_of(instance):
            return super().__get__(instance, owner)

    def lock_of(self, desk: Desk) -> threading.RLock:
        """What one thread at a time holds."""
        return desk.making


class _once_slowly(_once[T]):
    """The same for what takes long to import: others are not waited with meanwhile.

    What is made so may ask for what is not, and never the other way round: else two threads could wait for each other.
    """

    def lock_of(self, desk: Desk) -> threading.RLock:
        """Another one."""
        return desk.making_slowly


class Desk:
    """All that the window uses of this program; context manager. Nothing here knows Qt."""

    def __init__(self, *, dirs: AppDirs | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self.dirs = dirs if dirs is not None else AppDirs()
        self.clock = clock
        self.bus = EventBus()
        self.making, self.making_slowly = threading.RLock(), threading.RLock()
        #: writes files where the user says so; built here, before there are threads
        self.outputs = Outputs()
        self._watching = False

    @_once
    def preferences(self) -> PreferenceStore:
        """What the user chose for good."""
        from zkcompanion.app.preferences import PreferencesChanged, PreferenceStore

        store = PreferenceStore(self.dirs, self.bus)
        self.bus.subscribe(PreferencesChanged, self._preferences_changed)
        return store

    @_once
    def history(self) -> History:
        """What this machine has proved."""
        from zkcompanion.app.history import History

        history = History(self.dirs, self.bus, wanted=lambda: self.preferences.current.keep_history)
        history.watch()
        return history

    @_once
    def jobs(self) -> JobService:
        """Work in worker processes."""
        from zkcompanion.app.jobs import JobService

        return JobService(
            settings_of(self.preferences.current),
            self.bus,
            self.history,
            dirs=self.dirs,
            clock=self.clock,
            cache_limits=lambda: cache_limits_of(self.preferences.current),
            predictions=lambda: self.predictions,
        )

    @_once
    def monitor(self) -> MonitorService:
        """The machine and its proofs over time."""
        from zkcompanion.app.monitor_service import MonitorService
        from zkcompanion.app.monitor_sources import MonitorSources

        sources = MonitorSources(
            self.bus,
            self.dirs,
            self.clock,
            workers=lambda: self.jobs.workers() if "jobs" in self.__dict__ else (),
            records=self.history.records,
        )
        return MonitorService(
            self.bus,
            self.dirs,
            self.clock,
            wanted=lambda: self.preferences.current.monitoring,
            sources=sources,
        )

    @_once
    def alerts(self) -> AlertService:
        """What is wrong with the machine or its proofs, and was."""
        from zkcompanion.app.alert_service import AlertService

        return AlertService(self.bus, self.dirs, self.clock)

    @_once
    def runs(self) -> RunRecorder:
        """Each run of proofs; hears of those that begin after it was first asked for."""
        from zkcompanion.app.run_recorder import RunRecorder

        runs = RunRecorder(self.dirs, self.bus, self.clock, wanted=lambda: self.preferences.current.keep_history)
        runs.watch()
        return runs

    @_once
    def objectives(self) -> ObjectiveService:
        """How well proofs come out, against what is wanted."""
        from zkcompanion.app.objective_service import ObjectiveService

        return ObjectiveService(self.dirs, self.bus, self.clock, self.runs)

    @_once
    def metrics(self) -> MetricsExport:
        """What was measured, for other tools that the user lets ask."""
        from zkcompanion.app.metrics_export import MetricsExport

        return MetricsExport(self.bus, self.clock)

    @_once
    def reports(self) -> ReportService:
        """Reports on demand, and those that are kept."""
        from zkcompanion.app.report_service import ReportService
        from zkcompanion.app.report_sources import sources_of

        return ReportService(
            self.dirs,
            self.bus,
            self.clock,
            sources_of(self),
            self.outputs,
            languages=lambda: self.catalogue.languages,
        )

    @_once
    def report_schedule(self) -> ReportScheduler:
        """Reports by the calendar, from `start` on."""
        from zkcompanion.app.report_schedule import ReportScheduler

        return ReportScheduler(self.reports, self.clock, lambda: self.preferences.current.report_schedule)

    @_once
    def examples(self) -> ExampleService:
        """What comes with the program."""
        from zkcompanion.app.example_service import ExampleService

        return ExampleService()

    @_once_slowly
    def hardware(self) -> HardwareService:
        """What this computer is, and what it can prove."""
        from zkcompanion.app.hardware_service import hardware_service

        return hardware_service(self.bus, self.dirs, self.predictions)

    @_once_slowly
    def predictions(self) -> PredictionService:
        """What proofs will take."""
        from zkcompanion.app.prediction_service import PredictionService

        return PredictionService(self.history.records, self._facts, self.calibration.kept)

    @_once_slowly
    def calibration(self) -> CalibrationService:
        """How fast this computer was found to be."""
        from zkcompanion.app.calibration_service import CalibrationService

        return CalibrationService(
            self.dirs,
            self.bus,
            self.clock,
            facts=self._facts,
            settings=lambda: settings_of(self.preferences.current),
        )

    @_once
    def diagnostics(self) -> Diagnostics:
        """What is known about faults, for a report that the user reads first."""
        from zkcompanion.app.diagnostics import Diagnostics

        return Diagnostics(
            self.dirs,
            clock=self.clock,
            settings=lambda: _told(self.preferences.current),
            kernels=lambda: self.jobs.kernels() if "jobs" in self.__dict__ else None,
        )

    @_once
    def storage(self) -> StorageUse:
        """What is kept on the disk."""
        from zkcompanion.app.storage_use import StorageUse

        return StorageUse(self.dirs)

    @_once
    def cache(self) -> CacheService:
        """What is kept so that it need not be made again."""
        from zkcompanion.app.cache_service import CacheService

        return CacheService(self.dirs)

    @_once
    def catalogue(self) -> Catalogue:
        """The sentences in the user's language."""
        from zkcompanion.base.catalogue import Catalogue, preferred_languages

        return Catalogue(preferred_languages(self.preferences.current.language))

    def close(self) -> None:
        """End the workers, and note that the program ended by itself; idempotent."""
        for name in _CLOSED_IN_TURN:
            if name in self.__dict__:
                self.__dict__[name].close()

    def _facts(self) -> MachineFacts | None:
        return self.hardware.facts()

    def heard_beat(self, late_s: float) -> None:
        """The window's thread went on, so many seconds later than it should have."""
        if "monitor" in self.__dict__:
            self.monitor.heard_beat(late_s)

    def notices(self) -> tuple[tuple[str, Message], ...]:
        """What the user should know of the files that are open, each with the name of its store."""
        found = [("settings", self.preferences.notice), ("history", self.history.notice)]
        found += [
            (name, self.__dict__[name].notice) for name in ("monitor", "runs", "calibration") if name in self.__dict__
        ]
        return tuple((name, text) for name, text in found if text is not None)

    def start_monitor(self) -> None:
        """Take samples from now on, where the user wants that; once, when the window stands."""
        self._watching = True
        self._monitor_on(on=self.preferences.current.monitoring)
        self.metrics.start(self.preferences.current)

    def _monitor_on(self, *, on: bool) -> None:
        if on and self._watching:
            self.monitor.start()
        elif not on and "monitor" in self.__dict__:
            self.monitor.close()
            # what was kept can be read all the same, through one that takes no samples
            del self.__dict__["monitor"]

    def _preferences_changed(self, event: PreferencesChanged) -> None:
        if event.before.language != event.after.language:
            self.__dict__.pop("catalogue", None)
        if event.before.report_schedule != event.after.report_schedule and "report_schedule" in self.__dict__:
            self.report_schedule.look()
        if event.before.monitoring != event.after.monitoring:
            self._monitor_on(on=event.after.monitoring)
        before, after = settings_of(event.before), settings_of(event.after)
        if before != after and "jobs" in self.__dict__:
            self.jobs.reconfigure(after)
        limits = cache_limits_of(event.after)
        if cache_limits_of(event.before) != limits:
            with contextlib.suppress(FileError):  # without a folder there is nothing to limit
                self.cache.limit(limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _told(preferences: Preferences) -> dict[str, object]:
    """What a report of faults says of them: no paths."""
    return asdict(preferences) | {"metrics_file": bool(preferences.metrics_file)}


def settings_of(preferences: Preferences) -> Settings:
    """The engine's settings for a user's preferences."""
    return Settings(
        threads=preferences.threads or usable_cpus(),
        kernels=preferences.kernels,
        constant_work=preferences.constant_work,
        min_workers=preferences.min_workers,
        max_workers=preferences.max_workers,
        buffer_bytes=preferences.buffer_bytes,
    )


def cache_limits_of(preferences: Preferences) -> Limits:
    """What the cache may hold."""
    return Limits(preferences.cache_entries, preferences.cache_bytes)
