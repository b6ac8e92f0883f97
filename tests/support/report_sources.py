"""What reports are made of, without a monitor: curves by a formula, runs by hand."""

import math

from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.monitor_views import AlertView, CurveView, MarkView, Point, metric_of
from zkcompanion.app.report_parts import ObjectiveRow
from zkcompanion.app.report_service import ReportSources
from zkcompanion.base.messages import msg
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

GIB = float(1 << 30)
NOW = 1_790_000_000.0
SERIES = (
    "machine.processor", "machine.temperature", "machine.memory", "machine.memory_free", "machine.swap",
    "engine.running", "engine.waiting", "proofs.verified", "proofs.seconds", "cache.hits", "cache.misses",
    "memory.component/kernels", "memory.component/buffers", "worker.memory/prover", "worker.memory/prover-2",
)  # fmt: skip


def curve(series, begin, end, points, *, gap=()):
    """A wave with a number of its own for each series."""
    step = (end - begin) / points
    bytes_ = metric_of(series).unit == "bytes"
    scale = GIB if bytes_ else 1.0
    start = sum(map(ord, series)) % 40
    values = []
    for i in range(points):
        at = begin + i * step
        if not any(first <= at < last for first, last in gap):
            mean = scale * (start + 20 + 10 * math.sin(i / 9 + start))
            values.append(Point(at, step, max(1, round(step)), mean, 0.9 * mean, 1.2 * mean, mean, 1.1 * mean))
    metric = metric_of(series)
    return CurveView(series, metric.title, metric.unit, tuple(values))


def run(number, end, seconds, *, verdict="verified", title="circuit", usual=None, lost=0):
    """A run of one proof."""
    return RunRecord(
        number, msg("{name}", name=title), f"f-{title}", "window", "prover", end - seconds - 1, end - seconds, end,
        "done" if verdict == "verified" else "failed", "scalar", 2, lost,
        error_code=None if verdict == "verified" else "file",
        proofs=(ProofEvent(end, seconds if verdict == "verified" else None, verdict, lost, usual),),
    )  # fmt: skip


def record(number, when, *, title="circuit", peak=1 << 30):
    """A run as the history knows it."""
    return ProofRecord(
        number, when, title, msg("{name}", name=title), title, f"f-{title}", "verified", 1, 2.0,
        (("witness", 0.5), ("sum-a", 1.0), ("verify", 0.5)), 1000, "scalar", 2, "ok", peak,
    )  # fmt: skip


def sources(*, records=(), history=(), alerts=(), objectives=(), marks=(), series=SERIES, gap=()):
    """Sources that know these."""
    return ReportSources(
        curves=lambda names, begin, end, points: tuple(
            curve(name, begin, end, points, gap=gap) for name in names if name in series
        ),
        series=lambda: series,
        marks=lambda _begin, _end: marks,
        records=lambda: records,
        history=lambda: history,
        alerts=None if alerts is None else lambda _begin, _end: alerts,
        objectives=None if objectives is None else lambda: objectives,
    )


def alert(begin=NOW - 3600.0):
    """One that is over."""
    return AlertView(
        1, "memory", msg("Memory is short"), msg("m"), msg("a"), "warning", "ended", "machine.memory_free", "bytes",
        GIB, begin, begin + 60, 0.5 * GIB, 60.0,
    )  # fmt: skip


def objective():
    """One that is met."""
    return ObjectiveRow(msg("Proofs verify"), 0.99, 0.999, True, 1000, 1, 0.9, 3)


def sleep(begin, end):
    """The machine slept."""
    return MarkView("sleep", begin, end, msg("The computer slept."))
