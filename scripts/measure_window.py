"""Measures the window as people meet it: how soon it can be used, how fast pages change, how smooth it stays.

    .venv/bin/python scripts/measure_window.py --json
    .venv/bin/python scripts/measure_window.py --only latency --seconds 300

- start: fresh processes with compiled kernels in the cache; from the call to the first picture with nothing left to do.
- verdict: the same in fresh homes, each the first start of its own, until the verdict about this computer is painted.
- switches: from asking for a page to its picture; the first time, when it is built, and later.
- latency: a 10 ms timer in the thread that draws, while proofs use all cores, pages change and charts run. How far each
  tick comes from 10 ms after the one before. Ticks in which the host took the processor away (its steal time in
  /proc/stat grew) are counted apart: nobody inside can do anything about them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from window_latency import MOST_MS, P99_MS, measure_latency  # noqa: E402
from windowlab import display, fresh_home, settle, wait_until, warm_home  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.shell.main_window import MainWindow

START_S, VERDICT_S, SWITCH_MS = 1.5, 2.0, 100.0
_PAGES = ("home", "prove", "settings")

_CHILD = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from zkcompanion.ui.shell.main_window import MainWindow
made = MainWindow.__init__
def begun(self, *given):
    made(self, *given)
    def answered():
        if self.findChild(QLabel, "home-answer").text():
            print("answered", time.monotonic(), flush=True)
            self.close()
            QApplication.quit()
        else:
            QTimer.singleShot(1, answered)
    def idle():
        print("usable", time.monotonic(), flush=True)
        answered()
    self.painted.connect(lambda: QTimer.singleShot(0, idle))
MainWindow.__init__ = begun
sys.argv = ["zkcompanion", "--no-wizard"]
from zkcompanion.__main__ import main
main()
"""


def measure_starts(count: int) -> dict[str, float]:
    """Seconds from the call to the window that can be used, and to Home's answer: median and worst."""
    usable, answered = [], []
    for _ in range(count):
        began_s = time.monotonic()
        ran = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, timeout=120, check=False)
        said = dict(line.split() for line in ran.stdout.splitlines() if line.startswith(("usable", "answered")))
        if "answered" not in said:
            raise RuntimeError(f"the window did not open: {ran.stderr[-2000:]}")
        usable.append(float(said["usable"]) - began_s)
        answered.append(float(said["answered"]) - began_s)
    return {
        "usable_s": round(median(usable), 3),
        "usable_worst_s": round(max(usable), 3),
        "answered_s": round(median(answered), 3),
        "starts": count,
    }


def measure_verdicts(count: int) -> dict[str, object]:
    """Seconds from the start of a process to the picture with the first verdict, each in a home of its own."""
    found = []
    for number in range(count + 1):
        with fresh_home():
            command = [sys.executable, str(Path(__file__).with_name("first_verdict.py"))]
            # as an installed program has it: compiled once, and read by every later start
            environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
            ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        if ran.returncode:
            raise RuntimeError(f"there was no verdict: {ran.stderr[-2000:]}")
        if number:
            found.append(json.loads(ran.stdout.splitlines()[-1]))
    times = [one["verdict_s"] for one in found]
    return {
        "median_s": median(times),
        "worst_s": max(times),
        "cpu_s": median(one["cpu_s"] for one in found),
        "starts": count,
        "page": found[0]["page"],
        "basis": found[0]["basis"],
    }


def measure_switches(app: QApplication, window: MainWindow, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds from asking for a page to its picture: the first time, and median and worst of later times."""
    found: dict[str, list[float]] = {page: [] for page in _PAGES}
    for _ in range(rounds + 1):
        for page in (*_PAGES[1:], _PAGES[0]):
            found[page].append(_switch_ms(app, window, page))
            settle(app, 0.3)
    # Home is in sight when the window opens, so its first time belongs to the start
    return {
        page: {"first_ms": times[0], "later_ms": round(median(times[1:]), 1), "worst_ms": max(times[1:])}
        for page, times in found.items()
    }


def _switch_ms(app: QApplication, window: MainWindow, page: str) -> float:
    from PySide6.QtCore import QEvent, QObject

    painted: list[float] = []

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(time.perf_counter())
            return False

    watch = Watch()
    began_s = time.perf_counter()
    window.go(page)
    window.page.installEventFilter(watch)
    while not painted:
        app.processEvents()
    app.sendPostedEvents()
    took_ms = (time.perf_counter() - began_s) * 1e3
    window.page.removeEventFilter(watch)
    return round(took_ms, 1)


def with_window(work: Callable[[QApplication, MainWindow, Desk], None]) -> None:
    """Open the real window on a fresh home and let `work` have it."""
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.pages import PAGES
    from zkcompanion.ui.shell.main_window import MainWindow
    from zkcompanion.ui.theme.theme import Theme

    app = QApplication.instance() or QApplication(["zkcompanion"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    with Desk() as desk:
        theme = Theme(app)
        theme.apply("light", 100)
        window = MainWindow(desk, theme, PAGES)
        window.resize(1180, 800)
        window.show()
        desk.jobs.start()
        wait_until(
            app,
            lambda: all(worker.state == "ready" for worker in desk.jobs.workers()) and desk.jobs.workers(),
            timeout_s=300,
            what="ready workers",
        )
        work(app, window, desk)
        window.close()


def main() -> int:
    """Measure; 0 where all floors hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("start", "verdict", "switches", "latency"))
    parser.add_argument("--starts", type=int, default=11, help="fresh processes (default 11)")
    parser.add_argument("--rounds", type=int, default=9, help="later visits of each page (default 9)")
    parser.add_argument("--seconds", type=float, default=300.0, help="of the latency (default 300)")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    wanted = {chosen.only} if chosen.only else {"start", "verdict", "switches", "latency"}
    found: dict[str, object] = {
        "floors": {
            "start_s": START_S,
            "verdict_s": VERDICT_S,
            "switch_ms": SWITCH_MS,
            "p99_ms": P99_MS,
            "max_ms": MOST_MS,
        }
    }
    verdicts: list[bool] = []

    def look(app: QApplication, window: MainWindow, desk: Desk) -> None:
        if "switches" in wanted:
            switches = measure_switches(app, window, chosen.rounds)
            found["switches"] = switches
            verdicts.append(all(max(page["first_ms"], page["worst_ms"]) <= SWITCH_MS for page in switches.values()))
        if "latency" in wanted:
            latency = measure_latency(app, window, desk, chosen.seconds)
            found["latency"] = asdict(latency)
            verdicts.append(latency.ok)

    with display() as platform, fresh_home(warm_home()):
        found["platform"] = platform
        if wanted & {"switches", "latency"}:
            with_window(look)
        if "start" in wanted:
            measure_starts(1)  # so that what is read is in memory
            starts = measure_starts(chosen.starts)
            found["start"] = starts
            verdicts.append(starts["usable_s"] < START_S)
        if "verdict" in wanted:
            first = found["verdict"] = measure_verdicts(chosen.starts)
            verdicts.append(float(str(first["median_s"])) < VERDICT_S)
    found["ok"] = all(verdicts)
    print(json.dumps(found, indent=None if chosen.json else 2))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
