"""What is kept of a run of proofs: dates, seconds and how each proof came out; no inputs, no paths of files.

A *proof event* is one proof that was begun, whatever became of it. Objectives count these.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from zkcompanion.base.messages import Message
from zkcompanion.monitoring.samples import Sample

#: `unverified`: made, but did not verify. `refused`: the inputs, a file, the request or a setting were to blame.
Verdict = Literal["verified", "unverified", "failed", "refused", "cancelled"]
RunOutcome = Literal["done", "failed", "cancelled"]

#: Proofs of one circuit, kernels and threads whose median is usual, and how many there must be.
LOOKS_BACK, LEAST_USUAL = 50, 5
#: A gap between samples that is no busy machine any more.
LEAST_SLEEP_S = 30.0
#: Sleep of which the system tells; a shorter one is within what its clocks differ by.
LEAST_TOLD_S = 1.0
#: Circuits whose usual times are known at once; the one that was used longest ago goes first.
_MOST_CIRCUITS = 1000


@dataclass(frozen=True, slots=True)
class ProofEvent:
    """One proof that was begun. `end_unix_s`: when it was done, or was known not to come.

    `seconds`: None where they are not known (a proof that failed, or one whose worker ended in the middle of a run).
    `usual_s`: the median of this machine's proofs of that circuit before this one; None where there were too few.
    `lost`: workers that ended while they worked at it.
    """

    end_unix_s: float
    seconds: float | None
    verdict: Verdict
    lost: int = 0
    usual_s: float | None = None


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase, on the worker that went through it."""

    phase: str
    begin_unix_s: float
    end_unix_s: float
    worker: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that is over. `id`: its number in the store, 0 where it is not kept.

    `battery`: whether the machine ran from its battery meanwhile; `asleep_s`: how long it slept meanwhile. `phases`:
    those of its last proofs, oldest first.
    """

    id: int
    title: Message
    fingerprint: str
    source: Literal["window", "command"]
    worker: str
    submitted_unix_s: float
    begin_unix_s: float
    end_unix_s: float
    outcome: RunOutcome
    kernels: str = ""
    threads: int = 0
    deaths: int = 0
    battery: bool = False
    asleep_s: float = 0.0
    error_code: str | None = None
    proofs: tuple[ProofEvent, ...] = ()
    phases: tuple[PhaseSpan, ...] = ()


class UsualTimes:
    """The median of the last proofs of each circuit with the same kernels and threads; whole, verified proofs count."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str, int], tuple[deque[float], list[float]]] = OrderedDict()

    def judge(self, record: RunRecord) -> RunRecord:
        """The same with `usual_s` of each proof, which then counts for those after it."""
        if not record.fingerprint:
            return record
        key = (record.fingerprint, record.kernels, record.threads)
        come, ordered = self._last.setdefault(key, (deque(), []))
        self._last.move_to_end(key)
        if len(self._last) > _MOST_CIRCUITS:
            self._last.popitem(last=False)
        judged = []
        for proof in record.proofs:
            usual_s = median(ordered) if len(ordered) >= LEAST_USUAL else None
            judged.append(replace(proof, usual_s=usual_s))
            if proof.verdict == "verified" and proof.seconds is not None and not proof.lost:
                if len(come) == LOOKS_BACK:
                    del ordered[bisect_left(ordered, come.popleft())]
                come.append(proof.seconds)
                insort(ordered, proof.seconds)
        return replace(record, proofs=tuple(judged))


def slept_s(before: Sample, after: Sample) -> float:
    """How long the machine slept between two samples that follow each other, 0 where it did not.

    Where the system does not tell, a date that leaps forward is taken for sleep: a clock that somebody set looks the
    same.
    """
    told_s = after.slept_s
    gap_s = after.unix_s - before.unix_s if told_s is None else after.monotonic_s - before.monotonic_s + told_s
    return gap_s if gap_s >= LEAST_SLEEP_S or (told_s or 0.0) >= LEAST_TOLD_S else 0.0


def clock_set_s(before: Sample, after: Sample) -> float:
    """By how many seconds the date moved, forwards or back, against the time that passed between two samples.

    0 where that is taken for sleep (`slept_s`).
    """
    if slept_s(before, after):
        return 0.0
    passed_s = after.monotonic_s - before.monotonic_s + (after.slept_s or 0.0)
    return abs(after.unix_s - before.unix_s - passed_s)


def laid_out(
    phases_of_proofs: Iterable[tuple[float, Iterable[tuple[str, float]]]], worker: str, most: int
) -> tuple[PhaseSpan, ...]:
    """Spans of the last `most` phases of proofs: each with the date of its end, and its phases' seconds in order."""
    spans: deque[PhaseSpan] = deque(maxlen=most)
    for end_unix_s, phases in phases_of_proofs:
        parts = list(phases)
        at_s = end_unix_s - sum(seconds for _, seconds in parts)
        for phase, seconds in parts:
            spans.append(PhaseSpan(phase, at_s, at_s + seconds, worker))
            at_s += seconds
    return tuple(spans)
