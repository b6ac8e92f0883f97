"""What a run of proofs will ask of the machine, from the shape of its circuit and from what finished runs took."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from zkcompanion.app.budgeting import family_of
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history import History
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.prediction_errors import Foretold
from zkcompanion.app.views import ProvingView
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.costs.band import Band
from zkcompanion.costs.budget import stream_within
from zkcompanion.costs.constants import MEMORY
from zkcompanion.costs.making import making_peak
from zkcompanion.costs.memory import Family, Run, kept_bytes
from zkcompanion.costs.needs import Needs, predict
from zkcompanion.costs.shape import (
    CircuitShape,
    calculator_of,
    names_of,
    shape_of_both,
    shape_of_r1cs,
    shape_of_zkey,
    system_of,
)
from zkcompanion.costs.speed import Speed, predict_seconds, thread_speed_up
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.proving.formats.r1cs import read_r1cs
from zkcompanion.proving.phases import Phase

#: Of a circuit that was not looked at: a process, and what is made of each byte of its key.
_BASE_BYTES, _TIMES_KEY = 150 << 20, 2
#: Bytes of a key for each byte of its `.r1cs`, about.
_KEY_BYTES = 4
_PHASES: Mapping[str, Phase] = {phase.value: phase for phase in Phase}


@dataclass(frozen=True, slots=True)
class MeasuredCircuit:
    """A circuit's shape, and what is read beside its key."""

    shape: CircuitShape
    run: Run


def measure_circuit(files: CircuitFiles) -> MeasuredCircuit:
    """Looks at the files. Raises: FileError, UsageError (neither a key nor constraints)."""
    system = read_r1cs(files.r1cs) if files.r1cs is not None else None
    if system is not None:
        shape = shape_of_r1cs(system) if files.zkey is None else shape_of_both(files.zkey, system)
    elif files.zkey is not None:
        shape = shape_of_zkey(files.zkey)
    else:
        raise UsageError(msg("{circuit} has neither a .zkey nor an .r1cs.", circuit=files.name))
    run = Run(
        system=None if system is None or files.r1cs is None else system_of(system, files.r1cs.stat().st_size),
        names=None if files.sym is None else names_of(files.sym),
        calculator=None if files.wasm is None else calculator_of(files.wasm),
        makes_key=files.zkey is None,
    )
    return MeasuredCircuit(shape, run)


class Foretells(Protocol):
    """What says beforehand what a proof will take (`PredictionService`)."""

    def foretell(self, circuit: MeasuredCircuit, fingerprint: str, kernels: Family, threads: int) -> Foretold | None:
        """Of a proof with these kernels and so many threads."""


