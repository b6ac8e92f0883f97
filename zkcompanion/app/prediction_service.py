"""What proving a circuit will take here: size of the key, memory, and seconds by phase, each as a band.

Memory comes from the shape of the circuit alone (`costs/needs`). Seconds come from the newest that is known: finished
proofs of the same circuit, this machine's calibration, or machines that were measured beforehand; the last two are
corrected by what finished proofs of other circuits took here, the more the more there are of them.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.foresight import MeasuredCircuit, measure_circuit
from zkcompanion.app.hardware_views import Confidence, PhaseNeed, PredictionView, WhatIf
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.prediction_errors import Correction, Foretold, correction_of, past_error
from zkcompanion.costs.band import Band
from zkcompanion.costs.memory import Family, Run
from zkcompanion.costs.needs import full_size_bounds, predict
from zkcompanion.costs.rates import Rates
from zkcompanion.costs.references import guessed_rates, in_other_family
from zkcompanion.costs.seconds import ONCE, band_of, rest_seconds, seconds_by_phase, warm_seconds
from zkcompanion.costs.shape import DEVELOPMENT_RECORD_BYTES, CircuitShape
from zkcompanion.hardware.facts import MachineFacts
from zkcompanion.proving.formats.zkey import read_zkey_outline
from zkcompanion.proving.phases import Phase

T = TypeVar("T")

#: By how much less or more time a proof may take than is likely, where the values of its witness are known.
MARGINS: Mapping[Confidence, tuple[float, float]] = {
    "measured": (0.1, 0.15),
    "calibrated": (0.15, 0.2),
    "estimated": (0.6, 1.5),
}
#: Newest proofs of the same circuit that count.
_LOOKS_BACK = 10
#: A finished proof of the same circuit counts as much as this many by the model.
_MODEL_COUNTS = 0.25


class Calibrated(Protocol):
    """A calibration of this machine (`calibration_file.KeptCalibration`); predictions made with it know it by name."""

    @property
    def name(self) -> str:
        """Another one has another."""

    @property
    def rates(self) -> Rates:
        """What was measured."""

    @property
    def base_bytes(self) -> int:
        """What the process held that measured, its kernels loaded."""


class PredictionService:
    """Safe to call from any thread.

    Arguments: the finished proofs, newest first; what is known of this machine; its calibration, or None.
    """

    def __init__(
        self,
        records: Callable[[], Iterable[ProofRecord]],
        facts: Callable[[], MachineFacts | None],
        calibrated: Callable[[], Calibrated | None] = lambda: None,
    ) -> None:
        self._records = records
        self._facts = facts
        self._calibrated = calibrated
        self._learned = _Learned((), {})

    def predict_files(self, files: CircuitFiles) -> PredictionView:
        """For the circuit of these files on this machine. Raises: FileError, UsageError (neither key nor constraints).

        Takes as long as reading them: 0.1 s for 2^17 constraints.
        """
        from zkcompanion.app.describing import fingerprint_of

        circuit = measure_circuit(files)
        facts = self._facts() or MachineFacts()
        view = self.predict_circuit(circuit, facts, fingerprint=fingerprint_of(files.r1cs, files.zkey))
        if files.zkey is not None:
            return replace(view, key_record_bytes=read_zkey_outline(files.zkey, check=False).record_bytes)
        return replace(view, key_bytes=view.key_bytes - DEVELOPMENT_RECORD_BYTES)

    def predict_shape(
        self, shape: CircuitShape, facts: MachineFacts, *, what_if: WhatIf | None = None
    ) -> PredictionView:
        """For a circuit whose shape alone is known; nothing is read, so it takes some 0.1 ms."""
        return self.predict_circuit(MeasuredCircuit(shape, Run()), facts, what_if=what_if)

    def predict_circuit(
        self,
        circuit: MeasuredCircuit,
        facts: MachineFacts,
        *,
        what_if: WhatIf | None = None,
        fingerprint: str = "",
    ) -> PredictionView:
        """For a circuit that was looked at; `fingerprint`: where finished proofs of it count."""
        run, rates, basis = self._how(circuit.run, facts, what_if)
        records = tuple(self._records())
        correction = self._correction(records, run)
        view = _predicted(circuit.shape, run, rates, basis, correction.factor, self._base_bytes(run))
        error, proofs = self._past_error(records)
        view = replace(view, past_error=error, past_proofs=proofs)
        return view if what_if is not None or not fingerprint else _measured(view, records, fingerprint)

    def foretell(self, circuit: MeasuredCircuit, fingerprint: str, kernels: Family, threads: int) -> Foretold:
        """What is said of a proof with these kernels and threads."""
        run = replace(circuit.run, kernels=kernels, threads=threads, makes_key=False)
        facts = self._facts() or MachineFacts()
        rates, basis = self._rates(kernels, facts.processor.max_hz)
        records = tuple(self._records())
        base_bytes, factor = self._base_bytes(run), self._correction(records, run).factor
        alone = _predicted(circuit.shape, run, rates, basis, 1.0, base_bytes)
        view = _predicted(circuit.shape, run, rates, basis, factor, base_bytes)
        view = _measured(view, records, fingerprint)
        # a prediction of ours always has seconds; views of other provers may have none
        alone_s, seconds = cast("Band", alone.seconds).likely, cast("Band", view.seconds)
        calibrated = basis == "calibrated"
        return Foretold(seconds, round(view.memory.likely), self._model(), alone_s, calibrated)

    def _how(self, run: Run, facts: MachineFacts, what_if: WhatIf | None) -> tuple[Run, Rates, Confidence]:
        """With how many threads and which kernels, and how fast these are."""
        what_if = what_if or WhatIf()
        threads = max(1, what_if.cores or facts.usable_cores or 1)
        family: Family = what_if.family or facts.family or "scalar"
        threads = 1 if family == "reference" else threads
        rates, basis = self._rates(family, facts.processor.max_hz)
        return replace(run, threads=threads, kernels=family), rates, basis

    def _rates(self, family: Family, max_hz: float | None) -> tuple[Rates, Confidence]:
        calibrated = self._calibrated()
        if calibrated is None:
            return guessed_rates(family, max_hz), "estimated"
        if calibrated.rates.kernels == family:
            return calibrated.rates, "calibrated"
        return in_other_family(calibrated.rates, family), "estimated"

    def _base_bytes(self, run: Run) -> int | None:
        """Of a process that proves, before its first proof; None where it was not measured with these kernels."""
        calibrated = self._calibrated()
        known = calibrated is not None and calibrated.rates.kernels == run.kernels
        return calibrated.base_bytes if calibrated is not None and known else None

    def _model(self) -> str:
        calibrated = self._calibrated()
        return "" if calibrated is None else calibrated.name

    def _correction(self, records: tuple[ProofRecord, ...], run: Run) -> Correction:
        key = (self._model(), run.kernels, run.threads)
        return self._from(records, key, lambda: correction_of(records, *key))

    def _past_error(self, records: tuple[ProofRecord, ...]) -> tuple[float | None, int]:
        return self._from(records, "past", lambda: past_error(records))

    def _from(self, records: tuple[ProofRecord, ...], key: object, make: Callable[[], T]) -> T:
        """Made once for these records, which are many, and asked for with every move of a slider."""
        learned = self._learned
        if learned.records is not records:
            learned = self._learned = _Learned(records, {})
        if key not in learned.found:
            learned.found[key] = make()
        found: T = learned.found[key]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    """What was made of some records."""

    records: tuple[ProofRecord, ...]
    found: dict[object, Any]


@lru_cache(maxsize=4096)
def _predicted(
    shape: CircuitShape, run: Run, rates: Rates, basis: Confidence, factor: float, base_bytes: int | None
) -> PredictionView:
    """What the models say, times `factor`."""
    needs = predict(shape, run, base_bytes=base_bytes)
    below, above = MARGINS[basis]
    values = full_size_bounds(shape)
    times = [seconds_by_phase(shape, run, full, rates) for full in values]
    seconds = {phase: band_of([one[phase] for one in times], factor, below, above) for phase in times[0]}
    rest = band_of([rest_seconds(shape, full, rates) for full in values], factor, below, above)
    held = {one.phase: one.total for one in needs.phases}
    phases = tuple(
        PhaseNeed(phase.value, seconds.get(phase), held.get(phase, 0))
        for phase in Phase
        if phase in seconds or phase in held
    )
    disk = shape.key_bytes + (run.system.size_bytes if run.system else 0) + (run.names.size_bytes if run.names else 0)
    return PredictionView(
        constraints=shape.constraints,
        wires=shape.wires,
        public=shape.public,
        power=shape.power,
        key_bytes=shape.key_bytes,
        key_exact=True,
        key_record_bytes=0,
        disk_bytes=disk + (run.calculator.size_bytes if run.calculator else 0) + 32 * shape.wires,
        memory=needs.peak,
        seconds=warm_seconds(seconds, rest),
        phases=phases,
        basis=basis,
        kernels=run.kernels,
        threads=run.threads,
    )


def _measured(view: PredictionView, records: Iterable[ProofRecord], fingerprint: str) -> PredictionView:
    """With what finished proofs of this very circuit took, where there are any."""
    alike = [
        record.seconds
        for record in records
        if record.outcome == "verified"
        and record.seconds
        and (record.fingerprint, record.kernels, record.threads) == (fingerprint, view.kernels, view.threads)
    ][:_LOOKS_BACK]
    if not alike or view.seconds is None:
        return view
    weight = len(alike) / (len(alike) + _MODEL_COUNTS)
    model = view.seconds.likely
    likely = math.exp(weight * math.log(statistics.median(alike)) + (1 - weight) * math.log(model))
    below, above = MARGINS["measured"]
    seconds = Band(min(*alike, likely * (1 - below)), likely, max(*alike, likely * (1 + above)))
    phases = tuple(
        need
        if need.seconds is None or need.phase in ONCE
        else replace(need, seconds=_times(need.seconds, likely / model))
        for need in view.phases
    )
    return replace(view, seconds=seconds, phases=phases, basis="measured")


def _times(band: Band, factor: float) -> Band:
    return Band(factor * band.low, factor * band.likely, factor * band.high)
