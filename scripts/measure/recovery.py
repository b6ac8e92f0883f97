"""What a killed worker costs a real proof, phase by phase: how soon it goes on, and what need not be done again."""

from __future__ import annotations

import os
import queue
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from zkcompanion.app.examples import find_example
from zkcompanion.app.history import History
from zkcompanion.app.job_state import PLAN
from zkcompanion.app.job_views import JobChanged, JobView, ProofOrder
from zkcompanion.app.jobs import JobService
from zkcompanion.app.settings import Settings
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.work import Limits

_LIMIT_S = 120.0
_MANY = 1_000_000


class _Watch:
    def __init__(self, service: JobService, bus: EventBus) -> None:
        self.service = service
        self._views: queue.Queue[tuple[float, JobView]] = queue.Queue()
        bus.subscribe(JobChanged, lambda event: self._views.put((time.monotonic(), event.job)))

    def wait(self, holds: Callable[[JobView], bool]) -> tuple[float, JobView]:
        """The time and the view of the first one from now on for which `holds`."""
        while True:
            at_s, view = self._views.get(timeout=_LIMIT_S)
            if view.ended:
                raise RuntimeError(f"the run ended as {view.state}")
            if holds(view):
                return at_s, view

    def spare(self) -> None:
        """Until a worker that proves is warm and idle."""
        while not any(one.state == "ready" and one.name != "clerk" for one in self.service.workers()):
            self._views.get(timeout=_LIMIT_S)


def _running(view: JobView) -> str:
    names = [entry.phase for entry in view.phases if entry.state == "running"]
    return names[-1] if names else ""


def kills(home: Path, rounds: int = 3, example: str = "sha256-preimage") -> dict[str, dict[str, float]]:
    """By phase: medians of the seconds until the death is noticed and until a phase runs again, the most of both, and
    the share of the proof's seconds up to then that need not be spent again.
    """
    bus, dirs = EventBus(), AppDirs(home)
    limits = Limits(deaths=_MANY, tries=_MANY)
    service = JobService(Settings(), bus, History(dirs, bus), dirs=dirs, limits=limits)
    watch = _Watch(service, bus)
    found = find_example(example)
    inputs = found.input_path.read_bytes()
    service.start()
    try:
        service.submit(ProofOrder(found.files, found.title, "", inputs=inputs, repeat=_MANY))
        watch.wait(lambda view: _running(view) == "sum-h")
        figures = {}
        for phase in PLAN[1:]:
            noticed, again, saved = [], [], []
            for _ in range(rounds):
                watch.spare()
                _, before = watch.wait(lambda view, phase=phase: _running(view) == phase)  # type: ignore[misc]
                pid = next(one.pid for one in service.workers() if one.job is not None and one.pid is not None)
                begin_s = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                at_s, _ = watch.wait(lambda view, deaths=before.deaths: view.deaths > deaths)  # type: ignore[misc]
                noticed.append(at_s - begin_s)
                at_s, _ = watch.wait(lambda view: _running(view) != "")
                again.append(at_s - begin_s)
                _, after = watch.wait(lambda view: view.resumed_from is not None)
                spent_s = sum(entry.seconds for entry in before.phases if entry.phase in PLAN[1:])
                kept_s = sum(entry.seconds for entry in after.phases if entry.resumed)
                saved.append(min(1.0, kept_s / spent_s) if spent_s else 0.0)
            figures[phase] = {
                "noticed": round(statistics.median(noticed), 4),
                "again": round(statistics.median(again), 4),
                "again_most": round(max(again), 4),
                "saved": round(statistics.median(saved), 3),
            }
        return figures
    finally:
        service.close()
