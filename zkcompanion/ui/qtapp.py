"""Starts the window: one process for each home, services, theme, window, and what watches over them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from PySide6.QtCore import (
    QLibraryInfo,
    QMessageLogContext,
    QObject,
    QSettings,
    QTimer,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from zkcompanion.app.crashmarks import CrashView
from zkcompanion.app.desk import Desk
from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import ExitCode, ResourceError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import resource_path
from zkcompanion.base.process import deny_core_dumps
from zkcompanion.ui.context import Notice
from zkcompanion.ui.faults import FaultWatch
from zkcompanion.ui.guard import require_sound_binding
from zkcompanion.ui.heartbeat import Heartbeat
from zkcompanion.ui.instance import SingleInstance
from zkcompanion.ui.launch import no_platform, say_error
from zkcompanion.ui.pages import PAGES
from zkcompanion.ui.quitting import QuitSignals
from zkcompanion.ui.shell.alerts import AlertNotices
from zkcompanion.ui.shell.diagnostics_page import crash_words
from zkcompanion.ui.shell.main_window import MainWindow
from zkcompanion.ui.shell.placing import keep_place, take_place
from zkcompanion.ui.shell.rail import PRODUCT
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.wizard.page import WizardPage
from zkcompanion.ui.wizard.start import comes_now

_LOG = get_logger(__name__)

#: Set to 1, the window prints when it was ready, as one JSON object of monotonic seconds, and closes.
MEASURE_VARIABLE = "ZKCOMPANION_MEASURE_START"
#: The name of the desktop entry, by which a desktop knows the window.
DESKTOP_NAME = "zkcompanion"


def run(*, reset: bool = False, wizard: bool = True) -> int:
    """Open the window and stay until it is closed; what the process returns.

    `reset`: forget where the window was. `wizard`: show it where it comes by itself. Raises: ResourceError where
    Qt cannot work here.
    """
    marks = {"imported_s": SYSTEM_CLOCK.monotonic_s()}
    deny_core_dumps()
    require_sound_binding()
    app = make_application()
    marks["application_s"] = SYSTEM_CLOCK.monotonic_s()
    with Desk() as desk:
        instance = SingleInstance(desk.dirs)
        place = instance.take_place()
        if place != "first":
            return _leave_to_first(answered=place == "second")
        faults = FaultWatch(lambda: desk.diagnostics)
        faults.start()
        try:
            return _run(app, desk, instance, faults, marks, reset=reset, wizard=wizard)
        finally:
            faults.stop()
            instance.release()


def make_application() -> QApplication:
    """Qt's application. Where it has no display or lacks a library Qt would end the process; we say why first."""
    qInstallMessageHandler(_first_messages)
    try:
        app = QApplication([DESKTOP_NAME])
    finally:
        qInstallMessageHandler(None)
    app.setApplicationName(PRODUCT)
    keep_no_dialogs()
    app.setDesktopFileName(DESKTOP_NAME)
    app.setWindowIcon(QIcon(str(resource_path("icons", "app.svg"))))
    return app


def keep_no_dialogs() -> None:
    """Qt's own file dialog writes the folders that were visited into a file of Qt's; it finds no place for it."""
    if os.name == "posix":
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.devnull)


def _run(
    app: QApplication,
    desk: Desk,
    instance: SingleInstance,
    faults: FaultWatch,
    marks: dict[str, float],
    *,
    reset: bool,
    wizard: bool,
) -> int:
    theme = Theme(app)
    chosen = desk.preferences.current
    theme.apply(chosen.theme, chosen.text_percent)
    words = QtWords(app, desk)
    window = MainWindow(desk, theme, PAGES)
    if wizard and comes_now(desk):
        window.go(WizardPage.id)
    take_place(window, desk.dirs, reset=reset)
    instance.raise_asked.connect(window.come_to_front)
    signals = QuitSignals(window.close_for_good)
    faults.found.connect(lambda _where: window.notify(fault_notice(window.show_diagnostics)))
    window.closed.connect(lambda: keep_place(window, desk.dirs))
    marks["built_s"] = SYSTEM_CLOCK.monotonic_s()
    AlertNotices(window.context, window)
    beat = Heartbeat(window, heard=desk.heard_beat)
    window.painted.connect(lambda: _after_first_picture(window, desk, marks))
    window.show()
    try:
        return app.exec()
    finally:
        beat.stop()
        signals.close()
        words.close()
        counts = beat.counts
        _LOG.info("The window's thread: %d beats, %d late, %.3f s at most.", counts.beats, counts.late, counts.latest_s)


