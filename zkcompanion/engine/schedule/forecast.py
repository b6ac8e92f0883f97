"""When each job of the queue will be done: the same policy, played to the end with predicted seconds."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.costs.band import Band
from zkcompanion.costs.speed import thread_speed_up
from zkcompanion.engine.schedule.jobs import Job
from zkcompanion.engine.schedule.policy import Policy, Running, Start, WorkerState

#: Seconds that a job takes on a worker with so many threads; infinity where nobody knows.
Duration = Callable[[Job, str, int], float]


@dataclass(frozen=True, slots=True)
class Played:
    """One job of a simulation."""

    job: Job
    worker: str
    threads: int
    started_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a job begins and ends, in the time of the clock that the policy is told."""

    starts_s: Band
    ends_s: Band


def play(
    policy: Policy,
    now_s: float,
    waiting: Sequence[Job],
    workers: Sequence[WorkerState],
    duration: Duration,
    arrivals: Sequence[Job] = (),
    *,
    learns: bool = True,
) -> list[Played]:
    """What becomes of the queue from `now_s` on; `policy` is changed. Jobs that never begin are left out.

    `arrivals` come at their own `arrived_s`. What runs already takes what is left of its duration, at least nothing.
    `learns`: the policy measures the workers' speeds by the durations.
    """
    queue = list(waiting)
    coming = sorted(arrivals, key=lambda job: job.arrived_s)
    running = {worker.name: worker.running for worker in workers}
    ends: list[tuple[float, str]] = []
    for name, one in running.items():
        if one is not None:
            heapq.heappush(ends, (max(now_s, one.started_s + duration(one.job, name, one.threads)), name))
    played = []
    while True:
        while coming and coming[0].arrived_s <= now_s:
            job = coming.pop(0)
            policy.arrived(job, now_s)
            queue.append(job)
        decision = policy.allot(now_s, queue, [WorkerState(name, one) for name, one in running.items()])
        for start in decision.starts:
            queue.remove(start.job)
            ended_s = now_s + duration(start.job, start.worker, start.threads)
            running[start.worker] = Running(start.job, start.threads, now_s)
            heapq.heappush(ends, (ended_s, start.worker))
            played.append(_played(start, now_s, ended_s))
        next_s = min(
            ends[0][0] if ends else math.inf,
            coming[0].arrived_s if coming else math.inf,
            decision.again_s if decision.again_s is not None and queue else math.inf,
        )
        if next_s == math.inf or not (queue or coming or ends):
            return played
        now_s = next_s
        while ends and ends[0][0] <= now_s:
            name = heapq.heappop(ends)[1]
            done, running[name] = running[name], None
            assert done is not None
            if learns:
                policy.ended(name, done, now_s)
            else:
                policy.left(done, now_s)


def _played(start: Start, now_s: float, ended_s: float) -> Played:
    return Played(start.job, start.worker, start.threads, now_s, ended_s)


def forecast(
    policy: Policy, now_s: float, waiting: Sequence[Job], workers: Sequence[WorkerState]
) -> Mapping[int, Forecast]:
    """Of every job that waits or runs, by its number; without those that depend on something that nobody knows.

    A job whose seconds are not known keeps its worker for ever. The bands come from playing the queue with every job as
    quick, and as slow, as its own band allows.
    """
    runs = []
    for pick in (_low, _likely, _high):
        trial = policy.copy()
        runs.append(_one_forecast(trial, now_s, waiting, workers, _with_speeds(policy, pick)))
    low, likely, high = runs
    return {
        job: Forecast(*(_band(low[job][k], likely[job][k], high[job][k]) for k in (0, 1)))
        for job in likely
        if job in low and job in high
    }


def ready_in(forecast: Forecast, now_s: float) -> Message:
    """For people: when a job will be done, in whole minutes or seconds."""
    left_s = max(0.0, forecast.ends_s.likely - now_s)
    if left_s >= 90:
        return msg_n("Ready in about {n} minute.", "Ready in about {n} minutes.", n=round(left_s / 60))
    if left_s >= 1.5:
        return msg_n("Ready in about {n} second.", "Ready in about {n} seconds.", n=round(left_s))
    return msg("Ready in a moment.")


def _one_forecast(
    policy: Policy, now_s: float, waiting: Sequence[Job], workers: Sequence[WorkerState], duration: Duration
) -> dict[int, tuple[float, float]]:
    found = {
        one.job.id: (one.started_s, max(now_s, one.started_s + duration(one.job, worker.name, one.threads)))
        for worker in workers
        if (one := worker.running) is not None
    }
    played = play(policy, now_s, waiting, workers, duration, learns=False)
    found |= {one.job.id: (one.started_s, one.ended_s) for one in played}
    return {job: times for job, times in found.items() if times[1] < math.inf}


def _with_speeds(policy: Policy, pick: Callable[[Band], float]) -> Duration:
    speeds = deepcopy(policy.speeds)

    def duration(job: Job, worker: str, threads: int) -> float:
        if job.seconds is None:
            return math.inf
        return pick(job.seconds) / (speeds.of(worker) * thread_speed_up(threads))

    return duration


def _low(band: Band) -> float:
    return band.low


def _likely(band: Band) -> float:
    return band.likely


def _high(band: Band) -> float:
    return band.high


def _band(*values: float) -> Band:
    return Band(min(values), values[1], max(values))
