"""The catalogue answered for one machine: need, verdict and figures of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from zkcompanion.app.hardware_views import MachineFacts, PredictionView, SourceView, VerdictView, WhatIf, WorkloadView
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.hardware.advice import Judged
from zkcompanion.hardware.catalogue import Catalogue, Figure, OwnShape, Source, Workload
from zkcompanion.hardware.scaling import method_of, published_need
from zkcompanion.hardware.verdicts import BARELY_SHARE, Confidence, Need, judge
from zkcompanion.hardware.whatif import imagined

if TYPE_CHECKING:
    from zkcompanion.costs.shape import CircuitShape
    from zkcompanion.hardware.facts import Family

OUR_PROVER = "ZK Companion"
#: What a circuit of some shape takes, on this machine or on another one.
Predict = Callable[["CircuitShape", MachineFacts, WhatIf | None], PredictionView]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found out about one row on one machine."""

    need: Need
    confidence: Confidence
    prediction: PredictionView | None


class WorkloadAnswers:
    """Answers the rows again and again; what does not depend on the machine is worked out once. For any thread."""

    def __init__(self, catalogue: Catalogue, predict: Predict) -> None:
        self._catalogue = catalogue
        self._predict = predict
        self._plain = {workload.id: _plain_view(workload, catalogue) for workload in catalogue.workloads}
        self._shapes = {one.id: shape_of_own(one.own) for one in catalogue.workloads if one.own is not None}

    @property
    def catalogue(self) -> Catalogue:
        """What is answered."""
        return self._catalogue

    def rows(self, known: MachineFacts, what_if: WhatIf | None = None) -> tuple[WorkloadView, ...]:
        """All rows in the order of the catalogue."""
        facts = imagined(known, what_if)
        return tuple(self._row(workload, known, facts, what_if) for workload in self._catalogue.workloads)

    def judged(self, known: MachineFacts, what_if: WhatIf | None = None) -> Mapping[str, Judged]:
        """Verdicts alone, by id."""
        facts = imagined(known, what_if)
        found = {}
        for workload in self._catalogue.workloads:
            one = self._found(workload, known, facts, what_if)
            found[workload.id] = Judged(
                judge(one.need, facts, one.confidence),
                None if one.need.seconds is None else one.need.seconds.likely,
                own=workload.own is not None,
                gpu_prover=None if one.need.gpu_memory_bytes is None else workload.prover,
                name=workload.name,
                instead=workload.instead,
            )
        return found

    def _found(self, workload: Workload, known: MachineFacts, facts: MachineFacts, what_if: WhatIf | None) -> _Found:
        shape = self._shapes.get(workload.id)
        if shape is None:
            return _Found(published_need(workload, facts), "scaled", None)
        prediction = self._predict(shape, known, what_if)
        return _Found(need_of(prediction, facts, shape), prediction.basis, prediction)

    def _row(
        self, workload: Workload, known: MachineFacts, facts: MachineFacts, what_if: WhatIf | None
    ) -> WorkloadView:
        found = self._found(workload, known, facts, what_if)
        row = replace(
            self._plain[workload.id],
            verdict=judge(found.need, facts, found.confidence),
            seconds=found.need.seconds,
            memory=found.need.memory,
        )
        if found.prediction is not None:
            return replace(row, key_bytes=found.prediction.key_bytes)
        return replace(row, method=method_of(workload, found.need))


def need_of(prediction: PredictionView, facts: MachineFacts, in_slices: CircuitShape | None) -> Need:
    """Of a proof that our prover makes; `in_slices`: the shape, where the key may be read so."""
    free = facts.free_memory_bytes
    # most fit as they are, and then nobody asks how little would do
    tight = in_slices is not None and free is not None and prediction.memory.likely > BARELY_SHARE * free
    return Need(
        prover=OUR_PROVER,
        memory=prediction.memory,
        least_memory_bytes=least_of(in_slices, prediction) if tight and in_slices is not None else None,
        seconds=prediction.seconds,
        disk_bytes=prediction.disk_bytes,
    )


def verdict_of(prediction: PredictionView, facts: MachineFacts, in_slices: CircuitShape | None) -> VerdictView:
    """Of one circuit."""
    return judge(need_of(prediction, facts, in_slices), facts, prediction.basis)