def _after_first_picture(window: MainWindow, desk: Desk, marks: dict[str, float]) -> None:
    """What can wait until there is something to see."""
    marks["painted_s"] = SYSTEM_CLOCK.monotonic_s()
    if os.environ.get(MEASURE_VARIABLE) == "1":
        # once more through the event loop: all that the first picture left to do is done then
        QTimer.singleShot(0, lambda: _print_marks(window, marks))
        return
    _ = desk.runs  # it hears of the runs from now on
    desk.jobs.start()
    run_task(window, desk.alerts.start, lambda _: _start_monitor(window, desk), window.show_error)
    _watch_reports(window, desk)

    def watched() -> CrashView | None:
        desk.diagnostics.watch_crashes()
        return desk.diagnostics.last_crash()

    def told(crash: CrashView | None) -> None:
        if crash is not None:
            window.notify(crash_notice(window, crash))

    run_task(window, watched, told, lambda _error: None)
    if desk.preferences.notice is not None:
        window.notify(Notice("caution", desk.preferences.notice, key="preferences", lasting=True))


def _start_monitor(window: MainWindow, desk: Desk) -> None:
    """Samples, and what other programs are told of them."""
    from zkcompanion.ui.metrics_notice import MetricsTeller

    desk.start_monitor()
    MetricsTeller(window.context, desk.metrics, window)


def _watch_reports(window: MainWindow, desk: Desk) -> None:
    """Reports by the calendar, told when they are made."""
    from zkcompanion.ui.report_notice import ReportTeller

    ReportTeller(window.context, window)
    desk.report_schedule.start()


def _print_marks(window: MainWindow, marks: dict[str, float]) -> None:
    marks["usable_s"] = SYSTEM_CLOCK.monotonic_s()
    sys.stdout.write(json.dumps(marks) + "\n")
    sys.stdout.flush()
    window.close_for_good()


def fault_notice(known: Callable[[], None]) -> Notice:
    """Something of ours went wrong where nobody caught it."""
    return Notice(
        "bad",
        msg("Something went wrong in this program"),
        msg("What you made is not lost. You can go on, or read what is known about it."),
        action_text=msg("See what is known"),
        action=known,
        key="fault",
        lasting=True,
    )


def crash_notice(window: MainWindow, crash: CrashView) -> Notice:
    """The last run did not end by itself."""
    return Notice(
        "caution",
        crash_words(crash),
        msg("Proofs that were finished are in the list."),
        action_text=msg("See what is known"),
        action=window.show_diagnostics,
        key="crash",
        lasting=True,
    )


class QtWords(QObject):
    """Qt's own few words (menus of text fields, file dialogs) in the user's language."""

    def __init__(self, app: QApplication, desk: Desk) -> None:
        super().__init__(app)
        self._app = app
        self._translator: QTranslator | None = None
        self._take(desk.preferences.current.language)
        self._end = desk.bus.subscribe(PreferencesChanged, self._changed)

    def close(self) -> None:
        """Listen no more."""
        self._end()

    def _changed(self, event: PreferencesChanged) -> None:
        if event.before.language != event.after.language:
            language = event.after.language
            QTimer.singleShot(0, self, lambda: self._take(language))

    def _take(self, language: str) -> None:
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
        self._translator = None
        made = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name in (language.replace("-Hans", "_CN").replace("-", "_"), language.partition("-")[0]):
            if name and made.load(f"qtbase_{name}", folder):
                self._app.installTranslator(made)
                self._translator = made
                return


def _leave_to_first(*, answered: bool) -> int:
    if answered:
        return ExitCode.OK
    raise ResourceError(
        msg("ZK Companion is open already, but its window does not answer."),
        hint=msg("Wait a moment and try again, or end the process that is called zkcompanion."),
    )


def _first_messages(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """While the application is made: a fatal message is said in our words, and the process ends without a core."""
    if kind is QtMsgType.QtFatalMsg:
        end_without_display(text)
    _LOG.info("Qt (%s): %s", context.category or "qt", text)


def end_without_display(text: str) -> NoReturn:
    """Qt found no platform that works; Qt itself would abort now."""
    try:
        say_error(no_platform(text))
    finally:
        os._exit(ExitCode.RESOURCES)
