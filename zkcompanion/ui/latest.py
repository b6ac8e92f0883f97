"""Questions that come faster than their answers: one is answered at a time, and of those that wait only the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from zkcompanion.base.errors import CompanionError
from zkcompanion.ui.tasks import Task, run_task

Q = TypeVar("Q")
A = TypeVar("A")


class Latest(Generic[Q, A]):
    """`ask(question)` in the GUI thread; `answer(question)` runs in another, `done(answer)` in the GUI thread.

    What is asked meanwhile waits; a later question takes its place. `parent` keeps it alive.
    """

    def __init__(
        self,
        parent: QObject,
        answer: Callable[[Q], A],
        done: Callable[[A], None],
        failed: Callable[[CompanionError], None],
    ) -> None:
        self._parent = parent
        self._answer = answer
        self._done = done
        self._failed = failed
        self._task: Task | None = None
        self._next: tuple[Q] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._task is not None

    def ask(self, question: Q) -> None:
        """Answer it as soon as the one under way is answered."""
        if self._task is not None:
            self._next = (question,)
            return
        self._task = run_task(
            self._parent,
            lambda: self._answer(question),
            lambda answer: self._ended(lambda: self._done(answer)),
            lambda error: self._ended(lambda: self._failed(error)),
        )

    def drop(self) -> None:
        """Nobody wants to know any more."""
        self._next = None
        if self._task is not None:
            self._task.drop()
            self._task = None

    def _ended(self, tell: Callable[[], None]) -> None:
        self._task = None
        waiting, self._next = self._next, None
        if waiting is not None:
            self.ask(waiting[0])
        tell()
