"""A worker's place in the crew: its queue, the job it does, what is expected of it, and what follows when it dies."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zkcompanion.engine.wire import MAX_BODY_BYTES, Done, Failed, FromWorker, Progress, Ready
from zkcompanion.engine.worker import Spec, State, Worker

#: `done` and `failed` are the worker's own words, the others the host's: `died`; `late` beyond its deadline; `silent`;
#: `off`: its worker is not started again; `closed`: all work ends; `too-large`: for the pipe.
Ending = Literal["done", "failed", "cancelled", "died", "late", "silent", "off", "closed", "too-large"]
_OPENING = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and the number of deaths in a row without an answer after which a worker is not started again.

    `grace_s`: from a cancel to the kill. `closing_s`: from the wish to close to the kill. `starting_s`: from the start
    of a process to its first word. `silent_s`: without any word later on.
    """

    grace_s: float = 0.3
    closing_s: float = 0.7
    starting_s: float = 60.0
    silent_s: float = 60.0
    deaths: int = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. `exit_code` of its worker where that died, negative for a signal."""

    ending: Ending
    body: bytes = field(default=b"", repr=False)
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker as it is now. `given_up`: it died too often and is not started again. `opening`: not yet warm."""

    name: str
    state: State
    pid: int | None
    job: int | None
    deaths: int
    given_up: bool
    opening: bool


