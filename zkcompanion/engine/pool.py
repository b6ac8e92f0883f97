"""Many workers and one queue: who does what is the policy's decision, and no job is lost with its worker.

A job whose worker dies begins again in another; one that ended two is not tried a third time. The pool grows with the
queue at once, keeps one warm worker more than work, and shrinks when there is little to do.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.engine.post import Post
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority, rank
from zkcompanion.engine.schedule.policy import Policy, Running, WorkerState
from zkcompanion.engine.schedule.pool_size import PoolLimits, PoolSize
from zkcompanion.engine.scratch import open_scratch
from zkcompanion.engine.wire import MAX_BODY_BYTES
from zkcompanion.engine.work import DEATHS, Job, Limits, Outcome, PoolListener, Queue, Toll, WorkerStatus
from zkcompanion.engine.worker import Spec

if TYPE_CHECKING:
    from zkcompanion.engine.load import Load

#: So many of those that wait are looked at for one decision, of each priority.
_LOOKS_AT = 64
#: Of the memory that proofs may use: from here on nothing begins, and nothing goes on.
PAUSE_SHARE, END_SHARE = 0.8, 0.95
#: What a process that waits holds, about.
IDLE_BYTES = 90 << 20


@dataclass(frozen=True, slots=True)
class PoolRules:
    """`at_work`: workers that work at once. `size` counts the spare too. `policy.machine` has cores and memory. `room`:
    bytes of memory that other programs leave now; None: that is not looked at.
    """

    policy: Policy
    size: PoolLimits
    at_work: int
    room: Callable[[], int] | None = None


@dataclass(slots=True)
class _Entry:
    """A job, and what has become of it. `claim` grows with what it was seen to hold."""

    job: Job
    claim: Claim
    order: tuple[float, float, int]
    deaths: int = 0
    threads: int = 1
    started_s: float = 0.0
    cancelled: bool = False
    post: Post | None = field(default=None, repr=False)

    @property
    def running(self) -> Running:
        """As the policy sees it."""
        return Running(self.claim, self.threads, self.started_s)


class Pool:
    """All methods are for the crew's thread. `spec_of(n)` is the n-th worker, from 1."""

    def __init__(
        self, spec_of: Callable[[int], Spec], listener: PoolListener, limits: Limits, rules: PoolRules, now_s: float
    ) -> None:
        self._spec_of = spec_of
        self._listener = listener
        self._limits = limits
        self._policy = rules.policy
        self._at_work = rules.at_work
        self._room = rules.room
        self._size = PoolSize(rules.size)
        self._toll = Toll(limits.deaths)
        self._now_s = now_s
        self._posts: dict[int, Post] = {}
        self._waiting: list[_Entry] = []
        self._running: dict[int, _Entry] = {}
        #: whether a first worker got warm, or could not: it compiles what the others then find
        self._begun = False
        self._mode = ""
        self._held = 0
        self._resident: dict[int, int] = {}
        self._closing = False
        self._dirty = True
        self._again_s: float | None = None
        self._seen_ready: frozenset[str] = frozenset()

    @property
    def posts(self) -> tuple[Post, ...]:
        """One for each worker."""
        return tuple(self._posts.values())

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return bool(self._running)

    @property
    def statuses(self) -> tuple[WorkerStatus, ...]:
        """The workers as they are now."""
        return tuple(
            replace(post.status, speed=round(self._policy.speeds.of(post.worker.name), 2)) for post in self.posts
        )

    # -- wishes

    def submit(self, job: Job, now_s: float) -> None:
        """Put a job into the queue; its body is zeroed when it is over."""
        if len(job.body) > MAX_BODY_BYTES:
            job.forget()
            self._listener.ended(job.id, Outcome("too-large"))
            return
        claim = job.claim if job.claim is not None else Claim(job.id, Priority.INTERACTIVE, now_s, 0, 0)
        claim = replace(claim, arrived_s=now_s)
        self._policy.arrived(claim, now_s)
        self._wait(_Entry(job, claim, rank(claim, self._policy.rules.ageing_s)))

    def cancel(self, number: int, now_s: float) -> None:
        """End a job, waiting or running; nothing where it is not here."""
        for entry in self._waiting:
            if entry.job.id == number:
                self._waiting.remove(entry)
                self._finish(entry, Outcome("cancelled"))
                return
        entry_there = self._running.get(number)
        if entry_there is not None and entry_there.post is not None:
            entry_there.cancelled = True
            entry_there.post.cancel(number, now_s)

    def revise(self, number: int, change: Callable[[Job], Job]) -> None:
        """Have a job that waits done in another way; nothing where it does not wait. `change` gives it another body."""
        for entry in [entry for entry in self._waiting if entry.job.id == number]:
            former, entry.job = entry.job, change(entry.job)
            replace(former, scratch=None).forget()  # what was noted of it stays
            entry.claim = replace(entry.job.claim or entry.claim, arrived_s=entry.claim.arrived_s)
            self._dirty = True

    def expect(self, number: int, until_s: float | None) -> None:
        """Kill the worker of a job that is still in the same phase by then (None: no limit)."""
        entry = self._running.get(number)
        if entry is not None and entry.post is not None:
            entry.post.expect(number, until_s)

    def work_as(self, mode: str, spec_of: Callable[[int], Spec]) -> None:
        """From now on jobs are done in this way (`child.Task.mode`), and new workers are these."""
        self._mode, self._spec_of = mode, spec_of
        self._toll.forgive()
        self._dirty = True
        for number, post in self._posts.items():
            post.begin_as(spec_of(number))

    def change(self, spec_of: Callable[[int], Spec], rules: PoolRules) -> None:
        """Other workers and rules, for what begins from now on; those that were given up get another chance."""
        self._spec_of, self._mode = spec_of, ""
        self._policy.machine, self._at_work = rules.policy.machine, rules.at_work
        self._size, self._room = PoolSize(rules.size), rules.room
        self._toll.forgive()
        self._dirty = True
        for number, post in self._posts.items():
            post.replace(spec_of(number))

    def measured(self, load: Load) -> None:
        """Memory of the workers: beyond the first share of it nothing begins, beyond the second nothing goes on.

        That is one which holds so much alone, or the one furthest beyond its prediction where all together do.
        """
        paused, self._held = self._paused, load.held_bytes
        self._resident = load.worker_bytes
        if paused is not self._paused:
            self._dirty = True
        most = END_SHARE * self._policy.machine.memory_bytes
        beyond: list[tuple[int, int]] = []
        ending: list[tuple[int, int]] = []
        for number, entry in self._running.items():
            if entry.post is None or not entry.post.busy or entry.claim.anyway:
                continue  # its worker is not at work on it yet, or may hold what it needs
            held = load.worker_bytes.get(entry.post.worker.pid or 0, 0)
            if held >= most:
                ending.append((held, number))
            elif held > entry.claim.memory_bytes:
                beyond.append((held - entry.claim.memory_bytes, number))
        if self._held >= most and len(self._running) > 1 and beyond:
            more, number = max(beyond)
            ending.append((self._running[number].claim.memory_bytes + more, number))
        for held, number in ending:
            self._end_for_memory(self._running[number], held)

    def _end_for_memory(self, entry: _Entry, held_bytes: int) -> None:
        """Its worker holds too much; when it is tried once more, it counts for that."""
        entry.claim = replace(entry.claim, memory_bytes=max(held_bytes, entry.claim.memory_bytes))
        assert entry.post is not None
        entry.post.end("memory")

    def postpone(self, seconds: float) -> None:
        """Nobody watched for so long: that counts for nothing."""
        for post in self.posts:
            post.postpone(seconds)

    def close(self, now_s: float) -> None:
        """End all processes and all jobs."""
        self._closing = True
        self._end_waiting(Outcome("closed"))
        for post in self.posts:
            post.close(now_s)

    def abandon(self) -> None:
        """End all at once, and wait for the processes."""
        self._closing = True
        self._end_waiting(Outcome("closed"))
        for post in self.posts:
            post.abandon()

    # -- what happens

    def advance(self, now_s: float) -> None:
        """Hear the workers, and do what their states ask for."""
        self._now_s = now_s
        for post in self.posts:
            post.advance(now_s)
        if self._closing:
            return
        for number, post in list(self._posts.items()):
            if post.draining and post.worker.state == "off":
                del self._posts[number]
                self._policy.forget(post.worker.name)
        if self._toll.given_up:
            if not self._running:
                self._end_waiting(Outcome("off"))
            return
        self._resize(now_s)
        ready = frozenset(post.worker.name for post in self.posts if post.ready or post.warming)
        if self._dirty or ready != self._seen_ready or (self._again_s is not None and now_s >= self._again_s):
            self._seen_ready, self._dirty = ready, False
            self._allot(now_s)
            self._resize(now_s)

    def next_s(self) -> float | None:
        """When `advance` is due even if nothing comes in."""
        times = [post.next_s() for post in self.posts]
        if not self._closing and not self._toll.given_up:
            times += [self._again_s, self._size.shrinks_s]
        return min((time_s for time_s in times if time_s is not None), default=None)

    # -- what its posts tell

    def started(self, job: int, worker: str, threads: int) -> None:
        """A worker has begun with it."""
        self._listener.started(job, worker, threads)

    def progressed(self, job: int, body: bytes) -> None:
        """How far it is."""
        self._listener.progressed(job, body)

    def opened(self, worker: str, outcome: Outcome) -> None:
        """A new process has done its opening, or has not."""
        self._begun = self._dirty = True
        self._listener.opened(worker, outcome)

    def ended(self, job: int, outcome: Outcome) -> None:
        """A worker is done with it, or died of it."""
        entry = self._running.pop(job)
        name = entry.post.worker.name if entry.post is not None else ""
        entry.post = None
        self._dirty = True
        if outcome.ending == "done":
            self._policy.ended(name, entry.running, self._now_s)
        else:
            self._policy.left(entry.running, self._now_s)
        if (outcome.ending not in DEATHS and outcome.ending != "memory") or self._closing:
            self._finish(entry, outcome)
            return
        if entry.cancelled:
            self._finish(entry, Outcome("cancelled"))
            return
        if entry.claim.anyway:  # once is what was asked for
            self._finish(entry, outcome)
            return
        entry.deaths = 0 if self._listener.lost(job, outcome) else entry.deaths + 1
        if entry.deaths < self._limits.tries:
            self._wait(entry)
        else:
            self._finish(entry, Outcome("quarantined", exit_code=outcome.exit_code, last=outcome.ending))

    # -- inside

    def _wait(self, entry: _Entry) -> None:
        insort(self._waiting, entry, key=lambda one: one.order)
        self._dirty = True

    def _finish(self, entry: _Entry, outcome: Outcome) -> None:
        entry.job.forget()
        self._dirty = True
        self._listener.ended(entry.job.id, outcome)

    def _end_waiting(self, outcome: Outcome) -> None:
        while self._waiting:
            self._finish(self._waiting.pop(0), outcome)

    @property
    def _paused(self) -> bool:
        return self._held >= PAUSE_SHARE * self._policy.machine.memory_bytes

    @property
    def _jobs_wait_for_processes(self) -> bool:
        return bool(self._waiting) and any(post.worker.state == "starting" for post in self.posts)

    def _resize(self, now_s: float) -> None:
        """As many workers as the queue asks for; the first one gets warm before the others start."""
        cores = self._policy.machine.cores - sum(entry.threads for entry in self._running.values())
        waiting = min(len(self._waiting), max(0, cores))
        wanted = self._size.wanted(now_s, busy=len(self._running), waiting=waiting)
        if not self._begun:
            wanted = 1
        there = [number for number, post in self._posts.items() if not post.draining]
        for number in sorted(there, reverse=True)[: max(0, len(there) - wanted)]:
            if self._posts[number].free:
                self._posts[number].drain()
        for number in range(1, 1 + wanted + len(self._posts)):
            if len(there) < wanted and number not in self._posts:
                if len(there) >= len(self._running) + waiting and self._jobs_wait_for_processes:
                    break  # a spare would take processor time from those that jobs wait for
                there.append(number)
                self._posts[number] = Post(self._spec_of(number), self, self._limits, self._toll)
                self._posts[number].advance(now_s)

    def _workers(self) -> list[WorkerState]:
        """Those that work, and those that may begin now; what is not yet warm only if nothing else is there."""
        states = [WorkerState(entry.post.worker.name, entry.running) for entry in self._running.values() if entry.post]
        ready = [post.worker.name for post in self.posts if post.ready]
        if not ready:
            ready = [post.worker.name for post in self.posts if post.warming]
        if not ready and not states:
            ready = [post.worker.name for post in self.posts if post.beginning][:1]
        return states + [WorkerState(name) for name in ready[: max(0, self._at_work - len(states))]]

    def _allot(self, now_s: float) -> None:
        looked_at = self._head()
        head = [entry.claim for entry in looked_at]
        workers = self._workers()
        if self._paused and self._running:
            decision = self._policy.allot(now_s, [claim for claim in head if claim.anyway], workers)
            waits = {claim.id: self._memory_is_short(claim) for claim in head if not claim.anyway}
            decision = replace(decision, waits={**decision.waits, **waits}, short=frozenset(waits))
        else:
            decision = self._policy.allot(now_s, head, workers, self._room_bytes() if head else None)
        self._again_s = decision.again_s if head else None
        by_number = {entry.job.id: entry for entry in looked_at}
        for number in decision.impossible:
            self._waiting.remove(by_number[number])
            self._finish(by_number[number], Outcome("impossible", reason=decision.waits[number]))
        for start in decision.starts:
            entry = by_number[start.job.id]
            self._waiting.remove(entry)
            self._give(entry, start.worker, start.threads, now_s)
        waiting = tuple(entry.claim for entry in self._waiting)
        waits = {claim.id: decision.waits[claim.id] for claim in waiting if claim.id in decision.waits}
        queue = Queue(now_s, waits, self._policy.copy(), waiting, tuple(self._workers()), decision.short)
        self._listener.queued(queue)

    def _room_bytes(self) -> int | None:
        """What other programs leave, less what those that run have not taken yet."""
        if self._room is None:
            return None
        coming = 0
        for entry in self._running.values():
            pid = entry.post.worker.pid if entry.post is not None else None
            coming += max(0, entry.claim.memory_bytes - self._resident.get(pid or 0, 0))
        # what the process holds that a job begins in is part of its claim, and is taken already
        return self._room() - coming + IDLE_BYTES

    def _head(self) -> list[_Entry]:
        """The first that wait of each priority, so that no number of one hides another."""
        counts: Counter[Priority] = Counter()
        found = []
        for entry in self._waiting:
            counts[entry.claim.priority] += 1
            if counts[entry.claim.priority] <= _LOOKS_AT:
                found.append(entry)
        return found

    def _give(self, entry: _Entry, worker: str, threads: int, now_s: float) -> None:
        post = next(post for post in self.posts if post.worker.name == worker)
        entry.post, entry.threads, entry.started_s = post, threads, now_s
        if entry.job.scratch is None:
            entry.job = replace(entry.job, scratch=open_scratch())
        self._running[entry.job.id] = entry
        post.submit(replace(entry.job, threads=threads, mode=self._mode, kept=True), now_s)
        post.advance(now_s)

    def _memory_is_short(self, claim: Claim) -> Message:
        free = self._policy.machine.memory_bytes - self._held
        return msg(
            "Waits for memory: needs about {needed}, {free} are free.",
            needed=format_size(claim.memory_bytes),
            free=format_size(max(0, free)),
        )
