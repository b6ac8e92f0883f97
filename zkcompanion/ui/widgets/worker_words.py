"""What workers and their states are called in the page "Monitor"."""

from __future__ import annotations

from zkcompanion.app.job_views import WorkerState
from zkcompanion.base.messages import Message, msg

_STATES: dict[WorkerState, tuple[Message, str]] = {
    "off": (msg("off"), "muted"),
    "starting": (msg("starting"), "info"),
    "ready": (msg("ready"), "good"),
    "busy": (msg("at work"), "info"),
    "draining": (msg("ends soon"), "muted"),
    "lost": (msg("ended by itself, starts anew"), "bad"),
}


def worker_state(state: WorkerState) -> tuple[Message, str]:
    """A state in words, and the kind of label that suits it."""
    return _STATES[state]


def worker_name(worker: str) -> Message:
    """What people call `prover-2`."""
    kind, _, number = worker.partition("-")
    if kind == "prover":
        return msg("Worker {number}", number=number or "1")
    if kind == "clerk":
        return msg("Helper")
    return Message("{worker}", {"worker": worker})
