"""Measures the page "Monitor" in the real window: from a sample to its pixels, what the page costs, whether it grows.

    .venv/bin/python scripts/measure_monitor.py --only pixels --seconds 310
    .venv/bin/python scripts/measure_monitor.py --only cost --seconds 60
    .venv/bin/python scripts/measure_monitor.py --only memory --seconds 3600
    .venv/bin/python scripts/measure_monitor.py --only alerts --events 1000

- pixels: from the moment of which a sample speaks until all four charts have painted it and the event loop is back,
  while proofs use all processors.
- cost: processor time of this process with the page in sight, with another page, and with the window hidden, each
  beside the same proofs; and how often charts were painted meanwhile.
- memory: what the process holds alone (its USS) while the page is open and proofs are made, at the beginning and at
  the end. `--seconds` below 3600 is extrapolated, and said to be so.
- alerts: from the sample in which a condition has held for its duration until the notice is painted, while proofs use
  all processors; and what it takes to judge a sample.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from measure_window import with_window  # noqa: E402
from windowlab import display, fresh_home, order, settle, wait_until, warm_home  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.shell.main_window import MainWindow

HOUR_S = 3600.0
#: Before memory is looked at: all modules are loaded and each path was gone once.
_WARM_S = 60.0
_EVERY_S = 5.0
_EXAMPLES = {"all": ("sha256-preimage", 200), "light": ("age-over-18", 200)}


@dataclass
class Paints:
    """How often charts were painted, and when the last painting began to be done."""

    count: int = 0
    marks: list[float] = field(default_factory=list)


def watch_paints() -> Paints:
    """Count what charts paint from now on; before they are made."""
    from zkcompanion.ui.widgets import chart

    paints = Paints()
    painted = chart._Canvas.paint  # noqa: SLF001

    def paint(self: Any, *given: Any) -> None:
        painted(self, *given)
        paints.count += 1

    chart._Canvas.paint = paint  # type: ignore[assignment, method-assign]  # noqa: SLF001
    return paints


class Load:
    """Proofs one after another, of a circuit that uses all processors or of a small one, until it is ended."""

    def __init__(self, desk: Desk, kind: str) -> None:
        from zkcompanion.app.job_views import JobChanged

        self._desk = desk
        example, repeat = _EXAMPLES[kind]
        self._order = order(desk, example, repeat=repeat)
        self.proofs = 0
        self._end = desk.bus.subscribe(JobChanged, self._go_on)
        desk.jobs.submit(self._order)

    def _go_on(self, event: object) -> None:
        job = event.job  # type: ignore[attr-defined]
        if job.state == "done":
            self.proofs += job.repeat
            self._desk.jobs.submit(self._order)

    def end(self, app: QApplication) -> None:
        """No more."""
        self._end()
        for one in self._desk.jobs.jobs():
            self._desk.jobs.cancel(one.id)
        wait_until(
            app, lambda: all(one.ended for one in self._desk.jobs.jobs()), timeout_s=60, what="the end of the jobs"
        )


def open_page(app: QApplication, window: MainWindow) -> None:
    """The page with its charts."""
    from PySide6.QtWidgets import QWidget

    window.go("monitor")
    wait_until(
        app,
        lambda: (board := window.findChild(QWidget, "monitor-live-charts")) is not None and board.isVisible(),
        timeout_s=30,
        what="the charts",
    )


def measure_pixels(app: QApplication, window: MainWindow, desk: Desk, seconds: float) -> dict[str, object]:
    """Seconds from each sample to its pixels."""
    from PySide6.QtCore import QTimer

    paints = watch_paints()
    open_page(app, window)
    load = Load(desk, "all")
    settle(app, 3.0)
    delays: list[float] = []
    unseen = [0]

    def taken(sample: object) -> None:
        before = paints.count

        def drawn() -> None:
            # after the paint events that the sample asked for; a turn later where they are still to come
            if paints.count >= before + 4:
                delays.append(time.perf_counter() - sample.monotonic_s)  # type: ignore[attr-defined]
            elif time.perf_counter() - sample.monotonic_s > 2.0:  # type: ignore[attr-defined]
                unseen[0] += 1
            else:
                QTimer.singleShot(1, drawn)

        QTimer.singleShot(0, drawn)

    window.context.bridge.sample_taken.connect(taken)
    settle(app, seconds)
    load.end(app)
    ordered = sorted(delays)
    return {
        "samples": len(delays),
        "not_drawn": unseen[0],
        "p50_s": round(_share(ordered, 0.5), 4),
        "p95_s": round(_share(ordered, 0.95), 4),
        "p99_s": round(_share(ordered, 0.99), 4),
        "most_s": round(ordered[-1], 4),
        "proofs": load.proofs,
    }


def measure_cost(app: QApplication, window: MainWindow, desk: Desk, seconds: float) -> dict[str, object]:
    """Percent of one core that this process takes: page in sight, another page, window hidden."""
    paints = watch_paints()
    load = Load(desk, "all")
    open_page(app, window)
    found: dict[str, object] = {"seconds_each": seconds}

    def part(name: str) -> float:
        settle(app, 2.0)
        began, cpu, thread, count = time.perf_counter(), time.process_time(), time.thread_time(), paints.count
        settle(app, seconds)
        took = time.perf_counter() - began
        found[name] = {
            "process_percent": round(100 * (time.process_time() - cpu) / took, 2),
            "window_thread_percent": round(100 * (time.thread_time() - thread) / took, 2),
            "chart_paints": paints.count - count,
        }
        return 100 * (time.process_time() - cpu) / took

    shown = part("page_open")
    window.go("settings")
    other = part("another_page")
    window.go("monitor")
    window.hide()
    hidden = part("window_hidden")
    window.show()
    load.end(app)
    found["page_percent"] = round(shown - hidden, 2)
    found["against_another_page_percent"] = round(shown - other, 2)
    return found


def measure_memory(
    app: QApplication, window: MainWindow, desk: Desk, seconds: float, kind: str = "light"
) -> dict[str, object]:
    """Bytes that the process made itself, from a minute after the page was opened on."""
    open_page(app, window)
    load = Load(desk, kind)
    settle(app, _WARM_S)
    rows: list[tuple[float, int]] = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        rows.append((time.perf_counter() - began, _own_bytes()))
        print(json.dumps({"at_s": round(rows[-1][0]), "bytes": rows[-1][1]}), file=sys.stderr, flush=True)
        settle(app, _EVERY_S)
    load.end(app)
    return {"proofs": load.proofs, "load": _EXAMPLES[kind][0], **growth(rows, seconds)}


def _own_bytes() -> int:
    """Anonymous memory. Not what psutil calls unique: pages of libraries come and go in it with other processes."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    sizes = (line.split() for line in status.splitlines() if line.startswith(("RssAnon:", "VmSwap:")))
    return sum(int(words[1]) << 10 for words in sizes)


