"""Proofs: open a circuit's files, calculate and check its witness, prove, and verify before anything is called done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.backends import Backends
from zkcompanion.app.budgeting import (
    CircuitNeeds,
    Fit,
    exceeded,
    fit_into,
    over_budget,
)
from zkcompanion.app.keys import encode_verification_key, key_view, key_warnings
from zkcompanion.app.loaded_circuit import LoadedCircuit, WitnessSource, require_same_circuit
from zkcompanion.app.loaded_files import LoadedFiles
from zkcompanion.app.local_keys import LocalKeys
from zkcompanion.app.memory import memory_is_short, peak_rss_bytes, resident_bytes
from zkcompanion.app.outputs import Outputs, require_writable
from zkcompanion.app.profiling import NO_PROFILE, Profiler, start_profiler
from zkcompanion.app.room import Shortage, memory_left, over_room
from zkcompanion.app.run_notes import RunNotes
from zkcompanion.app.shortages import key_shortage, making_shortage, proof_shortage
from zkcompanion.app.sources import GivenInputs
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import OverrideView, ProofView, ProvingView
from zkcompanion.base.errors import (
    BugError,
    CompanionError,
    FileError,
    InvalidProofError,
    NoRoomError,
    UnsatisfiedWitnessError,
)
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.process import return_freed_memory, trim_memory
from zkcompanion.base.units import format_size
from zkcompanion.proving.backend import MAKING_DEVELOPMENT_KEYS, Backend, ReferenceBackend
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.groth16.verify import verify_prepared
from zkcompanion.proving.phases import Phase
from zkcompanion.storage.prepared import JudgedKey, Prepared

#: Said where constant work was asked for and no kernels compute.
UNEVEN_INTEGERS = msg(
    "Python integers compute here, and their time depends on the witness in spite of --constant-work."
)


@dataclass(frozen=True, slots=True)
class ProvingRequest:
    """What to prove, and where to write it.

    `zkey` None: a development key of this computer is used, made where there is none, which needs `r1cs`. Either
    `witness` or both `inputs` and `wasm` are given; `r1cs` and `sym` are used where they are there. Outputs that are
    None are not written. `profile`: count the work of each phase too. `memory_bytes`: what the process may hold, None:
    what the service was told. `run_anyway`: have it tried where it is predicted not to fit.
    """

    name: str
    zkey: Path | None
    witness: Path | None = None
    inputs: Path | GivenInputs | None = None
    wasm: Path | None = None
    r1cs: Path | None = None
    sym: Path | None = None
    proof_file: Path | None = None
    public_file: Path | None = None
    verification_key_file: Path | None = None
    repeat: int = 1
    profile: bool = False
    memory_bytes: int | None = None
    run_anyway: bool = False

    @property
    def targets(self) -> Mapping[str, Path]:
        """The files to write, by kind."""
        files = {
            "proof": self.proof_file,
            "public": self.public_file,
            "verification_key": self.verification_key_file,
        }
        return {kind: path for kind, path in files.items() if path is not None}


@dataclass(frozen=True, slots=True)
class _Key:
    path: Path
    prepared: Prepared[JudgedKey]
    #: where there is a budget of memory
    fit: Fit | None = None
    local: Path | None = None
    setup_seconds: float = 0.0


class ProvingService:
    """Arguments: what computes, where local keys lie, what writes, and what keeps prepared files and calculators.

    `constant_work`: the work of proofs is not to depend on witnesses (`proving/groth16/workmask`). `memory_bytes`: what
    the process may hold (`app/budgeting`), None for no limit; not together with `constant_work`, which needs its mask.
    `run_anyway`: as of a request, for all. `accounts`: what the process holds, for the view. `room`: bytes of memory
    that can be had now.

    Without a budget a run that would not fit into what can be had is made in slices of its key, or refused.
    """

    def __init__(
        self,
        backends: Backends,
        local_keys: LocalKeys,
        outputs: Outputs,
        files: LoadedFiles,
        *,
        constant_work: bool = False,
        memory_bytes: int | None = None,
        run_anyway: bool = False,
        room: Callable[[], int] = memory_left,
        accounts: Callable[[], AccountsView | None] = lambda: None,
    ) -> None:
        self._backends = backends
        self._local_keys = local_keys
        self._outputs = outputs
        self._files = files
        self._constant_work = constant_work
        self._memory_bytes = memory_bytes
        #: of this process before its first run within a budget
        self._base_bytes: int | None = None
        self._accounts = accounts
        self._run_anyway = run_anyway
        self._room = room
        #: of the last run that was tried although it was predicted not to fit; None where that one was to fit
        self.overridden: OverrideView | None = None

    def prove(self, request: ProvingRequest, trace: RecordingTrace, *, scratch: int | None = None) -> ProvingView:
        """Make `request.repeat` proofs, verify each, and write the last one.

        scratch: memory without a name (a descriptor) in which what is finished is noted; what was noted in it by a
            worker before this one is not done again.

        Raises: FileError, InputError, UnsatisfiedWitnessError, InsecureKeyError (a key that is not even well formed),
            InvalidProofError (the key does not fit the circuit), ResourceError, Cancelled. Then nothing is written.
        """
        targets = request.targets
        self.overridden = None
        for path in targets.values():
            require_writable(path)
        held_bytes = peak_rss_bytes()
        trace.lap()
        with trace.stopwatch() as startup:
            backend = self._backends.proving(trace)
        profiler = start_profiler(backend, trace) if request.profile else None
        with ExitStack() as stack:
            key = self._open_key(request, backend, stack, trace)
            circuit = self._load(request, key, backend, stack, trace)
            budget = None if key.fit is None else key.fit.view
            if key.fit is not None:
                stack.enter_context(backend.buffers.limited(key.fit.kept_bytes))
            load_seconds = trace.lap().get(Phase.LOAD.value, 0.0)
            # what is noted is memory too: a proof in slices begins again where its worker dies
            notes = RunNotes(scratch if circuit.plan is None else None, circuit.key.zkey, key.path, request.repeat)
            while True:
                view, proof, public = self._prove_once(circuit, backend, trace, notes, request.repeat, profiler)
                notes.made(view)
                if memory_is_short():
                    backend.buffers.trim()
                if notes.complete:
                    break
            for prepared in circuit.files:
                prepared.keep()
            content = _encode(circuit.prepared.key, proof, public, backend)
            trace.check()
            self._outputs.write_public({path: content[kind] for kind, path in targets.items()})
            trust = key_view(circuit.prepared.trust)
            missed = (
                *((NO_PROFILE,) if request.profile and profiler is None else ()),
                *((UNEVEN_INTEGERS,) if self._constant_work and backend.kind == ReferenceBackend.kind else ()),
            )
            return ProvingView(
                circuit=request.name,
                verified=all(view.verified for view in notes.proofs),
                proofs=notes.proofs,
                key=trust,
                kernels=backend.kind,
                threads=backend.threads,
                constant_work=self._constant_work,
                constraints=circuit.constraints,
                wires=circuit.key.zkey.n_vars,
                public_signals=public,
                witness_checked=circuit.system is not None,
                startup_seconds=startup.seconds,
                load_seconds=load_seconds,
                setup_seconds=key.setup_seconds,
                proof_json=content["proof"],
                public_json=content["public"],
                verification_key_json=content["verification_key"],
                files={kind: str(path) for kind, path in targets.items()},
                warnings=(
                    *self._backends.notices,
                    *key_warnings(trust),
                    *notes.warnings,
                    *missed,
                    *(() if key.fit is None else key.fit.notices),
                    *_overridden(self.overridden),
                    *(() if budget is None else exceeded(budget, peak_rss_bytes(), held_bytes)),
                ),
                memory=budget,
                overridden=self.overridden,
                accounts=self._accounts(),
                multiplication_seconds=None if profiler is None else profiler.limit_s,
            )

    def _open_key(self, request: ProvingRequest, backend: Backend, stack: ExitStack, trace: RecordingTrace) -> _Key:
        """The key that was given, or this computer's own for the circuit, made where there is none; held by `stack`."""

        def read(path: Path) -> tuple[Prepared[JudgedKey], Fit | None]:
            return self._read_key(request, path, backend, stack, trace)

        if request.zkey is not None:
            with trace.phase(Phase.LOAD):
                prepared, fit = read(request.zkey)
                return _Key(request.zkey, prepared, fit)
        if request.r1cs is None:
            raise BugError(msg("A circuit without a key and without constraints was to be proved."))
        with trace.phase(Phase.LOAD):
            path = self._local_keys.path_for(request.r1cs)
            found = self._local_keys.open(path, read)
        if found is not None:
            return _Key(path, *found, path)
        with trace.stopwatch() as setup:
            backend.load(MAKING_DEVELOPMENT_KEYS, trace=trace)
            self._see_key_fits(request, request.r1cs, path.parent, backend)
            prepared, fit = self._local_keys.make(path, request.r1cs, backend, trace, read)
        return _Key(path, prepared, fit, path, setup.seconds)

    def _fit(self, request: ProvingRequest, zkey: Path, backend: Backend) -> Fit | None:
        """How the run keeps to its budget, or to what can be had; None where it need not. Raises: ResourceError,
        FileError.
        """
        files = CircuitNeeds(request.r1cs, request.sym, request.wasm)
        given = budget = self._budget(request)
        if budget is None:
            room = None if self._constant_work else proof_shortage(self._room(), zkey, files, backend)
            if room is None:
                return None
            if request.run_anyway or self._run_anyway:
                self.overridden = OverrideView(room.needed_bytes, room.room_bytes)
                return None
            budget = room.room_bytes

        def fit(base_bytes: int) -> Fit:
            kind, threads = backend.kind, backend.threads
            # what a request says comes from the queue, and is what it has room for
            refuse = over_room if given is None or request.memory_bytes is not None else over_budget
            return fit_into(budget, zkey, files, threads=threads, kernels=kind, base_bytes=base_bytes, refuse=refuse)

        if self._base_bytes is None:
            self._base_bytes = self._hold_nothing()
        found = fit(self._base_bytes)
        self._backends.buffers.trim(found.kept_bytes)  # before the circuit is loaded
        if found.plan is None:
            return found
        return_freed_memory()
        return fit(self._hold_nothing())

    def _see_key_fits(self, request: ProvingRequest, r1cs: Path, folder: Path, backend: Backend) -> None:
        """See that there is room for making a key, in memory and on the disk, and hold no more than the budget has
        room for. Raises: ResourceError, FileError.
        """
        # only whoever has no key needs it
        from zkcompanion.app.setup_service import keep_to_budget

        budget = self._budget(request)
        if budget is not None and request.memory_bytes is None:
            self._hold_nothing()
            keep_to_budget(budget, r1cs, backend)
        elif budget is not None:
            room = budget - self._hold_nothing()
            self._refuse(request, making_shortage(room, r1cs, backend), Shortage.refusal_of_making)
            keep_to_budget(budget, r1cs, backend)
        else:
            self._refuse(request, making_shortage(self._room(), r1cs, backend), Shortage.refusal_of_making)
        self._refuse(request, key_shortage(r1cs, folder), Shortage.refusal_of_disk)

    def _refuse(
        self, request: ProvingRequest, shortage: Shortage | None, refusal: Callable[[Shortage], NoRoomError]
    ) -> None:
        """Nothing where it fits, or is to be tried all the same; then that is noted. Raises: NoRoomError."""
        if shortage is None:
            return
        if not (request.run_anyway or self._run_anyway):
            raise refusal(shortage)
        self.overridden = OverrideView(shortage.needed_bytes, shortage.room_bytes)

    def _hold_nothing(self) -> int:
        """Let go of what earlier runs left, which a budget has no room for; what this process holds then."""
        self._files.close()
        self._backends.buffers.trim()
        trim_memory()
        return resident_bytes()

    def _budget(self, request: ProvingRequest) -> int | None:
        """What this process may hold; the mask of constant work has no place in a budget."""
        if self._constant_work:
            return None
        return self._memory_bytes if request.memory_bytes is None else request.memory_bytes

    def _read_key(
        self, request: ProvingRequest, path: Path, backend: Backend, stack: ExitStack, trace: RecordingTrace
    ) -> tuple[Prepared[JudgedKey], Fit | None]:
        """A key that `stack` holds, and how the run keeps to its budget. A key read in slices is not kept ready: what
        would be kept is what the budget has no room for.
        """
        fit = self._fit(request, path, backend)
        if fit is None or fit.plan is None:
            return stack.enter_context(self._files.key(path, backend, trace=trace)), fit
        return _read_sparingly(path, backend, stack, trace), fit

    def _load(
        self, request: ProvingRequest, key: _Key, backend: Backend, stack: ExitStack, trace: RecordingTrace
    ) -> LoadedCircuit:
        """Everything that all proofs of the run share, held by `stack`."""
        files = self._files
        checked = key.fit is None or key.fit.checked

        def read(circuit: LoadedCircuit, prepared: Prepared[JudgedKey], *, anew: bool) -> None:
            """Take the key in, and the constraints that belong to it."""
            circuit.take(prepared)
            if checked and request.r1cs is not None:
                system = stack.enter_context(files.system(request.r1cs, anew=anew))
                circuit.system, circuit.files = system.value, (prepared, system)
            if circuit.system is not None:
                require_same_circuit(circuit.key.zkey, circuit.system, zkey_file=str(key.path))
            if self._constant_work:
                circuit.mask = stack.enter_context(circuit.key.work_mask(backend, trace=trace))

        def read_anew(circuit: LoadedCircuit) -> None:
            with trace.phase(Phase.LOAD):
                if circuit.plan is not None:
                    prepared = _read_sparingly(key.path, backend, stack, trace)
                else:
                    prepared = stack.enter_context(files.key(key.path, backend, trace=trace, anew=True))
                read(circuit, prepared, anew=True)

        with trace.phase(Phase.LOAD):
            circuit = LoadedCircuit(key.prepared, key.local, read_anew)
            circuit.plan = None if key.fit is None else key.fit.plan
            try:
                read(circuit, key.prepared, anew=False)
            except FileError:
                if not circuit.forget():
                    raise
                read_anew(circuit)
            zkey = circuit.key.zkey
            if request.sym is not None and circuit.system is not None:
                circuit.names = stack.enter_context(files.names(request.sym, circuit.system))
            if request.inputs is not None and request.wasm is not None:
                calculator = stack.enter_context(files.calculator(request.wasm, trace=trace))
                circuit.source = WitnessSource(request.inputs, calculator, circuit.names, n_wires=zkey.n_vars)
            elif request.witness is not None:
                circuit.source = WitnessSource(request.witness, None, None, n_wires=zkey.n_vars)
            else:
                raise BugError(msg("A circuit without a witness and without inputs was to be proved."))
        return circuit

    def _prove_once(
        self,
        circuit: LoadedCircuit,
        backend: Backend,
        trace: RecordingTrace,
        notes: RunNotes,
        total: int,
        profiler: Profiler | None,
    ) -> tuple[ProofView, Proof, tuple[int, ...]]:
        trace.proof_started(notes.begin(), total)
        with trace.stopwatch() as watch:
            proof, public = self._prove_and_verify(circuit, backend, trace, notes)
        phases = trace.lap()
        work, counting_s = trace.lap_work()
        seconds = watch.seconds - counting_s
        profile = None if profiler is None else profiler.profile(phases, work, seconds, trace.lap_memory())
        resumed = tuple(phase.value for phase in notes.kept.taken)
        view = ProofView(seconds, phases, peak_rss_bytes(), verified=True, profile=profile, resumed=resumed)
        return view, proof, public

    def _prove_and_verify(
        self, circuit: LoadedCircuit, backend: Backend, trace: RecordingTrace, notes: RunNotes
    ) -> tuple[Proof, tuple[int, ...]]:
        """A proof that holds. What a worker before left, of kernels that were about to crash, and what was prepared in
        an earlier run may be to blame for one that does not: nothing is said before all was made and read anew.
        """
        while True:
            unsatisfied = None
            try:
                proof, public, holds = _attempt(circuit, backend, trace, notes)
                if holds:
                    return proof, public
            except UnsatisfiedWitnessError as error:
                unsatisfied = error
            if notes.forget():
                continue
            if not circuit.forget():
                raise unsatisfied or self._refused(circuit)
            circuit.read_anew(circuit)

    def _refused(self, circuit: LoadedCircuit) -> CompanionError:
        """Whose fault it is that a proof does not hold."""
        error = _refusal(circuit)
        if circuit.local_key is not None and circuit.system is not None:  # else the witness may be at fault
            self._local_keys.remove(circuit.local_key)
        return error


