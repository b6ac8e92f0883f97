"""Samples of the machine for a command: nothing is kept, and of a window's proofs and workers nothing is known."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

from zkcompanion.app.monitor_sources import MonitorSources
from zkcompanion.app.monitor_views import Sample
from zkcompanion.base.clock import Clock
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.collector import Collector

#: How often it is seen whether to stop.
_LOOK_S = 0.05


def watch(
    dirs: AppDirs,
    clock: Clock,
    check: Callable[[], object],
    *,
    count: int | None = None,
    seconds: float | None = None,
    interval_s: float = 1.0,
) -> Iterator[Sample]:
    """A sample each second until there are `count`, or `seconds` have passed since the first; None: without an end.

    `check` is called all the while, and may raise to stop.
    """
    sources = MonitorSources(EventBus(), dirs, clock, ours=False)
    taken: queue.SimpleQueue[Sample] = queue.SimpleQueue()
    collector = Collector((), taken.put, clock, interval_s=interval_s, prepare=sources.prepare)
    collector.start()
    begun_s: float | None = None
    number = 0
    try:
        while count is None or number < count:
            check()
            try:
                sample = taken.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            number += 1
            begun_s = sample.monotonic_s if begun_s is None else begun_s
            # a sample may be some milliseconds late
            if seconds is not None and sample.monotonic_s - begun_s > seconds + interval_s / 2:
                return
            yield sample
    finally:
        collector.close()
        sources.close()
