"""What machine this is, as far as it tells without being measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zkcompanion.app.memory import usable_bytes
from zkcompanion.app.settings import usable_cpus
from zkcompanion.base.units import format_size
from zkcompanion.hardware.detect import detect_processor
from zkcompanion.hardware.facts import Cache, Limits, MachineFacts, Power, Processor
from zkcompanion.hardware.fingerprint import KERNEL_FEATURES
from zkcompanion.hardware.meaning import vector_meaning


@dataclass(frozen=True, slots=True)
class MachineView:
    """`threads` that proofs can keep busy; `memory_bytes`: what is installed, or what a container may use."""

    processor: str
    threads: int
    memory_bytes: int


def look_at_machine() -> MachineView:
    """Processor, usable threads and memory; may ask a program of the system, so not for the thread that draws."""
    return MachineView(processor_name(detect_processor()), usable_cpus(), usable_bytes())


def processor_name(processor: Processor) -> str:
    """The name that the processor gives itself, or what its kind is called."""
    return processor.model or processor.architecture or "unknown"


def processor_features(processor: Processor) -> tuple[str, ...]:
    """Those of its features that matter for proofs, as Linux names them; empty where they are not known."""
    return tuple(name for name in KERNEL_FEATURES if name in (processor.features or ()))


def machine_lines(facts: MachineFacts) -> Iterator[str]:
    """For a report of faults: all that is known, and nothing of whose computer it is."""
    processor, memory, disk, platform = facts.processor, facts.memory, facts.disk, facts.platform
    yield f"  {platform.name or platform.system} ({platform.release or '?'}), {platform.c_library or 'no C library'}"
    yield f"  Processor: {processor_name(processor)}, {processor.architecture or '?'}, {_cores(processor)}"
    yield f"  Features: {' '.join(processor_features(processor)) or 'unknown'}"
    yield f"  {vector_meaning(facts)}"
    if processor.caches:
        yield f"  Caches: {', '.join(map(_cache, processor.caches))}"
    yield f"  Memory: {_size(memory.total_bytes)}, {_size(memory.available_bytes)} free"
    yield f"  Swap: {_size(memory.swap_total_bytes)}, {_size(memory.swap_free_bytes)} free"
    kind = f"{disk.kind or 'kind unknown'}, {disk.file_system or 'file system unknown'}"
    yield f"  Disk: {kind}, {_size(disk.total_bytes)}, {_size(disk.free_bytes)} free"
    gpus = facts.gpus
    names = "unknown" if gpus is None else ", ".join(gpu.name for gpu in gpus) or "none"
    yield f"  Graphics: {names}"
    yield f"  Power: {_power(facts.power)}"
    yield f"  Heat: {'unknown' if facts.celsius is None else f'{facts.celsius:.0f} degrees Celsius'}"
    yield from _bounds(facts.limits)


def _cores(processor: Processor) -> str:
    words = f"{processor.physical_cores or '?'} cores, {processor.logical_cores or '?'} logical processors"
    if processor.performance_cores is None:
        return words
    return f"{words}, {processor.performance_cores} for performance and {processor.efficiency_cores} for efficiency"


def _cache(cache: Cache) -> str:
    return f"L{cache.level} {cache.kind} {cache.instances or '?'} x {format_size(cache.size_bytes)}"


def _size(size_bytes: int | None) -> str:
    return "unknown" if size_bytes is None else format_size(size_bytes)


def _power(power: Power) -> str:
    battery = {None: "battery unknown", True: "battery", False: "no battery"}[power.has_battery]
    percent = "" if power.battery_percent is None else f" at {power.battery_percent:.0f} %"
    plugged = {None: "", True: ", plugged in", False: ", not plugged in"}[power.plugged]
    saving = ", saving power" if power.saving else ""
    return f"{battery}{percent}{plugged}{saving}, plan {power.plan or 'unknown'}"


def _bounds(limits: Limits) -> Iterator[str]:
    unknown_or_none = {None: "unknown", "": "none"}
    yield f"  Container: {unknown_or_none.get(limits.container, limits.container)}"
    yield f"  Virtual machine: {unknown_or_none.get(limits.virtual_machine, limits.virtual_machine)}"
    if limits.cpus is not None:
        yield f"  Quota: {limits.cpus:g} processors"
    if limits.memory_bytes is not None:
        yield f"  Memory of the container: {_size(limits.memory_bytes)}, {_size(limits.memory_used_bytes)} used"
    if limits.memory_maps is not None:
        yield f"  Memory maps: {limits.memory_maps}"