def _read_sparingly(path: Path, backend: Backend, stack: ExitStack, trace: RecordingTrace) -> Prepared[JudgedKey]:
    """A key for proofs in slices, held by `stack`."""
    zkey = stack.enter_context(read_zkey(path, sparing=True))
    trust = inspect_zkey(zkey, backend.pairing)
    proving = ProvingKey.prepare_sparingly(zkey, trace=trace)
    return Prepared(JudgedKey(proving, trust), b"", cached=False, size_bytes=0)


def _attempt(
    circuit: LoadedCircuit, backend: Backend, trace: RecordingTrace, notes: RunNotes
) -> tuple[Proof, tuple[int, ...], bool]:
    """A proof with its public signals, and whether it holds."""
    witness = circuit.checked_witness(backend, trace, notes)
    proof, public = prove(
        circuit.key, witness, backend, trace=trace, mask=circuit.mask, plan=circuit.plan, kept=notes.kept
    )
    with trace.phase(Phase.VERIFY):
        try:
            verify_prepared(circuit.prepared, public, proof, pairing=backend.pairing, allow_insecure_key=True)
        except InvalidProofError:
            return proof, public, False
    return proof, public, True


def _overridden(view: OverrideView | None) -> tuple[Message, ...]:
    if view is None:
        return ()
    return (
        msg(
            "It was predicted not to fit, and was tried all the same: about {needed} were said to be needed, and "
            "{room} could be had.",
            needed=format_size(view.needed_bytes),
            room=format_size(view.room_bytes),
        ),
    )


def _refusal(circuit: LoadedCircuit) -> CompanionError:
    """Why a proof of our own does not hold."""
    if circuit.system is None:
        return UnsatisfiedWitnessError(
            msg("The proof does not verify: the witness does not satisfy the circuit of this key."),
            hint=msg("With the circuit's .r1cs (--r1cs F) the first constraint that it breaks is named."),
        )
    if circuit.local_key is not None:
        return InvalidProofError(
            msg("The proof does not verify: the development key kept for this circuit was damaged. It was removed."),
            reason="pairing",
            hint=msg("Run the command again; it makes a new key."),
        )
    return InvalidProofError(
        msg("The witness satisfies the constraints, but the proof does not verify: key and circuit do not fit."),
        reason="pairing",
        hint=msg("Make the key anew from this .r1cs, or give the .r1cs that the key was made from."),
    )


def _encode(key: VerificationKey, proof: Proof, public: tuple[int, ...], backend: Backend) -> Mapping[str, bytes]:
    """The three files, by kind."""
    return {
        "proof": proof_to_json(proof),
        "public": public_to_json(public),
        "verification_key": encode_verification_key(key, backend.pairing),
    }
