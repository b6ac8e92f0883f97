"""A proof that a command made, for the window: left in spools, since a command writes no store."""

from __future__ import annotations

import statistics
from dataclasses import replace

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.describing import fingerprint_of
from zkcompanion.app.error_views import error_view
from zkcompanion.app.examples import list_examples
from zkcompanion.app.history_rows import ProofRecord, leave_run
from zkcompanion.app.job_views import JobChanged
from zkcompanion.app.memory import peak_rss_bytes
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.run_recorder import leave_runs
from zkcompanion.app.run_tracker import RunTracker, command_records, merged, verdict_of
from zkcompanion.app.views import OverrideView, ProvingView
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import CompanionError, FileError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

_LOG = get_logger(__name__)


def leave_proof(dirs: AppDirs, request: ProvingRequest, view: ProvingView, clock: Clock) -> bool:
    """Leave a finished run unless the user keeps no history; whether it was left. Never raises for the disk."""
    try:
        if not _wanted(dirs):
            return False
        record = _record(request, view, clock.unix_s())
        leave_run(dirs, record)
        leave_runs(dirs, command_records(record.title, record.fingerprint, view, record.unix_s))
    except (FileError, ResourceError) as error:
        _LOG.warning("The run is not in the history (%s).", type(error).__name__)
        return False
    return True


def leave_failure(
    dirs: AppDirs,
    request: ProvingRequest,
    error: CompanionError,
    begin_unix_s: float,
    clock: Clock,
    overridden: OverrideView | None = None,
) -> bool:
    """Leave a run that failed, for the objectives only; as `leave_proof`. One that was tried although it was predicted
    not to fit stands in the history too, so that predictions can be judged.
    """
    end_unix_s = max(begin_unix_s, clock.unix_s())
    verdict = verdict_of(error_view(error), cancelled=False)
    try:
        if not _wanted(dirs):
            return False
        record = RunRecord(
            id=0,
            title=_title(request)[0],
            fingerprint=fingerprint_of(request.r1cs, request.zkey),
            source="command",
            worker="",
            submitted_unix_s=begin_unix_s,
            begin_unix_s=begin_unix_s,
            end_unix_s=end_unix_s,
            outcome="failed",
            error_code=error.code,
            proofs=(ProofEvent(end_unix_s, None, verdict),),
        )
        leave_runs(dirs, (record,))
        if overridden is not None:
            leave_run(dirs, _tried(request, record, overridden))
    except (FileError, ResourceError) as failed:
        _LOG.warning("A run that made no proof is not counted (%s).", type(failed).__name__)
        return False
    return True


class BatchLog:
    """Hears the runs of a batch on its bus, and leaves them together when it is over, for the objectives only."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._clock = clock
        self._going: dict[int, RunTracker] = {}
        self._over: list[RunRecord] = []
        bus.subscribe(JobChanged, self._hear)

    def leave(self, dirs: AppDirs, files: CircuitFiles) -> bool:
        """As `leave_proof`; nothing where no proof was begun."""
        title = msg("{name}", name=files.name)
        try:
            if not self._over or not _wanted(dirs):
                return False
            leave_runs(dirs, merged(self._over, title, fingerprint_of(files.r1cs, files.zkey)))
        except (FileError, ResourceError) as error:
            _LOG.warning("A batch is not counted (%s).", type(error).__name__)
            return False
        return True

    def _hear(self, event: JobChanged) -> None:
        job = event.job
        tracker = self._going.setdefault(job.id, RunTracker(job))
        tracker.hear(job, self._clock.unix_s())
        if job.ended:
            record = self._going.pop(job.id).record()
            if record is not None:
                self._over.append(record)


def _wanted(dirs: AppDirs) -> bool:
    return PreferenceStore(dirs, EventBus(), writes=False).current.keep_history


def _title(request: ProvingRequest) -> tuple[Message, str | None]:
    """What people read, and the id of a bundled circuit."""
    source = request.zkey or request.r1cs
    example = next((one for one in list_examples() if source in {one.files.zkey, one.files.r1cs}), None)
    return (msg("{name}", name=request.name), None) if example is None else (example.title, example.id)


def _tried(request: ProvingRequest, run: RunRecord, overridden: OverrideView) -> ProofRecord:
    """What was tried all the same, and failed."""
    return replace(
        _bare(request, run.end_unix_s),
        fingerprint=run.fingerprint,
        peak_rss_bytes=peak_rss_bytes(),
        error_code=run.error_code,
        predicted_bytes=overridden.needed_bytes,
        room_bytes=overridden.room_bytes,
        run_anyway=True,
    )


def _bare(request: ProvingRequest, unix_s: float) -> ProofRecord:
    """A run of which no proof came."""
    source = request.zkey or request.r1cs
    title, example_id = _title(request)
    return ProofRecord(
        id=0,
        unix_s=unix_s,
        circuit=request.name,
        title=title,
        source=example_id if example_id is not None else "" if source is None else str(source.absolute()),
        fingerprint="",
        outcome="failed",
        proofs=0,
    )


def _record(request: ProvingRequest, view: ProvingView, unix_s: float) -> ProofRecord:
    names = dict.fromkeys(name for proof in view.proofs for name in proof.phases)
    overridden = view.overridden
    return replace(
        _bare(request, unix_s),
        fingerprint=fingerprint_of(request.r1cs, request.zkey),
        outcome="verified",
        proofs=len(view.proofs),
        seconds=statistics.median(proof.seconds for proof in view.proofs),
        phases=tuple((name, statistics.median(proof.phases.get(name, 0.0) for proof in view.proofs)) for name in names),
        constraints=view.constraints,
        kernels=view.kernels,
        threads=view.threads,
        key=view.key.state,
        peak_rss_bytes=max(proof.peak_rss_bytes for proof in view.proofs),
        predicted_bytes=0 if overridden is None else overridden.needed_bytes,
        room_bytes=0 if overridden is None else overridden.room_bytes,
        run_anyway=overridden is not None,
    )
