"""The composition root: builds every service from its parts, once, when it is first asked for.

What needs NumPy or the compiler is imported at that moment, so that a command that needs neither starts at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zkcompanion.app.outputs import Outputs
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import Cancelled, FileError
from zkcompanion.base.garbage import GarbageWatch
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from zkcompanion.app.backends import Backends
    from zkcompanion.app.batch import BatchView
    from zkcompanion.app.cache_service import CacheService
    from zkcompanion.app.calibration_service import CalibrationService
    from zkcompanion.app.choose import FileRole
    from zkcompanion.app.diagnostics import Diagnostics
    from zkcompanion.app.engine_service import EngineView
    from zkcompanion.app.example_service import ExampleService
    from zkcompanion.app.hardware_service import HardwareService
    from zkcompanion.app.hardware_views import CheckView, MachineFacts
    from zkcompanion.app.history_rows import ProofRecord
    from zkcompanion.app.inspection_service import InspectionService
    from zkcompanion.app.loaded_files import LoadedFiles
    from zkcompanion.app.monitor_views import Sample
    from zkcompanion.app.objective_service import ObjectiveService
    from zkcompanion.app.prediction_service import PredictionService
    from zkcompanion.app.proving_service import ProvingService
    from zkcompanion.app.run_recorder import RunRecorder
    from zkcompanion.app.setup_service import SetupService
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.verification_service import VerificationService
    from zkcompanion.app.views import ProvingView, SelfTestView
    from zkcompanion.app.warming import WarmedView, WarmingService
    from zkcompanion.app.witness_service import WitnessService
    from zkcompanion.base.sealed import SealedStore


class Application:
    """All services for one set of settings; context manager. Faces use nothing of this program but what hangs here."""

    def __init__(self, settings: Settings, *, dirs: AppDirs | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self.settings = settings
        self.clock = clock
        self.dirs = dirs if dirs is not None else AppDirs()
        self.outputs = Outputs()
        self.garbage = GarbageWatch(clock)
        self.garbage.start()

    @cached_property
    def inspection(self) -> InspectionService:
        """What is in a file."""
        from zkcompanion.app.inspection_service import InspectionService

        return InspectionService()

    @cached_property
    def examples(self) -> ExampleService:
        """What comes with the program."""
        from zkcompanion.app.example_service import ExampleService

        return ExampleService()

    @cached_property
    def hardware(self) -> HardwareService:
        """What this computer is, and what it can prove."""
        from zkcompanion.app.hardware_service import hardware_service
        from zkcompanion.base.events import EventBus

        return hardware_service(EventBus(), self.dirs, self.predictions, as_set=self._as_set)

    @cached_property
    def predictions(self) -> PredictionService:
        """What proofs will take."""
        from zkcompanion.app.prediction_service import PredictionService

        return PredictionService(lambda: self._records, self._facts, self.calibration.kept)

    @cached_property
    def calibration(self) -> CalibrationService:
        """How fast this computer was found to be, by the window."""
        from zkcompanion.app.calibration_service import CalibrationService
        from zkcompanion.base.events import EventBus

        return CalibrationService(self.dirs, EventBus(), self.clock, facts=self._facts, settings=lambda: self.settings)

    @cached_property
    def _records(self) -> tuple[ProofRecord, ...]:
        """What windows proved, as far as it is kept."""
        from zkcompanion.app.history_reading import kept_records

        return kept_records(self.dirs, self.clock)

    @cached_property
    def witness(self) -> WitnessService:
        """Calculating and checking witnesses."""
        from zkcompanion.app.witness_service import WitnessService

        return WitnessService(self.backends, self.outputs, self.code_store)

    @cached_property
    def setup(self) -> SetupService:
        """Making keys."""
        from zkcompanion.app.setup_service import SetupService

        return SetupService(self.backends, self.outputs, memory_bytes=self.settings.memory_bytes)

    @cached_property
    def proving(self) -> ProvingService:
        """Making proofs."""
        from zkcompanion.app.accounts import accounts_of
        from zkcompanion.app.local_keys import LocalKeys
        from zkcompanion.app.proving_service import ProvingService

        return ProvingService(
            self.backends,
            LocalKeys(self.dirs, self.outputs),
            self.outputs,
            self.files,
            constant_work=self.settings.constant_work,
            memory_bytes=self.settings.memory_bytes,
            run_anyway=self.settings.run_anyway,
            accounts=lambda: accounts_of(self),
        )

    @cached_property
    def verification(self) -> VerificationService:
        """Checking proofs."""
        from zkcompanion.app.verification_service import VerificationService

        return VerificationService(self.backends)

    @cached_property
    def files(self) -> LoadedFiles:
        """Circuits' files, prepared once."""
        from zkcompanion.app.loaded_files import LoadedFiles
        from zkcompanion.storage.prepared import PreparedCircuits

        return LoadedFiles(PreparedCircuits(self.code_store, self.clock), self.code_store)

    @cached_property
    def cache(self) -> CacheService:
        """What is kept between runs, looked at and cleared."""
        from zkcompanion.app.cache_service import CacheService

        return CacheService(self.dirs)

    @cached_property
    def warming(self) -> WarmingService:
        """Filling the cache before it is needed."""
        from zkcompanion.app.local_keys import LocalKeys
        from zkcompanion.app.warming import WarmingService

        return WarmingService(self.backends, LocalKeys(self.dirs, self.outputs), self.code_store, self.clock)

    @cached_property
    def backends(self) -> Backends:
        """What computes."""
        from zkcompanion.app.backends import Backends

        return Backends(self.settings, lambda: self.code_store)

    @cached_property
    def code_store(self) -> SealedStore | None:
        """Compiled code between runs; None where the user's folders cannot be used, and then all is compiled anew."""
        from zkcompanion.app.cache_service import open_store

        try:
            return open_store(self.dirs)
        except FileError:
            return None

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """What is known about faults, for a report that the user reads first."""
        from zkcompanion.app.diagnostics import Diagnostics

        return Diagnostics(self.dirs, clock=self.clock, settings=lambda: asdict(self.settings))

    @cached_property
    def runs(self) -> RunRecorder:
        """Runs that the window keeps, and those that wait for it; only reads."""
        from zkcompanion.app.run_recorder import RunRecorder
        from zkcompanion.base.events import EventBus

        return RunRecorder(self.dirs, EventBus(), self.clock, writes=False)

    @cached_property
    def objectives(self) -> ObjectiveService:
        """How well proofs come out."""
        from zkcompanion.app.objective_service import ObjectiveService
        from zkcompanion.base.events import EventBus

        return ObjectiveService(self.dirs, EventBus(), self.clock, self.runs)

    def check_circuit(self, circuit: str, chosen: Mapping[FileRole, Path]) -> CheckView:
        """Can this machine prove a circuit named as for `prove_circuit`. Raises: FileError, UsageError."""
        from zkcompanion.app.choose import find_files

        return self.hardware.check(find_files(circuit, chosen))

    def _facts(self) -> MachineFacts | None:
        return self.hardware.facts()

    def _as_set(self, facts: MachineFacts) -> MachineFacts:
        """The machine with no more cores than the settings allow, and with the kernels that they want."""
        from zkcompanion.app.settings import usable_cpus
        from zkcompanion.hardware.whatif import WhatIf, imagined

        wanted, kernels = self.settings.threads, self.settings.kernels
        if wanted != usable_cpus():
            facts = replace(facts, limits=replace(facts.limits, usable_cores=wanted, cpus=None))
        return facts if kernels == "auto" else imagined(facts, WhatIf(family=kernels))

    def prove_circuit(
        self,
        circuit: str,
        chosen: Mapping[FileRole, Path],
        trace: RecordingTrace,
        *,
        out: Path | None,
        repeat: int,
        write: bool = True,
        profile: bool = False,
        remember: bool = False,
    ) -> ProvingView:
        """Prove an example, a folder or a key; see `choose.choose` and `ProvingService.prove`.

        `remember`: leave the finished run for the window's history, and what failed for its objectives.
        """
        from zkcompanion.app.choose import choose

        request = choose(circuit, chosen, out=out, repeat=repeat, write=write)
        begin_unix_s = self.clock.unix_s()
        try:
            view = self.proving.prove(replace(request, profile=profile), trace)
        except Exception as failed:  # what memory there is may end anywhere
            from zkcompanion.app.error_views import companion_error

            error = companion_error(failed)
            # a cancel answers at once, and would not count
            if remember and not isinstance(error, Cancelled):
                from zkcompanion.app.run_log import leave_failure

                leave_failure(self.dirs, request, error, begin_unix_s, self.clock, self.proving.overridden)
            raise
        if remember:
            from zkcompanion.app.run_log import leave_proof

            leave_proof(self.dirs, request, view, self.clock)
        return view

    def prove_batch(
        self,
        circuit: str,
        chosen: Mapping[FileRole, Path],
        inputs: Path,
        trace: RecordingTrace,
        *,
        out: Path | None = None,
        again: bool = False,
        min_workers: int | None = None,
        max_workers: int | None = None,
    ) -> BatchView:
        """A proof for each file of inputs in a folder; see `batch.prove_batch`. `out`: None for `NAME_proofs`."""
        from zkcompanion.app.batch import BatchRequest, prove_batch
        from zkcompanion.app.choose import find_files

        files = find_files(circuit, chosen)
        request = BatchRequest(files, inputs, out if out is not None else Path(f"{files.name}_proofs"), again)
        settings = self._with_workers(min_workers, max_workers)
        return prove_batch(request, settings, self.outputs, self.dirs, self.clock, trace)

    def look_at_engine(
        self, trace: RecordingTrace, *, min_workers: int | None = None, max_workers: int | None = None
    ) -> EngineView:
        """Start the workers that make proofs, look at them, end them; None: as many as the settings say."""
        from zkcompanion.app.engine_service import look_at_engine

        return look_at_engine(self._with_workers(min_workers, max_workers), self.dirs, self.clock, trace)

    def warm(self, circuits: Sequence[str], trace: RecordingTrace) -> WarmedView:
        """Fill the cache for circuits named as for `prove_circuit`; see `warming.warm`."""
        from zkcompanion.app.choose import find_files
        from zkcompanion.app.warming import warm

        return warm(self.warming, circuits, lambda circuit: find_files(circuit, {}), trace)

    def _with_workers(self, least: int | None, most: int | None) -> Settings:
        settings = self.settings
        settings = settings if least is None else replace(settings, min_workers=least)
        return settings if most is None else replace(settings, max_workers=most)

    def watch(
        self, trace: RecordingTrace, *, count: int | None = None, seconds: float | None = None
    ) -> Iterator[Sample]:
        """A sample of the machine each second, until there are `count` or `seconds` have passed. Raises: Cancelled."""
        from zkcompanion.app.monitor_stream import watch

        return watch(self.dirs, self.clock, trace.check, count=count, seconds=seconds)

    def self_test(self, trace: RecordingTrace) -> SelfTestView:
        """See whether this installation works."""
        from zkcompanion.app.selftest import run_selftest

        return run_selftest(self, trace)

    def diagnose(self, trace: RecordingTrace) -> str:
        """The report of `diagnostics`, with the kernels that work here. Raises: Cancelled."""
        return self.diagnostics.report(kernels=self._kernels(trace))

    def _kernels(self, trace: RecordingTrace) -> str:
        """The family that loads, or why none does."""
        try:
            backend = self.backends.verifying(trace)
        except Cancelled:
            raise
        except Exception as error:  # the report is for that case too
            from zkcompanion.app.error_views import error_view

            return f"nothing: {error_view(error).message} ({type(error).__name__})"
        return ". ".join((backend.kind, *map(str, self.backends.notices)))

    def close(self) -> None:
        """Let go of threads and files; idempotent."""
        self.garbage.stop()
        if "diagnostics" in self.__dict__:
            self.diagnostics.close()
        if "objectives" in self.__dict__:
            self.objectives.close()
        if "runs" in self.__dict__:
            self.runs.close()
        if "files" in self.__dict__:
            self.files.close()
        if "backends" in self.__dict__:
            self.backends.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
