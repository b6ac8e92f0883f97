"""How fast this machine is at the work of proofs: about twenty seconds of measuring on the real kernels.

Sizes rise until they take too long for the time that there is; then what is left is measured in rounds, everything once
in each, with one thread and with all, and the median of the rounds counts. A round in which other programs had the
processor shows by its processor time, and is left out where there are others.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.messages import Message, msg
from zkcompanion.costs.rates import Kind, Rate, Rates
from zkcompanion.hardware.memory_disk import MachineSpeeds, measure_disk, measure_memory
from zkcompanion.hardware.pieces import Piece, Workshop
from zkcompanion.proving.backend import PROVING, VERIFYING, Backend
from zkcompanion.proving.phases import NULL_TRACE, Trace

#: Wanted of a calibration, in seconds.
BUDGET_S = 20.0
#: A small piece is repeated until it takes so long.
_LEAST_S = 0.004
#: Of the budget, what one round may take, and what is left for disk and memory.
_ROUND_SHARE, _OTHER_SHARE = 0.16, 0.06
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 9
#: A round counts as undisturbed where its share of the processor is at least so much of the best round's.
_QUIET = 0.96
#: With less than this share of quiet measurements the machine was busy with other work.
BUSY = 0.5
#: Below, the system counts processor time too coarsely for such short pieces, or the work waited for something else.
_COARSE = 0.2

Width = Literal["one", "all"]
#: Told how far it is: share done, what is measured now, seconds left.
Progress = Callable[[float, Message, float], None]

DOING: dict[str, Message] = {
    "setup": msg("Getting the arithmetic ready"),
    "ladder": msg("Finding sizes that fit this machine"),
    "one": msg("Measuring on one core"),
    "all": msg("Measuring on all cores"),
    "memory": msg("Measuring the memory"),
    "disk": msg("Measuring the disk"),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found. `quiet`: the share of the measurements in which no other program was in the way."""

    unix_s: float
    seconds: float
    rates: Rates
    speeds: MachineSpeeds
    quiet: float

    @property
    def busy(self) -> bool:
        """Whether other programs were in the way most of the time; then all cores were not measured together."""
        return self.quiet < BUSY


@dataclass(slots=True)
class _Timing:
    """What one piece took at one width, round by round: wall and processor seconds of one run."""

    piece: Piece
    width: Width
    rounds: list[tuple[float, float]] = field(default_factory=list)
    times: int = 1


def calibrate(
    alone: Backend,
    together: Backend,
    folder: Path,
    *,
    trace: Trace = NULL_TRACE,
    progress: Progress = lambda _share, _doing, _left_s: None,
    budget_s: float = BUDGET_S,
    clock: Clock = SYSTEM_CLOCK,
) -> Calibration:
    """Measure with the same kernels on one thread and on all.

    Args:
        alone: of one thread.
        together: of all threads; the same back end where that is one.
        folder: where temporary files may lie, on the disk that is to be measured; nothing is left in it.
        trace: asked between pieces of 0.2 s at most, and within them; what its check raises comes through.
        progress: called between pieces.
        budget_s: aimed at; a slow machine gets smaller pieces, and about half as long again at the worst.
        clock: the time.

    Raises: OSError for the folder; whatever `trace.check` raises.
    """
    begun_s, unix_s = clock.monotonic_s(), clock.unix_s()

    def left_s() -> float:
        return budget_s - (clock.monotonic_s() - begun_s)

    def tell(doing: str) -> None:
        trace.check()
        progress(min(0.99, 1 - left_s() / budget_s), DOING[doing], max(0.0, left_s()))

    tell("setup")
    for backend in (alone, together):
        backend.load((*PROVING, *VERIFYING), trace=trace)
    bench = _Bench(alone, together, clock, tell)
    with tempfile.TemporaryDirectory(prefix="calibration-", dir=folder) as temporary:
        bench.climb(Workshop(together, Path(temporary), trace), budget_s * _ROUND_SHARE)
        tell("memory")
        memory = measure_memory(together.threads, clock, trace)
        tell("disk")
        disk = measure_disk(Path(temporary), clock, trace, seconds=budget_s * _OTHER_SHARE / 2)
        bench.rounds(left_s)
    speeds = MachineSpeeds(*memory, *disk)
    return Calibration(unix_s, clock.monotonic_s() - begun_s, bench.rates(), speeds, bench.quiet())


