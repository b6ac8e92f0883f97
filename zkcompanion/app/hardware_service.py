"""What this computer is, what it can prove, and what would help: the one service that faces ask about the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zkcompanion.app.answers import answer_of
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.hardware_views import (
    AdviceView,
    AnswerView,
    CheckView,
    MachineFacts,
    MachineLookedAt,
    PredictionView,
    VerdictView,
    WhatIf,
)
from zkcompanion.app.workload_answers import WorkloadAnswers, verdict_of
from zkcompanion.base.errors import FileError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message
from zkcompanion.base.paths import AppDirs, resource_path
from zkcompanion.hardware.advice import Judged, advise, worth
from zkcompanion.hardware.catalogue import read_catalogue
from zkcompanion.hardware.whatif import imagined

if TYPE_CHECKING:
    from zkcompanion.costs.shape import CircuitShape


class Predicts(Protocol):
    """What is asked of `PredictionService`."""

    def predict_files(self, files: CircuitFiles) -> PredictionView:
        """Of a circuit's files."""

    def predict_shape(
        self, shape: CircuitShape, facts: MachineFacts, *, what_if: WhatIf | None = None
    ) -> PredictionView:
        """Of a shape."""


class HardwareService:
    """For any thread. `detect`: looks at the machine in less than 2 s and never raises."""

    def __init__(self, bus: EventBus, predictions: Predicts, detect: Callable[[], MachineFacts]) -> None:
        self._bus = bus
        self._predictions = predictions
        self._detect = detect
        self._facts: MachineFacts | None = None
        self._lock = threading.Lock()

    def facts(self) -> MachineFacts | None:
        """What is known of the machine, without waiting."""
        return self._facts

    def look(self, *, anew: bool = False) -> MachineFacts:
        """Look at the machine, once, or again; tells the bus."""
        with self._lock:
            if self._facts is not None and not anew:
                return self._facts
            facts = self._facts = self._detect()
        self._bus.publish(MachineLookedAt(facts))
        return facts

    def answer(self, what_if: WhatIf | None = None) -> AnswerView:
        """What this machine can prove, or another one could; looks at the machine where nobody did."""
        known = self.look()
        facts = imagined(known, what_if)

        def verdict_at(power: int) -> VerdictView:
            from zkcompanion.costs.shape import typical_shape

            # as many rows as the domain has room for beside those of the public signals
            shape = typical_shape((1 << power) - 2)
            prediction = self._predictions.predict_shape(shape, known, what_if=what_if)
            return verdict_of(prediction, facts, shape)

        return answer_of(self._answers.rows(known, what_if), self._landmarks, facts, verdict_at)

    def advice(self) -> tuple[AdviceView, ...]:
        """What would help, the best first."""
        return advise(self.look(), self._answers.judged)

    def check(self, files: CircuitFiles) -> CheckView:
        """Can this machine prove that circuit. Raises: FileError, UsageError."""
        facts = self.look()
        prediction = self._predictions.predict_files(files)
        shape = _shape_of_key(files)
        verdict = verdict_of(prediction, facts, shape)

        def judge(known: MachineFacts, what_if: WhatIf | None) -> Mapping[str, Judged]:
            # what the circuit needs is known for this processor; another machine differs by what it has
            return {files.name: Judged(verdict_of(prediction, imagined(known, what_if), shape), own=True)}

        advice = advise(facts, judge) if worth(verdict.tier) else ()
        return CheckView(files.name, prediction, verdict, tuple(one for one in advice if one.unlocks))

    @cached_property
    def _answers(self) -> WorkloadAnswers:
        path = resource_path("catalogue", "workloads.json")
        catalogue = read_catalogue(path.read_bytes(), file=str(path))
        return WorkloadAnswers(
            catalogue,
            lambda shape, facts, what_if: self._predictions.predict_shape(shape, facts, what_if=what_if),
        )

    @cached_property
    def _landmarks(self) -> tuple[tuple[str, Message], ...]:
        named = [one for one in self._answers.catalogue.workloads if one.landmark is not None and one.own is not None]
        named.sort(key=lambda one: 0 if one.own is None else one.own.constraints)
        return tuple((one.id, one.landmark) for one in named if one.landmark is not None)


def _shape_of_key(files: CircuitFiles) -> CircuitShape | None:
    """For proving in slices; only a key that is there can be read so."""
    if files.zkey is None:
        return None
    from zkcompanion.costs.budget import bounding_shape

    return bounding_shape(files.zkey)


def hardware_service(
    bus: EventBus,
    dirs: AppDirs,
    predictions: Predicts,
    *,
    as_set: Callable[[MachineFacts], MachineFacts] = lambda facts: facts,
) -> HardwareService:
    """The service of a composition root; `as_set`: the machine as far as the settings let proofs have it."""

    def detect() -> MachineFacts:
        from zkcompanion.hardware.detect import detect

        try:
            folder = dirs.data
        except FileError:  # without a folder of ours, the disk of the current one is told
            folder = Path()
        return as_set(detect(folder))

    return HardwareService(bus, predictions, detect)
