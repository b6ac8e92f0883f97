"""What is measured: one entry for each metric, with its unit and its name for people.

A *series* is a metric, or a metric with a label behind a slash: `machine.core/3`, `worker.memory/prover-2`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zkcompanion.base.messages import Message, msg

#: `share` is 0 to 1; `per_second` counts events, `bytes_per_second` bytes.
Unit = Literal["percent", "bytes", "bytes_per_second", "hertz", "celsius", "seconds", "count", "per_second", "share"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`title` is what people read; `label`: what its series' labels are, None where the metric is its own series."""

    name: str
    unit: Unit
    title: Message
    label: Literal["core", "disk", "gpu", "worker", "phase", "component"] | None = None


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("machine.processor", "percent", msg("Processor")),
        Metric("machine.core", "percent", msg("Processor core"), "core"),
        Metric("machine.frequency", "hertz", msg("Processor frequency")),
        Metric("machine.temperature", "celsius", msg("Processor temperature")),
        Metric("machine.throttled", "per_second", msg("Throttling for heat")),
        Metric("machine.stolen", "percent", msg("Processor time taken by the host")),
        Metric("machine.load", "count", msg("Programs that want to run")),
        Metric("machine.memory", "bytes", msg("Memory in use")),
        Metric("machine.memory_free", "bytes", msg("Memory available")),
        Metric("machine.memory_waits", "percent", msg("Time lost waiting for memory")),
        Metric("machine.swap", "bytes", msg("Swap in use")),
        Metric("machine.swapping", "bytes_per_second", msg("Swapping")),
        Metric("machine.disk_read", "bytes_per_second", msg("Read from disks")),
        Metric("machine.disk_written", "bytes_per_second", msg("Written to disks")),
        Metric("machine.disk_free", "bytes", msg("Free on the disk of our data")),
        Metric("machine.battery", "percent", msg("Battery")),
        Metric("machine.on_battery", "share", msg("Running from the battery")),
        Metric("machine.battery_left", "percent", msg("Battery left, while it is used")),
        Metric("machine.power_saving", "share", msg("Set to save power")),
        Metric("machine.vectors", "share", msg("Vector features of the quickest kernels")),
        Metric("machine.files", "percent", msg("Open files, of those allowed")),
        Metric("machine.maps", "percent", msg("Memory maps, of those allowed")),
        Metric("machine.clock_jump", "seconds", msg("Clock: set by")),
        Metric("container.memory", "percent", msg("Container: memory in use, of its limit")),
        Metric("container.memory_limit", "bytes", msg("Container: limit of memory")),
        Metric("container.throttled", "percent", msg("Container: periods without processor time")),
        Metric("gpu.processor", "percent", msg("Graphics processor"), "gpu"),
        Metric("gpu.memory", "bytes", msg("Graphics memory in use"), "gpu"),
        Metric("gpu.temperature", "celsius", msg("Graphics processor temperature"), "gpu"),
        Metric("worker.processor", "percent", msg("Processor of a worker"), "worker"),
        Metric("worker.memory", "bytes", msg("Memory of a worker"), "worker"),
        Metric("worker.busy", "share", msg("Worker busy"), "worker"),
        Metric("worker.deaths", "per_second", msg("Workers that ended unasked")),
        Metric("memory.component", "bytes", msg("Memory by component"), "component"),
        Metric("engine.waiting", "count", msg("Runs waiting")),
        Metric("engine.running", "count", msg("Runs at work")),
        Metric("proofs.verified", "per_second", msg("Proofs verified")),
        Metric("proofs.failed", "per_second", msg("Proofs failed")),
        Metric("proofs.seconds", "seconds", msg("Time of a proof")),
        Metric("proofs.slowness", "share", msg("Time of a proof against this machine's own history")),
        Metric("proofs.others", "percent", msg("Processor of other programs while proofs are made")),
        Metric("proofs.on_battery", "share", msg("Proofs made on battery")),
        Metric("proofs.phase", "seconds", msg("Time of a phase"), "phase"),
        Metric("cache.hits", "per_second", msg("Cache: found")),
        Metric("cache.misses", "per_second", msg("Cache: not found")),
        Metric("cache.evictions", "per_second", msg("Cache: made way")),
        Metric("cache.thrash", "percent", msg("Cache: share of the last minute's use that made way")),
        Metric("cache.size", "bytes", msg("Cache: size")),
        Metric("window.latency", "seconds", msg("Window: longest wait")),
        Metric("monitor.missed", "count", msg("Monitor: ticks missed")),
        Metric("monitor.cost", "percent", msg("Monitor: its own share of one core")),
    )
}


def metric_of(series: str) -> Metric:
    """The metric of a series. Raises: KeyError for one that is not known."""
    return METRICS[series.partition("/")[0]]


def label_of(series: str) -> str | None:
    """What stands behind the slash; None where there is none."""
    _, slash, label = series.partition("/")
    return label if slash else None
