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
from zkcompanion.engine.schedule.jobs import Job, in_order
from zkcompanion.engine.schedule.policy import Policy, Running, Start, WorkerState

#: Of those that wait so many are played, which costs the square of their number; the rest follow as in one stream.
PLAYED = 128

#: Seconds that a job takes on a worker with so many threads; infinity where nobody knows.
Duration = Callable[[Job, str, int], float]

_NO_TIME_S = 1e-9


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
    quick, and as slow, as its own band allows. From `PLAYED` on, jobs are taken to keep all workers busy in turn.
    """
    order = in_order(waiting, policy.rules.ageing_s)
    runs = []
    for pick in (_low, _likely, _high):
        trial = policy.copy()
        duration = _with_speeds(policy, pick)
        found = _one_forecast(trial, now_s, order[:PLAYED], workers, duration)
        runs.append(found | _follow(policy, now_s, order, workers, duration, found))
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


def _follow(
    policy: Policy,
    now_s: float,
    order: Sequence[Job],
    workers: Sequence[WorkerState],
    duration: Duration,
    found: Mapping[int, tuple[float, float]],
) -> dict[int, tuple[float, float]]:
    """Those behind the ones that were played: as many workers as may work at once share them without a gap."""
    at_once = min(len(workers), policy.machine.cores)
    if len(order) <= PLAYED or any(job.id not in found for job in order[:PLAYED]) or at_once == 0:
        return {}
    names = sorted((worker.name for worker in workers), key=policy.speeds.of, reverse=True)[:at_once]
    # when each is done with those before: the last ends are theirs
    free_s = sum(sorted(end_s for _, end_s in found.values())[-at_once:]) / at_once
    begins_s = max(now_s, free_s)
    later = {}
    for job in order[PLAYED:]:
        each_s = [duration(job, name, 1) for name in names]
        if math.inf in each_s:
            break
        later[job.id] = begins_s, begins_s + sum(each_s) / at_once
        begins_s += 1 / sum(1 / max(seconds, _NO_TIME_S) for seconds in each_s)
    return later


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
