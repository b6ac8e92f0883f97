"""A circuit with its key, ready to be proved again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zkcompanion.app.run_notes import RunNotes
from zkcompanion.app.sources import STANDARD_INPUT, GivenInputs, read_inputs_from, read_witness_from
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.witness_service import check_with, reduced_warnings
from zkcompanion.base.errors import FileError, InsecureKeyError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.formats.sym import SignalNames
from zkcompanion.proving.formats.zkey import Groth16Zkey
from zkcompanion.proving.groth16.prove import ProvingKey
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.groth16.verify import PreparedKey
from zkcompanion.proving.groth16.workmask import WorkMask
from zkcompanion.proving.phases import Phase
from zkcompanion.storage.prepared import JudgedKey, Prepared

if TYPE_CHECKING:
    from zkcompanion.proving.witness.calculator import WitnessCalculator
    from zkcompanion.proving.witness.inputs import CircuitInputs


class WitnessSource:
    """Where the witness of each proof comes from: a witness file, or inputs and a calculator.

    Standard input is read once.
    """

    def __init__(
        self,
        source: Path | GivenInputs,
        calculator: WitnessCalculator | None,
        names: SignalNames | None,
        *,
        n_wires: int,
    ) -> None:
        self._source = source
        self._n_wires = n_wires
        self._calculator = calculator
        self._names = names
        self._once: LimbArray | None = None
        self._inputs: CircuitInputs | None = None
        self.warnings: tuple[Message, ...] = ()

    def witness(self, trace: RecordingTrace, buffers: Buffers, *, evenly: bool = False) -> LimbArray:
        """Plain uint64[n_wires, 4]; `evenly` as in `read_wtns`. A calculated one lies in `buffers`.

        Raises: FileError, InputError, UnsatisfiedWitnessError, ResourceError, Cancelled.
        """
        if self._once is not None:
            return self._once
        if self._calculator is None:
            with trace.phase(Phase.WITNESS):
                # inputs that were handed over come with a calculator
                witness = read_witness_from(cast("Path", self._source), n_wires=self._n_wires, evenly=evenly)
        else:
            inputs = read_inputs_from(self._source) if self._inputs is None else self._inputs
            if self._source == STANDARD_INPUT:
                self._inputs = inputs
            self.warnings = reduced_warnings(inputs)
            witness = self._calculator.calculate(
                inputs, trace, names=self._names, n_wires=self._n_wires, buffers=buffers
            )
        if self._source == STANDARD_INPUT:
            self._once = witness
        return witness


@dataclass(slots=True)
class LoadedCircuit:
    """`key` is open until its owner closes it; `system` is None where there is no `.r1cs`."""

    opened: InitVar[Prepared[JudgedKey]]
    #: where the key lies, if it is one that this program made and keeps
    local_key: Path | None
    #: takes key and constraints from their files, whatever was prepared
    read_anew: Callable[[LoadedCircuit], None]
    key: ProvingKey = field(init=False)
    prepared: PreparedKey = field(init=False)
    source: WitnessSource = field(init=False)
    system: R1cs | None = None
    names: SignalNames | None = None
    #: where the work of proofs is not to depend on the witness
    mask: WorkMask | None = None
    #: where proofs are made in slices, for a bounded memory
    plan: StreamPlan | None = None
    #: key and constraints, as they are to be kept when a proof was made with them
    files: tuple[Prepared[JudgedKey] | Prepared[R1cs], ...] = ()

    def __post_init__(self, opened: Prepared[JudgedKey]) -> None:
        self.take(opened)

    def take(self, opened: Prepared[JudgedKey]) -> None:
        """Prove with this key. Raises: InsecureKeyError where it is not even well formed."""
        trust = opened.value.trust
        worst = trust.worst
        if worst is not None and worst.malformed:
            raise InsecureKeyError(worst.message, reason=worst.id)
        self.key = opened.value.proving
        self.prepared = PreparedKey(self.key.zkey.verification_key(), trust)
        self.files = (opened,)

    @property
    def cached(self) -> bool:
        """Whether something was prepared in an earlier run, of this process or another."""
        return any(one.cached or one.shared for one in self.files)

    def forget(self) -> bool:
        """Take what was prepared out of the cache; whether it was there from an earlier run."""
        cached = self.cached
        for one in self.files:
            one.forget()
        return cached

    @property
    def constraints(self) -> int | None:
        """By the `.r1cs`, else by the key: its rows are the constraints and one for each public wire."""
        if self.system is not None:
            return self.system.n_constraints
        return self.key.zkey.n_constraints

    def checked_witness(self, backend: Backend, trace: RecordingTrace, notes: RunNotes) -> LimbArray:
        """A witness of the right length that satisfies the constraints, as far as they are here.

        What a worker before this one noted is not calculated and not checked again.

        Raises: as `WitnessSource.witness`.
        """
        evenly = self.mask is not None

        def calculate() -> LimbArray:
            witness = self.source.witness(trace, backend.buffers, evenly=evenly)
            notes.warn(self.source.warnings)
            return witness

        witness = notes.kept.once(Phase.WITNESS, calculate, trace)
        system = self.system
        if system is not None:

            def check() -> None:
                check_with(backend, system, witness, self.names, trace, evenly=evenly)

            notes.kept.once(Phase.CHECK, check, trace)
        return witness


def require_same_circuit(zkey: Groth16Zkey, system: R1cs, *, zkey_file: str) -> None:
    """FileError where a key and an `.r1cs` cannot belong together."""
    for ours, theirs, what in (
        (zkey.n_vars, system.n_wires, msg("wires")),
        (zkey.n_public, system.n_public, msg("public signals")),
    ):
        if ours != theirs:
            raise FileError(
                msg(
                    "The key has {ours} {what}, but the circuit has {theirs}; they do not belong together.",
                    ours=ours,
                    theirs=theirs,
                    what=what,
                ),
                file=zkey_file,
            )
