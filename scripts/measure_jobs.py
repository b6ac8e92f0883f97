#!/usr/bin/env python3
"""What the window's workers promise, measured: start, cancel in each phase, death noticed, successor at work, close.

    scripts/measure_jobs.py [--rounds 20] [--example sha256-preimage] [--json]

One service with the user's own kernels in a temporary home that a first, uncounted proof fills. A cancel is measured
from the call to the event that says the job is over; a death from the SIGKILL to the event that says the job waits
again, and to its first phase in another worker. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout's own package, wherever this is run from

from zkcompanion.app.examples import find_example  # noqa: E402
from zkcompanion.app.history import History  # noqa: E402
from zkcompanion.app.job_views import JobChanged, JobView, ProofOrder, WorkersChanged  # noqa: E402
from zkcompanion.app.jobs import JobService  # noqa: E402
from zkcompanion.app.settings import Settings  # noqa: E402
from zkcompanion.base.events import EventBus  # noqa: E402
from zkcompanion.base.paths import AppDirs  # noqa: E402

_FOREVER = 100_000
_LIMIT_S = 120.0


class Lab:
    """A service, and what it tells."""

    def __init__(self, home: Path, example: str) -> None:
        self.bus = EventBus()
        self.dirs = AppDirs(home)
        self.service = JobService(Settings(), self.bus, History(self.dirs, self.bus), dirs=self.dirs)
        self._jobs: queue.Queue[JobView] = queue.Queue()
        self._workers: queue.Queue[WorkersChanged] = queue.Queue()
        self.bus.subscribe(JobChanged, lambda event: self._jobs.put(event.job))
        self.bus.subscribe(WorkersChanged, self._workers.put)
        found = find_example(example)
        self._order = ProofOrder(found.files, found.title, "", inputs=found.input_path.read_bytes(), repeat=_FOREVER)

    def submit(self) -> int:
        """More proofs than will ever be made."""
        return self.service.submit(self._order)

    def wait(self, job: int, holds: Callable[[JobView], bool]) -> JobView:
        """The first view from now on for which `holds`."""
        while True:
            view = self._jobs.get(timeout=_LIMIT_S)
            if view.id == job and holds(view):
                return view

    def phase(self, job: int, phase: str) -> JobView:
        """The view in which a phase runs ("" for any)."""
        return self.wait(
            job,
            lambda view: any(entry.state == "running" and phase in {"", entry.phase} for entry in view.phases),
        )

    def ready(self, name: str) -> None:
        """Until a worker is warm."""
        while not any(view.name == name and view.state == "ready" for view in self.service.workers()):
            self._workers.get(timeout=_LIMIT_S)

    def prover(self) -> int:
        """The process that has the job."""
        return next(view.pid for view in self.service.workers() if view.job is not None and view.pid is not None)


def measure(example: str, rounds: int) -> dict[str, list[float]]:
    """Seconds by figure."""
    times: dict[str, list[float]] = {}

    def note(name: str, begin_s: float) -> None:
        times.setdefault(name, []).append(time.perf_counter() - begin_s)

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        lab = Lab(home, example)
        lab.service.start()
        job = lab.submit()
        lab.phase(job, "sum-h")
        lab.service.close()
        for _ in range(max(3, rounds // 4)):
            lab = Lab(home, example)
            begin_s = time.perf_counter()
            lab.service.start()
            lab.ready("prover")
            note("start to warm prover", begin_s)
            begin_s = time.perf_counter()
            lab.service.close()
            note("close, idle", begin_s)
        lab = Lab(home, example)
        lab.service.start()
        phases = [entry.phase for entry in lab.phase(lab.submit(), "sum-h").phases]
        for view in lab.service.jobs():
            lab.service.cancel(view.id)
        for phase in phases:
            for _ in range(rounds):
                job = lab.submit()
                lab.phase(job, phase)
                begin_s = time.perf_counter()
                lab.service.cancel(job)
                lab.wait(job, lambda view: view.ended)
                note(f"cancel in {phase}", begin_s)
        for _ in range(rounds):
            job = lab.submit()
            lab.phase(job, "sum-a")
            begin_s = time.perf_counter()
            os.kill(lab.prover(), signal.SIGKILL)
            lab.wait(job, lambda view: view.deaths == 1)
            note("killed worker noticed", begin_s)
            lab.phase(job, "")
            note("killed worker, its job runs again", begin_s)
            lab.service.cancel(job)
            lab.wait(job, lambda view: view.ended)
            answered = lab.submit()  # an answer between two deaths, or the third would end it
            lab.phase(answered, "sum-a")
            lab.service.cancel(answered)
            lab.wait(answered, lambda view: view.ended)
        lab.phase(lab.submit(), "sum-a")
        begin_s = time.perf_counter()
        lab.service.close()
        note("close, proving", begin_s)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what the window's workers promise.")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--example", default="sha256-preimage")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = [
        {
            "name": name,
            "median_ms": round(1000 * statistics.median(times), 1),
            "most_ms": round(1000 * max(times), 1),
            "rounds": len(times),
        }
        for name, times in measure(options.example, options.rounds).items()
    ]
    if options.json:
        print(json.dumps({"figures": figures}))
        return
    for figure in figures:
        print(
            f"{figure['name']:30} median {figure['median_ms']:8} ms, at most {figure['most_ms']:8} ms"
            f" of {figure['rounds']}"
        )


if __name__ == "__main__":
    main()
