"""The pool of workers as it is on this machine: started, warmed, looked at, and ended."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from zkcompanion.app.history import History
from zkcompanion.app.job_views import WorkersChanged, WorkerView
from zkcompanion.app.jobs import JobService
from zkcompanion.app.pool_rules import memory_budget, rules_of
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.worker_pool import CLERK
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs

#: Kernels may have to be compiled first.
_WARM_S = 300.0
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class EngineView:
    """The workers that prove, warm, and what all of them may use. `seconds`: until they were warm."""

    workers: tuple[WorkerView, ...]
    kernels: str | None
    min_workers: int
    max_workers: int
    cores: int
    memory_bytes: int
    seconds: float
    notices: tuple[Message, ...] = ()


def look_at_engine(settings: Settings, dirs: AppDirs, clock: Clock, trace: RecordingTrace) -> EngineView:
    """Start a pool, wait until it is warm, look at it, end it.

    Raises: Cancelled; ResourceError where its workers end again and again, or do not get warm.
    """
    bus = EventBus()
    changed = threading.Event()
    bus.subscribe(WorkersChanged, lambda _: changed.set())
    rules = rules_of(settings)
    service = JobService(settings, bus, History(None, bus, wanted=lambda: False), dirs=dirs, clock=clock)
    try:
        with trace.stopwatch() as watch:
            service.start()
            provers = _warm(service, changed, rules.size.least, clock, trace)
        return EngineView(
            provers,
            service.kernels(),
            rules.size.least,
            rules.at_work,
            rules.policy.machine.cores,
            memory_budget(settings),
            watch.seconds,
            provers[0].notices,
        )
    finally:
        service.close()


def _warm(
    service: JobService, changed: threading.Event, count: int, clock: Clock, trace: RecordingTrace
) -> tuple[WorkerView, ...]:
    until_s = clock.monotonic_s() + _WARM_S
    while True:
        trace.check()
        provers = tuple(view for view in service.workers() if view.name != CLERK)
        if sum(view.state == "ready" and view.memory_bytes > 0 for view in provers) >= count:
            return provers
        if provers and all(view.state == "off" for view in provers):
            raise ResourceError(msg("The workers end by themselves again and again, so they are not started again."))
        if clock.monotonic_s() >= until_s:
            raise ResourceError(msg("The workers did not get ready in time."))
        changed.wait(_LOOK_S)
        changed.clear()
