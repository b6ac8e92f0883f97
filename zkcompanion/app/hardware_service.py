"""What this computer is, what it can prove, and what would help: the one service that faces ask about the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
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
    WhatIf,
)
from zkcompanion.app.workload_answers import OwnNeed, answer_rows, verdict_of
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs, resource_path
from zkcompanion.hardware.catalogue import MAX_BYTES, Catalogue, OwnShape, Workload, read_catalogue
from zkcompanion.hardware.whatif import imagined
from zkcompanion.proving.formats.mapped import read_bounded

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
        self._catalogue: Catalogue | None = None
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

    @property
    def catalogue(self) -> Catalogue:
        """Read once."""
        if self._catalogue is None:
            path = resource_path("catalogue", "workloads.json")
            self._catalogue = read_catalogue(read_bounded(path, max_bytes=MAX_BYTES), file=str(path))
        return self._catalogue

    def answer(self, what_if: WhatIf | None = None) -> AnswerView:
        """What this machine can prove, or another one could; looks at the machine where nobody did."""
        known = self.look()
        facts = imagined(known, what_if)

        def predict(workload: Workload) -> OwnNeed:
            assert workload.own is not None
            shape = shape_of_own(workload.own)
            return OwnNeed(self._predictions.predict_shape(shape, known, what_if=what_if), least_of(shape, facts))

        return answer_of(answer_rows(self.catalogue, facts, predict))

    def advice(self) -> tuple[AdviceView, ...]:
        """What would help, the best first."""
        return ()

    def check(self, files: CircuitFiles) -> CheckView:
        """Can this machine prove that circuit. Raises: FileError, UsageError."""
        facts = self.look()
        prediction = self._predictions.predict_files(files)
        return CheckView(files.name, prediction, verdict_of(prediction, None, facts), self.advice())


def shape_of_own(own: OwnShape) -> CircuitShape:
    """The shape of a row, what is not known of it being as is typical."""
    from dataclasses import replace

    from zkcompanion.costs.shape import key_bytes_of, typical_shape

    shape = typical_shape(own.constraints, wires=own.wires, public=own.public)
    names = ("coefficients", "most_coefficients", "finite_a", "finite_b", "bits")
    known = {name: value for name in names if (value := getattr(own, name)) is not None}
    shape = replace(shape, **known)
    return replace(shape, key_bytes=key_bytes_of(shape.wires, shape.domain, shape.coefficients))


def least_of(shape: CircuitShape, facts: MachineFacts) -> int:
    """Memory that is enough where a proof is made in slices."""
    from zkcompanion.costs.budget import least_bytes
    from zkcompanion.costs.memory import Run

    return least_bytes(shape, Run(threads=facts.usable_cores or 1, kernels=facts.family or "scalar"))


class ThinPredictions:
    """Memory from the model and no time; stands in until the prediction service is there."""

    def predict_files(self, files: CircuitFiles) -> PredictionView:
        """Of a circuit's files."""
        from zkcompanion.app.foresight import measure_circuit

        return _thin(measure_circuit(files).shape, 1)

    def predict_shape(
        self, shape: CircuitShape, facts: MachineFacts, *, what_if: WhatIf | None = None
    ) -> PredictionView:
        """Of a shape."""
        return _thin(shape, imagined(facts, what_if).usable_cores or 1)


def _thin(shape: CircuitShape, threads: int) -> PredictionView:
    from zkcompanion.costs.memory import Run
    from zkcompanion.costs.needs import predict

    needs = predict(shape, Run(threads=threads))
    return PredictionView(
        constraints=shape.constraints,
        wires=shape.wires,
        public=shape.public,
        power=shape.power,
        key_bytes=shape.key_bytes,
        key_exact=False,
        key_record_bytes=0,
        disk_bytes=shape.key_bytes,
        memory=needs.peak,
        seconds=None,
        phases=(),
        basis="estimated",
        kernels=needs.kernels,
        threads=threads,
    )


def thin_facts(folder: Path) -> MachineFacts:
    """Memory, cores and disk; stands in until the detection is there."""
    import psutil

    from zkcompanion.app.processor import processor_features, processor_model
    from zkcompanion.app.settings import usable_cpus
    from zkcompanion.hardware.facts import Disk, Limits, Memory, Platform, Processor

    memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(folder))
    return MachineFacts(
        Processor(
            processor_model(),
            architecture="x86_64",
            logical_cores=psutil.cpu_count(),
            features=frozenset(processor_features()),
        ),
        Memory(memory.total, memory.available),
        Disk(total_bytes=disk.total, free_bytes=disk.free),
        limits=Limits(usable_cores=usable_cpus()),
        platform=Platform(system="linux"),
    )


def hardware_service(bus: EventBus, dirs: AppDirs) -> HardwareService:
    """The service of a composition root."""
    return HardwareService(bus, ThinPredictions(), lambda: thin_facts(dirs.data))
