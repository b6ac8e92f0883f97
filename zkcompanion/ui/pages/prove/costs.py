"""What proofs of a circuit took on this machine, as far as its history knows."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.app.history import History, ProofRecord
from zkcompanion.app.job_views import ExpectationView


@dataclass(frozen=True, slots=True)
class Cost:
    """A band of seconds, and the most memory."""

    low_s: float
    high_s: float
    memory_bytes: int


def costs_of(history: History) -> dict[str, Cost]:
    """What the last proofs of each circuit took, by where the circuit came from (an example's id, a path)."""
    newest: dict[str, ProofRecord] = {}
    for record in history.records():
        if record.outcome == "verified" and record.seconds is not None:
            newest.setdefault(record.source, record)
    found = {}
    for source, record in newest.items():
        expected = history.expectation(record.fingerprint, kernels=record.kernels, threads=record.threads)
        if expected is not None:
            found[source] = Cost(expected.low_s, expected.high_s, record.peak_rss_bytes)
    return found


def expectation_of(history: History, fingerprint: str) -> ExpectationView | None:
    """What the last proofs of a circuit lead to expect, with the kernels and threads of the newest."""
    for record in history.records():
        if record.fingerprint == fingerprint and record.outcome == "verified" and record.seconds is not None:
            return history.expectation(fingerprint, kernels=record.kernels, threads=record.threads)
    return None