def growth(rows: list[tuple[float, int]], seconds: float) -> dict[str, object]:
    """How much more it is at the end than at the beginning, medians of a minute (of a tenth, where that is shorter)."""
    part_s = min(60.0, seconds / 10)
    end_s = rows[-1][0]
    first = median(size for at, size in rows if at <= part_s)
    last = median(size for at, size in rows if at >= end_s - part_s)
    # what is kept of the last quarter of an hour has its full size by then
    full = [size for at, size in rows if 900 <= at <= 900 + part_s]
    grown = last - first
    return {
        "seconds": round(end_s, 1),
        "grown_bytes": round(grown),
        "grown_per_hour_bytes": round(grown * HOUR_S / max(end_s - part_s, 1.0)),
        "grown_after_the_first_quarter_hour_bytes": round(last - median(full)) if full else None,
        "extrapolated": end_s < 0.97 * HOUR_S,
        "first_bytes": round(first),
    }


def measure_alerts(app: QApplication, window: MainWindow, desk: Desk, events: int) -> dict[str, object]:
    """From the sample in which a worker is missed to its painted notice, all processors proving; seconds.

    Samples come here from a thread of this script in the collector's place, so that a thousand alerts take minutes.
    """
    from zkcompanion.ui.shell.alerts import AlertNotices

    desk.alerts.start()
    desk.alerts.change("failing-workers", clear_for_s=0)
    AlertNotices(window.context, window)
    eye = watch_notices()
    load = Load(desk, "all")
    source = AlertSource(desk, eye, events)
    settle(app, 2.0)
    source.start()
    wait_until(app, lambda: not source.is_alive(), timeout_s=20.0 * events, what="the alerts")
    load.end(app)
    ordered, judged = sorted(source.shown_s), sorted(source.judged_s)
    return {
        "alerts": len(ordered),
        "proofs": load.proofs,
        "p50_s": round(median(ordered), 4),
        "p99_s": round(_share(ordered, 0.99), 4),
        "most_s": round(ordered[-1], 4),
        "judging_p50_s": round(median(judged), 6),
        "judging_p99_s": round(_share(judged, 0.99), 6),
    }


