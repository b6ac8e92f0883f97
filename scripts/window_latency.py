"""The window's latency while all processors prove: a timer in its thread, and what became of each of its ticks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from windowlab import ROOT, order, settle, wait_until

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.shell.main_window import MainWindow

P99_MS, MOST_MS = 50.0, 128.0
TICK_MS = 10
_EXAMPLE = "sha256-preimage"
#: Pages change this often meanwhile.
_TURN_MS = 1500
#: Every other turn is the page with the live charts.
_OTHERS = ("home", "settings")
_WORST = 8
#: More idle time than this share, and one more load is added.
_IDLE = 0.03


@dataclass
class Latency:
    """Deviations from 10 ms, in ms. `steal_ms` is what the host took in all, by its own account.

    `ran_max_ms`: the longest that the thread itself ran between two ticks, whoever else used the processors.
    `worst`: the ticks that came worst, each with its second, its deviation, and the milliseconds of it that the thread
    ran itself and that it waited for a processor.
    """

    seconds: float
    ticks: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    ran_max_ms: float
    stolen_ticks: int
    stolen_max_ms: float
    steal_ms: float
    processor_percent: float
    proofs: int
    page_switches: int
    burner: bool
    worst: list[dict[str, float]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the floors hold for the ticks that the host left alone."""
        return self.p99_ms <= P99_MS and self.max_ms <= MOST_MS


@dataclass(frozen=True)
class Tick:
    """One tick of the timer; all but the time are the growth since the one before, in ms."""

    at_s: float
    off_ms: float
    stolen_ms: float
    ran_ms: float
    waited_ms: float


class Kernel:
    """What Linux tells of this thread and of the machine; zeros where it does not."""

    def __init__(self) -> None:
        self._tick_ms = 1000 / os.sysconf("SC_CLK_TCK")
        try:
            self._stat: int | None = os.open("/proc/stat", os.O_RDONLY)
            self._own: int | None = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            self._stat = self._own = None

    def own(self) -> tuple[float, float]:
        """(ran, waited for a processor) of the calling thread, in ms since it began."""
        if self._own is None:
            return 0.0, 0.0
        ran_ns, waited_ns, _ = os.pread(self._own, 64, 0).split()
        return int(ran_ns) / 1e6, int(waited_ns) / 1e6

    def machine(self) -> tuple[float, float, float]:
        """(stolen, idle, all) in ms since the machine started."""
        if self._stat is None:
            return 0.0, 0.0, 0.0
        first = os.pread(self._stat, 256, 0).partition(b"\n")[0].split()[1:]
        times = [int(value) * self._tick_ms for value in first]
        return times[7], times[3] + times[4], sum(times[:8])

    def close(self) -> None:
        """Let go of both."""
        for descriptor in (self._stat, self._own):
            if descriptor is not None:
                os.close(descriptor)


