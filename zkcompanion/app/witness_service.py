"""Witnesses: calculating them from inputs, and checking them against a circuit's constraints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.app.backends import Backends
from zkcompanion.app.outputs import Outputs, require_writable
from zkcompanion.app.sources import read_inputs_from, read_witness_from
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import WitnessCheckView, WitnessView
from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.formats.r1cs import R1cs, read_r1cs
from zkcompanion.proving.formats.sym import SignalNames, read_sym, require_names_fit
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.witness.inputs import CircuitInputs, shown_name

if TYPE_CHECKING:
    from zkcompanion.proving.witness.sandbox import ModuleCache


class WitnessService:
    """`backends` computes, `outputs` writes, `module_cache` keeps compiled calculators (None: nothing is kept)."""

    def __init__(self, backends: Backends, outputs: Outputs, module_cache: ModuleCache | None) -> None:
        self._backends = backends
        self._outputs = outputs
        self._module_cache = module_cache

    def calculate(self, wasm: Path, inputs: Path, witness: Path, trace: RecordingTrace) -> WitnessView:
        """Run a circuit's calculator on an input file and write the witness, for its owner's eyes only.

        Raises: FileError, InputError, UnsatisfiedWitnessError, ResourceError, Cancelled.
        """
        from zkcompanion.proving.witness.calculator import read_calculator

        require_writable(witness)
        with trace.phase(Phase.LOAD):
            values = read_inputs_from(inputs)
            calculator = read_calculator(wasm, module_cache=self._module_cache, trace=trace)
        with trace.stopwatch() as watch:
            result = calculator.calculate(values, trace)
        trace.check()
        with self._outputs.writing(witness):
            write_wtns(witness, result)
        return WitnessView(str(witness), len(result), watch.seconds, reduced_warnings(values))

    def check(self, r1cs: Path, witness: Path, sym: Path | None, trace: RecordingTrace) -> WitnessCheckView:
        """Whether a witness satisfies a circuit. Raises: FileError, Cancelled."""
        with trace.phase(Phase.LOAD):
            system = read_r1cs(r1cs)
            names = read_names(sym, system)
            values = read_witness_from(witness, n_wires=system.n_wires)
        verdict = msg("The witness satisfies all {count} constraints.", count=system.n_constraints)
        hint: Message | None = None
        satisfied = True
        backend = self._backends.checking(trace)
        with trace.stopwatch() as watch:
            try:
                check_with(backend, system, values, names, trace)
            except UnsatisfiedWitnessError as error:
                satisfied, verdict, hint = False, error.message, error.hint
        return WitnessCheckView(satisfied, verdict, hint, system.n_constraints, system.n_wires, watch.seconds)


def check_with(
    backend: Backend,
    system: R1cs,
    witness: LimbArray,
    names: SignalNames | None,
    trace: RecordingTrace,
    *,
    evenly: bool = False,
) -> None:
    """Check a witness with the rows' kernels, `evenly` as in `check_witness`.

    Raises: UnsatisfiedWitnessError, Cancelled.
    """
    rows = backend.rows
    check_witness(
        system,
        witness,
        names,
        trace,
        evaluate_rows=lambda matrix, values: rows.evaluate(matrix, values, trace=trace),
        multiply=rows.multiply,
        evenly=evenly,
    )


def read_names(sym: Path | None, system: R1cs) -> SignalNames | None:
    """The signals' names where there is a `.sym`. Raises: FileError where it belongs to another circuit."""
    if sym is None:
        return None
    names = read_sym(sym)
    require_names_fit(names, system.n_labels, file=str(sym))
    return names


def reduced_warnings(inputs: CircuitInputs) -> tuple[Message, ...]:
    """A sentence for each input whose number does not fit the field."""
    return tuple(
        msg(
            "Input {signal} holds a number that is not below the field's prime; it was taken modulo the prime.",
            signal=shown_name(name),
        )
        for name in inputs.reduced
    )
