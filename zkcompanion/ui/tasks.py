"""Waiting without stalling the window: futures and blocking calls come back on the GUI thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import TypeVar, cast

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

from zkcompanion.app.error_views import companion_error
from zkcompanion.base.errors import BugError, CompanionError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg

_LOG = get_logger(__name__)

T = TypeVar("T")

_waiting: deque[_Runnable] = deque()
_waiting_lock = threading.Lock()


class _PostOffice(QObject):
    """Brings what ended in any thread to the GUI thread.

    It lasts as long as the program: a task may be deleted at the very moment at which another thread ends it, and
    whoever emits a signal of what is being deleted ends the process.
    """

    came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.came.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _hand_over(self, what: object) -> None:
        task, result, error = cast("tuple[Task, object, object]", what)
        if isValid(task):
            task.deliver(result, error)


@cache
def _post_office() -> _PostOffice:
    """First asked for in the GUI thread, where it lives."""
    return _PostOffice()


class Task(QObject):
    """One thing that is waited for; ends with `done` or `failed` in the GUI thread, or with nothing once dropped.

    Its parent keeps it alive; with the parent's end it is dropped.
    """

    def __init__(
        self, parent: QObject, done: Callable[[object], None], failed: Callable[[CompanionError], None]
    ) -> None:
        super().__init__(parent)
        self._withdraw: Callable[[], object] | None = None
        self._done: Callable[[object], None] | None = done
        self._failed: Callable[[CompanionError], None] | None = failed
        self._post = _post_office()

    def drop(self) -> None:
        """Nobody wants to know any more; a question that is not answered yet is withdrawn, so that others can be."""
        self._done = self._failed = None
        withdraw, self._withdraw = self._withdraw, None
        if withdraw is not None:
            withdraw()

    def end(self, result: object, error: BaseException | None) -> None:
        """From any thread, once."""
        try:
            self._post.came.emit((self, result, error))
        except RuntimeError:
            return  # the program ends

    def deliver(self, result: object, error: object) -> None:
        """In the GUI thread, once."""
        done, failed = self._done, self._failed
        self.drop()
        self.deleteLater()
        if error is None and done is not None:
            done(result)
        elif isinstance(error, BaseException) and failed is not None:
            known = companion_error(error)
            if known is not error:
                _LOG.error("What the window waited for failed.", exc_info=error)
            failed(known)


def follow(
    parent: QObject, future: Future[T], done: Callable[[T], None], failed: Callable[[CompanionError], None]
) -> Task:
    """Call `done` or `failed` in the GUI thread when `future` ends."""
    task = Task(parent, cast("Callable[[object], None]", done), failed)

    def ended(finished: Future[T]) -> None:
        error = finished.exception() if not finished.cancelled() else BugError(msg("The question was withdrawn."))
        task.end(None if error is not None else finished.result(), error)

    task._withdraw = future.cancel  # noqa: SLF001  # of this module
    future.add_done_callback(ended)
    return task


class _Runnable:
    # a QRunnable that ends before `start` returns is never freed by PySide; a callable always is
    def __init__(self, function: Callable[[], object], task: Task) -> None:
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
    parent: QObject,
    function: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[CompanionError], None],
    *,
    in_order: bool = False,
) -> Task:
    """`function()` in Qt's thread pool: for waiting, files, calls without Python's lock; never for computing.

    `in_order`: after all others for which this was asked, for what overwrites each other.
    """
    task = Task(parent, cast("Callable[[object], None]", done), failed)
    runnable = _Runnable(function, task)
    if in_order:
        with _waiting_lock:
            _waiting.append(runnable)
            if len(_waiting) > 1:
                return task  # the one that works takes it next
        QThreadPool.globalInstance().start(_in_turn)
    else:
        QThreadPool.globalInstance().start(runnable.run)
    return task


def _in_turn() -> None:
    while True:
        _waiting[0].run()
        with _waiting_lock:
            _waiting.popleft()
            if not _waiting:
                return
