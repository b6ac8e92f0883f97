"""What the clerk is asked, as futures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from zkcompanion.app.codec import encode
from zkcompanion.app.job_endings import Ended
from zkcompanion.app.worker_pool import CLERK
from zkcompanion.engine.crew import Crew
from zkcompanion.engine.work import Job, Outcome
from zkcompanion.engine.worker import Spec

T = TypeVar("T")


@dataclass(slots=True)
class _Question(Generic[T]):
    kind: type[T]
    future: Future[T]
    deadline_s: float


class Questions:
    """Arguments: the crew, what the clerk is, numbers for jobs, what an outcome means, and what is made of answers.

    Futures end with a value or with a class of `base/errors` (`Cancelled` when the crew ends). Safe to call from any
    thread.
    """

    def __init__(
        self,
        crew: Crew,
        clerk: Callable[[], Spec],
        number: Callable[[], int],
        ending: Callable[[Outcome, type[Any], str, float | None], Ended],
        finish: Callable[[Any], Any],
    ) -> None:
        self._crew = crew
        self._clerk = clerk
        self._number = number
        self._ending = ending
        self._finish = finish
        self._lock = threading.Lock()
        self._open: dict[int, _Question[Any]] = {}

    @property
    def open(self) -> int:
        """How many have no answer yet."""
        with self._lock:
            return len(self._open)

    def ask(self, kind: str, question: object, answer: type[T], *, deadline_s: float) -> Future[T]:
        """Hand a question to the clerk, hired where there is none."""
        future: Future[T] = Future()
        number = self._number()
        with self._lock:
            self._open[number] = _Question(answer, future, deadline_s)
        body = encode(question)
        self._crew.hire(self._clerk())
        if not self._crew.submit(CLERK, Job(number, kind, body, deadline_s)):
            self.ended(number, Outcome("closed"))
        future.add_done_callback(lambda done: self._crew.cancel(number) if done.cancelled() else None)
        return future

    def ended(self, number: int, outcome: Outcome) -> bool:
        """A job is over; whether it was a question."""
        with self._lock:
            question = self._open.pop(number, None)
        if question is None:
            return False
        ended = self._ending(outcome, question.kind, "question", question.deadline_s)
        try:
            if ended.error is not None:
                question.future.set_exception(ended.error)
            else:
                question.future.set_result(self._finish(ended.value))
        except InvalidStateError:
            pass  # whoever asked does not want to know any more
        return True