def shape_of_own(own: OwnShape) -> CircuitShape:
    """The shape of a row, what is not known of it being as is typical."""
    from zkcompanion.costs.shape import key_bytes_of, typical_shape

    shape = typical_shape(own.constraints, wires=own.wires, public=own.public)
    names = ("coefficients", "most_coefficients", "finite_a", "finite_b", "bits")
    known = {name: value for name in names if (value := getattr(own, name)) is not None}
    shape = replace(shape, **known)
    return replace(shape, key_bytes=key_bytes_of(shape.wires, shape.domain, shape.coefficients))


def least_of(shape: CircuitShape, prediction: PredictionView) -> int:
    """Memory that is enough where the proof is made in slices."""
    return _least(shape, prediction.threads, prediction.kernels)


@lru_cache(maxsize=4096)
def _least(shape: CircuitShape, threads: int, kernels: str) -> int:
    from zkcompanion.costs.budget import least_bytes
    from zkcompanion.costs.memory import Run

    return least_bytes(shape, Run(threads=threads, kernels=cast("Family", kernels)))


_UNJUDGED = VerdictView("unknown", None, None, "none", msg(""))


def _plain_view(workload: Workload, catalogue: Catalogue) -> WorkloadView:
    """What is the same on every machine."""
    key = workload.figure("key")
    words = [figure_words(figure) for figure in workload.figures]
    size = size_words(workload)
    return WorkloadView(
        id=workload.id,
        name=workload.name,
        what=workload.what,
        group=workload.group,
        system=workload.system,
        prover=OUR_PROVER if workload.own is not None else workload.prover,
        size="" if size is None else str(size),
        verdict=_UNJUDGED,
        seconds=None,
        memory=None,
        key_bytes=None if key is None else round(key.value),
        runs_here=workload.own is not None,
        method=None,
        figures=tuple(words if workload.missing is None else [*words, workload.missing]),
        source=None if workload.source is None else source_view(workload.source),
        group_title=catalogue.groups[workload.group],
        example=workload.example,
        size_words=size,
    )


def size_words(workload: Workload) -> Message | None:
    """`94 976 constraints (2^17)`; None where no source tells it."""
    size = workload.size
    if size is None:
        return None
    count = format_count(size.count)
    counted = {
        "constraints": msg("{count} constraints", count=count),
        "gates": msg("{count} gates", count=count),
        "rows": msg("{count} rows", count=count),
        "cycles": msg("{count} cycles", count=count),
    }[size.counted]
    return counted if size.power is None else msg("{counted} (2^{power})", counted=counted, power=size.power)


def source_view(source: Source) -> SourceView:
    """As faces show it."""
    return SourceView(source.title, source.url, source.date, source.grade, source.undated)


def figure_words(figure: Figure) -> Message:
    """One figure as its source gives it."""
    value = _value(figure)
    said = value
    if figure.prover is not None and figure.machine is not None:
        said = msg("{value} with {prover} on {machine}", value=value, prover=figure.prover, machine=figure.machine.name)
    elif figure.machine is not None:
        said = msg("{value} on {machine}", value=value, machine=figure.machine.name)
    elif figure.prover is not None:
        said = msg("{value} with {prover}", value=value, prover=figure.prover)
    if figure.note is not None:
        said = msg("{figure} ({note})", figure=said, note=figure.note)
    return said


def _value(figure: Figure) -> Message:
    if figure.quantity == "seconds":
        return msg("Proving time: {time}", time=format_duration(figure.value))
    if figure.quantity == "cores":
        return msg("Processor cores asked for: {count}", count=round(figure.value))
    size: Message | str = format_size(round(figure.value))
    if figure.at_least:
        size = msg("more than {size}", size=size)
    return {
        "memory": msg("Memory at the most: {size}", size=size),
        "installed": msg("Memory asked for: {size}", size=size),
        "key": msg("Key: {size}", size=size),
        "proof": msg("Proof: {size}", size=size),
        "download": msg("Download: {size}", size=size),
        "disk": msg("Disk: {size}", size=size),
        "gpu memory": msg("Memory of the graphics card: {size}", size=size),
    }[figure.quantity]
