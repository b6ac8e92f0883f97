"""Many proofs of one circuit: one for each file of inputs in a folder, made side by side in the pool of workers.

Inputs are read by the workers alone. What is proved is written at once, so that a cancel or a crash loses none of it.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zkcompanion.app.circuit_files import CircuitFiles, is_folder
from zkcompanion.app.error_views import ErrorView, error_view
from zkcompanion.app.history import History
from zkcompanion.app.job_views import JobChanged, JobView, ProofOrder, WorkerView
from zkcompanion.app.jobs import JobService
from zkcompanion.app.outputs import Outputs, require_writable
from zkcompanion.app.run_log import BatchLog
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import KeyView
from zkcompanion.app.worker_pool import CLERK
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import CompanionError, FileError, MissingFileError, UsageError, error_of_system
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from zkcompanion.app.views import ProvingView

_LOOK_S = 0.05

ItemState = Literal["proved", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What became of one file of inputs. `seconds`: of the proof; `files`: by kind, those that are there now."""

    name: str
    state: ItemState
    seconds: float | None = None
    files: tuple[tuple[str, str], ...] = ()
    error: ErrorView | None = None
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class BatchView:
    """All of them by name. `seconds`: from the start of the workers to the last file. None where nothing was proved."""

    circuit: str
    folder: str
    items: tuple[BatchItem, ...]
    seconds: float
    kernels: str | None = None
    key: KeyView | None = None
    warnings: tuple[Message, ...] = ()
    #: those that prove, at the end
    workers: tuple[WorkerView, ...] = ()

    def count(self, state: ItemState) -> int:
        """How many ended so."""
        return sum(item.state == state for item in self.items)


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """`inputs`: the folder with the files; `folder`: where a folder for each goes. `again`: what is there already too.

    Files of the circuit's own inputs or witness are left out.
    """

    circuit: CircuitFiles
    inputs: Path
    folder: Path
    again: bool = False


def prove_batch(
    request: BatchRequest, settings: Settings, outputs: Outputs, dirs: AppDirs, clock: Clock, trace: RecordingTrace
) -> BatchView:
    """One proof for each file; those that fail stop no other.

    Raises: UsageError, FileError (the folder, the circuit's files, or where the proofs go); Cancelled.
    """
    circuit = request.circuit
    if circuit.zkey is None and circuit.r1cs is None:
        raise UsageError(msg("{circuit} has neither a .zkey nor an .r1cs.", circuit=circuit.name))
    if circuit.wasm is None:
        raise FileError(
            msg("There are inputs, but no .wasm to calculate the witness with."),
            file=circuit.name,
            hint=msg("Compile the circuit with --wasm, or name the file: --wasm F."),
        )
    found = _input_files(request.inputs)
    require_writable(request.folder / "verification_key.json")
    items = {path.stem: _skipped(path, request) for path in found}
    todo = [path for path in found if items[path.stem] is None]
    with trace.stopwatch() as watch:
        batch = _Batch(request, settings, outputs, dirs, clock, trace, len(todo))
        if todo:
            items |= {item.name: item for item in batch.run(todo)}
    return BatchView(
        circuit.name,
        str(request.folder),
        tuple(item for item in items.values() if item is not None),
        watch.seconds,
        batch.kernels,
        batch.key,
        tuple(batch.warnings),
        batch.workers,
    )


