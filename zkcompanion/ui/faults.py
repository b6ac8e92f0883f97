"""Catches what nobody else does: errors in slots and threads, and what Qt has to say.

An error is written down without values (`app/diagnostics`), and the window says calmly that something went wrong. Qt's
messages go to our log, redacted like everything there.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QObject, QThreadPool, QtMsgType, Signal, qInstallMessageHandler

from zkcompanion.base.logs import get_logger

if TYPE_CHECKING:
    from zkcompanion.app.diagnostics import Diagnostics

_LOG = get_logger(__name__)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
#: The same fault again and again is written down this often in all.
_MOST_ALIKE = 3


class FaultWatch(QObject):
    """From `start` to `stop`. `found(where)` tells of each fault, in the window's thread."""

    found = Signal(str)

    def __init__(self, diagnostics: Callable[[], Diagnostics], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._diagnostics = diagnostics
        self._seen: dict[object, int] = {}
        self._lock = threading.Lock()
        self._before: tuple[Any, ...] | None = None

    def start(self) -> None:
        """Listen."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(qt_message)

    def stop(self) -> None:
        """Put things back; idempotent."""
        if self._before is None:
            return
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        self._before = None
        qInstallMessageHandler(None)

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            return
        self._note(error.with_traceback(trace), "window")

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self._note(args.exc_value.with_traceback(args.exc_traceback), "thread")

    def _unraisable(self, args: Any) -> None:
        if isinstance(args.exc_value, BaseException):
            self._note(args.exc_value.with_traceback(args.exc_traceback), "clean-up")

    def _note(self, error: BaseException, where: str) -> None:
        key = (type(error), _place(error))
        with self._lock:
            self._seen[key] = self._seen.get(key, 0) + 1
            if self._seen[key] > _MOST_ALIKE:
                return
        # the type alone: an unexpected error's text may hold a value
        _LOG.error("An error was not caught (%s): %s", where, type(error).__name__)
        # a file is written, which is not for the window's thread
        QThreadPool.globalInstance().start(lambda: self._write(error, where))
        try:
            self.found.emit(where)
        except RuntimeError:
            return  # the window went away meanwhile

    def _write(self, error: BaseException, where: str) -> None:
        try:
            self._diagnostics().record(error, where)
        except Exception as second:  # must never raise again
            _LOG.error("A fault could not be written down: %s", type(second).__name__)


def qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Take a message of Qt's into our log."""
    category = context.category or "qt"
    _LOG.log(_LEVELS.get(kind, logging.WARNING), "Qt (%s): %s", category, text)


def _place(error: BaseException) -> object:
    """Where it was raised: file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return None if trace is None else (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
