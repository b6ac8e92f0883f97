"""A proof that a command made, for the history of the window: left in its spool, since a command writes no store."""

from __future__ import annotations

import statistics

from zkcompanion.app.describing import fingerprint_of
from zkcompanion.app.examples import list_examples
from zkcompanion.app.history_rows import ProofRecord, leave_run
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.views import ProvingView
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

_LOG = get_logger(__name__)


def leave_proof(dirs: AppDirs, request: ProvingRequest, view: ProvingView, clock: Clock) -> bool:
    """Leave a finished run unless the user keeps no history; whether it was left. Never raises for the disk."""
    try:
        preferences = PreferenceStore(dirs, EventBus(), writes=False)
        if not preferences.current.keep_history:
            return False
        leave_run(dirs, _record(request, view, clock.unix_s()))
    except (FileError, ResourceError) as error:
        _LOG.warning("The run is not in the history (%s).", type(error).__name__)
        return False
    return True


def _record(request: ProvingRequest, view: ProvingView, unix_s: float) -> ProofRecord:
    source = request.zkey or request.r1cs
    example = next((one for one in list_examples() if source in {one.files.zkey, one.files.r1cs}), None)
    names = dict.fromkeys(name for proof in view.proofs for name in proof.phases)
    return ProofRecord(
        id=0,
        unix_s=unix_s,
        circuit=request.name,
        title=msg("{name}", name=request.name) if example is None else example.title,
        source=example.id if example is not None else "" if source is None else str(source.absolute()),
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
    )
