"""When each phase of a run ran, as its views tell: short phases are put where they must have been."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from zkcompanion.app.job_views import JobView, PhaseView

#: Phases of some thirty proofs; of more only the last are known.
MOST_SPANS = 400
#: Shorter phases are left out.
_SHORTEST_S = 1e-4


@dataclass(slots=True)
class Span:
    """A phase from `start_s` to `end_s`, which grows while it runs; `worker` went through it."""

    phase: str
    start_s: float
    end_s: float
    worker: str = ""


class PhaseSpans:
    """When each phase ran, from the views of a job as they come.

    A phase that began and ended between two views is put where it must have been, by its own seconds.
    """

    def __init__(self) -> None:
        self.spans: deque[Span] = deque(maxlen=MOST_SPANS)
        #: seconds of each phase that have their place
        self._placed: dict[str, float] = {}
        self._running = ""
        self._worker = ""

    def update(self, job: JobView, now_s: float | None = None) -> None:
        """Take in the next view, of `now_s` on the time axis; None: of the seconds since its worker began."""
        now_s = job.elapsed_s if now_s is None else now_s
        self._worker = job.worker or self._worker
        current = next((phase for phase in reversed(job.phases) if phase.state == "running"), None)
        fresh = {phase.phase: self._fresh_s(phase) for phase in job.phases}
        running = current.phase if current is not None else ""
        missed = [
            (phase.phase, fresh[phase.phase])
            for phase in job.phases
            if not phase.resumed and phase.phase not in {self._running, running} and fresh[phase.phase] > _SHORTEST_S
        ]
        if missed or running != self._running:
            begun_s = fresh[running] if running and running != self._running else 0.0
            self._move_on(now_s, missed, running, begun_s)
        if running:
            self.spans[-1].end_s = now_s
        self._placed = {phase.phase: phase.seconds for phase in job.phases}
        self._running = running

    def at(self, at_s: float) -> str | None:
        """The phase that ran at a moment."""
        for span in reversed(self.spans):
            if span.start_s <= at_s <= span.end_s:
                return span.phase
        return None

    def _fresh_s(self, phase: PhaseView) -> float:
        """Seconds since the last view; a phase that counts from 0 again belongs to the next proof."""
        placed_s = self._placed.get(phase.phase, 0.0)
        return phase.seconds - placed_s if phase.seconds >= placed_s else phase.seconds

    def _move_on(self, now_s: float, missed: list[tuple[str, float]], running: str, begun_s: float) -> None:
        cursor_s = max(now_s - sum(seconds for _, seconds in missed) - begun_s, 0.0)
        if self.spans:
            last = self.spans[-1]
            if self._running:
                last.end_s = max(last.start_s, cursor_s)
            cursor_s = max(cursor_s, last.end_s)
        for phase, seconds in missed:
            end_s = min(now_s, cursor_s + seconds)
            self.spans.append(Span(phase, cursor_s, end_s, self._worker))
            cursor_s = end_s
        if running and (running != self._running or missed):
            self.spans.append(Span(running, min(cursor_s, now_s), now_s, self._worker))
