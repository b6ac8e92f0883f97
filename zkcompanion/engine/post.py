"""A worker's place in the crew: its queue, the job it does, what is expected of it, and what follows when it dies."""

from __future__ import annotations

from collections import deque

from zkcompanion.engine.load import Load
from zkcompanion.engine.wire import MAX_BODY_BYTES, Done, Failed, FromWorker, Progress, Ready
from zkcompanion.engine.wire import Start as Order
from zkcompanion.engine.work import DEATHS, Ending, Job, Limits, Listener, Outcome, Toll, WorkerStatus
from zkcompanion.engine.worker import Spec, Worker

_OPENING = 0
#: Where the system has no room for another process, it is asked again so much later.
_START_AGAIN_S = 0.5


class Post:
    """All methods are for the crew's thread; times are those of its clock. `toll`: shared with other posts."""

    def __init__(self, spec: Spec, listener: Listener, limits: Limits, toll: Toll | None = None) -> None:
        self.worker = Worker(spec)
        self._listener = listener
        self._limits = limits
        self._toll = toll if toll is not None else Toll(limits.deaths)
        self._successor: Spec | None = None
        self._queue: deque[Job] = deque()
        self._job: Job | None = None
        #: when the worker is killed, and how its job ends then
        self._kill_s: float | None = None
        self._kill_why: Ending = "died"
        self._why: Ending | None = None
        #: when its job has been in one phase for too long
        self._stuck_s: float | None = None
        #: when a process is started that could not be
        self._again_s: float | None = None
        self._heard_s = 0.0
        self._closing = False
        self._draining = False
        self._deaths = 0
        self._now_s = 0.0
        #: what it did: answered, since when, for how long (`WorkerStatus`)
        self._jobs = 0
        self._work = 0
        self._ready_s: float | None = None
        self._began_s: float | None = None
        self._busy_s = 0.0

    @property
    def posts(self) -> tuple[Post, ...]:
        """This one, as a pool has many."""
        return (self,)

    @property
    def given_up(self) -> bool:
        """Whether it died too often to be started again."""
        return self._toll.given_up

    @property
    def busy(self) -> bool:
        """Whether a job of somebody's runs."""
        return self._job is not None and self._job.id != _OPENING

    @property
    def opening(self) -> bool:
        """Whether it gets warm at this moment."""
        return self._job is not None and self._job.id == _OPENING

    @property
    def draining(self) -> bool:
        """Whether it ends as soon as it is idle, and is not started again."""
        return self._draining

    @property
    def ready(self) -> bool:
        """Whether a job would begin at once, in a warm process."""
        return self.worker.state == "idle" and not self._queue and self._successor is None and not self._draining

    @property
    def warming(self) -> bool:
        """Whether its process is up and gets warm; a job would cut that short, and load what it needs itself."""
        return self.opening and self.free and self._successor is None and not self._draining

    @property
    def beginning(self) -> bool:
        """Whether its process is not yet warm; a job would cut its opening short."""
        return (self.opening or self.worker.state in {"off", "starting"}) and not self._draining and self.free

    @property
    def free(self) -> bool:
        """Whether it has no job of somebody's, running or waiting."""
        return not self.busy and all(job.id == _OPENING for job in self._queue)

    @property
    def status(self) -> WorkerStatus:
        """As it is now."""
        job = self._job if self.busy else None
        return WorkerStatus(
            self.worker.name,
            self.worker.state,
            self.worker.pid,
            None if job is None else job.id,
            self._deaths,
            self.given_up,
            self.opening,
            draining=self._draining or self._successor is not None,
            threads=0 if job is None else job.threads,
            jobs=self._jobs,
            ready_s=self._ready_s,
            began_s=None if job is None else self._began_s,
            busy_s=self._busy_s,
            work=self._work,
        )

    @property
    def statuses(self) -> tuple[WorkerStatus, ...]:
        """Of this one, as a pool has many."""
        return (self.status,)

    # -- wishes

    def submit(self, job: Job, _now_s: float) -> None:
        """Put a job at the end of the queue."""
        if len(job.body) > MAX_BODY_BYTES:
            _forget(job)
            self._listener.ended(job.id, Outcome("too-large"))
            return
        self._queue.append(job)
        self._cut_opening_short()  # the job itself loads what it needs, and tells how far it is

    def cancel(self, number: int, now_s: float) -> None:
        """End a job, waiting or running; nothing where it is not here."""
        for job in self._queue:
            if job.id == number:
                self._queue.remove(job)
                _forget(job)
                self._listener.ended(number, Outcome("cancelled"))
                return
        if self._job is not None and self._job.id == number:
            self.worker.cancel(number)
            self._kill_at(now_s + self._limits.grace_s, "cancelled")

    def replace(self, spec: Spec) -> None:
        """Have a worker of this kind as soon as this one is idle; one that was given up gets another chance."""
        self._successor = spec
        self._toll.forgive()
        self._cut_opening_short()

    def begin_as(self, spec: Spec) -> None:
        """Let the next process be this one; the one that is there goes on."""
        self.worker.spec = spec
        self._successor = None if self._successor is None else spec

    def drain(self) -> None:
        """End the process as soon as it is idle, and do not start another."""
        self._draining = True
        self._cut_opening_short()

    def expect(self, number: int, until_s: float | None) -> None:
        """Kill the worker if its job is not told to be in another phase by then (None: no limit)."""
        if self._job is not None and self._job.id == number:
            self._stuck_s = until_s

    def end(self, why: Ending) -> None:
        """Kill the worker, whatever it does; its job ends so."""
        self._kill(why)

    def measured(self, _load: Load) -> None:
        """Memory is watched in a pool."""

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
        self._now_s = now_s
        ended = self.worker.has_ended()  # asked first: what it said before its end counts
        for message in self.worker.receive():
            self._heard_s = now_s
            self._hear(message)
        if ended:
            self._bury()
        if self._kill_s is not None and now_s >= self._kill_s:
            self._kill(self._kill_why)
        if self._stuck_s is not None and now_s >= self._stuck_s:
            self._kill("stuck")
        if self.worker.state in {"idle", "busy"} and now_s >= self._heard_s + self._limits.silent_s:
            self._kill("silent")
        if not self._closing:
            self._give_work(now_s)

    def postpone(self, seconds: float) -> None:
        """Nobody watched for so long (a program that was stopped, a computer that slept): that counts for nothing."""
        self._heard_s += seconds
        self._kill_s = None if self._kill_s is None else self._kill_s + seconds
        self._stuck_s = None if self._stuck_s is None else self._stuck_s + seconds

    def next_s(self) -> float | None:
        """When `advance` is due even if nothing comes in."""
        times = [time_s for time_s in (self._kill_s, self._stuck_s) if time_s is not None]
        if self._again_s is not None and not (self.given_up or self._draining or self._closing):
            times.append(self._again_s)
        if self.worker.state in {"idle", "busy"}:
            times.append(self._heard_s + self._limits.silent_s)
        return min(times, default=None)

    def _hear(self, message: FromWorker) -> None:
        job = self._job
        match message:
            case Ready():
                self._kill_s = None
                self._ready_s = self._now_s if self._ready_s is None else self._ready_s
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
            self._toll.forgive()  # an opening proves nothing
            self._jobs += 1
            self._work += self._job.claim.work if self._job is not None and self._job.claim is not None else 0
        if self.worker.state == "busy":
            self.worker.state = "idle"
            self._kill_s = None
        self._end_job(outcome)

    def _give_work(self, now_s: float) -> None:
        if self.given_up:
            self._end_queue(Outcome("off"))
            return
        if self.worker.state == "off" and not self._draining and now_s >= (self._again_s or now_s):
            self._start(now_s)
        if self.worker.state != "idle":
            return
        if self._successor is not None or self._draining:
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
            # there is no room for one more; where others work that is no reason to give up
            self._deaths += 1
            self._again_s = now_s + _START_AGAIN_S
            if self._toll.alive == 0:
                self._toll.died()
            return
        self._toll.alive += 1
        self._again_s = None
        self._heard_s = now_s
        self._kill_at(now_s + self._limits.starting_s, "silent")
        spec = self.worker.spec
        if spec.opening:
            self._queue.appendleft(Job(_OPENING, spec.opening, b""))

    def _give(self, job: Job, now_s: float) -> None:
        self._job = job
        order = Order(
            job.id,
            job.kind,
            job.body,  # type: ignore[arg-type]  # msgpack takes both
            job.threads,
            job.mode,
            scratch=job.scratch is not None,
        )
        self.worker.give(order, job.scratch)
        _forget(job)
        if job.deadline_s is not None:
            self._kill_at(now_s + job.deadline_s, "late")
        if self.busy:
            self._began_s = now_s
            self._listener.started(job.id, self.worker.name, job.threads)
        elif self._queue:
            self._cut_opening_short()

    def _cut_opening_short(self) -> None:
        if self.opening:
            self.worker.cancel(_OPENING)

    def _kill_at(self, when_s: float, why: Ending) -> None:
        """The earlier of two times counts, with its reason."""
        if self._kill_s is None or when_s < self._kill_s:
            self._kill_s, self._kill_why = when_s, why

    def _kill(self, why: Ending) -> None:
        self._kill_s = self._stuck_s = None
        self._why = self._why or why
        self.worker.kill()

    def _bury(self) -> None:
        exit_code = self.worker.bury()
        self._toll.alive -= 1
        why, self._why, self._kill_s = self._why, None, None
        if self._queue and self._queue[0].id == _OPENING:
            self._queue.popleft()  # its successor gets one of its own
        if why is None or why in DEATHS:
            self._deaths += 1
            self._toll.died()
        self._end_job(Outcome("died", exit_code=exit_code) if why is None else Outcome(why))

    def _end_job(self, outcome: Outcome) -> None:
        job, began_s = self._job, self._began_s
        self._job = self._stuck_s = self._began_s = None
        if job is None:
            return
        if began_s is not None:
            self._busy_s += self._now_s - began_s
        if job.id == _OPENING:
            self._listener.opened(self.worker.name, outcome)
        else:
            self._listener.ended(job.id, outcome)

    def _end_queue(self, outcome: Outcome) -> None:
        while self._queue:
            job = self._queue.popleft()
            _forget(job)
            if job.id != _OPENING:
                self._listener.ended(job.id, outcome)

    def abandon(self) -> None:
        """End all at once, and wait for the process."""
        self._closing = True
        self.worker.kill()
        self.worker.bury()
        self._end_job(Outcome("closed"))
        self._end_queue(Outcome("closed"))


def _forget(job: Job) -> None:
    if not job.kept:
        job.forget()