@dataclass
class Eye:
    """When a notice of an alert was painted, and that it went."""

    painted: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    at_s: float = 0.0


def watch_notices() -> Eye:
    """Look at the notices that are made from now on."""
    from PySide6.QtWidgets import QFrame

    from zkcompanion.ui.shell.notices import ALERT_KEY, NoticeCard

    eye = Eye()

    def of_alert(card: Any) -> bool:
        return str(card.notice.key or "").startswith(ALERT_KEY)

    def paint(self: Any, event: Any) -> None:
        QFrame.paintEvent(self, event)
        if of_alert(self) and not eye.painted.is_set():
            eye.at_s = time.perf_counter()
            eye.painted.set()

    def hide(self: Any, event: Any) -> None:
        QFrame.hideEvent(self, event)
        if of_alert(self):
            eye.gone.set()

    NoticeCard.paintEvent = paint  # type: ignore[method-assign]
    NoticeCard.hideEvent = hide  # type: ignore[method-assign]
    return eye


class AlertSource(threading.Thread):
    """Samples of a machine with 64 cores, every second one with a worker that ended."""

    def __init__(self, desk: Desk, eye: Eye, events: int) -> None:
        super().__init__(daemon=True)
        self._desk = desk
        self._eye = eye
        self._events = events
        self._tick_s = time.perf_counter()
        self.shown_s: list[float] = []
        self.judged_s: list[float] = []

    def run(self) -> None:
        """Until all were shown, or one was not within half a minute."""
        chance, pause = random.Random(20), threading.Event()
        eye = self._eye
        for _ in range(self._events):
            # anywhere between two pictures of the window
            pause.wait(chance.uniform(0.0, 0.05))
            began_s = time.perf_counter()
            self._tell(0.0)
            self.judged_s.append(time.perf_counter() - began_s)
            eye.painted.clear()
            eye.gone.clear()
            began_s = time.perf_counter()
            self._tell(1.0)
            if not eye.painted.wait(30.0):
                return
            self.shown_s.append(eye.at_s - began_s)
            self._tell(0.0)
            if not eye.gone.wait(30.0):
                return

    def _tell(self, deaths: float) -> None:
        from zkcompanion.app.monitor_views import Sample, SampleTaken

        self._tick_s += 1.0
        values = {f"machine.core/{number}": 50.0 for number in range(64)} | {"worker.deaths": deaths}
        self._desk.bus.publish(SampleTaken(Sample(time.time(), self._tick_s, values)))


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    """Measure what was asked for and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("pixels", "cost", "memory", "alerts"), required=True)
    parser.add_argument("--seconds", type=float, default=310.0)
    parser.add_argument("--events", type=int, default=1000, help="alerts that are opened")
    parser.add_argument("--load", choices=tuple(_EXAMPLES), default="light", help="of the memory's proofs")
    chosen = parser.parse_args()
    found: dict[str, object] = {}

    def look(app: QApplication, window: MainWindow, desk: Desk) -> None:
        _ = desk.runs
        if chosen.only == "alerts":
            found.update(measure_alerts(app, window, desk, chosen.events))
            return
        desk.start_monitor()
        if chosen.only == "pixels":
            found.update(measure_pixels(app, window, desk, chosen.seconds))
        elif chosen.only == "cost":
            found.update(measure_cost(app, window, desk, chosen.seconds))
        else:
            found.update(measure_memory(app, window, desk, chosen.seconds, chosen.load))

    with display() as platform, fresh_home(warm_home()):
        with_window(look)
    print(json.dumps({"platform": platform, **found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