class _Bench:
    def __init__(self, alone: Backend, together: Backend, clock: Clock, tell: Callable[[str], None]) -> None:
        self._alone, self._together = alone, together
        self._clock = clock
        self._tell = tell
        self._timings: list[_Timing] = []

    def climb(self, shop: Workshop, round_s: float) -> None:
        """Take up pieces from small to large, as long as a round of all of them stays within its time."""
        ladders = shop.ladders()
        share_s = round_s / len(ladders)
        left_s = 0.0
        for ladder in ladders:
            left_s += share_s
            took_s, size = 0.0, 1
            for step in ladder:
                self._tell("ladder")
                # of each kind at least one
                if took_s and took_s * step.size / size > left_s:
                    break
                took_s, size = self._take_up(step.make()), step.size
                left_s -= took_s

    def _take_up(self, piece: Piece) -> float:
        """Seconds of a round that it will take; its first run, which fills caches, does not count."""
        widths: tuple[Width, ...] = ("one",) if piece.serial or self._together is self._alone else ("one", "all")
        total_s = 0.0
        for width in widths:
            timing = _Timing(piece, width)
            piece.prepare()
            piece.run(self._backend(width))
            wall_s, _ = self._time(timing)
            timing.times = max(1, round(_LEAST_S / max(wall_s, 1e-6)))
            self._timings.append(timing)
            total_s += wall_s * timing.times
        return total_s

    def rounds(self, left_s: Callable[[], float]) -> None:
        """All pieces, again and again, until the time is up."""
        for done in range(_MOST_ROUNDS):
            before_s = left_s()
            for timing in self._timings:
                self._tell(timing.width)
                timing.rounds.append(self._time(timing))
            if done + 1 >= _LEAST_ROUNDS and left_s() < before_s - left_s():
                break

    def _time(self, timing: _Timing) -> tuple[float, float]:
        """Wall and processor seconds of one run."""
        backend, times, clock, piece = self._backend(timing.width), timing.times, self._clock, timing.piece
        wall_s = cpu_s = 0.0
        for _ in range(times):
            piece.prepare()
            begun_s, begun_cpu_s = clock.monotonic_s(), clock.process_cpu_s()
            piece.run(backend)
            wall_s += clock.monotonic_s() - begun_s
            cpu_s += clock.process_cpu_s() - begun_cpu_s
        return wall_s / times, cpu_s / times

    def _backend(self, width: Width) -> Backend:
        return self._alone if width == "one" else self._together

    def rates(self) -> Rates:
        """The medians."""
        found: dict[Width, dict[Kind, list[tuple[float, float]]]] = {"one": {}, "all": {}}
        for timing in self._timings:
            took_s = statistics.median(undisturbed(timing.rounds, alone=timing.width == "one"))
            found[timing.width].setdefault(timing.piece.kind, []).append((timing.piece.work, took_s))
        one = {kind: Rate(tuple(points)) for kind, points in found["one"].items()}
        # beside others, threads wait for each other: what all cores can do together was not to be seen
        every = {kind: Rate(tuple(points)) for kind, points in found["all"].items() if self.quiet() >= BUSY}
        return Rates(self._together.kind, self._together.threads, one, every)

    def quiet(self) -> float:
        """Which share of the measurements on one core had that core."""
        alone = [timing.rounds for timing in self._timings if timing.width == "one"]
        shares = [cpu_s / wall_s for rounds in alone for wall_s, cpu_s in rounds if wall_s > 0]
        return sum(share >= _QUIET for share in shares) / max(1, len(shares))


def undisturbed(rounds: Sequence[tuple[float, float]], *, alone: bool) -> list[float]:
    """Wall seconds of the rounds in which the work had about as much of the processor as at best.

    On one thread all of it: where no round had that, the processor's seconds stand for what it would have taken.
    """
    best = max(cpu_s / wall_s for wall_s, cpu_s in rounds)
    if alone and _COARSE < best < _QUIET:
        return [cpu_s for _, cpu_s in rounds]
    return [wall_s for wall_s, cpu_s in rounds if cpu_s / wall_s >= _QUIET * (min(best, 1.0) if alone else best)]
