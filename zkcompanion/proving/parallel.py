"""A team of plain threads inside one process: kernels release the GIL, so their tiles run side by side.

The calling thread works too, so a nested `map`, or one made while the helpers are busy elsewhere, can never wait for
itself. Nothing here takes a lock that a `KeyboardInterrupt` in the main thread could leave taken: shared state is
changed by single atomic operations of `deque` and `list` only.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.processors import Elsewhere, current_processor

T = TypeVar("T")
U = TypeVar("U")

#: How long a wait may last before signals are looked at again (where the system does not interrupt a wait).
_WAIT_S = 0.1


class _Job:
    """One `map`: indices not yet started, what came of the others, and who is inside."""

    def __init__(self, function: Callable[[Any], Any], items: list[Any], trace: Trace) -> None:
        self.function = function
        self.items = items
        self.trace = trace
        self.results: list[Any] = [None] * len(items)
        self.waiting = deque(range(len(items)))
        self.errors: list[BaseException] = []
        self._entered: list[None] = []
        self._left: list[None] = []
        self._bell: SimpleQueue[None] = SimpleQueue()
        #: where the caller runs
        self.processor = current_processor()

    def fail(self, error: BaseException) -> None:
        """Keep `error` (the first one counts) and start nothing more."""
        self.errors.append(error)
        self.waiting.clear()

    def work(self) -> None:
        """Take items until none is left or one fails."""
        while True:
            try:
                index = self.waiting.popleft()
            except IndexError:
                return
            try:
                self.trace.check()
                self.results[index] = self.function(self.items[index])
            except BaseException as error:
                self.fail(error)

    def help(self) -> None:
        """`work` in a helper; a helper that comes late finds nothing waiting and touches nothing else."""
        self._entered.append(None)
        try:
            self.work()
        finally:
            self._left.append(None)
            self._bell.put(None)

    def finish(self) -> None:
        """Wait until no helper is inside, whatever signals come meanwhile: helpers work on the caller's memory."""
        try:
            while len(self._entered) > len(self._left):
                with suppress(Empty):
                    self._bell.get(timeout=_WAIT_S)
        except BaseException as error:
            self.fail(error)
            self.finish()

    def release(self) -> list[BaseException]:
        """Let go of the caller's objects: a ticket may lie in the queue for a moment longer (a mapped file may not).

        Returns what went wrong, first error first.
        """
        del self.function, self.items, self.trace
        return self.errors


def _serve(tickets: SimpleQueue[_Job | None]) -> None:
    """A helper's life. It does not know the team, so a forgotten team can be collected."""
    elsewhere = Elsewhere()
    while (job := tickets.get()) is not None:
        elsewhere.leave(job.processor)
        job.help()
        del job


def _dismiss(tickets: SimpleQueue[_Job | None], helpers: list[threading.Thread]) -> None:
    for _ in helpers:
        tickets.put(None)


class ThreadTeam:
    """`threads` threads in all, the caller's among them; helpers start at the first `map` that can use them.

    `map` may be called from several threads and from inside an item. ValueError: threads < 1.
    """

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise ValueError("a team has at least one thread")
        self.threads = threads
        self._tickets: SimpleQueue[_Job | None] = SimpleQueue()
        self._helpers: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._closed = False
        self._finalizer = weakref.finalize(self, _dismiss, self._tickets, self._helpers)

    def map(self, function: Callable[[T], U], items: Iterable[T], trace: Trace = NULL_TRACE) -> list[U]:
        """[function(item) for item in items], in the order of the items; returns when no item runs any more.

        `trace.check` is asked before each item, in the thread that runs it. The first error (in time) is raised, items
        not yet started are not started. A signal is handled after the item that the calling thread is in, so items
        should last no longer than 0.2 s. ValueError after `close`.
        """
        if self._closed:
            raise ValueError("the team is closed")
        todo = list(items)
        extra = min(self.threads, len(todo)) - 1
        if extra <= 0:
            return self._inline(function, todo, trace)
        job = _Job(function, todo, trace)
        try:
            try:
                try:
                    self._start(extra)
                    for _ in range(extra):
                        self._tickets.put(job)
                    job.work()
                except BaseException as error:  # an interrupt between two items
                    job.fail(error)
                job.finish()
            except BaseException as error:  # an interrupt on the way into `finish`
                job.fail(error)
                job.finish()
            errors = job.release()
            if errors:
                raise errors.pop(0)
            return job.results
        finally:
            job.errors = errors = []  # an error's traceback holds this frame and the job's: no cycle through either

    @staticmethod
    def _inline(function: Callable[[T], U], items: list[T], trace: Trace) -> list[U]:
        results = []
        for item in items:
            trace.check()
            results.append(function(item))
        return results

    def _start(self, count: int) -> None:
        if len(self._helpers) >= count:
            return
        with self._starting:
            while len(self._helpers) < count and not self._closed:
                name = f"team-{len(self._helpers) + 1}"
                helper = threading.Thread(target=_serve, args=(self._tickets,), name=name, daemon=True)
                self._helpers.append(helper)
                helper.start()

    def close(self) -> None:
        """End the helpers and wait for them; idempotent. Must not be called from inside an item."""
        with self._starting:  # a `map` in another thread starts no helper from here on
            if self._closed:
                return
            self._closed = True
        self._finalizer()
        for helper in self._helpers:
            while helper.is_alive():
                helper.join(_WAIT_S)

    def __enter__(self) -> ThreadTeam:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
