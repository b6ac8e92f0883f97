"""What Monitor shows, frozen. Dates are seconds since 1970 UTC (`unix_s`); values are in the unit of their metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.messages import Message
from zkcompanion.monitoring.metrics import METRICS, Metric, Unit, label_of, metric_of
from zkcompanion.monitoring.samples import Point, Sample

__all__ = [
    "METRICS",
    "AlertChanged",
    "AlertView",
    "CurveView",
    "JobSpanView",
    "MarkView",
    "Metric",
    "ObjectivesChanged",
    "Point",
    "Sample",
    "SampleTaken",
    "SpanView",
    "Unit",
    "label_of",
    "metric_of",
]

Severity = Literal["info", "warning", "critical"]
#: `pending`: true, but not for long enough yet; `open`: shown; `ended`: over.
AlertState = Literal["pending", "open", "ended"]


@dataclass(frozen=True, slots=True)
class CurveView:
    """One series over a stretch of time, oldest first; steps without samples have no point."""

    series: str
    title: Message
    unit: Unit
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class SpanView:
    """A phase of a run (a value of `proving/phases.Phase`), on the worker that went through it."""

    phase: str
    begin_unix_s: float
    end_unix_s: float
    worker: str
    job: int


@dataclass(frozen=True, slots=True)
class JobSpanView:
    """One run in the job timeline: waited from `submitted`, ran from `begin` to `end` (None: still going).

    `outcome`: `running`, `done`, `failed` or `cancelled`. `deaths`: workers that it outlived.
    """

    job: int
    title: Message
    worker: str
    submitted_unix_s: float
    begin_unix_s: float | None
    end_unix_s: float | None
    outcome: str
    proofs: int
    deaths: int = 0
    phases: tuple[SpanView, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkView:
    """Something that happened, on the time axis. `begin` and `end` are the same for a moment."""

    kind: Literal["alert", "sleep", "clock", "start", "worker"]
    begin_unix_s: float
    end_unix_s: float
    text: Message
    severity: Severity = "info"


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert, open or of the past. `worst` is the value furthest beyond the threshold, in `unit`.

    `acknowledged`: a person has seen it. `snoozed_until_unix_s`: it is not shown until then. `dismissed`: it is not
    shown any more. `seconds`: how long it has lasted, or lasted. `environment`: of the computer on which proofs are
    made. `standing`: what it tells of does not pass by itself.
    """

    id: int
    rule: str
    title: Message
    meaning: Message
    advice: Message
    severity: Severity
    state: AlertState
    series: str
    unit: Unit
    threshold: float
    begin_unix_s: float
    end_unix_s: float | None
    worst: float
    seconds: float
    acknowledged: bool = False
    snoozed_until_unix_s: float | None = None
    dismissed: bool = False
    environment: bool = False
    standing: bool = False


# -- events on the bus


@dataclass(frozen=True, slots=True)
class SampleTaken:
    """A sample was taken; told each second, in the collector's thread."""

    sample: Sample


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert opened, ended, got worse, was acknowledged or snoozed."""

    alert: AlertView


@dataclass(frozen=True, slots=True)
class ObjectivesChanged:
    """A proof counted, or an objective was changed; ask for the views again when somebody looks."""
