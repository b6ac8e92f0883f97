"""The report on memory: who held it, in which phase, and whether runs held what was predicted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.report_parts import Material, chart, figure, gaps_of, provenance, spans_of, spread
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.reports.document import Bar, BarChart, Cell, Column, Document, Section, ShareChart, Span, Table
from zkcompanion.reports.quantities import quantity

#: Bars in a picture, and rows in a table.
_MOST_BARS, _MOST_ROWS = 15, 100


def memory_report(material: Material, begin_unix_s: float, end_unix_s: float) -> Document:
    """About what was held between two dates."""
    marks = spans_of(material.marks, begin_unix_s, end_unix_s)
    runs = [one for one in material.history if one.peak_rss_bytes and begin_unix_s <= one.unix_s <= end_unix_s]
    sections = (
        _machine(material, marks),
        _components(material, marks),
        _workers(material, marks),
        _runs(runs, material),
    )
    return Document(
        "memory",
        msg("Memory of this computer's proofs"),
        begin_unix_s,
        end_unix_s,
        tuple(_summary(runs, material)),
        sections,
        provenance(material),
        gaps_of(material.named("machine.memory"), material.marks, begin_unix_s, end_unix_s),
        (
            msg("Memory of a process is its resident memory: pages that it shares with others count in each."),
            msg("Grey is time in which nothing was measured; nothing stands in its place."),
        ),
    )


def _summary(runs: list[ProofRecord], material: Material) -> Iterator[Message]:
    used = spread(material.named("machine.memory"))
    if used.high is not None:
        yield msg(
            "At most {most} of {installed} were in use, {mean} on average.",
            most=quantity(used.high, "bytes"),
            installed=format_size(material.machine.memory_bytes),
            mean=quantity(used.mean, "bytes"),
        )
    if runs:
        most = max(runs, key=lambda one: one.peak_rss_bytes)
        yield msg("The run that held most was {run}: {peak}.", run=most.title, peak=format_size(most.peak_rss_bytes))
    else:
        yield msg("No run came to its end in this time.")


def _machine(material: Material, marks: tuple[Span, ...]) -> Section:
    used, free = spread(material.named("machine.memory")), spread(material.named("machine.memory_free"))
    swap, waits = spread(material.named("machine.swap")), spread(material.named("machine.memory_waits"))
    curves = [chart("machine-memory", msg("Memory in use"), material.named("machine.memory"), "bytes", marks)]
    if swap.high:
        curves.append(chart("machine-swap", msg("Swap in use"), material.named("machine.swap"), "bytes", marks))
    return Section(
        "machine",
        msg("The whole computer"),
        figures=(
            figure(
                "installed", msg("Installed"), material.machine.memory_bytes, "bytes", msg("Memory of this computer.")
            ),
            figure("used-mean", msg("In use on average"), used.mean, "bytes", msg("By all programs.")),
            figure("used-most", msg("In use at most"), used.high, "bytes", msg("By all programs.")),
            figure(
                "free-least",
                msg("Available at least"),
                free.low,
                "bytes",
                msg("What programs could still get."),
                bad=lambda value: value < 0.05 * material.machine.memory_bytes,
            ),
            figure("swap-most", msg("Swap at most"), swap.high, "bytes", msg("Memory that was moved to the disk.")),
            figure(
                "waits-most",
                msg("Lost to waiting"),
                waits.high,
                "percent",
                msg("Time in which programs waited for memory, at the worst."),
            ),
        ),
        curves=tuple(curves),
    )


def _components(material: Material, marks: tuple[Span, ...]) -> Section:
    views = material.named("memory.component")
    ordered = sorted(views, key=lambda one: -(spread([one]).mean or 0.0))
    parts = tuple(Bar(one.series.partition("/")[2], spread([one]).mean or 0.0) for one in ordered)
    rows: list[tuple[Cell, ...]] = []
    for one in ordered:
        found = spread([one])
        rows.append((one.series.partition("/")[2], found.mean, found.p95, found.high))
    columns = (
        Column("component", msg("Component")),
        Column("mean", msg("On average"), "bytes"),
        Column("p95", msg("95 % of the time below"), "bytes"),
        Column("most", msg("At most"), "bytes"),
    )
    return Section(
        "components",
        msg("By component"),
        (msg("What the workers held, by what it was for: compiled kernels, tables, circuits, buffers and the rest."),),
        curves=(chart("component-memory", msg("Memory of the workers"), ordered[:6], "bytes", marks, stacked=True),),
        shares=(ShareChart("component-shares", msg("Who held how much on average"), "bytes", parts),),
        tables=(_table("component-table", msg("Components"), columns, rows, msg("No worker told what it held.")),),
    )


def _workers(material: Material, marks: tuple[Span, ...]) -> Section:
    views = material.named("worker.memory")
    return Section(
        "workers",
        msg("By worker"),
        curves=(chart("worker-memory", msg("Memory of each worker"), views[:6], "bytes", marks, stacked=True),),
        notes=(msg("Only the first six workers are drawn."),) if len(views) > 6 else (),
    )


def _runs(runs: list[ProofRecord], material: Material) -> Section:
    """The peak of each circuit's last run beside what was predicted or, where nothing was, what it held before."""
    by_circuit: dict[str, list[ProofRecord]] = defaultdict(list)
    for one in sorted(runs, key=lambda run: run.unix_s):
        by_circuit[one.fingerprint or one.circuit].append(one)
    last = sorted((group[-1] for group in by_circuit.values()), key=lambda one: -one.peak_rss_bytes)
    bars = []
    for one in last[:_MOST_BARS]:
        low, high = material.predicted.get(one.id, (None, None))
        bars.append(Bar(one.title, one.peak_rss_bytes, low, high))
    rows: list[tuple[Cell, ...]] = []
    for one in sorted(runs, key=lambda run: -run.unix_s):
        low, high = material.predicted.get(one.id, (None, None))
        off = None if low is None or high is None else one.peak_rss_bytes / (0.5 * (low + high))
        rows.append((one.unix_s, one.title, one.constraints, one.peak_rss_bytes, _band(low, high), off))
    columns = (
        Column("end", msg("When"), "time"),
        Column("circuit", msg("Circuit")),
        Column("constraints", msg("Constraints"), "count"),
        Column("peak", msg("Peak"), "bytes"),
        Column("predicted", msg("Predicted")),
        Column("of-predicted", msg("Of the predicted"), "share"),
    )
    return Section(
        "runs-section",
        msg("By run"),
        (msg("The most that a run held; the line on a bar is what was predicted from the circuit's shape."),),
        bars=(BarChart("peaks", msg("Peak of each circuit's last run"), "bytes", tuple(bars)),),
        tables=(_table("run-peaks", msg("Runs"), columns, rows, msg("No run came to its end in this time.")),),
        notes=(
            msg(
                "Predictions are for a fresh process; a worker may hold more, from runs before. Where there is none,"
                " the circuit's files are gone, changed or too large to be looked at for a report."
            ),
        ),
    )


def _band(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{quantity(low, 'bytes')} - {quantity(high, 'bytes')}"


def _table(
    id_: str, title: Message, columns: tuple[Column, ...], rows: list[tuple[Cell, ...]], empty: Message
) -> Table:
    return Table(id_, title, columns, tuple(rows[:_MOST_ROWS]), empty, max(0, len(rows) - _MOST_ROWS))
