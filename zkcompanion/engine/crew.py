"""The workers, watched by one thread: gives out jobs, hears answers, ends what does not stop.

Every job that is submitted ends exactly once, by `Watcher.ended`, whatever becomes of its worker.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Protocol

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.engine.hardening import reserve_standard_streams
from zkcompanion.engine.load import Load, LoadMeter
from zkcompanion.engine.post import Job, Limits, Listener, Outcome, Post, WorkerStatus
from zkcompanion.engine.worker import Spec

_LOG = get_logger(__name__)

_SAMPLE_BUSY_S = 0.1
_SAMPLE_IDLE_S = 1.0
#: Nothing should take the crew so long; if it does, the program ends all the same, and the workers with it.
_JOIN_S = 5.0


class Watcher(Listener, Protocol):
    """Who hears of jobs, workers and load; always in the crew's thread, and must be quick."""

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        """Some worker's state is another now."""
        ...

    def sampled(self, load: Load) -> None:
        """What the machine did since the last time: ten times a second while a job runs, else once."""
        ...


class _Guarded:
    """Passes on what happens; an error of the one who hears it is logged by its type and stops nothing here."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def started(self, job: int) -> None:
        guarded(lambda: self._watcher.started(job))

    def progressed(self, job: int, body: bytes) -> None:
        guarded(lambda: self._watcher.progressed(job, body))

    def ended(self, job: int, outcome: Outcome) -> None:
        guarded(lambda: self._watcher.ended(job, outcome))

    def opened(self, worker: str, outcome: Outcome) -> None:
        guarded(lambda: self._watcher.opened(worker, outcome))

    def workers_changed(self, workers: tuple[WorkerStatus, ...]) -> None:
        guarded(lambda: self._watcher.workers_changed(workers))

    def sampled(self, load: Load) -> None:
        guarded(lambda: self._watcher.sampled(load))


def guarded(function: Callable[[], None]) -> None:
    """`function()`, with an error logged by its type."""
    try:
        function()
    except Exception as error:
        _LOG.error("The crew went on after a %s.", type(error).__name__)


class Crew:
    """Every method may be called from any thread; all but `close` answer at once."""

    def __init__(self, watcher: Watcher, *, clock: Clock = SYSTEM_CLOCK, limits: Limits | None = None) -> None:
        self._watcher = _Guarded(watcher)
        self._clock = clock
        self._limits = limits if limits is not None else Limits()
        self._posts: dict[str, Post] = {}
        self._told: tuple[WorkerStatus, ...] = ()
        self._closing = False
        self._lock = threading.Lock()
        self._inbox: deque[Callable[[], None]] = deque()
        self._bell: Connection | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    def start(self) -> None:
        """Begin to watch; once."""
        with self._lock:
            if self._thread is not None or self._ended:
                return
            reserve_standard_streams()
            heard, self._bell = Pipe(duplex=False)
            # workers end with the thread that started them, so this one lasts as long as any of them
            self._thread = threading.Thread(target=self._run, args=(heard, self._bell), name="crew", daemon=True)
            self._thread.start()
            if self._inbox:
                self._bell.send_bytes(b"!")

    def call(self, function: Callable[[], None]) -> bool:
        """Have `function` run in the crew's thread; False where that has ended."""
        with self._lock:
            if self._ended:
                return False
            self._inbox.append(function)
            if len(self._inbox) == 1 and self._bell is not None:
                self._bell.send_bytes(b"!")
            return True

    def hire(self, spec: Spec) -> None:
        """Start a worker; nothing where there is one of this name."""
        self.call(lambda: self._hire(spec))

    def replace(self, specs: Iterable[Spec]) -> None:
        """Have these in place of those of the same names, as soon as each is idle."""
        wanted = tuple(specs)

        def replace() -> None:
            for spec in wanted:
                if spec.name in self._posts:
                    self._posts[spec.name].replace(spec)

        self.call(replace)

    def submit(self, worker: str, job: Job) -> bool:
        """Put a job at the end of a worker's queue; False where the crew has ended.

        The worker must have been hired. A body that is a `bytearray` is zeroed once it has been sent.
        """
        return self.call(lambda: self._submit(worker, job))

    def cancel(self, job: int) -> None:
        """End a job; nothing where it is over."""

        def cancel() -> None:
            for post in self._posts.values():
                post.cancel(job, self._clock.monotonic_s())

        self.call(cancel)

    def close(self) -> None:
        """End all workers and jobs, and wait for that; idempotent."""
        self.call(self._close)
        with self._lock:
            thread = self._thread
            self._ended = self._ended or thread is None
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_S)

    def _hire(self, spec: Spec) -> None:
        if spec.name not in self._posts and not self._closing:
            self._posts[spec.name] = Post(spec, self._watcher, self._limits)

    def _submit(self, worker: str, job: Job) -> None:
        if self._closing or worker not in self._posts:
            job.forget()
            self._watcher.ended(job.id, Outcome("closed"))
        else:
            self._posts[worker].submit(job)

    def _close(self) -> None:
        self._closing = True
        for post in self._posts.values():
            post.close(self._clock.monotonic_s())

    def _run(self, heard: Connection, bell: Connection) -> None:
        _block_terminal_signals()
        try:
            self._watch(heard)
        except Exception as error:
            _LOG.error("The crew ended with a %s.", type(error).__name__)
        finally:
            self._leave(heard, bell)

    def _watch(self, heard: Connection) -> None:
        sampled_s = self._clock.monotonic_s()
        meter = LoadMeter(self._clock)
        while True:
            self._take_orders(heard)
            for post in self._posts.values():
                post.advance(self._clock.monotonic_s())
            self._tell_workers()
            if self._closing and all(post.worker.state == "off" for post in self._posts.values()):
                return
            every_s = _SAMPLE_BUSY_S if any(post.busy for post in self._posts.values()) else _SAMPLE_IDLE_S
            if self._clock.monotonic_s() >= sampled_s + every_s:
                sampled_s = self._clock.monotonic_s()
                self._sample(meter)
            times = [sampled_s + every_s, *(post.next_s() for post in self._posts.values())]
            until_s = min(time_s for time_s in times if time_s is not None)
            watched = [heard, *(one for post in self._posts.values() for one in post.worker.watched())]
            wait(watched, max(0.0, until_s - self._clock.monotonic_s()))

    def _take_orders(self, heard: Connection) -> None:
        with self._lock:
            while heard.poll():
                heard.recv_bytes()
            orders, self._inbox = self._inbox, deque()
        for order in orders:
            order()

    def _tell_workers(self) -> None:
        now = tuple(post.status for post in self._posts.values())
        if now != self._told:
            self._told = now
            self._watcher.workers_changed(now)

    def _sample(self, meter: LoadMeter) -> None:
        pids = [post.worker.pid for post in self._posts.values()]
        self._watcher.sampled(meter.sample(pid for pid in pids if pid is not None))

    def _leave(self, *bell: Connection) -> None:
        """Whatever brought us here: no process, no pipe and no job stays behind."""
        with self._lock:
            self._ended = True
            orders, self._inbox = self._inbox, deque()
            for end in bell:
                end.close()
        self._closing = True
        for order in orders:
            guarded(order)
        for post in self._posts.values():
            post.abandon()
        self._tell_workers()


def _block_terminal_signals() -> None:
    """Workers inherit it: Ctrl-C is the parent's until they have learned to ignore it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
