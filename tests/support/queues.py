"""Queues for the scheduler's tests: jobs, what they really take, and policies to compare with. Time is a number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from zkcompanion.costs.band import Band
from zkcompanion.costs.speed import thread_speed_up
from zkcompanion.engine.schedule.forecast import Duration, Played
from zkcompanion.engine.schedule.jobs import Job, Priority
from zkcompanion.engine.schedule.policy import Decision, Machine, Policy, Rules, Start, WorkerState

GIB = 1 << 30
PLENTY = 1 << 50


def band(seconds: float) -> Band:
    return Band(0.8 * seconds, seconds, 1.25 * seconds)


def job(number: int, seconds: float | None = 1.0, **changes) -> Job:
    """A small batch job that came at 0; `seconds` None: nobody knows."""
    values = {
        "priority": Priority.BATCH,
        "arrived_s": 0.0,
        "memory_bytes": 100 << 20,
        "work": 1_000_000,
        "seconds": None if seconds is None else band(seconds),
    }
    return Job(number, **(values | changes))


def mixed_jobs(rng: random.Random, count: int, first: int = 0, **changes) -> list[Job]:
    """From 0.2 to 10 seconds, the longest large enough to be split, between 100 MiB and 1 GiB."""
    jobs = []
    for number in range(first, first + count):
        seconds = rng.choice([0.3, 0.5, 1, 1, 2, 2, 4, 8]) * rng.uniform(0.7, 1.3)
        size = int((100 + 90 * seconds) * (1 << 20))
        jobs.append(job(number, seconds, **({"memory_bytes": size, "work": int(seconds * 2e7)} | changes)))
    return jobs


def interactive_jobs(rng: random.Random, until_s: float, load: float, first: int = 10_000) -> list[Job]:
    """Small ones at random times, which take `load` seconds of one core in each second."""
    jobs, at_s = [], rng.expovariate(load / 1.25)
    while at_s < until_s:
        seconds = rng.uniform(0.5, 2.0)
        jobs.append(job(first + len(jobs), seconds, arrived_s=at_s, priority=Priority.INTERACTIVE, work=1000))
        at_s += rng.expovariate(load / 1.25)
    return jobs


def durations(speeds: Mapping[str, float], noise: Mapping[int, float] | None = None) -> Duration:
    """What jobs really take: other speeds than 1, and another time than the predicted one."""
    factors = noise or {}

    def duration(one: Job, worker: str, threads: int) -> float:
        assert one.seconds is not None
        return factors.get(one.id, 1.0) * one.seconds.likely / (speeds[worker] * thread_speed_up(threads))

    return duration


def pool(names: str | Sequence[str]) -> list[WorkerState]:
    return [WorkerState(name) for name in names]


def policy(cores: int = 2, memory_bytes: int = PLENTY, **rules) -> Policy:
    return Policy(Machine(cores, memory_bytes), Rules(**rules))


def busy_share(played: Sequence[Played], cores: int, from_s: float, to_s: float) -> float:
    """Of the cores' time between two moments, the part in which they worked."""
    spent = (p.threads * max(0.0, min(p.ended_s, to_s) - max(p.started_s, from_s)) for p in played)
    return sum(spent) / (cores * (to_s - from_s))


class Dealing(Policy):
    """A bad policy: deals the jobs out to the workers beforehand, the same number to each."""

    def allot(self, now_s: float, waiting: Sequence[Job], workers: Sequence[WorkerState]) -> Decision:
        starts = []
        for index, worker in enumerate(workers):
            own = [one for one in waiting if one.id % len(workers) == index]
            if worker.running is None and own:
                starts.append(Start(own[0], worker.name, 1))
        return Decision(tuple(starts))


class Strict(Policy):
    """A bad policy: the highest priority first, however long the others have waited, and no room for anybody."""

    def allot(self, now_s: float, waiting: Sequence[Job], workers: Sequence[WorkerState]) -> Decision:
        order = sorted(waiting, key=lambda one: (-one.priority, one.arrived_s, one.id))
        idle = [worker.name for worker in workers if worker.running is None]
        return Decision(tuple(Start(one, name, 1) for one, name in zip(order, idle, strict=False)))


class Newest(Policy):
    """A bad policy: last come, first served."""

    def allot(self, now_s: float, waiting: Sequence[Job], workers: Sequence[WorkerState]) -> Decision:
        order = sorted(waiting, key=lambda one: (-one.arrived_s, -one.id))
        idle = [worker.name for worker in workers if worker.running is None]
        return Decision(tuple(Start(one, name, 1) for one, name in zip(order, idle, strict=False)))
