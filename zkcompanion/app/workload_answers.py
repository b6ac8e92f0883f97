"""The catalogue answered for one machine: need, verdict and figures of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zkcompanion.app.hardware_views import PredictionView, SourceView, VerdictView, WorkloadView
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.hardware.catalogue import Catalogue, Figure, Source, Workload
from zkcompanion.hardware.facts import MachineFacts
from zkcompanion.hardware.scaling import method_of, published_need
from zkcompanion.hardware.verdicts import Confidence, Need, judge

#: How sure a verdict by our own prediction is, told apart from how it came about.
Predict = Callable[[Workload], "OwnNeed"]


@dataclass(frozen=True, slots=True)
class OwnNeed:
    """What our prover needs for a row."""

    prediction: PredictionView
    least_memory_bytes: int | None


def need_of(prediction: PredictionView, least_memory_bytes: int | None) -> Need:
    """Of a proof that our prover makes."""
    return Need(
        prover=OUR_PROVER,
        memory=prediction.memory,
        least_memory_bytes=least_memory_bytes,
        seconds=prediction.seconds,
        disk_bytes=prediction.disk_bytes,
    )


OUR_PROVER = "ZK Companion"


def answer_rows(catalogue: Catalogue, facts: MachineFacts, predict: Predict) -> tuple[WorkloadView, ...]:
    """All rows; `predict` is asked for those that our prover makes."""
    return tuple(_row(workload, catalogue.groups[workload.group], facts, predict) for workload in catalogue.workloads)


def _row(workload: Workload, group_title: Message, facts: MachineFacts, predict: Predict) -> WorkloadView:
    confidence: Confidence
    key_bytes: int | None
    if workload.own is not None:
        own = predict(workload)
        need, confidence = need_of(own.prediction, own.least_memory_bytes), own.prediction.basis
        key_bytes, method = own.prediction.key_bytes, None
    else:
        need, confidence = published_need(workload, facts), "scaled"
        key = workload.figure("key")
        key_bytes, method = None if key is None else round(key.value), method_of(workload, need)
    verdict = judge(need, facts, confidence)
    return WorkloadView(
        id=workload.id,
        name=workload.name,
        what=workload.what,
        group=workload.group,
        system=workload.system,
        prover=OUR_PROVER if workload.own is not None else workload.prover,
        size=size_words(workload),
        verdict=verdict,
        seconds=need.seconds,
        memory=need.memory,
        key_bytes=key_bytes,
        runs_here=workload.own is not None,
        method=method,
        figures=(*map(figure_words, workload.figures), *([] if workload.missing is None else [workload.missing])),
        source=None if workload.source is None else source_view(workload.source),
        group_title=group_title,
        example=workload.example,
    )


def size_words(workload: Workload) -> str:
    """`94 976 constraints (2^17)`; nothing where no source tells it."""
    if workload.size is None:
        return ""
    size = f"{format_count(workload.size.count)} {workload.size.counted}"
    return size if workload.size.power is None else f"{size} (2^{workload.size.power})"


def source_view(source: Source) -> SourceView:
    """As faces show it."""
    return SourceView(source.title, source.url, source.date, source.grade)


def figure_words(figure: Figure) -> Message:
    """One figure as its source gives it."""
    value = _value(figure)
    said: Message
    if figure.prover is not None and figure.machine is not None:
        said = msg("{value} with {prover} on {machine}", value=value, prover=figure.prover, machine=figure.machine.name)
    elif figure.machine is not None:
        said = msg("{value} on {machine}", value=value, machine=figure.machine.name)
    elif figure.prover is not None:
        said = msg("{value} with {prover}", value=value, prover=figure.prover)
    else:
        said = value
    if figure.note is not None:
        said = msg("{figure} ({note})", figure=said, note=figure.note)
    return said


def _value(figure: Figure) -> Message:
    size = format_size(round(figure.value))
    if figure.quantity == "seconds":
        return msg("Proving time: {time}", time=format_duration(figure.value))
    if figure.quantity == "cores":
        return msg("Processor cores asked for: {count}", count=round(figure.value))
    return {
        "memory": msg("Memory at the most: {size}", size=size),
        "installed": msg("Memory asked for: {size}", size=size),
        "key": msg("Key: {size}", size=size),
        "proof": msg("Proof: {size}", size=size),
        "download": msg("Download: {size}", size=size),
        "disk": msg("Disk: {size}", size=size),
        "gpu memory": msg("Memory of the graphics card: {size}", size=size),
    }[figure.quantity]


def verdict_of(prediction: PredictionView, least_memory_bytes: int | None, facts: MachineFacts) -> VerdictView:
    """Of one circuit."""
    return judge(need_of(prediction, least_memory_bytes), facts, prediction.basis)