class _Batch:
    def __init__(
        self,
        request: BatchRequest,
        settings: Settings,
        outputs: Outputs,
        dirs: AppDirs,
        clock: Clock,
        trace: RecordingTrace,
        total: int,
    ) -> None:
        self._request = request
        self._outputs = outputs
        self._trace = trace
        self._total = total
        self._ended: queue.SimpleQueue[JobView] = queue.SimpleQueue()
        self._bus = EventBus()
        self._bus.subscribe(JobChanged, self._hear)
        self._log = BatchLog(self._bus, clock)
        self._dirs = dirs
        history = History(dirs, self._bus, wanted=lambda: False)
        self._jobs = JobService(settings, self._bus, history, dirs=dirs, clock=clock)
        self.kernels: str | None = None
        self.key: KeyView | None = None
        self.warnings: dict[Message, None] = {}
        self.workers: tuple[WorkerView, ...] = ()

    def run(self, todo: list[Path]) -> Iterator[BatchItem]:
        """Each as soon as it is over. Raises: Cancelled."""
        first = len(todo)
        if self._request.circuit.zkey is None:
            first = 1  # the others find the development key that it makes
        self._trace.proof_started(1, self._total)
        done = 0
        try:
            self._jobs.start()
            names: dict[int, str] = {}
            for part in (todo[:first], todo[first:]):
                names |= {self._submit(path): path.stem for path in part}
                while names:
                    view = self._next()
                    if view.id not in names:
                        continue
                    yield self._item(names.pop(view.id), view)
                    self._jobs.forget(view.id)
                    done += 1
                    if done < self._total:
                        self._trace.proof_started(done + 1, self._total)
            self.workers = tuple(view for view in self._jobs.workers() if view.name != CLERK)
        finally:
            self._jobs.close()
            self._log.leave(self._dirs, self._request.circuit)

    def _submit(self, path: Path) -> int:
        files = replace(self._request.circuit, input=path, witness=None)
        title = msg("{name}", name=files.name)
        return self._jobs.submit(ProofOrder(files, title, fingerprint=""), priority="batch")

    def _hear(self, event: JobChanged) -> None:
        if event.job.ended:
            self._ended.put(event.job)

    def _next(self) -> JobView:
        while True:
            try:
                # what is proved when the user cancels is written too
                return self._ended.get(timeout=0.0 if self._trace.cancel.is_set() else _LOOK_S)
            except queue.Empty:
                self._trace.check()

    def _item(self, name: str, view: JobView) -> BatchItem:
        """Writes the proof. One that cannot be written has failed, as the disk may be full for this one only."""
        result = view.result
        if result is None:
            return BatchItem(name, "failed", error=view.error, deaths=view.deaths)
        try:
            files = self._write(name, result)
        except CompanionError as error:
            return BatchItem(name, "failed", error=error_view(error), deaths=view.deaths)
        self.kernels = result.kernels
        self.key = result.key
        self.warnings |= dict.fromkeys(result.warnings)
        return BatchItem(name, "proved", result.proofs[-1].seconds, files, deaths=view.deaths)

    def _write(self, name: str, result: ProvingView) -> tuple[tuple[str, str], ...]:
        if self.key is None:
            key = self._request.folder / "verification_key.json"
            self._outputs.write_public({key: result.verification_key_json})
        targets = _targets(self._request.folder, name)
        # the proof comes last: where it is, all is
        self._outputs.write_public({targets["public"]: result.public_json, targets["proof"]: result.proof_json})
        return tuple((kind, str(path)) for kind, path in targets.items())


def _input_files(folder: Path) -> list[Path]:
    if not is_folder(folder):
        raise MissingFileError(msg("There is no such folder."), file=str(folder))
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json" and path.stem[:1] != ".")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise error_of_system(error, msg("The folder cannot be read: {why}.", why=why), file=str(folder)) from error
    files = [path for path in found if path.is_file()]
    if not files:
        raise FileError(
            msg("There is no .json file in this folder."),
            file=str(folder),
            hint=msg("Put the inputs of each proof into a file of its own, such as 1.json."),
        )
    return files


def _targets(folder: Path, name: str) -> dict[str, Path]:
    return {"proof": folder / name / "proof.json", "public": folder / name / "public.json"}


def _skipped(path: Path, request: BatchRequest) -> BatchItem | None:
    """An item where the proof is there, and younger than all that it was made from."""
    targets = _targets(request.folder, path.stem)
    circuit = request.circuit
    sources = [path, *(one for one in (circuit.zkey, circuit.r1cs, circuit.wasm) if one is not None)]
    try:
        oldest_ns = min(target.stat().st_mtime_ns for target in targets.values())
        if request.again or oldest_ns < max(source.stat().st_mtime_ns for source in sources):
            return None
    except OSError:
        return None
    return BatchItem(path.stem, "skipped", files=tuple((kind, str(target)) for kind, target in targets.items()))
