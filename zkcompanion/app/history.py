"""What this machine has proved: no inputs, no public signals, no proofs; times, sizes and outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from zkcompanion.app.job_views import ExpectationView
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message
from zkcompanion.base.paths import AppDirs

Outcome = Literal["verified", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """One finished run. `seconds` and `phases` are the medians of its proofs, None and empty where none was made.

    `source` is an example's id or the path of the circuit's key or constraints, to run it again (the inputs are asked
    for then). `error_code` is a code of `base/errors`.
    """

    id: int
    unix_s: float
    circuit: str
    title: Message
    source: str
    fingerprint: str
    outcome: Outcome
    proofs: int
    seconds: float | None = None
    phases: tuple[tuple[str, float], ...] = ()
    constraints: int | None = None
    kernels: str = ""
    threads: int = 0
    key: str = ""
    peak_rss_bytes: int = 0
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """Event: a record was added or removed."""


class History:
    """The last runs, newest first, in one file that is replaced whole; safe to call from any thread."""

    def __init__(
        self, dirs: AppDirs, bus: EventBus, *, wanted: Callable[[], bool] = lambda: True, keep: int = 1000
    ) -> None:
        raise NotImplementedError

    def records(self) -> tuple[ProofRecord, ...]:
        """All of them, newest first."""
        raise NotImplementedError

    def add(self, record: ProofRecord) -> ProofRecord:
        """Keep a record (its `id` is given here) unless the user wants none kept."""
        raise NotImplementedError

    def remove(self, record_id: int) -> ProofRecord | None:
        """Take one out; what was there, so that it can be put back."""
        raise NotImplementedError

    def restore(self, record: ProofRecord) -> None:
        """Put a removed record back in its place."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget all."""
        raise NotImplementedError

    def expectation(self, fingerprint: str, *, kernels: str, threads: int) -> ExpectationView | None:
        """What earlier proofs of this circuit lead to expect; None where there is none."""
        raise NotImplementedError
