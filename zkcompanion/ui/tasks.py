"""Waiting without stalling the window: futures and blocking calls come back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar, cast

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from zkcompanion.base.errors import BugError, CompanionError
from zkcompanion.base.messages import msg

T = TypeVar("T")


class Task(QObject):
    """One thing that is waited for; ends with `done` or `failed` in the GUI thread, or with nothing once dropped.

    Its parent keeps it alive; with the parent's end it is dropped.
    """

    _ended = Signal(object, object)

    def __init__(
        self, parent: QObject, done: Callable[[object], None], failed: Callable[[CompanionError], None]
    ) -> None:
        super().__init__(parent)
        self._done: Callable[[object], None] | None = done
        self._failed: Callable[[CompanionError], None] | None = failed
        # queued: the signal may come from any thread
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def drop(self) -> None:
        """Nobody wants to know any more."""
        self._done = self._failed = None

    def end(self, result: object, error: BaseException | None) -> None:
        """From any thread, once."""
        try:
            self._ended.emit(result, error)
        except RuntimeError:
            return  # the window went away meanwhile

    @Slot(object, object)
    def _deliver(self, result: object, error: object) -> None:
        done, failed = self._done, self._failed
        self.drop()
        self.deleteLater()
        if error is None and done is not None:
            done(result)
        elif isinstance(error, CompanionError) and failed is not None:
            failed(error)
        elif error is not None and failed is not None:
            failed(BugError(msg("Something went wrong in this program.")))


def follow(
    parent: QObject, future: Future[T], done: Callable[[T], None], failed: Callable[[CompanionError], None]
) -> Task:
    """Call `done` or `failed` in the GUI thread when `future` ends."""
    task = Task(parent, cast("Callable[[object], None]", done), failed)

    def ended(finished: Future[T]) -> None:
        error = finished.exception() if not finished.cancelled() else BugError(msg("The question was withdrawn."))
        task.end(None if error is not None else finished.result(), error)

    future.add_done_callback(ended)
    return task


class _Runnable(QRunnable):
    def __init__(self, function: Callable[[], object], task: Task) -> None:
        super().__init__()
        self._function = function
        self._task = task

    def run(self) -> None:
        try:
            result = self._function()
        except BaseException as error:
            self._task.end(None, error)
        else:
            self._task.end(result, None)


def run_task(
    parent: QObject, function: Callable[[], T], done: Callable[[T], None], failed: Callable[[CompanionError], None]
) -> Task:
    """`function()` in Qt's thread pool: for waiting, files, calls without Python's lock; never for computing."""
    task = Task(parent, cast("Callable[[object], None]", done), failed)
    QThreadPool.globalInstance().start(_Runnable(function, task))
    return task
