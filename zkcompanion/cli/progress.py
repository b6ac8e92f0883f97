"""Progress on standard error: a bar on a terminal, lines for logs, JSON lines for programs, or nothing."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zkcompanion.app.timing import PhaseAdvanced, PhaseEvent, PhaseFinished, PhaseStarted, ProofStarted
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration

if TYPE_CHECKING:
    from zkcompanion.cli.output import Console

TITLES: Mapping[str, Message] = {
    "compile": msg("Compiling for this processor (once)"),
    "load": msg("Reading the files"),
    "witness": msg("Calculating the witness"),
    "check": msg("Checking the witness"),
    "constraints": msg("Evaluating the constraints"),
    "transforms": msg("Transforming polynomials"),
    "sum-a": msg("Summing the points of A"),
    "sum-b1": msg("Summing the points of B in G1"),
    "sum-b2": msg("Summing the points of B in G2"),
    "sum-c": msg("Summing the points of C"),
    "sum-h": msg("Summing the points of H"),
    "assemble": msg("Assembling the proof"),
    "verify": msg("Verifying"),
    "setup": msg("Making the key"),
}

#: Share of each phase in the time of one proof, for the first estimate; rough, from dense circuits of 2^14 to 2^17
#: constraints on two cores. From the second proof on the measured time counts.
_SHARES: Mapping[str, float] = {
    "witness": 0.08,
    "check": 0.02,
    "constraints": 0.02,
    "transforms": 0.12,
    "sum-a": 0.12,
    "sum-b1": 0.12,
    "sum-b2": 0.26,
    "sum-c": 0.12,
    "sum-h": 0.12,
    "assemble": 0.01,
    "verify": 0.01,
}
_SHOW_AFTER_S = 0.3
_ESTIMATE_AFTER_S = 0.5
_ESTIMATE_FROM = 0.05
_LINE_EVERY_S = 0.1
_BAR_CELLS = 16


@dataclass(frozen=True, slots=True)
class ProgressView:
    """One look at the work: `share_0_to_1` and `left_s` are None where they are not known."""

    title: Message
    share_0_to_1: float | None
    elapsed_s: float
    left_s: float | None
    proof: int
    proofs: int


@dataclass(slots=True)
class _OpenPhase:
    name: str
    steps: int
    start_s: float
    done: int = 0


class ProgressModel:
    """Turns phase events into a view. Events may come from any thread."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._start_s = clock.monotonic_s()
        self._proof_start_s = self._start_s
        self._open: list[_OpenPhase] = []
        self._finished: set[str] = set()
        self._begun = False
        self._heard_s = self._start_s
        self._proof, self._proofs = 0, 0

    def hear(self, event: PhaseEvent) -> None:
        """Take in an event."""
        with self._lock:
            self._heard_s = self._clock.monotonic_s()
            match event:
                case ProofStarted(index, total):
                    self._proof, self._proofs = index, total
                    self._finished.clear()
                    self._proof_start_s = self._heard_s
                case PhaseStarted(phase, steps):
                    self._begun = True
                    self._open.append(_OpenPhase(phase.value, steps, self._heard_s))
                case PhaseAdvanced(phase, done, _):
                    for entry in self._open:
                        if entry.name == phase.value:
                            entry.done = done
                case PhaseFinished(phase, _):
                    self._open = [entry for entry in self._open if entry.name != phase.value]
                    self._finished.add(phase.value)

    def view(self) -> ProgressView:
        """What can be said now."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            elapsed_s = now_s - self._start_s
            if not self._open:
                title = msg("Working") if self._begun else msg("Starting")
                if not self._begun and self._proof > 1:
                    return self._of_many(now_s)
                return ProgressView(title, None, elapsed_s, None, self._proof, self._proofs)
            entry = self._open[-1]
            share = min(entry.done / entry.steps, 1.0) if entry.steps else None
            start_s, more = entry.start_s, 0
            if entry.name in _SHARES and self._proofs:
                before = sum(_SHARES[name] for name in self._finished & _SHARES.keys())
                share = min(before + _SHARES[entry.name] * (share or 0.0), 1.0)
                start_s, more = self._proof_start_s, self._proofs - self._proof
            left_s = None if share is None else _left_s(share, self._heard_s - start_s, now_s - start_s, more)
            return ProgressView(TITLES[entry.name], share, elapsed_s, left_s, self._proof, self._proofs)

    def _of_many(self, now_s: float) -> ProgressView:
        """Proofs that are made elsewhere, and of which only the number is told."""
        done, elapsed_s = self._proof - 1, now_s - self._start_s
        left_s = max(0.0, (self._heard_s - self._start_s) / done * self._proofs - elapsed_s)
        return ProgressView(msg("Proving"), done / self._proofs, elapsed_s, left_s, self._proof, self._proofs)


def _left_s(share: float, done_s: float, spent_s: float, more: int) -> float | None:
    """What is left of this and of `more` equal pieces of work, `share` of the first having been done in `done_s`.

    None while it is too early to say, and where the step that is being done takes longer than was expected.
    """
    if spent_s < _ESTIMATE_AFTER_S or share < _ESTIMATE_FROM:
        return None
    left_s = done_s / share * (1 + more) - spent_s
    return left_s if left_s > 0 else None


class Progress(Protocol):
    """How progress is shown."""

    def hear(self, event: PhaseEvent) -> None:
        """An event, in any thread."""
        ...

    def tick(self) -> None:
        """Called by the main thread about every 50 ms."""
        ...

    def clear(self) -> None:
        """Take away what is on the screen."""
        ...


class NoProgress:
    """Shows nothing."""

    def hear(self, event: PhaseEvent) -> None:
        """Ignored."""

    def tick(self) -> None:
        """Nothing to draw."""

    def clear(self) -> None:
        """Nothing to take away."""


class PlainProgress(NoProgress):
    """One line for each phase that is over; parts of a phase that follow one another are one line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._over: PhaseFinished | None = None

    def hear(self, event: PhaseEvent) -> None:
        """Print the last phase when another is over; of proofs that are made elsewhere their number."""
        if isinstance(event, ProofStarted) and event.index > 1 and self._over is None:
            count = msg("{n} of {all} proofs", n=event.index - 1, all=event.total)
            self._console.say(self._console.text(count))
        if not isinstance(event, PhaseFinished):
            return
        with self._lock:
            last = self._over
            if last is not None and last.phase is event.phase:
                self._over = PhaseFinished(event.phase, last.seconds + event.seconds)
                return
            self._print()
            self._over = event

    def clear(self) -> None:
        """Print what is left."""
        with self._lock:
            self._print()

    def _print(self) -> None:
        if self._over is not None:
            title = TITLES[self._over.phase.value]
            duration = format_duration(self._over.seconds)
            self._console.say(self._console.text(msg("{title}: {duration}", title=title, duration=duration)))
            self._over = None