def measure_latency(app: QApplication, window: MainWindow, desk: Desk, seconds: float) -> Latency:
    """Let proofs run, pages change and a timer tick; what became of the ticks."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from zkcompanion.app.job_views import JobChanged

    kernel, ticks = Kernel(), list[Tick]()
    proofs, turns = [0], [0]
    wanted = order(desk, _EXAMPLE, repeat=200)

    def go_on(event: JobChanged) -> None:
        if event.job.state == "done":
            desk.jobs.submit(wanted)

    end = desk.bus.subscribe(JobChanged, go_on)
    window.go("prove", job=desk.jobs.submit(wanted))
    wait_until(app, lambda: _proves(desk), timeout_s=120, what="the first proof")
    burner = _burner_where_needed(app, kernel)
    last = [0.0, 0.0, 0.0, 0.0]

    def now() -> list[float]:
        return [time.perf_counter(), kernel.machine()[0], *kernel.own()]

    def tick() -> None:
        found = now()
        at_s, stolen_ms, ran_ms, waited_ms = found
        ticks.append(
            Tick(at_s, (at_s - last[0]) * 1e3 - TICK_MS, stolen_ms - last[1], ran_ms - last[2], waited_ms - last[3])
        )
        last[:] = found

    def turn() -> None:
        turns[0] += 1
        page = "prove" if turns[0] % 2 else _OTHERS[turns[0] // 2 % 2]
        running = next((one.id for one in desk.jobs.jobs() if one.state == "running"), None)
        window.go(page, **({"job": running} if page == "prove" and running is not None else {}))
        proofs[0] = sum(one.number for one in desk.jobs.jobs() if one.state in {"running", "done"})

    began = kernel.machine()
    last[:] = now()
    began_s = last[0]
    ticking, turning, ending = QTimer(), QTimer(), QTimer()
    ticking.setTimerType(Qt.TimerType.PreciseTimer)
    ticking.timeout.connect(tick)
    turning.timeout.connect(turn)
    ending.setSingleShot(True)
    # a loop of its own, because the application does not quit while a proof runs without asking
    loop = QEventLoop()
    ending.timeout.connect(loop.quit)
    ticking.start(TICK_MS)
    turning.start(_TURN_MS)
    ending.start(round(seconds * 1000))
    loop.exec()
    ticking.stop()
    turning.stop()
    finished = kernel.machine()
    end()
    for one in desk.jobs.jobs():
        desk.jobs.cancel(one.id)
    if burner is not None:
        burner.kill()
        burner.wait()
    wait_until(app, lambda: all(one.ended for one in desk.jobs.jobs()), timeout_s=30, what="the end of the jobs")
    kernel.close()
    return _latency(ticks, began_s, began, finished, proofs[0], turns[0], burned=burner is not None)


def _burner_where_needed(app: QApplication, kernel: Kernel) -> subprocess.Popen[bytes] | None:
    """One more load, with the priority of a worker, where the proofs leave a processor idle."""
    _, idle_ms, all_ms = kernel.machine()
    settle(app, 2.0)
    _, idle_after_ms, all_after_ms = kernel.machine()
    if idle_after_ms - idle_ms < _IDLE * (all_after_ms - all_ms):
        return None
    code = (
        "from zkcompanion.engine.hardening import leave_terminal, step_back; leave_terminal(); step_back()\nwhile 1: 0"
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)


def _proves(desk: Desk) -> bool:
    running = [one for one in desk.jobs.jobs() if one.state == "running"]
    return any(phase.phase.startswith("sum") for one in running for phase in one.phases if phase.state != "waiting")


def _latency(
    ticks: Sequence[Tick],
    began_s: float,
    began: tuple[float, float, float],
    finished: tuple[float, float, float],
    proofs: int,
    turns: int,
    *,
    burned: bool,
) -> Latency:
    # steal is counted in steps of 10 ms, so it may appear a tick later than it happened
    stolen = {number + shift for number, tick in enumerate(ticks) if tick.stolen_ms > 0 for shift in (-1, 0)}
    left = [tick for number, tick in enumerate(ticks) if number not in stolen]
    own = sorted(abs(tick.off_ms) for tick in left)
    taken = [abs(ticks[number].off_ms) for number in stolen if 0 <= number < len(ticks)]
    whole_ms = finished[2] - began[2]
    worst = [
        {
            "at_s": round(tick.at_s - began_s, 2),
            "off_ms": round(tick.off_ms, 1),
            "ran_ms": round(tick.ran_ms, 1),
            "waited_ms": round(tick.waited_ms, 1),
        }
        for tick in sorted(left, key=lambda tick: -abs(tick.off_ms))[:_WORST]
    ]
    return Latency(
        seconds=round(ticks[-1].at_s - began_s, 1),
        ticks=len(ticks),
        p50_ms=_share(own, 0.50),
        p95_ms=_share(own, 0.95),
        p99_ms=_share(own, 0.99),
        max_ms=round(own[-1], 2),
        ran_max_ms=round(max(tick.ran_ms for tick in ticks), 2),
        stolen_ticks=len(taken),
        stolen_max_ms=round(max(taken, default=0.0), 2),
        steal_ms=round(finished[0] - began[0], 1),
        processor_percent=round(100 * (1 - (finished[1] - began[1]) / whole_ms), 1) if whole_ms else 0.0,
        proofs=proofs,
        page_switches=turns,
        burner=burned,
        worst=worst,
    )


def _share(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)