class Listener(Protocol):
    """Who is told; always in the crew's thread."""

    def started(self, job: int) -> None:
        """A worker has begun with it."""
        ...

    def progressed(self, job: int, body: bytes) -> None:
        """How far it is."""
        ...

    def ended(self, job: int, outcome: Outcome) -> None:
        """It is over; once for each job."""
        ...

    def opened(self, worker: str, outcome: Outcome) -> None:
        """A new process has done its opening, or has not."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """`deadline_s` counts from the start in the worker; job numbers begin at 1."""

    id: int
    kind: str
    body: bytes | bytearray = field(repr=False)
    deadline_s: float | None = None

    def forget(self) -> None:
        """Zero the body, which may be secret, if it is ours to change."""
        if isinstance(self.body, bytearray):
            self.body[:] = bytes(len(self.body))


class Post:
    """All methods are for the crew's thread; times are those of its clock."""

    def __init__(self, spec: Spec, listener: Listener, limits: Limits) -> None:
        self.worker = Worker(spec)
        self._listener = listener
        self._limits = limits
        self._successor: Spec | None = None
        self._queue: deque[Job] = deque()
        self._job: Job | None = None
        #: when the worker is killed, and how its job ends then
        self._kill_s: float | None = None
        self._kill_why: Ending = "died"
        self._why: Ending | None = None
        self._heard_s = 0.0
        self._closing = False
        self._deaths = 0
        self._in_a_row = 0

    @property
    def given_up(self) -> bool:
        """Whether it died too often to be started again."""
        return self._in_a_row >= self._limits.deaths

    @property
    def busy(self) -> bool:
        """Whether a job of somebody's runs."""
        return self._job is not None and self._job.id != _OPENING

    @property
    def status(self) -> WorkerStatus:
        """As it is now."""
        job = self._job
        opening = job is not None and job.id == _OPENING
        shown = job.id if job is not None and not opening else None
        return WorkerStatus(
            self.worker.name, self.worker.state, self.worker.pid, shown, self._deaths, self.given_up, opening
        )

    # -- wishes

    def submit(self, job: Job) -> None:
        """Put a job at the end of the queue."""
        if len(job.body) > MAX_BODY_BYTES:
            job.forget()
            self._listener.ended(job.id, Outcome("too-large"))
            return
        self._queue.append(job)
        self._cut_opening_short()  # the job itself loads what it needs, and tells how far it is

    def cancel(self, number: int, now_s: float) -> None:
        """End a job, waiting or running; nothing where it is not here."""
        for job in self._queue:
            if job.id == number:
                self._queue.remove(job)
                job.forget()
                self._listener.ended(number, Outcome("cancelled"))
                return
        if self._job is not None and self._job.id == number:
            self.worker.cancel(number)
            self._kill_at(now_s + self._limits.grace_s, "cancelled")

    def replace(self, spec: Spec) -> None:
        """Have a worker of this kind as soon as this one is idle; one that was given up gets another chance."""
        self._successor = spec
        self._in_a_row = 0
        self._cut_opening_short()

    def close(self, now_s: float) -> None:
        """End the process and all jobs."""
        self._closing = True
        self._end_queue(Outcome("closed"))
        self.worker.stop()
        if self.worker.state == "off":
            self._end_job(Outcome("closed"))
        else:
            self._why = self._why or "closed"
            self._kill_at(now_s + self._limits.closing_s, "closed")

    # -- what happens

    def advance(self, now_s: float) -> None:
        """Hear the worker, and do what its state asks for."""
        for message in self.worker.receive():
            self._heard_s = now_s
            self._hear(message)
        if self.worker.has_ended():
            self._bury()
        if self._kill_s is not None and now_s >= self._kill_s:
            self._kill(self._kill_why)
        if self.worker.state in {"idle", "busy"} and now_s >= self._heard_s + self._limits.silent_s:
            self._kill("silent")
        if not self._closing:
            self._give_work(now_s)

    def next_s(self) -> float | None:
        """When `advance` is due even if nothing comes in."""
        times = [] if self._kill_s is None else [self._kill_s]
        if self.worker.state in {"idle", "busy"}:
            times.append(self._heard_s + self._limits.silent_s)
        return min(times, default=None)

    def _hear(self, message: FromWorker) -> None:
        job = self._job
        match message:
            case Ready():
                self._kill_s = None
            case Progress(number, body) if job is not None and job.id == number:
                self._listener.progressed(number, body)
            case Done(number, body) if job is not None and job.id == number:
                self._answered(Outcome("done", body))
            case Failed(number, body) if job is not None and job.id == number:
                self._answered(Outcome("failed", body))
            case _:
                return  # a beat, or the last words on a job that is over

    def _answered(self, outcome: Outcome) -> None:
        if self.busy:
            self._in_a_row = 0  # an opening proves nothing
        if self.worker.state == "busy":
            self.worker.state = "idle"
            self._kill_s = None
        self._end_job(outcome)

    def _give_work(self, now_s: float) -> None:
        if self.given_up:
            self._end_queue(Outcome("off"))
            return
        if self.worker.state == "off":
            self._start(now_s)
        if self.worker.state != "idle":
            return
        if self._successor is not None:
            self.worker.stop()
            self._why = "closed"
            self._kill_at(now_s + self._limits.closing_s, "closed")
        elif self._queue:
            self._give(self._queue.popleft(), now_s)

    def _start(self, now_s: float) -> None:
        if self._successor is not None:
            self.worker.spec, self._successor = self._successor, None
        try:
            self.worker.start()
        except OSError:
            self._in_a_row += 1
            self._deaths += 1
            return
        self._heard_s = now_s
        self._kill_at(now_s + self._limits.starting_s, "silent")
        spec = self.worker.spec
        if spec.opening:
            self._queue.appendleft(Job(_OPENING, spec.opening, b""))

    def _give(self, job: Job, now_s: float) -> None:
        self._job = job
        self.worker.give(job.id, job.kind, job.body)
        job.forget()
        if job.deadline_s is not None:
            self._kill_at(now_s + job.deadline_s, "late")
        if self.busy:
            self._listener.started(job.id)
        elif self._queue:
            self._cut_opening_short()

    def _cut_opening_short(self) -> None:
        if self._job is not None and self._job.id == _OPENING:
            self.worker.cancel(_OPENING)

    def _kill_at(self, when_s: float, why: Ending) -> None:
        """The earlier of two times counts, with its reason."""
        if self._kill_s is None or when_s < self._kill_s:
            self._kill_s, self._kill_why = when_s, why

    def _kill(self, why: Ending) -> None:
        self._kill_s = None
        self._why = self._why or why
        self.worker.kill()

    def _bury(self) -> None:
        exit_code = self.worker.bury()
        why, self._why, self._kill_s = self._why, None, None
        if self._queue and self._queue[0].id == _OPENING:
            self._queue.popleft()  # its successor gets one of its own
        if why in {None, "silent"}:
            self._deaths += 1
            self._in_a_row += 1
        self._end_job(Outcome("died", exit_code=exit_code) if why is None else Outcome(why))

    def _end_job(self, outcome: Outcome) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        if job.id == _OPENING:
            self._listener.opened(self.worker.name, outcome)
        else:
            self._listener.ended(job.id, outcome)

    def _end_queue(self, outcome: Outcome) -> None:
        while self._queue:
            job = self._queue.popleft()
            job.forget()
            if job.id != _OPENING:
                self._listener.ended(job.id, outcome)

    def abandon(self) -> None:
        """End all at once, and wait for the process."""
        self._closing = True
        self.worker.kill()
        self.worker.bury()
        self._end_job(Outcome("closed"))
        self._end_queue(Outcome("closed"))
