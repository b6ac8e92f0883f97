"""The one decision of the engine: which waiting jobs begin now, on which workers, with how many threads; and why not.

- Order: priority with ageing (`jobs.rank`).
- Threads: a small proof runs in one thread, a large one on its share of the cores. Two proofs side by side do more than
  one split over two threads, so a large one is split only as far as cores would stay idle otherwise.
- Memory: a job begins where its predicted peak fits beside those of the running ones.
- A job that cannot begin because of memory or cores holds a reservation: others may begin before it only if they end
  before it could begin, or leave it the room that it needs. So nothing overtakes it for ever. One that would not fit
  beside no proof at all, because of other programs, holds none: nobody knows when they let go.
- While interactive work comes, other work begins only as far as the cores stay below a target (`room`).
- Near the end of a queue a job waits for a fast worker where that will be done sooner than a slow one that is idle.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size
from zkcompanion.costs.speed import thread_speed_up
from zkcompanion.engine.schedule.jobs import Job, Priority, effective_priority, in_order
from zkcompanion.engine.schedule.room import Room
from zkcompanion.engine.schedule.speeds import Rotation, Speeds

#: Field multiplications from which a proof is split where cores are idle: a dense one of 2^14, about 0.15 s
#: (`docs/scheduling.md`).
LARGE_WORK = 8_000_000


_A_LITTLE_S = 1e-3
#: What other programs leave of the memory may be another amount after so long.
_LOOK_AGAIN_S = 1.0
_ROOM = msg("Waits so that there is room for interactive work.")


@dataclass(frozen=True, slots=True)
class Rules:
    """What can be set."""

    #: waiting that makes up for one step of priority
    ageing_s: float = 30.0
    large_work: int = LARGE_WORK
    #: while interactive work comes, the cores are busy for so much of the time
    target: float = 0.8
    window_s: float = 30.0
    #: interactive work that ended so long ago needs no room any more
    recent_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A job that runs."""

    job: Job
    threads: int
    started_s: float


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker that can work; `running` None: it is idle."""

    name: str
    running: Running | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores that jobs may use, and memory that they may hold together."""

    cores: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Start:
    """Give this job to this worker."""

    job: Job
    worker: str
    threads: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What begins now, why the others wait (by job), and when to ask again even if nothing happens (None: no need)."""

    starts: tuple[Start, ...] = ()
    waits: Mapping[int, Message] = field(default_factory=dict)
    #: jobs that need more memory than there will ever be
    impossible: frozenset[int] = frozenset()
    #: jobs that wait because of memory alone
    short: frozenset[int] = frozenset()
    again_s: float | None = None


@dataclass(slots=True)
class _Now:
    """The machine as it fills up during one decision."""

    time_s: float
    idle: list[str]
    cores: int
    memory_bytes: int
    #: (when it ends, cores, memory, worker) of what runs; infinity where nobody knows
    ends: list[tuple[float, int, int, str]]
    #: when the first job that cannot begin could, and what is left beside it then
    reserved: tuple[float, int, int] | None = None
    ahead: int = 0
    #: seconds of jobs that wait for a busy worker, by its name
    promised: dict[str, float] = field(default_factory=dict)
    #: other than interactive work of so many threads has no room: it is younger than what was told so before
    closed_to: int = sys.maxsize
    #: jobs that wait because of memory alone
    short: set[int] = field(default_factory=set)


class Policy:
    """Decides, and learns from what ended. One for a pool; `copy` gives forecasts one of their own."""

    def __init__(self, machine: Machine, rules: Rules | None = None) -> None:
        self.machine = machine
        self.rules = rules if rules is not None else Rules()
        self.speeds = Speeds()
        self._rotation = Rotation()
        self._room = Room(target=self.rules.target, window_s=self.rules.window_s, recent_s=self.rules.recent_s)
        self._let_through_s = -math.inf

    def copy(self) -> Self:
        """One that goes its own way."""
        return deepcopy(self)

    def arrived(self, job: Job, now_s: float) -> None:
        """A job came."""
        if job.priority is Priority.INTERACTIVE:
            self._room.interactive(now_s)

    def ended(self, worker: str, running: Running, now_s: float) -> None:
        """A job is done. One that failed or was cancelled says nothing of speed: `left`."""
        predicted = running.job.seconds
        if predicted is not None:
            alone_s = predicted.likely / thread_speed_up(running.threads)
            self.speeds.measured(worker, alone_s, now_s - running.started_s)
        self.left(running, now_s)

    def left(self, running: Running, now_s: float) -> None:
        """A job is over, however it ended."""
        if running.job.priority is Priority.INTERACTIVE:
            self._room.interactive(now_s)

    def forget(self, worker: str) -> None:
        """The worker is gone."""
        self.speeds.forget(worker)
        self._rotation.forget(worker)

    def utilisation(self, now_s: float) -> float:
        """How busy the cores were lately, 0 to 1."""
        return self._room.share(now_s)

    def seconds(self, job: Job, worker: str, threads: int) -> float | None:
        """How long a job will take there; None where nobody knows."""
        if job.seconds is None:
            return None
        return job.seconds.likely / (self.speeds.of(worker) * thread_speed_up(threads))

    def allot(
        self,
        now_s: float,
        waiting: Sequence[Job],
        workers: Sequence[WorkerState],
        room_bytes: int | None = None,
    ) -> Decision:
        """What begins at this moment. The caller starts it, or asks again: a decision counts as carried out.

        room_bytes: memory that other programs leave for jobs that begin now; None where that is not looked at.
        """
        now = self._look(now_s, workers)
        if room_bytes is not None:
            now.memory_bytes = min(now.memory_bytes, room_bytes)
        starts: list[Start] = []
        waits: dict[int, Message] = {}
        impossible: list[int] = []
        again_s = math.inf
        order = in_order(waiting, self.rules.ageing_s)
        for index, job in enumerate(order):
            if not job.fits(self.machine.memory_bytes):
                impossible.append(job.id)
                waits[job.id] = _too_large(job, self.machine)
                continue
            if not now.idle or now.cores <= 0:
                waits[job.id] = _behind(now.ahead)
                now.ahead += 1
                continue
            closed = now.closed_to == 1 and job.priority is not Priority.INTERACTIVE
            threads = 1 if closed else self._threads(job, order, index, now)
            if threads >= now.closed_to and job.priority is not Priority.INTERACTIVE:
                waits[job.id] = _ROOM
                continue
            reason = self._obstacle(job, threads, now)
            if reason is None and not self._has_room(job, threads, now):
                # interactive work may still pass, so this one reserves nothing
                waits[job.id] = _ROOM
                now.closed_to = threads if self._room.is_open(now_s) else 1
                again_s = min(again_s, self._room_s(job, now_s))
                continue
            worker = None if reason is not None else self._worker(job, threads, now, len(order) - index)
            if worker is None:
                waits[job.id] = reason if reason is not None else _behind(now.ahead)
                now.ahead += 1
                continue
            starts.append(Start(job, worker, threads))
            self._begin(now, job, worker, threads)
        if now.short and room_bytes is not None:
            again_s = min(again_s, now_s + _LOOK_AGAIN_S)
        return Decision(
            tuple(starts),
            waits,
            frozenset(impossible),
            frozenset(now.short),
            again_s if again_s < math.inf else None,
        )

    def _look(self, now_s: float, workers: Sequence[WorkerState]) -> _Now:
        ends = []
        for worker in workers:
            if worker.running is not None:
                one = worker.running
                seconds = self.seconds(one.job, worker.name, one.threads)
                end_s = math.inf if seconds is None else one.started_s + seconds
                # what should have ended already is not known any more
                ends.append((end_s if end_s > now_s else math.inf, one.threads, one.job.memory_bytes, worker.name))
        cores = self.machine.cores - sum(cores for _, cores, _, _ in ends)
        memory_bytes = self.machine.memory_bytes - sum(size for _, _, size, _ in ends)
        self._room.observe(now_s, 1 - max(cores, 0) / self.machine.cores)
        idle = [worker.name for worker in workers if worker.running is None]
        return _Now(now_s, idle, cores, memory_bytes, ends)

    def _threads(self, job: Job, order: Sequence[Job], index: int, now: _Now) -> int:
        """One, or a large job's share of the cores among those from `index` on (itself the first) that matter as much.

        Where fewer cores are free it waits for the others only if it is done sooner so.
        """
        if job.work < self.rules.large_work:
            return 1
        cores = self.machine.cores
        if self._room.is_kept(now.time_s) and job.priority is not Priority.INTERACTIVE:
            cores -= max(1, self._kept_free)
        # more sharers than cores make no difference
        others = (other for other in islice(order, index, None) if other.priority >= job.priority)
        sharers = sum(1 for _ in islice(others, max(1, cores)))
        wanted = max(1, -(-cores // sharers))
        if wanted <= now.cores or job.seconds is None:
            return max(1, min(wanted, now.cores))
        reserved = _reservation(job, wanted, now)
        begins_s = math.inf if reserved is None else reserved[0]
        waited_s = begins_s - now.time_s + job.seconds.likely / thread_speed_up(wanted)
        at_once = max(1, now.cores)
        return wanted if waited_s < job.seconds.likely / thread_speed_up(at_once) else at_once

    def _obstacle(self, job: Job, threads: int, now: _Now) -> Message | None:
        """Why a job cannot begin; the first one that cannot reserves what it needs."""
        fits_cores = now.cores >= threads
        fits_memory = job.fits(now.memory_bytes)
        if fits_cores and fits_memory and self._leaves_reserved(job, threads, now):
            return None
        reason = _behind(now.ahead)
        if fits_cores and not fits_memory:
            now.short.add(job.id)
            reason = msg(
                "Waits for memory: needs about {needed}, {free} are free.",
                needed=format_size(job.memory_bytes),
                free=format_size(max(0, now.memory_bytes)),
            )
        if now.reserved is None:
            now.reserved = _reservation(job, threads, now)
        return reason

    def _leaves_reserved(self, job: Job, threads: int, now: _Now) -> bool:
        """Whether the job that waits in front of this one would begin no later."""
        if now.reserved is None:
            return True
        begins_s, cores, memory_bytes = now.reserved
        if cores >= threads and job.fits(memory_bytes):
            return True
        if job.seconds is None:
            return False
        slowest = min(self.speeds.of(name) for name in now.idle)
        return now.time_s + job.seconds.high / (slowest * thread_speed_up(threads)) <= begins_s < math.inf

    @property
    def _kept_free(self) -> int:
        """Cores that stay idle while interactive work comes; none of a few, which take turns at being idle."""
        return math.floor(self.machine.cores * (1 - self.rules.target) + 1e-9)

    def _has_room(self, job: Job, threads: int, now: _Now) -> bool:
        """Whether a job may begin beside interactive work; one that waited long may, now and then."""
        if job.priority is Priority.INTERACTIVE or not self._room.is_kept(now.time_s):
            return True
        if self._room.is_open(now.time_s) and now.cores - threads >= self._kept_free:
            return True
        old = effective_priority(job, now.time_s, self.rules.ageing_s) >= Priority.INTERACTIVE
        return old and now.time_s - self._let_through_s >= self.rules.ageing_s

    def _room_s(self, job: Job, now_s: float) -> float:
        """When it may be otherwise, if nothing happens; a little later, so that rounding makes no endless loop."""
        old_s = job.arrived_s + (Priority.INTERACTIVE - job.priority) * self.rules.ageing_s
        let_through_s = max(old_s, self._let_through_s + self.rules.ageing_s)
        return max(min(self._room.opens_s(now_s), let_through_s), now_s) + _A_LITTLE_S

    def _worker(self, job: Job, threads: int, now: _Now, left: int) -> str | None:
        """The worker whose turn it is; None where it is worth waiting for a busy one that is faster."""
        if left > len(now.idle) + len(now.ends) or job.seconds is None:
            return self._rotation.pick(now.idle, self.speeds)
        best = min(now.idle, key=lambda name: (-self.speeds.of(name), name))
        alone_s = job.seconds.likely / thread_speed_up(threads)
        there = [
            (end_s - now.time_s + now.promised.get(name, 0.0) + alone_s / self.speeds.of(name), name)
            for end_s, _, _, name in now.ends
        ]
        soonest_s, name = min(there, default=(math.inf, ""))
        if alone_s / self.speeds.of(best) <= soonest_s:
            return best
        now.promised[name] = now.promised.get(name, 0.0) + alone_s / self.speeds.of(name)
        return None

    def _begin(self, now: _Now, job: Job, worker: str, threads: int) -> None:
        if job.priority is not Priority.INTERACTIVE and not self._room.is_open(now.time_s):
            self._let_through_s = now.time_s
        now.idle.remove(worker)
        now.cores -= threads
        now.memory_bytes -= job.memory_bytes
        seconds = self.seconds(job, worker, threads)
        now.ends.append((now.time_s + (seconds or math.inf), threads, job.memory_bytes, worker))
        if now.reserved is not None:
            begins_s, cores, memory_bytes = now.reserved
            if now.time_s + (seconds or math.inf) > begins_s:
                now.reserved = begins_s, cores - threads, memory_bytes - job.memory_bytes
        self._room.observe(now.time_s, 1 - max(now.cores, 0) / self.machine.cores)


def _reservation(job: Job, threads: int, now: _Now) -> tuple[float, int, int] | None:
    """When a job can begin at the latest, by what is known, and the cores and memory left beside it then; None where it
    waits for memory that other programs hold.
    """
    cores, memory_bytes, workers, begins_s = now.cores, now.memory_bytes, len(now.idle), now.time_s
    for end_s, more_cores, more_bytes, _ in sorted(now.ends):
        if cores >= threads and job.fits(memory_bytes) and workers:
            break
        begins_s, cores, memory_bytes, workers = end_s, cores + more_cores, memory_bytes + more_bytes, workers + 1
    if not job.fits(memory_bytes):
        return None
    return begins_s, min(cores - threads, workers - 1), memory_bytes - job.memory_bytes


def _behind(ahead: int) -> Message:
    """Waits for those in front of it, and for one of those that run."""
    return msg_n("Waits for {n} proof before it.", "Waits for {n} proofs before it.", n=ahead + 1)


def _too_large(job: Job, machine: Machine) -> Message:
    return msg(
        "Needs about {needed} of memory, and proofs may use {budget}.",
        needed=format_size(job.memory_bytes),
        budget=format_size(machine.memory_bytes),
    )
