"""What runs in a worker process: the services of `Application`, asked by name.

Nothing of this is imported by the window but its names; the imports that take long are made in the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.app.accounts import AccountsView, accounts_of
from zkcompanion.app.application import Application
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.codec import decode, encode, told_failure
from zkcompanion.app.job_progress import ProgressMeter
from zkcompanion.app.job_views import ProofOrder, VerifyOrder
from zkcompanion.app.settings import KERNEL_KINDS, KernelKind, Settings
from zkcompanion.app.timing import PhaseEvent, RecordingTrace
from zkcompanion.base.atomicfile import begin_no_more, process_token, remove_temporaries
from zkcompanion.base.errors import BugError
from zkcompanion.base.garbage import settle_garbage
from zkcompanion.base.logfile import keep_log
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.process import trim_memory
from zkcompanion.base.sealed import Limits

if TYPE_CHECKING:
    from zkcompanion.engine.child import Task


#: Larger circuits are not prepared unasked: it takes memory that a proof may need.
MOST_PREPARED_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """`home` as in `AppDirs`, None for the usual folders. `all_kernels`: warm what proves, else only what verifies."""

    settings: Settings
    home: Path | None
    all_kernels: bool


@dataclass(frozen=True, slots=True)
class Warmth:
    """What an opening found: the family of kernels, and what the user should know of it."""

    kernels: str
    threads: int
    notices: tuple[Message, ...] = ()
    accounts: AccountsView | None = None


@dataclass(frozen=True, slots=True)
class Paths:
    """Dropped files."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ExampleId:
    """A bundled circuit's name."""

    id: str


@dataclass(frozen=True, slots=True)
class WarmOrder:
    """A circuit to prepare, None for kernels; what the cache may hold from now on."""

    files: CircuitFiles | None
    max_entries: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Warmed:
    """How much was not in the cache before: parts of a circuit, or groups of kernels."""

    prepared: int


def kernels_of(mode: str) -> KernelKind | None:
    """The family of kernels that a job's mode names; None where it names none."""
    return next((kind for kind in KERNEL_KINDS if kind == mode), None)


def private_folders(dirs: AppDirs) -> tuple[Path, ...]:
    """Where a worker may leave temporary files behind when it is killed."""
    return (dirs.data / "keys", dirs.data, dirs.cache / "code")


class Work:
    """The servant of `engine/child`."""

    def __init__(self, app: Application, *, all_kernels: bool) -> None:
        self._app = app
        self._all_kernels = all_kernels
        self._kinds: dict[str, Callable[[bytes, RecordingTrace], object]] = {
            "warm": self._warm,
            "prepare": self._prepare,
            "verify": self._verify,
            "describe": self._describe,
            "describe-example": self._describe_example,
            "measure": self._measure,
            "sort-files": self._sort_files,
            "self-test": self._self_test,
        }

    def run(self, task: Task) -> bytes:
        """The answer to a job. Raises: whatever its service raises."""
        meter = ProgressMeter(self._app.clock)

        def hear(event: PhaseEvent) -> None:
            if meter.hear(event):
                task.changed()

        task.report(lambda: bytes(encode(meter.snapshot())))
        trace = RecordingTrace(cancel=task.cancel, listener=hear, clock=self._app.clock)
        body, task.body = task.body, b""
        if task.kind == "prove":
            self._app.backends.choose(threads=task.threads, kernels=kernels_of(task.mode))
            return bytes(encode(self._prove(body, trace, task.scratch)))
        work = self._kinds.get(task.kind)
        if work is None:
            raise BugError(msg("A worker was asked for something that it does not know."))
        return bytes(encode(work(body, trace)))

    def failure(self, error: BaseException) -> bytes:
        """An error in bytes: what the user can act on as it is, anything else as a fault of ours without its text."""
        return told_failure(error)

    def rest(self) -> None:
        """Nothing was asked for in a while: keep no memory for what may never come."""
        self._app.backends.buffers.trim()

    def abandon(self) -> None:
        """The process ends in a moment."""
        begin_no_more()
        self._app.outputs.abandon()
        for folder in private_folders(self._app.dirs):
            remove_temporaries(folder, process_token())

    # -- the kinds of jobs

    def _warm(self, _body: bytes, trace: RecordingTrace) -> Warmth:
        backends = self._app.backends
        if self._all_kernels:
            backend = backends.proving(trace)
            import zkcompanion.app.proving_service
            import zkcompanion.proving.witness.calculator  # noqa: F401  # loads wasmtime
        else:
            backend = backends.verifying(trace)
        settle_garbage()
        return Warmth(backend.kind, backend.threads, backends.notices, accounts_of(self._app))

    def _prepare(self, body: bytes, trace: RecordingTrace) -> Warmed:
        order = decode(body, WarmOrder)
        self._app.cache.limit(Limits(order.max_entries, order.max_bytes))
        warming = self._app.warming
        if order.files is None:
            return Warmed(warming.kernels(trace, for_keys=True).compiled)
        if order.files.size_bytes > MOST_PREPARED_BYTES:
            return Warmed(0)
        try:
            parts = warming.circuit(order.files, trace).parts
        finally:
            trim_memory()  # this process may not need so much again for hours
        return Warmed(sum(part.state == "prepared" for part in parts))

    def _prove(self, body: bytes, trace: RecordingTrace, scratch: int | None) -> object:
        from zkcompanion.app.describing import request_for

        return self._app.proving.prove(request_for(decode(body, ProofOrder)), trace, scratch=scratch)

    def _verify(self, body: bytes, trace: RecordingTrace) -> object:
        order = decode(body, VerifyOrder)
        return self._app.verification.verify_with(
            order.key, order.public, order.proof, trace, allow_insecure_key=order.allow_insecure_key
        )

    def _describe(self, body: bytes, _trace: RecordingTrace) -> object:
        from zkcompanion.app.describing import describe_circuit

        return describe_circuit(decode(body, CircuitFiles))

    def _describe_example(self, body: bytes, _trace: RecordingTrace) -> object:
        from zkcompanion.app.describing import describe_example

        return describe_example(decode(body, ExampleId).id)

    def _measure(self, body: bytes, _trace: RecordingTrace) -> object:
        from zkcompanion.app.foresight import measure_circuit

        return measure_circuit(decode(body, CircuitFiles))

    def _sort_files(self, body: bytes, _trace: RecordingTrace) -> object:
        from zkcompanion.app.sorting import sort_files

        return sort_files(decode(body, Paths).paths)

    def _self_test(self, _body: bytes, trace: RecordingTrace) -> object:
        return self._app.self_test(trace)


def open_worker(config: bytes) -> Work:
    """The entry of a worker process."""
    wanted = decode(config, WorkerConfig)
    dirs = AppDirs(wanted.home)
    keep_log(lambda: dirs.state)
    app = Application(wanted.settings, dirs=dirs)
    return Work(app, all_kernels=wanted.all_kernels)
