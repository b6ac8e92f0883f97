"""Linux: the processor, from `/proc/cpuinfo` and `/sys/devices/system/cpu`."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from zkcompanion.base.systemfiles import lines_or_none, numbers_of, text, whole
from zkcompanion.hardware.cores import by_speed
from zkcompanion.hardware.cpuinfo import canonical_architecture, read_cpuinfo
from zkcompanion.hardware.facts import Cache, CacheKind, Processor

#: A machine of 512 processors writes some 800 KB.
_CPUINFO_BYTES = 1 << 20
_ALL = "sys/devices/system/cpu"
_KINDS: dict[str, CacheKind] = {"Data": "data", "Instruction": "instruction", "Unified": "unified"}
#: Of one processor.
_MOST_CACHES = 8
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def processor(root: Path) -> Processor:
    """All that is told of it, in some milliseconds; ten times that on a machine of a hundred cores."""
    *_, found = ever_more(root)
    return found


def ever_more(root: Path) -> Iterator[Processor]:
    """What one file tells, then that with the cores, then that with the caches too."""
    board = text(root / "proc/device-tree/model").rstrip("\0")
    info = read_cpuinfo(lines_or_none(root / "proc/cpuinfo", _CPUINFO_BYTES), board)
    numbers = numbers_of(text(root / _ALL / "online"))
    found = Processor(
        model=info.model,
        vendor=info.vendor,
        architecture=_architecture(root, info.architecture),
        logical_cores=len(numbers) or info.processors or None,
        features=info.features,
        base_hz=_base_hz(root) or info.base_hz,
    )
    yield found
    cores = _cores(root, numbers)
    kinds = _kinds(root, cores)
    found = replace(
        found,
        physical_cores=len(set(cores.values())) or None,
        performance_cores=kinds[0] if kinds else None,
        efficiency_cores=kinds[1] if kinds else None,
        max_hz=_max_hz(root),
    )
    yield found
    yield replace(found, caches=tuple(_caches(root, numbers)))


def _architecture(root: Path, told: str | None) -> str | None:
    """What this program was made for; of another computer's files, what they tell."""
    return (canonical_architecture(platform.machine()) or told) if root == Path("/") else told


def _cores(root: Path, numbers: Iterable[int]) -> dict[int, str]:
    """Logical processor to the core that it belongs to, by the list of those in it."""
    found: dict[int, str] = {}
    for number in sorted(numbers):
        if number not in found:
            place = root / _ALL / f"cpu{number}/topology"
            siblings = text(place / "core_cpus_list") or text(place / "thread_siblings_list")
            if siblings:
                found.update(dict.fromkeys({number, *numbers_of(siblings)}, siblings))
    return found


def _kinds(root: Path, cores: dict[int, str]) -> tuple[int, int] | None:
    """How many cores are for performance and for efficiency."""
    fast, slow = (numbers_of(text(root / f"sys/devices/{name}/cpus")) for name in ("cpu_core", "cpu_atom"))
    if fast and slow:
        counted = tuple(len({cores.get(number, str(number)) for number in group}) for group in (fast, slow))
        return counted[0], counted[1]
    first = {core: number for number, core in sorted(cores.items(), reverse=True)}
    for name in ("cpu_capacity", "acpi_cppc/highest_perf"):
        speeds = {core: whole(root / _ALL / f"cpu{number}" / name) for core, number in first.items()}
        known = {core: float(speed) for core, speed in speeds.items() if speed}
        if known and len(known) == len(speeds):
            return by_speed(known)
    return None


def _caches(root: Path, numbers: Iterable[int]) -> Iterable[Cache]:
    """By level; caches of one level that differ in size, as of unlike cores, stand apart."""
    for index in range(_MOST_CACHES):
        there = [root / _ALL / f"cpu{number}/cache/index{index}" for number in sorted(numbers)]
        # one number is one kind of cache, whatever the core
        level, kind = (whole(there[0] / "level"), _KINDS.get(text(there[0] / "type"))) if there else (None, None)
        if not level or kind is None:
            return
        counts: dict[int, int] = {}
        covered: set[int] = set()
        for number, place in zip(sorted(numbers), there, strict=True):
            if number not in covered:
                size = _size(text(place / "size"))
                sharers = text(place / "shared_cpu_list")
                covered.update(numbers_of(sharers) or {number})
                if size:
                    counts[size] = counts.get(size, 0) + 1
        yield from (Cache(level, kind, size, count) for size, count in sorted(counts.items(), reverse=True))


def _size(word: str) -> int | None:
    """As in `32768K`."""
    digits, unit = word[:-1], _UNITS.get(word[-1:])
    if unit is None or not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        return None
    return int(digits) * unit


def _base_hz(root: Path) -> float | None:
    kilohertz = whole(root / _ALL / "cpu0/cpufreq/base_frequency")
    if kilohertz:
        return kilohertz * 1e3
    megahertz = whole(root / _ALL / "cpu0/acpi_cppc/nominal_freq")
    return megahertz * 1e6 if megahertz else None


def _max_hz(root: Path) -> float | None:
    """The fastest core's."""
    policies = sorted((root / _ALL / "cpufreq").glob("policy[0-9]*/cpuinfo_max_freq"))
    found = [kilohertz for kilohertz in map(whole, policies) if kilohertz]
    return max(found) * 1e3 if found else None
