"""What passes between those who measure, keep and ask: one moment's values, and series over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One tick: the value of every series that could be measured then, in the unit of its metric. What could not be
    measured is not there.

    `unix_s` is the date, `monotonic_s` the same moment by the clock that never goes back. `missed`: ticks since the
    sample before that should have been and were not (the machine was too busy, or slept and its clock did not); nothing
    stands for them. `late_s`: how long after its moment the sample was taken. `slept_s`: how long the machine slept
    since the sample before, None where the system does not tell.
    """

    unix_s: float
    monotonic_s: float
    values: Mapping[str, float]
    missed: int = 0
    late_s: float = 0.0
    slept_s: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Samples of one series within one step, from `unix_s` on for `step_s` seconds.

    `p50` and `p95` are exact over raw samples; of coarser steps they are as exact as the store keeps them.
    """

    unix_s: float
    step_s: float
    count: int
    mean: float
    low: float
    high: float
    p50: float
    p95: float
