"""Filling the cache before it is needed: what the first proof of a circuit would otherwise wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from zkcompanion.app.backends import Backends
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.loaded_circuit import require_same_circuit
from zkcompanion.app.local_keys import LocalKeys
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import InsecureKeyError
from zkcompanion.base.messages import Message
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.backend import Backend, KernelBackend
from zkcompanion.proving.formats.mapped import read_bounded
from zkcompanion.proving.formats.sym import require_names_fit
from zkcompanion.proving.formats.zkey import Groth16Zkey
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.phases import Phase
from zkcompanion.storage.identity import settles_in_s
from zkcompanion.storage.prepared import JudgedKey, Prepared, PreparedCircuits

PartName = Literal["key", "constraints", "names", "calculator"]
#: `found` in the cache; `prepared` now, and kept; `not-kept`: no room, no cache, or a file that changes.
PartState = Literal["found", "prepared", "not-kept"]
#: A file whose time is further ahead than any clock ticks coarsely is not waited for.
_LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class WarmedPart:
    """Something of a circuit; `seconds`: what finding or preparing it took."""

    part: PartName
    state: PartState
    seconds: float


@dataclass(frozen=True, slots=True)
class WarmedCircuit:
    """`made_key`: a development key was made because there was none."""

    circuit: str
    parts: tuple[WarmedPart, ...]
    made_key: bool = False


@dataclass(frozen=True, slots=True)
class WarmedKernels:
    """The family, how many groups of it were compiled now (the others were in the cache), and how long it took."""

    kernels: str
    compiled: int
    seconds: float
    notices: tuple[Message, ...] = ()


class WarmingService:
    """Arguments: what computes, where local keys lie, the cache (None: nothing is kept)."""

    def __init__(self, backends: Backends, local_keys: LocalKeys, store: SealedStore | None, clock: Clock) -> None:
        self._backends = backends
        self._local_keys = local_keys
        self._store = store
        self._circuits = PreparedCircuits(store, clock)
        self._clock = clock

    def kernels(self, trace: RecordingTrace, *, for_keys: bool = False) -> WarmedKernels:
        """What every proof needs; `for_keys`: what making a development key needs.

        Raises: UsageError, KernelsUnavailable, Cancelled.
        """
        with trace.stopwatch() as watch:
            backends = self._backends
            backend = backends.making_development_keys(trace) if for_keys else backends.proving(trace)
        compiled = len(backend.compiled) if isinstance(backend, KernelBackend) else 0
        return WarmedKernels(backend.kind, compiled, watch.seconds, backends.notices)

    def circuit(
        self, files: CircuitFiles, trace: RecordingTrace, *, make_key: bool = False, patient: bool = False
    ) -> WarmedCircuit:
        """Prepare a circuit's key, constraints, names and calculator, as far as there are files for them.

        `make_key`: make a development key where there is none, as its first proof would. `patient`: wait for a file
        that changed a moment ago, up to some seconds, because nothing of it is kept before.

        Raises: FileError, InsecureKeyError (not even well formed), ResourceError, Cancelled.
        """
        parts: list[WarmedPart] = []
        backend = self._backends.verifying(trace)
        with trace.phase(Phase.LOAD):
            with self._key(files, backend, trace, make_key=make_key) as (key, zkey_path, made, seconds):
                zkey = None if key is None else key.value.zkey
                if key is not None:
                    parts.append(self._kept("key", key, zkey_path, trace, seconds, patient=patient))
                parts += self._constraints(files, zkey, zkey_path, trace, patient=patient)
            if files.wasm is not None:
                parts.append(self._calculator(files.wasm, trace))
        return WarmedCircuit(files.name, tuple(parts), made)

    @contextmanager
    def _key(
        self, files: CircuitFiles, backend: Backend, trace: RecordingTrace, *, make_key: bool
    ) -> Iterator[tuple[Prepared[JudgedKey] | None, Path, bool, float]]:
        """The key, where it lies, whether it was made now, and how long that took; closed at the end."""

        def read(path: Path) -> Prepared[JudgedKey]:
            return self._circuits.key(path, lambda zkey: inspect_zkey(zkey, backend.pairing), trace=trace)

        path, key, made = files.zkey, None, False
        with trace.stopwatch() as watch:
            if path is not None:
                key = read(path)
            elif files.r1cs is not None:
                path = self._local_keys.path_for(files.r1cs)
                key = self._local_keys.open(path, read)
                if key is None and make_key:
                    key = self._local_keys.make(path, files.r1cs, backend, trace, read)
                    made = True
        try:
            if key is not None:
                worst = key.value.trust.worst
                if worst is not None and worst.malformed:
                    raise InsecureKeyError(worst.message, reason=worst.id)
            yield key, path or Path(), made, watch.seconds
        finally:
            if key is not None:
                key.value.zkey.close()

    def _constraints(
        self, files: CircuitFiles, zkey: Groth16Zkey | None, zkey_path: Path, trace: RecordingTrace, *, patient: bool
    ) -> Iterator[WarmedPart]:
        """The constraints, and the names, which are only of use beside them."""
        if files.r1cs is None:
            return
        trace.check()
        with trace.stopwatch() as watch:
            system = self._circuits.system(files.r1cs)
        if zkey is not None:
            require_same_circuit(zkey, system.value, zkey_file=str(zkey_path))
        yield self._kept("constraints", system, files.r1cs, trace, watch.seconds, patient=patient)
        if files.sym is None:
            return
        trace.check()
        with trace.stopwatch() as watch:
            names = self._circuits.names(files.sym)
        require_names_fit(names.value, system.value.n_labels, file=str(files.sym))
        yield self._kept("names", names, files.sym, trace, watch.seconds, patient=False)

    def _calculator(self, path: Path, trace: RecordingTrace) -> WarmedPart:
        # wasmtime is needed where there is a calculator alone
        from zkcompanion.proving.witness.calculator import DEFAULT_LIMITS, WitnessCalculator

        trace.check()
        wasm = read_bounded(path, max_bytes=DEFAULT_LIMITS.file_size_bytes)
        heard = _Heard(self._store)
        with trace.stopwatch() as watch:
            WitnessCalculator(wasm, file=str(path), module_cache=heard, trace=trace)
        return WarmedPart("calculator", heard.state, watch.seconds)

    def _kept(
        self,
        part: PartName,
        prepared: Prepared[Any],
        path: Path,
        trace: RecordingTrace,
        seconds: float,
        *,
        patient: bool,
    ) -> WarmedPart:
        if prepared.cached:
            return WarmedPart(part, "found", seconds)
        if patient and self._store is not None:
            with suppress(OSError):  # gone by now: it is not kept
                wait_s = settles_in_s(path.stat(), self._clock.unix_s())
                if 0 < wait_s < _LONGEST_WAIT_S:
                    trace.cancel.wait(wait_s)
                    trace.check()
        return WarmedPart(part, "prepared" if prepared.keep() else "not-kept", seconds)


class _Heard:
    """A cache of compiled modules, and what became of the one that was asked for."""

    def __init__(self, store: SealedStore | None) -> None:
        self._store = store
        self.state: PartState = "not-kept"

    def get(self, name: str, key: bytes, /) -> bytes | None:
        """As the store."""
        data = None if self._store is None else self._store.get(name, key)
        self.state = "not-kept" if data is None else "found"
        return data

    def put(self, name: str, key: bytes, data: bytes, /) -> bool:
        """As the store."""
        kept = self._store is not None and self._store.put(name, key, data)
        self.state = "prepared" if kept else "not-kept"
        return kept


@dataclass(frozen=True, slots=True)
class WarmedView:
    """What a command warmed."""

    kernels: WarmedKernels
    circuits: tuple[WarmedCircuit, ...]


def warm(
    service: WarmingService, names: Sequence[str], find: Callable[[str], CircuitFiles], trace: RecordingTrace
) -> WarmedView:
    """The kernels, and everything of the circuits of these names; all are looked for before anything is done."""
    circuits = [find(name) for name in names]
    kernels = service.kernels(trace)
    made = (service.circuit(files, trace, make_key=True, patient=True) for files in circuits)
    return WarmedView(kernels, tuple(made))
