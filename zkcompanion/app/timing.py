"""The clock and the stop switch of a piece of work: what `proving` reports through a `Trace` gets its times here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zkcompanion.app.memory import PeakMeter, PhaseMemory
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.phases import Phase, Trace


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """`steps` is what `PhaseAdvanced.done` will reach; 0 where it is not known."""

    phase: Phase
    steps: int


@dataclass(frozen=True, slots=True)
class PhaseAdvanced:
    """`done` of `steps` units are behind us."""

    phase: Phase
    done: int
    steps: int


@dataclass(frozen=True, slots=True)
class PhaseFinished:
    """`seconds` without the phases that ran inside this one."""

    phase: Phase
    seconds: float


@dataclass(frozen=True, slots=True)
class PhaseResumed:
    """Another worker went through `phase` of this proof; it neither begins nor ends here."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class ProofStarted:
    """Proof `index` of `total` begins; counts from 1."""

    index: int
    total: int


PhaseEvent = ProofStarted | PhaseStarted | PhaseAdvanced | PhaseFinished | PhaseResumed
Listener = Callable[[PhaseEvent], None]


@dataclass(slots=True)
class _Open:
    phase: Phase
    steps: int
    resumed_s: float
    own_s: float = 0.0
    done: int = 0


class RecordingTrace(Trace):
    """Times phases, tells a listener about them, and stops the work once `cancel` is set.

    A phase inside another (compiling kernels while loading) pauses the outer one, so that the times of all phases add
    up to the time spent. The listener is called in whatever thread reports, and must be quick.

    With `counting` set it also keeps the field multiplications of each phase. Counting them takes time, which belongs
    to no phase; `lap_work` gives it apart. With a `meter` it keeps what the process held in each phase.
    """

    def __init__(
        self,
        *,
        cancel: threading.Event | None = None,
        listener: Listener | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.cancel = cancel if cancel is not None else threading.Event()
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._open: list[_Open] = []
        self._seconds: dict[Phase, float] = {}
        self.counting = False
        self._work: dict[Phase, int] = {}
        self._counting_s = 0.0
        self.meter: PeakMeter | None = None
        self._memory: dict[Phase, PhaseMemory] = {}

    @property
    def clock(self) -> Clock:
        """What it tells the time by."""
        return self._clock

    def begin(self, phase: Phase, steps: int = 0) -> None:
        """Start the clock of `phase`, and pause that of the phase it runs in."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._open:
                self._open[-1].own_s += now_s - self._open[-1].resumed_s
            self._look_at_memory()
            self._open.append(_Open(phase, steps, now_s))
        self._tell(PhaseStarted(phase, steps))

    def advance(self, phase: Phase, steps: int = 1) -> None:
        """Count `steps`; advice for a phase that is not open is ignored (a helper thread may come late)."""
        with self._lock:
            entry = next((entry for entry in reversed(self._open) if entry.phase is phase), None)
            if entry is None:
                return
            entry.done += steps
            event = PhaseAdvanced(phase, entry.done, entry.steps)
        self._tell(event)

    def end(self, phase: Phase) -> None:
        """Stop the clock of `phase`; phases left open inside it by an error that was handled end with it."""
        with self._lock:
            if all(entry.phase is not phase for entry in self._open):
                return
            now_s = self._clock.monotonic_s()
            self._look_at_memory()
            closed = self._open.pop()
            closed.own_s += now_s - closed.resumed_s
            self._add(closed)
            while closed.phase is not phase:
                closed = self._open.pop()
                self._add(closed)
            if self._open:
                self._open[-1].resumed_s = now_s
        self._tell(PhaseFinished(phase, closed.own_s))

    def resumed(self, phase: Phase) -> None:
        """Another worker went through `phase`; no time is counted for it."""
        self._tell(PhaseResumed(phase))

    def work(self, phase: Phase, count: Callable[[], int]) -> None:
        """Add `count()` to the work of `phase`, with the clock of the phase that runs stopped; only when `counting`."""
        if not self.counting:
            return
        with self.stopwatch() as watch:
            products = count()
        with self._lock:
            self._work[phase] = self._work.get(phase, 0) + products
            self._counting_s += watch.seconds
            if self._open:
                self._open[-1].resumed_s += watch.seconds

    def proof_started(self, index: int, total: int) -> None:
        """Proof `index` of `total` begins."""
        self._tell(ProofStarted(index, total))

    def check(self) -> None:
        """Raise `Cancelled` once `cancel` is set."""
        if self.cancel.is_set():
            raise Cancelled

    def lap(self) -> dict[str, float]:
        """Seconds of each finished phase since the last lap, by name, in the order in which they ended."""
        with self._lock:
            seconds, self._seconds = self._seconds, {}
        return {phase.value: value for phase, value in seconds.items()}

    def lap_work(self) -> tuple[dict[str, int], float]:
        """Field multiplications of each phase since the last lap, by name, and the seconds that counting them took."""
        with self._lock:
            work, self._work = self._work, {}
            counting_s, self._counting_s = self._counting_s, 0.0
        return {phase.value: products for phase, products in work.items()}, counting_s

    def lap_memory(self) -> dict[str, PhaseMemory]:
        """What the process held in each phase since the last lap, by name; empty without a meter."""
        with self._lock:
            memory, self._memory = self._memory, {}
        return {phase.value: held for phase, held in memory.items()}

    @contextmanager
    def stopwatch(self) -> Iterator[Stopwatch]:
        """Seconds of a block by the same clock."""
        watch = Stopwatch()
        start_s = self._clock.monotonic_s()
        try:
            yield watch
        finally:
            watch.seconds = self._clock.monotonic_s() - start_s

    def _look_at_memory(self) -> None:
        """What was held since the last look was held in the phase that runs, or between phases."""
        if self.meter is None:
            return
        held = self.meter.look()
        if self._open:
            phase = self._open[-1].phase
            before = self._memory.get(phase)
            self._memory[phase] = held if before is None else before.then(held)

    def _add(self, closed: _Open) -> None:
        self._seconds[closed.phase] = self._seconds.get(closed.phase, 0.0) + closed.own_s

    def _tell(self, event: PhaseEvent) -> None:
        if self._listener is not None:
            self._listener(event)


@dataclass(slots=True)
class Stopwatch:
    """`seconds` is set when the block ends."""

    seconds: float = 0.0
