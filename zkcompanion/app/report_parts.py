"""From what the monitor tells to the parts of a report: curves, marks, gaps, and the machine they are of."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zkcompanion import __version__
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.machine import MachineView
from zkcompanion.app.monitor_views import AlertView, CurveView, MarkView, Point, Severity, label_of
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.monitoring.runs import RunRecord
from zkcompanion.reports.document import Curve, KeyFigure, Provenance, Span, TimeChart, Tone
from zkcompanion.reports.quantities import Unit

#: Steps of a curve in a picture; a picture has about twice as many dots.
POINTS = 360
#: A pause of so many steps between points is time in which nothing was measured.
_GAP_STEPS = 1.6
_TONES: dict[Severity, Tone] = {"info": "info", "warning": "caution", "critical": "bad"}
CLOSED = msg("Nothing was measured: the program was closed, monitoring was off, or the computer was.")


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective over its window: shares from 0 to 1, None and `met` None where there were too few proofs to say.

    `left_share`: of the error budget, below 0 where it is overspent. `excluded`: proofs that did not count.
    """

    title: Message
    target: float
    share: float | None
    met: bool | None
    events: int
    bad: int
    left_share: float | None
    excluded: int


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made of, asked of the services once. None: there is no such service here."""

    curves: dict[str, CurveView]
    machine: MachineView
    made_unix_s: float
    marks: tuple[MarkView, ...] = ()
    records: tuple[RunRecord, ...] = ()
    history: tuple[ProofRecord, ...] = ()
    alerts: tuple[AlertView, ...] | None = None
    objectives: tuple[ObjectiveRow, ...] | None = None
    #: bytes that runs were expected to hold, by the number of their record
    predicted: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def named(self, metric: str) -> list[CurveView]:
        """The curves of a metric that have points, by label."""
        found = [one for name, one in self.curves.items() if name.partition("/")[0] == metric and one.points]
        return sorted(found, key=lambda one: _natural(label_of(one.series) or ""))


def _natural(label: str) -> tuple[str, int]:
    """`prover-10` after `prover-9`."""
    head, _, tail = label.rpartition("-")
    return (head, int(tail)) if tail.isdigit() else (label, 0)


def chart(
    id_: str,
    title: Message,
    curves: Sequence[CurveView],
    unit: Unit,
    marks: Iterable[Span] = (),
    *,
    stacked: bool = False,
) -> TimeChart:
    """Curves of one unit; with their bands where there is room for that."""
    # of events the most in a second says nothing, and dwarfs how many there were
    few = len(curves) <= 2 and not stacked and unit != "per_second"
    drawn = tuple(_curve(f"{id_}-{number}", one, band=few) for number, one in enumerate(curves))
    return TimeChart(id_, title, unit, drawn, tuple(marks), stacked)


def _curve(id_: str, view: CurveView, *, band: bool) -> Curve:
    points = view.points
    label = label_of(view.series)
    title: Message | str = view.title if label is None else label
    return Curve(
        id_,
        title,
        tuple(one.unix_s for one in points),
        tuple(one.mean for one in points),
        step_of(points),
        tuple(one.low for one in points) if band else (),
        tuple(one.high for one in points) if band else (),
    )


def step_of(points: Sequence[Point]) -> float:
    """Seconds of a step: the longest, since older ones may be coarser than newer ones."""
    return max((one.step_s for one in points), default=1.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a curve: mean over its samples, 95th percentile of its steps' means, and the least and most of all samples."""

    mean: float | None = None
    p95: float | None = None
    low: float | None = None
    high: float | None = None


def spread(views: Sequence[CurveView]) -> Spread:
    """Of the first one; nothing where there is none."""
    points = views[0].points if views else ()
    if not points:
        return Spread()
    count = sum(one.count for one in points)
    mean = math.fsum(one.mean * one.count for one in points) / count if count else points[0].mean
    means = sorted(one.mean for one in points)
    return Spread(mean, quantile(means, 0.95), min(one.low for one in points), max(one.high for one in points))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value that `share` of the ordered values are at most (nearest rank); None of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def middle(values: Sequence[float]) -> float | None:
    """The median; None of nothing."""
    return statistics.median(values) if values else None


def figure(
    id_: str,
    title: Message,
    value: float | None,
    unit: Unit,
    meaning: Message,
    *,
    bad: Callable[[float], bool] | None = None,
) -> KeyFigure:
    """A key figure; `bad` says of a value whether it deserves attention."""
    tone: Tone = "caution" if value is not None and bad is not None and bad(value) else "info"
    return KeyFigure(id_, title, value, unit, meaning, tone)


def spans_of(marks: Iterable[MarkView], begin_unix_s: float, end_unix_s: float) -> tuple[Span, ...]:
    """Marks as they stand behind a curve, cut to the period; sleep is a gap and no mark."""
    return tuple(
        Span(max(one.begin_unix_s, begin_unix_s), min(one.end_unix_s, end_unix_s), one.text, _TONES[one.severity])
        for one in marks
        if one.kind in {"alert", "clock", "worker"}
        and one.end_unix_s >= begin_unix_s
        and one.begin_unix_s <= end_unix_s
    )


def gaps_of(
    views: Sequence[CurveView], marks: Iterable[MarkView], begin_unix_s: float, end_unix_s: float
) -> tuple[Span, ...]:
    """When nothing was measured: the computer slept, or the curve has no points for longer than a step."""
    slept = [
        Span(max(one.begin_unix_s, begin_unix_s), min(one.end_unix_s, end_unix_s), one.text)
        for one in marks
        if one.kind == "sleep" and one.end_unix_s > begin_unix_s and one.begin_unix_s < end_unix_s
    ]
    points = views[0].points if views else ()
    step_s = step_of(points)
    known_s = begin_unix_s
    closed = []
    for one in (*points, Point(end_unix_s, step_s, 0, *(0.0,) * 5)):
        if one.unix_s - known_s > _GAP_STEPS * step_s and not any(_covers(span, known_s, one.unix_s) for span in slept):
            closed.append(Span(known_s, min(one.unix_s, end_unix_s), CLOSED))
        known_s = max(known_s, one.unix_s + one.step_s)
    return tuple(sorted((*slept, *closed), key=lambda span: span.begin_unix_s))


def _covers(span: Span, begin_unix_s: float, end_unix_s: float) -> bool:
    """Whether a sleep explains most of a gap."""
    common = min(span.end_unix_s, end_unix_s) - max(span.begin_unix_s, begin_unix_s)
    return common > 0.5 * (end_unix_s - begin_unix_s)


def provenance(material: Material) -> Provenance:
    """This program on this machine."""
    machine = material.machine
    return Provenance(
        "ZK Companion",
        __version__,
        material.made_unix_s,
        (
            (msg("Processor"), machine.processor),
            (msg("Threads"), str(machine.threads)),
            (msg("Memory installed"), format_size(machine.memory_bytes)),
        ),
    )
