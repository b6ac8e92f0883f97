"""The report on performance: what was proved and how fast, and what the machine did meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from zkcompanion.app.report_parts import (
    Material,
    chart,
    figure,
    gaps_of,
    middle,
    provenance,
    quantile,
    spans_of,
    spread,
)
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.monitoring.runs import ProofEvent, RunRecord
from zkcompanion.reports.document import Bar, Cell, Column, Document, Section, ShareChart, Span, Table, TimeChart
from zkcompanion.reports.quantities import Unit, quantity

_MOST_ROWS = 100
_MOST_SLOW = 20
#: A proof that took so many times its usual time is listed as slow.
_SLOW = 1.5
_STATES: dict[str, Message] = {"pending": msg("not for long yet"), "open": msg("open"), "ended": msg("over")}
_SEVERITIES: dict[str, Message] = {"info": msg("note"), "warning": msg("warning"), "critical": msg("critical")}
_VERDICTS: dict[str, Message] = {
    "verified": msg("verified"),
    "unverified": msg("did not verify"),
    "failed": msg("failed"),
    "refused": msg("refused"),
    "cancelled": msg("cancelled"),
}
NO_ALERTS = msg("This version keeps no alerts, so nothing is said of them.")
NO_OBJECTIVES = msg("This version keeps no objectives, so nothing is said of them.")

Events = list[tuple[RunRecord, ProofEvent]]


def performance_report(material: Material, begin_unix_s: float, end_unix_s: float) -> Document:
    """About what came to its end between two dates."""
    marks = spans_of(material.marks, begin_unix_s, end_unix_s)
    events = [
        (record, proof)
        for record in material.records
        for proof in record.proofs
        if begin_unix_s <= proof.end_unix_s <= end_unix_s
    ]
    sections = (
        _proofs(events, material, marks),
        _processor(material, marks),
        _memory(material, marks),
        _engine(material, marks),
        _alerts(material),
        _objectives(material),
    )
    return Document(
        "performance",
        msg("Performance of this computer's proofs"),
        begin_unix_s,
        end_unix_s,
        tuple(_summary(events, material)),
        sections,
        provenance(material),
        gaps_of(material.named("machine.processor"), material.marks, begin_unix_s, end_unix_s),
        (
            msg("Curves are means of equal steps; the band goes from the least to the most sample of each step."),
            msg("Grey is time in which nothing was measured; nothing stands in its place."),
        ),
    )


def _summary(events: Events, material: Material) -> Iterator[Message]:
    made = [proof for _, proof in events if proof.verdict == "verified"]
    if events:
        yield msg_n(
            "{n} proof was begun, {verified} verified.",
            "{count} proofs were begun, {verified} verified.",
            n=len(events),
            count=format_count(len(events)),
            verified=format_count(len(made)),
        )
    else:
        yield msg("No proof came to its end in this time.")
    times = [proof.seconds for proof in made if proof.seconds is not None]
    if times:
        yield msg(
            "Half of them took at most {median}, the slowest {most}.",
            median=format_duration(middle(times) or 0.0),
            most=format_duration(max(times)),
        )
    busy = spread(material.named("machine.processor"))
    if busy.mean is not None:
        yield msg("The processor was busy for {mean} of the time.", mean=quantity(busy.mean, "percent"))
    if material.alerts is not None:
        yield msg_n("{n} alert opened.", "{n} alerts opened.", n=len(material.alerts))


def _proofs(events: Events, material: Material, marks: tuple[Span, ...]) -> Section:
    verified = [proof for _, proof in events if proof.verdict == "verified"]
    lost = [proof for _, proof in events if proof.lost]
    times = sorted(proof.seconds for proof in verified if proof.seconds is not None)
    failed = sum(proof.verdict in {"failed", "unverified"} for _, proof in events)
    figures = (
        figure("proofs", msg("Proofs"), len(events), "count", msg("Begun, whatever became of them.")),
        figure(
            "verified", msg("Verified"), len(verified), "count", msg("Made, and checked with the verification key.")
        ),
        figure(
            "failed",
            msg("Failed"),
            failed,
            "count",
            msg("Without inputs that do not fit, and without cancels."),
            bad=lambda value: value > 0,
        ),
        figure(
            "median", msg("Median time"), middle(times), "seconds", msg("Half of the verified ones took at most this.")
        ),
        figure("p95", msg("95 % within"), quantile(times, 0.95), "seconds", msg("One of twenty took longer.")),
        figure(
            "recovered",
            msg("Recovered"),
            sum(proof.verdict == "verified" for proof in lost) / len(lost) if lost else None,
            "share",
            msg("Of the proofs that lost their worker, those that another one finished."),
        ),
    )
    curves: list[TimeChart] = [
        chart("throughput", msg("Proofs verified"), material.named("proofs.verified"), "per_second", marks),
        chart("proof-time", msg("Time of a proof"), material.named("proofs.seconds"), "seconds", marks),
    ]
    return Section(
        "proving",
        msg("Proofs"),
        figures=figures,
        curves=tuple(curves),
        shares=(_phases(material),),
        tables=(_by_circuit(events), _slow(events), _failures(events)),
    )


def _phases(material: Material) -> ShareChart:
    """Seconds of all runs of the history that came to their end, by phase."""
    sums: dict[str, float] = defaultdict(float)
    for record in material.history:
        for phase, seconds in record.phases:
            sums[phase] += seconds * record.proofs
    ordered = sorted(sums.items(), key=lambda one: -one[1])
    most = 8
    parts = [Bar(name, seconds) for name, seconds in ordered[:most]]
    if len(ordered) > most:
        parts.append(Bar(msg("others"), sum(seconds for _, seconds in ordered[most:])))
    return ShareChart("phases", msg("Where the time of the proofs went, by phase"), "seconds", tuple(parts))


def _by_circuit(events: Events) -> Table:
    groups: dict[str, Events] = defaultdict(list)
    for record, proof in events:
        groups[record.fingerprint or str(record.title)].append((record, proof))
    rows: list[tuple[Cell, ...]] = []
    for group in sorted(groups.values(), key=len, reverse=True):
        times = sorted(proof.seconds for _, proof in group if proof.verdict == "verified" and proof.seconds is not None)
        failed = sum(proof.verdict in {"failed", "unverified"} for _, proof in group)
        rows.append(
            (group[-1][0].title, len(group), failed, middle(times), quantile(times, 0.95), max(times, default=None))
        )
    columns = (
        Column("circuit", msg("Circuit")),
        Column("proofs", msg("Proofs"), "count"),
        Column("failed", msg("Failed"), "count"),
        Column("median", msg("Median"), "seconds"),
        Column("p95", msg("95 % within"), "seconds"),
        Column("slowest", msg("Slowest"), "seconds"),
    )
    return _table("circuits", msg("By circuit"), columns, rows, msg("No proof came to its end in this time."))


def _slow(events: Events) -> Table:
    """Those far beyond their usual time, the worst first."""
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    for record, proof in events:
        if proof.seconds is not None and proof.usual_s and proof.seconds > _SLOW * proof.usual_s:
            times = proof.seconds / proof.usual_s
            rows.append((times, (proof.end_unix_s, record.title, proof.seconds, proof.usual_s, times)))
    rows.sort(key=lambda one: -one[0])
    columns = (
        Column("end", msg("When"), "time"),
        Column("circuit", msg("Circuit")),
        Column("seconds", msg("Took"), "seconds"),
        Column("usual", msg("Usual"), "seconds"),
        Column("times", msg("Of the usual"), "share"),
    )
    none = msg("No proof took more than one and a half times its usual time.")
    return _table("slow", msg("Slow proofs"), columns, [row for _, row in rows], none, most=_MOST_SLOW)


def _failures(events: Events) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (proof.end_unix_s, record.title, _VERDICTS[proof.verdict], record.error_code)
        for record, proof in reversed(events)
        if proof.verdict in {"failed", "unverified", "refused"}
    ]
    columns = (
        Column("end", msg("When"), "time"),
        Column("circuit", msg("Circuit")),
        Column("verdict", msg("What happened")),
        Column("error", msg("Kind of error")),
    )
    return _table("failures", msg("Proofs that were not made"), columns, rows, msg("There were none."))


def _processor(material: Material, marks: tuple[Span, ...]) -> Section:
    busy = spread(material.named("machine.processor"))
    heat = spread(material.named("machine.temperature"))
    curves = [chart("processor", msg("Processor"), material.named("machine.processor"), "percent", marks)]
    besides: tuple[tuple[str, str, Message, Unit], ...] = (
        ("temperature", "machine.temperature", msg("Processor temperature"), "celsius"),
        ("frequency", "machine.frequency", msg("Processor frequency"), "hertz"),
        ("stolen", "machine.stolen", msg("Processor time taken by the host"), "percent"),
    )
    for id_, metric, title, unit in besides:
        views = material.named(metric)
        if views:
            curves.append(chart(id_, title, views, unit, marks))
    return Section(
        "processor-use",
        msg("Processor"),
        figures=(
            figure("busy", msg("Busy on average"), busy.mean, "percent", msg("Of all processors together.")),
            figure("busy-p95", msg("95 % of the time below"), busy.p95, "percent", msg("Of the means of the steps.")),
            figure("hottest", msg("Hottest"), heat.high, "celsius", msg("Where the system tells the temperature.")),
        ),
        curves=tuple(curves),
    )


def _memory(material: Material, marks: tuple[Span, ...]) -> Section:
    used, swap = spread(material.named("machine.memory")), spread(material.named("machine.swap"))
    free = spread(material.named("machine.memory_free"))
    return Section(
        "memory-use",
        msg("Memory"),
        figures=(
            figure(
                "memory-mean", msg("In use on average"), used.mean, "bytes", msg("By all programs of this computer.")
            ),
            figure("memory-most", msg("In use at most"), used.high, "bytes", msg("By all programs of this computer.")),
            figure(
                "memory-least-free", msg("Available at least"), free.low, "bytes", msg("What programs could still get.")
            ),
            figure("swap-most", msg("Swap at most"), swap.high, "bytes", msg("Memory that was moved to the disk.")),
        ),
        curves=(chart("memory", msg("Memory in use"), material.named("machine.memory"), "bytes", marks),),
        notes=(msg("The report on memory says more: by component, by worker and by run."),),
    )


def _engine(material: Material, marks: tuple[Span, ...]) -> Section:
    hits, misses = spread(material.named("cache.hits")).mean, spread(material.named("cache.misses")).mean
    asked = (hits or 0.0) + (misses or 0.0)
    running, waiting = material.named("engine.running"), material.named("engine.waiting")
    return Section(
        "engine",
        msg("Workers, queue and cache"),
        figures=(
            figure(
                "running-most", msg("Runs at work at most"), spread(running).high, "count", msg("At the same moment.")
            ),
            figure(
                "waiting-most", msg("Runs waiting at most"), spread(waiting).high, "count", msg("At the same moment.")
            ),
            figure(
                "cache-rate",
                msg("Found in the cache"),
                (hits or 0.0) / asked if asked > 0 else None,
                "share",
                msg("Of what was looked for; it need not be made again."),
            ),
            figure(
                "window-wait",
                msg("Longest wait of the window"),
                spread(material.named("window.latency")).high,
                "seconds",
                msg("How late the window answered at the worst."),
            ),
        ),
        curves=(chart("runs", msg("Runs at work and waiting"), [*running, *waiting], "count", marks),),
    )


def _alerts(material: Material) -> Section:
    if material.alerts is None:
        return Section("alerts-section", msg("Alerts"), (NO_ALERTS,))
    rows: list[tuple[Cell, ...]] = [
        (
            one.begin_unix_s,
            one.title,
            _SEVERITIES[one.severity],
            _STATES[one.state],
            one.seconds,
            quantity(one.worst, one.unit),
            quantity(one.threshold, one.unit),
        )
        for one in material.alerts
    ]
    columns = (
        Column("begin", msg("From"), "time"),
        Column("alert", msg("Alert")),
        Column("severity", msg("How grave")),
        Column("state", msg("State")),
        Column("seconds", msg("How long"), "seconds"),
        Column("worst", msg("Worst value")),
        Column("threshold", msg("Threshold")),
    )
    table = _table("alerts", msg("Alerts in this time"), columns, rows, msg("No alert opened in this time."))
    return Section("alerts-section", msg("Alerts"), tables=(table,))


def _objectives(material: Material) -> Section:
    title = msg("Objectives")
    if material.objectives is None:
        return Section("objectives-section", title, (NO_OBJECTIVES,))
    rows: list[tuple[Cell, ...]] = [
        (one.title, one.target, one.share, _met(one.met), one.events, one.bad, one.left_share, one.excluded)
        for one in material.objectives
    ]
    columns = (
        Column("objective", msg("Objective")),
        Column("target", msg("Target"), "share"),
        Column("attained", msg("Attained"), "share"),
        Column("met", msg("Met")),
        Column("events", msg("Proofs"), "count"),
        Column("bad", msg("Bad"), "count"),
        Column("left", msg("Budget left"), "share"),
        Column("excluded", msg("Did not count"), "count"),
    )
    table = _table(
        "objectives", msg("Objectives, each over its own window up to now"), columns, rows, msg("There are none.")
    )
    note = msg("Cancelled proofs, refused ones, and what an objective excludes (such as sleep) do not count.")
    return Section("objectives-section", title, tables=(table,), notes=(note,))


def _met(met: bool | None) -> Message:
    if met is None:
        return msg("not enough proofs to say")
    return msg("yes") if met else msg("no")


def _table(
    id_: str,
    title: Message,
    columns: tuple[Column, ...],
    rows: list[tuple[Cell, ...]],
    empty: Message,
    *,
    most: int = _MOST_ROWS,
) -> Table:
    return Table(id_, title, columns, tuple(rows[:most]), empty, max(0, len(rows) - most))
