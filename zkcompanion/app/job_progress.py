"""How far a run of proofs is: heard from a trace in the worker, read by the window."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from zkcompanion.app.timing import PhaseAdvanced, PhaseEvent, PhaseFinished, PhaseResumed, PhaseStarted
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock

#: Happen once in a run, before its first proof (compiling also in the middle of it).
ONCE = ("compile", "load", "setup")


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """`seconds` without those of phases inside it; `steps` 0 where their number is not known.

    `resumed`: another worker went through it, and it takes no time here.
    """

    phase: str
    running: bool
    seconds: float
    done: int = 0
    steps: int = 0
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`number`: the proof that runs, 0 before the first. `phases` are those of the run before its proofs and those of
    this proof, in the order in which they began. `spent_s`: the seconds of this proof so far; `shortest_s`,
    `longest_s`: of the proofs before it, 0 where there is none. `former`: the seconds by phase of the one before.
    """

    number: int
    phases: tuple[PhaseProgress, ...]
    spent_s: float = 0.0
    shortest_s: float = 0.0
    longest_s: float = 0.0
    former: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class _Entry:
    phase: str
    seconds: float = 0.0
    done: int = 0
    steps: int = 0
    resumed_s: float | None = None
    open: bool = True
    resumed: bool = False


class ProgressMeter:
    """The listener of a trace; `snapshot` may be called from any thread."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._number = 0
        self._begun_s: float | None = None
        self._times_s: list[float] = []
        self._former: tuple[tuple[str, float], ...] = ()
        self._entries: dict[str, _Entry] = {}
        self._stack: list[_Entry] = []

    def hear(self, event: PhaseEvent) -> bool:
        """Take an event in; whether it is worth telling at once."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            match event:
                case PhaseAdvanced(phase, done, steps):
                    entry = self._entries.get(phase.value)
                    if entry is not None:
                        entry.done, entry.steps = done, steps
                    return False
                case PhaseStarted(phase, steps):
                    self._begin(phase.value, steps, now_s)
                case PhaseFinished(phase):
                    self._end(phase.value, now_s)
                case PhaseResumed(phase):
                    self._entries[phase.value] = _Entry(phase.value, open=False, resumed=True)
                case _:
                    self._next(event.index, now_s)
            return True

    def snapshot(self) -> RunProgress:
        """As it is now."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            return RunProgress(
                number=self._number,
                phases=tuple(self._progress(entry, now_s) for entry in self._entries.values()),
                spent_s=0.0 if self._begun_s is None else now_s - self._begun_s,
                shortest_s=min(self._times_s, default=0.0),
                longest_s=max(self._times_s, default=0.0),
                former=self._former,
            )

    def _progress(self, entry: _Entry, now_s: float) -> PhaseProgress:
        seconds = self._seconds(entry, now_s)
        return PhaseProgress(entry.phase, entry.open, seconds, entry.done, entry.steps, entry.resumed)

    def _seconds(self, entry: _Entry, now_s: float) -> float:
        return entry.seconds + (now_s - entry.resumed_s if entry.resumed_s is not None else 0.0)

    def _pause(self, now_s: float) -> None:
        if self._stack:
            top = self._stack[-1]
            top.seconds, top.resumed_s = self._seconds(top, now_s), None

    def _begin(self, phase: str, steps: int, now_s: float) -> None:
        self._pause(now_s)
        entry = self._entries.setdefault(phase, _Entry(phase))
        entry.open, entry.resumed, entry.resumed_s, entry.done, entry.steps = True, False, now_s, 0, steps
        self._stack.append(entry)

    def _end(self, phase: str, now_s: float) -> None:
        if all(entry.phase != phase for entry in self._stack):
            return
        closed = ""
        while closed != phase:
            self._pause(now_s)
            entry = self._stack.pop()
            entry.open = False
            closed = entry.phase
        if self._stack:
            self._stack[-1].resumed_s = now_s

    def _next(self, index: int, now_s: float) -> None:
        if self._begun_s is not None:
            self._times_s = [*self._times_s[-9:], now_s - self._begun_s]
            self._former = tuple(
                (entry.phase, entry.seconds) for entry in self._entries.values() if entry.phase not in ONCE
            )
        self._number, self._begun_s = index, now_s
        self._entries = {phase: entry for phase, entry in self._entries.items() if phase in ONCE}
