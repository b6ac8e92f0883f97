"""A cycle for every class that measures: made, used, ended."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leaks.registry import covers
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs

Cycles = Iterator[Callable[[], object]]


@covers("monitoring.collector.Collector", "app.monitor_sources.MonitorSources", "app.monitor_sources.WorkerSource")
@contextmanager
def collector(folder: Path) -> Cycles:
    from zkcompanion.app.job_views import WorkerView
    from zkcompanion.app.monitor_sources import MonitorSources
    from zkcompanion.monitoring.collector import Collector

    dirs, bus = AppDirs(folder), EventBus()

    def cycle() -> None:
        taken = threading.Event()
        sources = MonitorSources(
            bus, dirs, SYSTEM_CLOCK, workers=lambda: (WorkerView("prover", "ready", pid=os.getpid()),)
        )
        made = Collector((), lambda _sample: taken.set(), SYSTEM_CLOCK, interval_s=0.01, prepare=sources.prepare)
        made.start()
        assert taken.wait(60)
        made.close()
        sources.close()

    yield cycle


@covers("app.monitor_service.MonitorService")
@contextmanager
def monitor(folder: Path) -> Cycles:
    from zkcompanion.app.monitor_service import MonitorService
    from zkcompanion.monitoring.samples import Sample

    dirs = AppDirs(folder)

    def cycle() -> None:
        made = MonitorService(EventBus(), dirs, SYSTEM_CLOCK)
        # as its thread does at each tick
        made._take(Sample(SYSTEM_CLOCK.unix_s(), SYSTEM_CLOCK.monotonic_s(), {"machine.load": 1.0}))
        made.curves(("machine.load",), 0.0, 1e11, 10)
        made.close()

    yield cycle


@covers("monitoring.store.MonitorStore", "app.monitor_reading.MonitorReader")
@contextmanager
def measured(folder: Path) -> Cycles:
    from zkcompanion.app.monitor_reading import MonitorReader
    from zkcompanion.monitoring.samples import Sample
    from zkcompanion.monitoring.store import MonitorStore

    dirs = AppDirs(folder)
    moments = itertools.count(1_795_694_400, 5)

    def cycle() -> None:
        with MonitorStore(lambda: dirs.state) as made:
            for moment in itertools.islice(moments, 9):
                made.add(Sample(float(moment), float(moment), {"machine.load": 1.0, "machine.memory": 5.0}))
            made.pack()
            with MonitorReader(dirs, SYSTEM_CLOCK) as reader:
                assert reader.curves(reader.series(), 0.0, 1e11, 10)
            made.clear()

    yield cycle


@covers("monitoring.gpu.GpuProbe")
@contextmanager
def gpus(_folder: Path) -> Cycles:
    from tests.unit.monitoring.test_gpu import Nvml
    from zkcompanion.monitoring.gpu import open_gpus

    def cycle() -> None:
        made = open_gpus(Nvml({"percent": 1}))
        assert made is not None
        assert made.read()
        made.close()

    yield cycle


@covers("app.metrics_endpoint.MetricsEndpoint")
@contextmanager
def endpoint(_folder: Path) -> Cycles:
    from zkcompanion.app.metrics_endpoint import MetricsEndpoint

    def cycle() -> None:
        made = MetricsEndpoint(0, str, "text/plain")
        with socket.create_connection(("127.0.0.1", made.port)) as asking:
            asking.sendall(f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{made.port}\r\n\r\n".encode())
            assert asking.recv(100)
        made.close()

    yield cycle


@covers("app.metrics_export.MetricsExport", "app.metrics_export.MetricsFile")
@contextmanager
def export(folder: Path) -> Cycles:
    from zkcompanion.app.metrics_export import MetricsExport
    from zkcompanion.app.preferences import Preferences

    def cycle() -> None:
        made = MetricsExport(EventBus(), SYSTEM_CLOCK)
        made.start(Preferences(metrics_file=str(folder / "zkc.prom"))).result()
        made.close()

    yield cycle
