"""How work in a worker ended, in sentences: an answer, an error, or what became of the process."""

from __future__ import annotations

import signal
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.bugreport import write_described
from zkcompanion.app.codec import Failure, decode, error_of, failure_of
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.fallback import TOO_SLOW
from zkcompanion.app.history import Outcome as RunOutcome
from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_state import JobRecord
from zkcompanion.app.job_views import JobState, WorkerState, WorkerView
from zkcompanion.app.room import HELPS, ended_for_memory
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import BugError, Cancelled, CompanionError, NoRoomError, ResourceError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs, resource_path
from zkcompanion.base.units import format_size
from zkcompanion.engine.wire import MAX_BODY_BYTES
from zkcompanion.engine.work import Outcome, WorkerStatus

#: What the system ends a process with that takes more memory than there is.
_SIGKILL = 9
_NO_ROOM = msg("This needs more memory than proofs may use.")
_HINTS: Mapping[str, Message] = {
    "off": msg("Choose Restart workers in Settings, or other kernels or threads there, or open the program again."),
    "quarantined": msg("Other work goes on. The report says what is known; it holds no values."),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """`value` where it came to an answer; else `error`, and the same as a view."""

    state: JobState
    value: Any = None
    error: CompanionError | None = None
    view: ErrorView | None = None


def ending_of(
    outcome: Outcome, kind: type, *, doing: str, deadline_s: float | None, dirs: AppDirs, clock: Clock
) -> Ended:
    """An outcome in words; a fault of ours is written down, and the view names the file.

    `kind`: of the answer. `doing`: for the report, no values. `deadline_s`: the seconds it was allowed.
    """
    try:
        if outcome.ending == "done":
            return Ended("done", decode(outcome.body, kind))
        failure = decode(outcome.body, Failure) if outcome.ending == "failed" else _fate(outcome, deadline_s)
    except BugError as unreadable:
        failure = failure_of(unreadable, description=str(unreadable))
    error = error_of(failure)
    if isinstance(error, Cancelled):
        return Ended("cancelled", error=error)
    view = failure.view
    if failure.description is not None:
        path = write_described(failure.description, doing, (), dirs=dirs, clock=clock)
        view = replace(view, report=None if path is None else str(path))
    return Ended("failed", error=error, view=view)


def _fate(outcome: Outcome, deadline_s: float | None) -> Failure:
    """What became of a worker that gave no answer."""
    match outcome.ending:
        case "cancelled" | "closed":
            return failure_of(Cancelled())
        case "late":
            return failure_of(
                ResourceError(
                    msg("This took more than {seconds} seconds and was stopped.", seconds=round(deadline_s or 0)),
                    hint=msg("A file may be far larger, or the machine far busier, than it can be answered for."),
                )
            )
        case "too-large":
            return failure_of(
                ResourceError(
                    msg(
                        "The inputs are more than the {limit} that can be handed over.",
                        limit=format_size(MAX_BODY_BYTES),
                    )
                )
            )
        case "impossible":
            return failure_of(_impossible(outcome.reason if outcome.reason is not None else _NO_ROOM))
        case "quarantined" if outcome.last == "memory":
            return failure_of(
                ResourceError(
                    _NO_ROOM, hint=msg("Use a computer with more memory, or let proofs use more of this one's.")
                )
            )
        case "quarantined" if outcome.last == "stuck":
            return failure_of(
                ResourceError(
                    msg("One phase took far longer than ever before, twice, so this was stopped."),
                    hint=msg("The machine may be far busier than usual. Try again when it is not."),
                )
            )
        case "died" | "quarantined" if outcome.exit_code == -_SIGKILL:
            return failure_of(ended_for_memory())
        case _:
            hint = _HINTS.get(outcome.ending, msg("It has been started anew; try again."))
            error = BugError(_how(outcome), hint=hint)
            return failure_of(error, description=f"{outcome.ending}: {error}")


def _impossible(reason: Message) -> ResourceError:
    """What is too slow here cannot be tried all the same: nobody would wait for it."""
    if reason == TOO_SLOW:
        return ResourceError(reason, hint=msg("Choose other kernels in Settings, or use another computer."))
    return NoRoomError(reason, hint=HELPS)


def _how(outcome: Outcome) -> Message:
    if outcome.ending == "off":
        return msg("The process for this work ended several times in a row, so it is not started again.")
    if outcome.ending == "silent":
        return msg("The process that worked on this did not answer any more.")
    if outcome.ending == "quarantined" and outcome.exit_code is None:
        return msg("Two processes that worked on this did not answer any more, so it is not tried again.")
    code = outcome.exit_code or 0
    how = _signal_name(-code) if code < 0 else str(code)
    if outcome.ending == "quarantined":
        return msg("Two processes that worked on this ended by themselves ({how}), so it is not tried again.", how=how)
    return msg("The process that worked on this ended by itself ({how}).", how=how)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def record_of(record: JobRecord, settings: Settings, kernels: str | None, unix_s: float) -> ProofRecord:
    """A run for the history: sizes and times, nothing of its inputs or its proof."""
    order, result = record.order, record.result
    proofs = result.proofs if result is not None else ()
    # what is left of a proof after its worker died says nothing of how long proofs take
    timed = [proof for proof in proofs if not proof.resumed]
    names = dict.fromkeys(name for proof in timed for name in proof.phases)
    outcomes: dict[JobState, RunOutcome] = {"done": "verified", "cancelled": "cancelled"}
    source = order.circuit.zkey or order.circuit.r1cs
    bundled = source is not None and source.is_relative_to(resource_path("circuits"))
    return ProofRecord(
        id=0,
        unix_s=unix_s,
        circuit=order.circuit.name,
        title=order.title,
        source="" if source is None else source.parent.name if bundled else str(source),
        fingerprint=order.fingerprint,
        outcome=outcomes.get(record.state, "failed"),
        proofs=len(proofs),
        seconds=statistics.median(proof.seconds for proof in timed) if timed else None,
        phases=tuple((name, statistics.median(proof.phases.get(name, 0.0) for proof in timed)) for name in names),
        constraints=result.constraints if result is not None else None,
        kernels=result.kernels if result is not None else kernels or settings.kernels,
        threads=result.threads if result is not None else settings.threads,
        key=result.key.state if result is not None else "",
        peak_rss_bytes=max((proof.peak_rss_bytes for proof in proofs), default=0),
        error_code=record.error.code if record.error is not None else None,
        predicted_bytes=record.needed_bytes,
        room_bytes=record.room_bytes,
        run_anyway=record.overridden,
    )


def worker_view(
    status: WorkerStatus,
    resident: Mapping[int, int],
    *,
    kernels: str | None = None,
    notices: tuple[Message, ...] = (),
    now_s: float = 0.0,
    accounts: AccountsView | None = None,
) -> WorkerView:
    """A worker as the window shows it at `now_s` of the clock; `resident` is memory by process, in bytes."""
    states: dict[str, WorkerState] = {"off": "off", "starting": "starting", "idle": "ready", "busy": "busy"}
    state = "starting" if status.opening else states.get(status.state, "lost")
    if status.draining and state in {"ready", "busy", "lost"}:
        state = "draining"
    busy_s = status.busy_s + (0.0 if status.began_s is None else max(0.0, now_s - status.began_s))
    return WorkerView(
        name=status.name,
        state=state,
        pid=status.pid,
        job=status.job,
        memory_bytes=resident.get(status.pid or 0, 0),
        deaths=status.deaths,
        kernels=kernels,
        threads=status.threads,
        jobs=status.jobs,
        speed=status.speed,
        notices=notices,
        busy_seconds=busy_s,
        utilisation=_share(busy_s, status.ready_s, now_s),
        throughput=status.work / status.busy_s if status.busy_s > 0 else 0.0,
        accounts=accounts,
    )


def _share(busy_s: float, ready_s: float | None, now_s: float) -> float:
    """Of the time since it could work, 0 to 1."""
    if ready_s is None or now_s <= ready_s:
        return 0.0
    return min(1.0, busy_s / (now_s - ready_s))