class Foresight:
    """Safe to call from any thread. `predictions`: asked where no proof of this window tells."""

    def __init__(self, history: History, predictions: Foretells | None = None) -> None:
        self._history = history
        self._predictions = predictions
        self._lock = threading.Lock()
        self._circuits: dict[str, MeasuredCircuit] = {}
        self._speed = Speed()

    def knows(self, fingerprint: str) -> bool:
        """Whether a circuit was looked at."""
        return self._looked_at(fingerprint) is not None

    def keep(self, fingerprint: str, circuit: MeasuredCircuit) -> None:
        """What was found out of a circuit."""
        with self._lock:
            self._circuits[fingerprint] = circuit

    def claim(self, number: int, order: ProofOrder, priority: Priority, *, kernels: str | None, threads: int) -> Claim:
        """What a run asks of the machine; `threads`: the most that one proof gets."""
        needs = self._needs(order.fingerprint, kernels, 1)
        seconds = self._seconds(order, needs, kernels, threads)
        if needs is None:
            size = _key_bytes(order.circuit)
            return Claim(number, priority, 0.0, _BASE_BYTES + _TIMES_KEY * size, size, seconds)
        memory_bytes = round(needs.peak.high) + self._kept_bytes(order.fingerprint)
        return Claim(number, priority, 0.0, memory_bytes, needs.multiplications, seconds)

    def within(
        self, order: ProofOrder, claim: Claim, budget_bytes: int, *, kernels: str | None, threads: int
    ) -> tuple[ProofOrder, Claim]:
        """The run as it is, or, where it does not fit what one run may hold, one whose key is read in slices.

        Where not even that fits the run stays as it is: it may be impossible. Of a circuit that was not looked at, the
        worker will see what fits.
        """
        if claim.memory_bytes <= budget_bytes:
            return order, claim
        own = order.memory_bytes
        within = replace(order, memory_bytes=budget_bytes if own is None else min(own, budget_bytes))
        circuit = self._looked_at(order.fingerprint)
        if circuit is None:
            return within, replace(claim, memory_bytes=budget_bytes)
        run = replace(circuit.run, threads=threads, kernels=family_of(kernels))
        making = _making_bytes(circuit.shape, run)
        for possible in (run, replace(run, system=None, names=None)):
            streamed = stream_within(circuit.shape, possible, budget_bytes)
            if streamed is not None and making <= budget_bytes:
                return within, replace(claim, memory_bytes=max(streamed.peak_bytes, making))
        return order, claim

    def learn(self, fingerprint: str, result: ProvingView) -> None:
        """A run is done: what its proofs took."""
        needs = self._needs(fingerprint, result.kernels, result.threads)
        # a proof that went on after its worker died has not all of its phases
        phases = [proof.phases for proof in result.proofs if not proof.resumed]
        if needs is None or not phases:
            return
        seconds = {
            phase: statistics.median(taken.get(name, 0.0) for taken in phases) for name, phase in _PHASES.items()
        }
        with self._lock:
            self._speed = self._speed.learned(needs, seconds)

    def foretold(self, fingerprint: str, kernels: str, threads: int) -> Foretold | None:
        """What is said of a proof; None for a circuit that was not looked at, or where nobody can say."""
        circuit = self._looked_at(fingerprint)
        if circuit is None or self._predictions is None:
            return None
        return self._predictions.foretell(circuit, fingerprint, family_of(kernels), max(1, threads))

    def _looked_at(self, fingerprint: str) -> MeasuredCircuit | None:
        with self._lock:
            return self._circuits.get(fingerprint)

    def _needs(self, fingerprint: str, kernels: str | None, threads: int) -> Needs | None:
        circuit = self._looked_at(fingerprint)
        if circuit is None:
            return None
        return predict(circuit.shape, replace(circuit.run, threads=threads, kernels=family_of(kernels)))

    def _kept_bytes(self, fingerprint: str) -> int:
        """What is kept of finished phases, beside the worker that proves."""
        circuit = self._looked_at(fingerprint)
        return 0 if circuit is None else kept_bytes(circuit.shape)

    def _seconds(self, order: ProofOrder, needs: Needs | None, kernels: str | None, threads: int) -> Band | None:
        """Of the run on one thread."""
        if kernels is None:
            return None
        for used in dict.fromkeys((1, threads)):
            known = self._history.expectation(order.fingerprint, kernels=kernels, threads=used)
            if known is not None:
                times = order.repeat * thread_speed_up(used)
                return Band(known.low_s * times, (known.low_s + known.high_s) / 2 * times, known.high_s * times)
        with self._lock:
            band = None if needs is None else predict_seconds(needs, self._speed)
        if band is None:
            foretold = self.foretold(order.fingerprint, kernels, 1)
            if foretold is None or not foretold.calibrated:
                return None
            band = foretold.seconds
        return Band(*(order.repeat * value for value in (band.low, band.likely, band.high)))


def _making_bytes(shape: CircuitShape, run: Run) -> int:
    """What making its key takes; 0 where there is one."""
    if not run.makes_key or run.system is None:
        return 0
    base = MEMORY.base[run.kernels]
    return making_peak(shape.wires, shape.domain, run.system, threads=run.threads, base_bytes=base)


def _key_bytes(files: CircuitFiles) -> int:
    """Of the key, by the size of the files alone."""
    for path, times in ((files.zkey, 1), (files.r1cs, _KEY_BYTES)):
        if path is not None:
            return times * _size(path)
    return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
