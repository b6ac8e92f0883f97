"""One run of proofs as the window's side keeps it: what was ordered, how far it is, what is to be expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.job_progress import ONCE, PhaseProgress, RunProgress
from zkcompanion.app.job_views import (
    ExpectationView,
    JobState,
    JobView,
    PhaseView,
    PriorityName,
    ProofOrder,
)
from zkcompanion.app.views import ProvingView
from zkcompanion.base.messages import Message
from zkcompanion.engine.schedule.forecast import Forecast, ready_in

#: What every proof goes through, in order; `check` only where there are constraints.
PLAN = (
    "load",
    "witness",
    "check",
    "constraints",
    "transforms",
    "sum-a",
    "sum-b1",
    "sum-b2",
    "sum-c",
    "sum-h",
    "assemble",
    "verify",
)

#: Runs that are over, and proofs of theirs, that stay in the list of a session; older ones stand in the history.
MOST_ENDED, MOST_PROOFS = 100, 400


class JobRecord:
    """Not for several threads at once. `order` is without its inputs, which only the worker gets."""

    def __init__(
        self, number: int, order: ProofOrder, *, submitted_unix_s: float, priority: PriorityName = "interactive"
    ) -> None:
        self.order = replace(order, inputs=None)
        self.id = number
        self.submitted_unix_s = submitted_unix_s
        self.state: JobState = "waiting"
        self.expectation: ExpectationView | None = None
        self.result: ProvingView | None = None
        self.error: ErrorView | None = None
        self.priority: PriorityName = priority
        self.waits: Message | None = None
        self.waits_for_memory = False
        #: memory that it was predicted to need, and that could be had, when it came; `short`: it did not fit
        self.needed_bytes = self.room_bytes = 0
        self.short = False
        self.forecast: Forecast | None = None
        self.worker: str | None = None
        self.threads = 0
        self.kernels: str | None = None
        self.deaths = 0
        #: whether somebody was told that it is over, which happens once
        self.end_told = False
        self.resumed_from: str | None = None
        #: whether its worker has begun with a phase of a proof
        self._begun = False
        #: seconds by phase, of the proof that ran when its last worker ended
        self._before: dict[str, float] = {}
        self._progress = RunProgress(0, ())
        self._heard_s = 0.0
        self._started_s: float | None = None
        self._elapsed_s = 0.0

    @property
    def ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self.state not in {"waiting", "running"}

    @property
    def overridden(self) -> bool:
        """Whether it is tried although it was predicted not to fit."""
        return self.short and self.order.run_anyway

    @property
    def began(self) -> bool:
        """Whether a worker has ever worked at it."""
        return self._started_s is not None

    @property
    def running_phase(self) -> str:
        """The phase that runs, for a report; "" where none does."""
        running = [entry.phase for entry in self._progress.phases if entry.running]
        return running[-1] if running else ""

    def start(self, now_s: float, expectation: ExpectationView | None) -> None:
        """A worker has begun."""
        self.state, self._started_s, self._heard_s, self.expectation = "running", now_s, now_s, expectation
        self._progress = RunProgress(0, ())

    def begin_again(self) -> None:
        """Its worker is lost, and it waits for another."""
        self.state, self.worker = "waiting", None
        self.deaths += 1
        self.resumed_from, self._begun = None, False
        self._before |= {entry.phase: entry.seconds for entry in self._progress.phases if not entry.resumed}

    def expected_s(self, phase: str) -> float | None:
        """Seconds of a phase by earlier runs, or by the proof before in this one; None where neither is known."""
        return self._expected().get(phase)

    def hear(self, progress: RunProgress, now_s: float) -> None:
        """How far the worker is."""
        self._progress, self._heard_s = progress, now_s
        if not self._begun:
            self._begin(progress)

    def end(
        self, state: JobState, now_s: float, *, result: ProvingView | None = None, error: ErrorView | None = None
    ) -> None:
        """It is over."""
        self.state, self.result, self.error = state, result, error
        if self._started_s is not None:
            self._elapsed_s = now_s - self._started_s
        if self.deaths and result is not None:
            self._begin_by(result)

    def view(self, now_s: float) -> JobView:
        """As it is now."""
        running = self.state == "running" and self._started_s is not None
        return JobView(
            id=self.id,
            circuit=self.order.circuit.name,
            title=self.order.title,
            fingerprint=self.order.fingerprint,
            state=self.state,
            submitted_unix_s=self.submitted_unix_s,
            repeat=self.order.repeat,
            number=self.order.repeat if self.result is not None else max(1, self._progress.number),
            phases=self._phases(now_s),
            elapsed_s=now_s - self._started_s if running and self._started_s is not None else self._elapsed_s,
            left_s=self._left_s(now_s) if running else None,
            result=self.result,
            error=self.error,
            priority=self.priority,
            waits=self.waits if self.state == "waiting" else None,
            ready_in=self._ready_in(now_s),
            ready=None if self.forecast is None or self.ended else ready_in(self.forecast, now_s),
            worker=self.worker if running else None,
            threads=self.threads if running else 0,
            kernels=self.kernels,
            deaths=self.deaths,
            resumed_from=self.resumed_from,
            in_slices=self._in_slices,
            waits_for_memory=self.waits_for_memory and self.state == "waiting",
            run_anyway=self.overridden,
        )

    @property
    def _in_slices(self) -> bool:
        """What was done, or, before that, what was ordered."""
        if self.result is not None and self.result.memory is not None:
            return self.result.memory.mode == "streamed"
        return self.order.memory_bytes is not None

    def _begin(self, progress: RunProgress) -> None:
        """Note the first phase of a worker, if it goes on with what another one began."""
        begun = [entry.phase for entry in progress.phases if not entry.resumed and entry.phase not in ONCE]
        self._begun = bool(begun)
        goes_on = progress.number > 1 or any(entry.resumed for entry in progress.phases)
        if begun and self.deaths and goes_on:
            self.resumed_from = begun[0]

    def _begin_by(self, result: ProvingView) -> None:
        """As `_begin`, where the rest of a proof was done before its worker told of it."""
        resumed = [proof for proof in result.proofs if proof.resumed]
        if resumed:
            self.resumed_from = next((phase for phase in PLAN if phase in resumed[-1].phases), None)

    def _ready_in(self, now_s: float) -> tuple[float, float, float] | None:
        if self.forecast is None or self.ended:
            return None
        ends = self.forecast.ends_s
        return max(0.0, ends.low - now_s), max(0.0, ends.likely - now_s), max(0.0, ends.high - now_s)

    def _phases(self, now_s: float) -> tuple[PhaseView, ...]:
        """Those that have begun, in that order, then those to come."""
        expected = self._expected()
        begun = [self._phase(entry, expected, now_s) for entry in self._final_entries()]
        names = {view.phase for view in begun}
        if self.ended:
            return tuple(begun)
        coming = [name for name in self._plan() if name not in names]
        return (*begun, *(PhaseView(name, "waiting", 0.0, None, expected.get(name)) for name in coming))

    def _final_entries(self) -> tuple[PhaseProgress, ...]:
        """The worker's last words may lack the last phases; the result has them."""
        if self.state == "waiting":
            return ()  # the next worker tells what it goes on from
        if self.result is None or not self.result.proofs:
            return self._progress.phases
        proof = self.result.proofs[-1]
        last = proof.phases
        before = [entry for entry in self._progress.phases if entry.phase in ONCE and entry.phase not in last]
        return (
            *(replace(entry, running=False) for entry in before),
            *(PhaseProgress(name, running=False, seconds=0.0, resumed=True) for name in proof.resumed),
            *(PhaseProgress(name, running=False, seconds=seconds) for name, seconds in last.items()),
        )

    def _phase(self, entry: PhaseProgress, expected: dict[str, float], now_s: float) -> PhaseView:
        # where it failed or was stopped, the phase it was in stays as it was: not done
        running = entry.running and self.state != "done"
        innermost = running and entry.phase == self.running_phase and not self.ended
        seconds = entry.seconds + (max(0.0, now_s - self._heard_s) if innermost else 0.0)
        share = 1.0 if not entry.running else min(1.0, entry.done / entry.steps) if entry.steps else None
        if entry.resumed:
            seconds = self._before.get(entry.phase, 0.0)
        expected_s = expected.get(entry.phase)
        return PhaseView(entry.phase, "running" if running else "done", seconds, share, expected_s, entry.resumed)

    def _plan(self) -> tuple[str, ...]:
        return tuple(name for name in PLAN if name != "check" or self.order.circuit.r1cs is not None)

    def _expected(self) -> dict[str, float]:
        """Seconds by phase: by earlier runs, else by the proof before in this one."""
        known = self.expectation.phases if self.expectation is not None else ()
        return dict(self._progress.former) | dict(known)

    def _left_s(self, now_s: float) -> tuple[float, float] | None:
        """The rest of this proof and all to come, at the pace of the fastest and of the slowest proof that is known."""
        progress = self._progress
        lows, highs = [], []
        if self.expectation is not None:
            lows.append(self.expectation.low_s)
            highs.append(self.expectation.high_s)
        if progress.longest_s > 0:
            lows.append(progress.shortest_s)
            highs.append(progress.longest_s)
        if not lows:
            return None
        low_s, high_s = min(lows), max(highs)
        share = self._share_left(now_s)
        more = self.order.repeat - max(1, progress.number)
        return (low_s * (share + more), high_s * (share + more))

    def _share_left(self, now_s: float) -> float:
        """Of the proof that runs: how much of the time of its phases is still to come."""
        expected = {name: seconds for name, seconds in self._expected().items() if name not in ONCE}
        total_s = sum(expected.values())
        if self._progress.number == 0 or total_s <= 0:
            return 1.0
        left_s = dict(expected)
        for view in (self._phase(entry, {}, now_s) for entry in self._progress.phases):
            if view.phase not in left_s:
                continue
            if view.state == "done":
                left_s[view.phase] = 0.0
            elif view.share is not None:
                left_s[view.phase] *= 1 - view.share
            else:
                left_s[view.phase] = max(0.0, left_s[view.phase] - view.seconds)
        return sum(left_s.values()) / total_s


def surplus(records: Iterable[JobRecord]) -> list[int]:
    """The runs that are over and make way for later ones; `records` oldest first. The latest always stays."""
    found = []
    proofs = 0
    for runs, record in enumerate(reversed([one for one in records if one.end_told]), 1):
        proofs += 0 if record.result is None else len(record.result.proofs)
        if runs > 1 and (runs > MOST_ENDED or proofs > MOST_PROOFS):
            found.append(record.id)
    return found
