"""The workers, watched by one thread: gives out jobs, hears answers, ends what does not stop.

Every job that is submitted ends exactly once, by `Watcher.ended`, whatever becomes of its worker.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Protocol, TypeVar

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.engine.hardening import reserve_standard_streams
from zkcompanion.engine.load import Load, LoadMeter
from zkcompanion.engine.pool import Pool, PoolRules
from zkcompanion.engine.post import Post
from zkcompanion.engine.work import Job, Limits, Outcome, PoolListener, Queue, WorkerStatus
from zkcompanion.engine.worker import Spec

T = TypeVar("T")

_LOG = get_logger(__name__)

_SAMPLE_BUSY_S = 0.1
_SAMPLE_IDLE_S = 1.0
#: Woken so much too late, this whole program was stopped, or the computer slept.
_SLEPT_S = 5.0
#: Nothing should take the crew so long; if it does, the program ends all the same, and the workers with it.
_JOIN_S = 5.0


class Watcher(PoolListener, Protocol):
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

    def started(self, job: int, worker: str, threads: int) -> None:
        guarded(lambda: self._watcher.started(job, worker, threads))

    def progressed(self, job: int, body: bytes) -> None:
        guarded(lambda: self._watcher.progressed(job, body))

    def ended(self, job: int, outcome: Outcome) -> None:
        guarded(lambda: self._watcher.ended(job, outcome))

    def opened(self, worker: str, outcome: Outcome) -> None:
        guarded(lambda: self._watcher.opened(worker, outcome))

    def lost(self, job: int, outcome: Outcome) -> bool:
        pardons: list[bool] = []
        guarded(lambda: pardons.append(self._watcher.lost(job, outcome)))
        return any(pardons)

    def queued(self, queue: Queue) -> None:
        guarded(lambda: self._watcher.queued(queue))

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
        self._places: dict[str, Post | Pool] = {}
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

    def gather(self, name: str, spec_of: Callable[[int], Spec], rules: PoolRules) -> None:
        """Start a pool, whose n-th worker is `spec_of(n)`; nothing where there is one of this name."""
        self.call(lambda: self._gather(name, spec_of, rules))

    def replace(self, spec: Spec) -> None:
        """Have this worker in place of the one of the same name, as soon as it is idle."""
        self._in_place(spec.name, Post, lambda post: post.replace(spec))

    def change(self, name: str, spec_of: Callable[[int], Spec], rules: PoolRules) -> None:
        """Have other workers and rules in a pool, as soon as each worker is idle."""
        self._in_place(name, Pool, lambda pool: pool.change(spec_of, rules))

    def work_as(self, name: str, mode: str, spec_of: Callable[[int], Spec]) -> None:
        """Have a pool's jobs done in another way from now on (`child.Task.mode`)."""
        self._in_place(name, Pool, lambda pool: pool.work_as(mode, spec_of))

    def revise(self, name: str, job: int, change: Callable[[Job], Job]) -> None:
        """Have a job that waits in a pool done in another way."""
        self._in_place(name, Pool, lambda pool: pool.revise(job, change))

    def expect(self, name: str, job: int, until_s: float | None) -> None:
        """Let a job's worker be killed unless it is told something else until then (None: no limit)."""
        self._in_place(name, Pool, lambda pool: pool.expect(job, until_s))

    def submit(self, name: str, job: Job) -> bool:
        """Put a job into the queue of a worker or of a pool; False where the crew has ended.

        It must have been hired. A body that is a `bytearray` is zeroed when it is not needed any more.
        """
        return self.call(lambda: self._submit(name, job))

    def cancel(self, job: int) -> None:
        """End a job; nothing where it is over."""

        def cancel() -> None:
            for place in self._places.values():
                place.cancel(job, self._clock.monotonic_s())

        self.call(cancel)

    def close(self) -> None:
        """End all workers and jobs, and wait for that; idempotent."""
        self.call(self._close)
        with self._lock:
            thread, ended = self._thread, self._ended
            self._ended = ended or thread is None
        if thread is None and not ended:
            self._leave()  # it never began, and its jobs end all the same
        elif thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_S)

    def _in_place(self, name: str, kind: type[T], do: Callable[[T], None]) -> None:
        def find() -> None:
            place = self._places.get(name)
            if isinstance(place, kind):
                do(place)

        if threading.current_thread() is self._thread:
            find()  # at once: what a listener says counts for what follows
        else:
            self.call(find)

    def _hire(self, spec: Spec) -> None:
        if spec.name not in self._places and not self._closing:
            self._places[spec.name] = Post(spec, self._watcher, self._limits)

    def _gather(self, name: str, spec_of: Callable[[int], Spec], rules: PoolRules) -> None:
        if name not in self._places and not self._closing:
            now_s = self._clock.monotonic_s()
            self._places[name] = Pool(spec_of, self._watcher, self._limits, rules, now_s)

    def _submit(self, name: str, job: Job) -> None:
        if self._closing or name not in self._places:
            job.forget()
            self._watcher.ended(job.id, Outcome("closed"))
        else:
            self._places[name].submit(job, self._clock.monotonic_s())

    def _close(self) -> None:
        self._closing = True
        for place in self._places.values():
            place.close(self._clock.monotonic_s())

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
        due_s = sampled_s
        while True:
            now_s = self._clock.monotonic_s()
            if now_s - due_s > _SLEPT_S:
                for place in self._places.values():
                    place.postpone(now_s - due_s)
            self._take_orders(heard)
            for place in self._places.values():
                place.advance(now_s)
            self._tell_workers()
            if self._closing and all(post.worker.state == "off" for post in self._posts()):
                return
            every_s = _SAMPLE_BUSY_S if any(place.busy for place in self._places.values()) else _SAMPLE_IDLE_S
            if self._clock.monotonic_s() >= sampled_s + every_s:
                sampled_s = self._clock.monotonic_s()
                guarded(lambda: self._sample(meter))  # measured or not, work goes on
            times = [sampled_s + every_s, *(place.next_s() for place in self._places.values())]
            due_s = max(now_s, min(time_s for time_s in times if time_s is not None))
            watched = [heard, *(one for post in self._posts() for one in post.worker.watched())]
            wait(watched, max(0.0, due_s - self._clock.monotonic_s()))

    def _posts(self) -> list[Post]:
        return [post for place in self._places.values() for post in place.posts]

    def _take_orders(self, heard: Connection) -> None:
        with self._lock:
            while heard.poll():
                heard.recv_bytes()
            orders, self._inbox = self._inbox, deque()
        for order in orders:
            guarded(order)  # one that goes wrong takes no other with it

    def _tell_workers(self) -> None:
        now = tuple(status for place in self._places.values() for status in place.statuses)
        if now != self._told:
            self._told = now
            self._watcher.workers_changed(now)

    def _sample(self, meter: LoadMeter) -> None:
        pids = [post.worker.pid for post in self._posts()]
        load = meter.sample(pid for pid in pids if pid is not None)
        for place in self._places.values():
            place.measured(load)
        self._watcher.sampled(load)

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
        for place in self._places.values():
            place.abandon()
        self._tell_workers()


def _block_terminal_signals() -> None:
    """Workers inherit it: Ctrl-C is the parent's until they have learned to ignore it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
