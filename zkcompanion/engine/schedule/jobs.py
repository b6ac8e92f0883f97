"""Jobs that wait, and in which order: priorities that grow with waiting, so that nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from zkcompanion.costs.band import Band


class Priority(IntEnum):
    """The larger goes first."""

    BACKGROUND = 0
    BATCH = 1
    INTERACTIVE = 2


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the scheduler sees it."""

    id: int
    priority: Priority
    arrived_s: float
    #: what it may hold at the most: the upper end of `costs.needs`
    memory_bytes: int
    #: field multiplications in all
    work: int
    #: with one thread on a worker of speed 1; None where nothing is known
    seconds: Band | None = None
    #: it begins whether or not its memory is there
    anyway: bool = False

    def fits(self, memory_bytes: int) -> bool:
        """Whether so much memory lets it begin."""
        return self.anyway or memory_bytes >= self.memory_bytes


def rank(job: Job, ageing_s: float) -> tuple[float, float, int]:
    """The smallest goes first.

    A job gains one step of priority in each `ageing_s` that it waits. All waiting jobs gain at the same rate, so their
    order does not change while they wait: it is that of their arrivals, each moved to the front by `ageing_s` for each
    step of its priority. A job therefore waits for no job that came more than two steps later.
    """
    return job.arrived_s - job.priority * ageing_s, job.arrived_s, job.id


def in_order(jobs: Iterable[Job], ageing_s: float) -> list[Job]:
    """By effective priority; first come, first served among equals."""
    return sorted(jobs, key=lambda job: rank(job, ageing_s))


def effective_priority(job: Job, now_s: float, ageing_s: float) -> float:
    """Its priority and what it gained by waiting."""
    return job.priority + max(0.0, now_s - job.arrived_s) / ageing_s