class JsonProgress(NoProgress):
    """One JSON object a line; steps at most ten times a second."""

    def __init__(self, console: Console, clock: Clock = SYSTEM_CLOCK) -> None:
        self._console = console
        self._clock = clock
        self._last_s = 0.0

    def hear(self, event: PhaseEvent) -> None:
        """Print an event."""
        line: dict[str, object]
        match event:
            case ProofStarted(index, total):
                line = {"event": "proof-started", "proof": index, "proofs": total}
            case PhaseStarted(phase, steps):
                line = {"event": "phase-started", "phase": phase.value, "steps": steps}
            case PhaseFinished(phase, seconds):
                line = {"event": "phase-finished", "phase": phase.value, "seconds": seconds}
            case PhaseAdvanced(phase, done, steps):
                now_s = self._clock.monotonic_s()
                if now_s - self._last_s < _LINE_EVERY_S:
                    return
                self._last_s = now_s
                line = {"event": "phase-advanced", "phase": phase.value, "done": done, "steps": steps}
        self._console.say(json.dumps(line))


class BarProgress:
    """One line at the bottom of a terminal, drawn over and over, gone at the end."""

    def __init__(self, console: Console, clock: Clock = SYSTEM_CLOCK) -> None:
        self._console = console
        self._clock = clock
        self._model = ProgressModel(clock)
        self._last_s = 0.0
        self._shown = False

    def hear(self, event: PhaseEvent) -> None:
        """Remember; the main thread draws."""
        self._model.hear(event)

    def tick(self) -> None:
        """Draw, but not for work that is over at once."""
        now_s = self._clock.monotonic_s()
        view = self._model.view()
        if view.elapsed_s < _SHOW_AFTER_S or now_s - self._last_s < _LINE_EVERY_S:
            return
        self._last_s = now_s
        width = shutil.get_terminal_size().columns - 1
        self._write("\r" + self.line(view)[:width] + "\x1b[K")
        self._shown = True

    def clear(self) -> None:
        """Erase the line."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def line(self, view: ProgressView) -> str:
        """The line without control characters."""
        text = self._console.text
        parts = []
        if view.share_0_to_1 is not None:
            cells = round(view.share_0_to_1 * _BAR_CELLS)
            parts.append(f"[{'#' * cells}{'-' * (_BAR_CELLS - cells)}] {round(100 * view.share_0_to_1):3d} %")
        parts.append(format_duration(view.elapsed_s))
        if view.left_s is not None:
            parts.append(text(msg("about {duration} left", duration=format_duration(view.left_s))))
        if view.proofs > 1:
            parts.append(text(msg("Proof {number} of {total}", number=view.proof, total=view.proofs)))
        # last, because a narrow terminal cuts it off
        parts.append(text(view.title))
        return "  ".join(parts)

    def _write(self, text: str) -> None:
        try:
            self._console.err.write(text)
            self._console.err.flush()
        except (OSError, ValueError):
            self._shown = False


def choose_progress(how: str, console: Console) -> Progress:
    """The display for `--progress HOW`; `auto` is a bar on a terminal and nothing elsewhere."""
    if how == "json":
        return JsonProgress(console)
    if how == "plain":
        return PlainProgress(console)
    if how == "auto" and console.is_terminal and not console.quiet:
        return BarProgress(console)
    return NoProgress()
