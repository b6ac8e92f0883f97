"""A worker process from the inside: hears orders, does one job at a time, reports, and ends when nobody listens.

Three threads: the main one works, one reads, one reports. Whatever the work does, the reader hears a cancel or the end.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NoReturn, Protocol

from zkcompanion.base.atomicfile import process_token
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.engine.hardening import harden
from zkcompanion.engine.scratch import receive_scratch
from zkcompanion.engine.wire import (
    MAX_BODY_BYTES,
    MAX_BYTES,
    PROTOCOL,
    Beat,
    Done,
    Failed,
    FromWorker,
    Progress,
    Ready,
    Start,
    Stop,
    encode,
    from_host,
)

#: A job's progress goes out this often, and not more often than `_SPACING_S` when a phase changes.
_TICK_S = 0.1
_SPACING_S = 0.02
#: An idle worker says that it is there.
_BEAT_S = 2.0
#: Without a job for so long, a worker gives back what it keeps for the next one.
REST_S = 20.0


class Servant(Protocol):
    """What does the work; built in the worker, after `harden`."""

    def run(self, task: Task) -> bytes:
        """The answer. Raises: whatever went wrong; `failure` puts it into bytes."""
        ...

    def failure(self, error: BaseException) -> bytes:
        """What the host hears of an error."""
        ...

    def rest(self) -> None:
        """There was nothing to do for `REST_S` seconds, and there may be nothing for long."""
        ...

    def abandon(self) -> None:
        """The process ends in a moment: leave nothing half written behind. Called in another thread than `run`."""
        ...


#: A top-level function of the app layer, and what it is given.
Entry = Callable[[bytes], Servant]


class Task:
    """One job. `cancel` is set when it should stop; `report` names who can tell how far it is.

    `threads`: how many it may use. `mode`: how it is done, in a word that the servant knows; "" as usual. `scratch`:
    the descriptor of a file in memory which the job's next worker gets too if this one dies, or None; closed with the
    job.
    """

    def __init__(self, order: Start, reporter: Reporter, scratch: int | None = None) -> None:
        self.job = order.job
        self.kind = order.kind
        self.body = order.body
        self.threads = order.threads
        self.mode = order.mode
        self.scratch = scratch
        self.cancel = threading.Event()
        self.snapshot: Callable[[], bytes] | None = None
        self._reporter = reporter

    def report(self, snapshot: Callable[[], bytes]) -> None:
        """Ask `snapshot` now and then from now on, in another thread."""
        self.snapshot = snapshot

    def changed(self) -> None:
        """Something is worth telling before the next tick."""
        self._reporter.hurry.set()


class Reporter:
    """Sends everything; progress and beats from a thread of its own, so that a slow host never stops the work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._task: Task | None = None
        self._never = threading.Event()
        self.hurry = threading.Event()

    def send(self, message: FromWorker) -> None:
        """Raises: OSError where nobody listens any more."""
        with self._lock:
            self._connection.send_bytes(encode(message))

    def begin(self, task: Task) -> None:
        """From now on progress is that of `task`."""
        with self._lock:
            self._task = task
        self.hurry.set()

    def finish(self, message: Done | Failed) -> None:
        """The last word on the running job; no progress of it comes after this."""
        with self._lock:
            self._task = None
            self._connection.send_bytes(encode(message))

    def run(self) -> None:
        """Until the host is gone."""
        try:
            while True:
                urgent = self.hurry.wait(_BEAT_S if self._task is None else _TICK_S)
                self.hurry.clear()
                with self._lock:
                    task = self._task
                    if task is not None and task.snapshot is not None:
                        self._connection.send_bytes(encode(Progress(task.job, task.snapshot())))
                    elif not urgent:
                        self._connection.send_bytes(encode(Beat()))
                # phases of a millisecond would send a thousand messages a second
                self._never.wait(_SPACING_S)
        except OSError:
            return  # the reader sees it too, and ends the process


class _Reader:
    def __init__(self, connection: Connection, tasks: queue.SimpleQueue[Task], reporter: Reporter) -> None:
        self._connection = connection
        self._tasks = tasks
        self._reporter = reporter
        self._last: Task | None = None
        self.servant: Servant | None = None

    def run(self) -> None:
        try:
            while True:
                message = from_host(self._connection.recv_bytes(MAX_BYTES))
                if isinstance(message, Stop):
                    break
                if isinstance(message, Start):
                    scratch = receive_scratch(self._connection) if message.scratch else None
                    self._last = Task(message, self._reporter, scratch)
                    self._tasks.put(self._last)
                elif self._last is not None and self._last.job == message.job:
                    self._last.cancel.set()
        except (EOFError, OSError):
            pass
        finally:
            if self.servant is not None:
                self.servant.abandon()
            os._exit(0)


def child_main(connection: Connection, entry: Entry, config: bytes) -> NoReturn:
    """The target of the process: work until the host says stop or is gone."""
    harden()
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    reporter = Reporter(connection)
    reader = _Reader(connection, tasks, reporter)
    threading.Thread(target=reader.run, name="reader", daemon=True).start()
    servant = reader.servant = entry(config)
    reporter.send(Ready(os.getpid(), PROTOCOL, process_token()))
    threading.Thread(target=reporter.run, name="reporter", daemon=True).start()
    while True:
        _serve(servant, next_task(tasks, servant), reporter)


def next_task(tasks: queue.SimpleQueue[Task], servant: Servant, rest_s: float = REST_S) -> Task:
    """The next job, whenever it comes; the servant rests where none comes soon."""
    try:
        return tasks.get(timeout=rest_s)
    except queue.Empty:
        servant.rest()
        return tasks.get()


def _serve(servant: Servant, task: Task, reporter: Reporter) -> None:
    reporter.begin(task)
    answer: Done | Failed
    try:
        body = servant.run(task)
        if len(body) > MAX_BODY_BYTES:
            raise ResourceError(msg("The answer is too large to be handed over."))
        answer = Done(task.job, body)
    except BaseException as error:
        answer = Failed(task.job, servant.failure(error))
    if task.scratch is not None:
        os.close(task.scratch)
    try:
        reporter.finish(answer)
    except OSError:
        os._exit(0)  # nobody listens
