"""Measures the collection of samples in the real window: how exactly they come, and what they cost.

    .venv/bin/python scripts/measure_collection.py --only interval --seconds 600
    .venv/bin/python scripts/measure_collection.py --only cost --seconds 60

- interval: by how much the time between two samples is not one second, and how many are missed, while the page
  "Monitor" is open and proofs use all processors.
- cost: processor time of this process with the window hidden and nothing asked of it, with samples taken and kept and
  without, by turns of `--seconds`.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from measure_monitor import Load, open_page  # noqa: E402
from measure_window import with_window  # noqa: E402
from windowlab import display, fresh_home, settle, warm_home  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from zkcompanion.app.desk import Desk
    from zkcompanion.app.monitor_views import Sample
    from zkcompanion.ui.shell.main_window import MainWindow

_TURNS = 4
#: The thread that writes what is kept.
WRITERS = "store-monitor"


def deviations(samples: Sequence[Sample]) -> dict[str, object]:
    """By how much the time from each sample to the next is not a second; ticks that were missed are told apart."""
    apart = sorted(
        abs(after.monotonic_s - before.monotonic_s - 1.0 - after.missed) for before, after in pairwise(samples)
    )
    late = sorted(one.late_s for one in samples)
    return {
        "samples": len(samples),
        "missed": sum(one.missed for one in samples[1:]),
        "deviation_p50_s": round(_at(apart, 0.5), 6),
        "deviation_p99_s": round(_at(apart, 0.99), 6),
        "deviation_most_s": round(apart[-1], 6),
        "late_p99_s": round(_at(late, 0.99), 6),
    }


def measure_interval(app: QApplication, window: MainWindow, desk: Desk, seconds: float) -> dict[str, object]:
    """All processors prove, and the page is open."""
    from zkcompanion.app.monitor_views import SampleTaken

    open_page(app, window)
    load = Load(desk, "all")
    settle(app, 3.0)
    samples: list[Sample] = []
    end = desk.bus.subscribe(SampleTaken, lambda event: samples.append(event.sample))
    settle(app, seconds)
    end()
    load.end(app)
    busy = [one.values["machine.processor"] for one in samples if "machine.processor" in one.values]
    costs = [one.values["monitor.cost"] for one in samples]
    return {
        **deviations(samples),
        # of whole seconds; a run of many proofs may still go on
        "proofs": round(sum(one.values.get("proofs.verified", 0.0) for one in samples)),
        "processor_percent": round(mean(busy), 1),
        "series": len(samples[-1].values),
        "thread_percent": round(mean(costs), 3),
    }


def measure_cost(app: QApplication, window: MainWindow, desk: Desk, seconds: float) -> dict[str, object]:
    """Percent of one core, with and without."""
    window.hide()
    found: dict[str, list[float]] = {"with": [], "without": []}
    threads: list[float] = []
    writers: list[float] = []
    for _turn in range(_TURNS):
        for name, percents in found.items():
            desk.preferences.change(monitoring=name == "with")
            settle(app, 3.0)
            began, spent, written = time.perf_counter(), time.process_time(), writers_s()
            settle(app, seconds)
            percents.append(100 * (time.process_time() - spent) / (time.perf_counter() - began))
            if name == "with":
                writers.append(100 * (writers_s() - written) / (time.perf_counter() - began))
                threads += [one.values["monitor.cost"] for one in desk.monitor.recent(seconds)]
    return {
        "with_percent": [round(one, 3) for one in found["with"]],
        "without_percent": [round(one, 3) for one in found["without"]],
        "cost_percent": round(median(found["with"]) - median(found["without"]), 3),
        "collector_thread_percent": round(mean(threads), 3),
        "writer_thread_percent": round(mean(writers), 3),
    }


def writers_s() -> float:
    """Processor seconds of the thread that writes samples."""
    import psutil

    ours = {thread.native_id for thread in threading.enumerate() if thread.name.startswith(WRITERS)}
    return float(sum(one.user_time + one.system_time for one in psutil.Process().threads() if one.id in ours))


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    """Measure what was asked for and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("interval", "cost"), required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    chosen = parser.parse_args()
    found: dict[str, object] = {"seconds": chosen.seconds}

    def look(app: QApplication, window: MainWindow, desk: Desk) -> None:
        desk.start_monitor()
        measure = measure_interval if chosen.only == "interval" else measure_cost
        found.update(measure(app, window, desk, chosen.seconds))

    with display() as platform, fresh_home(warm_home()):
        with_window(look)
    print(json.dumps({"platform": platform, **found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
