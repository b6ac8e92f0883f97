"""What Linux tells in files: frequency, heat, throttling, waits for memory, and the limits of a control group.

Each reader is made once, finds the files that there are, and raises OSError from `read` where there is none. `root` is
where `/proc` and `/sys` lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

#: Files that are read for one value, at the most: a machine of 256 cores must not take a second to tell.
_MOST_FILES = 16
_MOST_BYTES = 1 << 16
#: Drivers of processors' sensors.
_PROCESSOR_SENSORS = {"coretemp", "k10temp", "zenpower", "cpu_thermal", "fam15h_power"}
#: Thermal zones of processors, where there is no such driver.
_PROCESSOR_ZONES = ("x86_pkg_temp", "cpu")
_ALL_OF_IT = ("package", "tctl", "tdie")


class Frequency:
    """Mean of the cores, in hertz."""

    def __init__(self, root: Path) -> None:
        policies = sorted(root.glob("sys/devices/system/cpu/cpufreq/policy*/scaling_cur_freq"))
        self._files = spread(policies, _MOST_FILES)

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: OSError, ValueError."""
        kilohertz = [_number(path) for path in self._files]
        if not kilohertz:
            raise FileNotFoundError("no frequency")
        return {"machine.frequency": 1000 * sum(kilohertz) / len(kilohertz)}


class Temperature:
    """The hottest of the processors' packages, in degrees Celsius; of their cores where packages have no sensor."""

    def __init__(self, root: Path) -> None:
        self._files = spread(_sensors(root), _MOST_FILES)

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: OSError, ValueError."""
        if not self._files:
            raise FileNotFoundError("no temperature")
        return {"machine.temperature": max(_number(path) for path in self._files) / 1000}


def _sensors(root: Path) -> list[Path]:
    found: list[Path] = []
    for name in sorted(root.glob("sys/class/hwmon/hwmon*/name")):
        if _text(name) in _PROCESSOR_SENSORS:
            found += sorted(name.parent.glob("temp*_input"))
    packages = [path for path in found if _label(path).startswith(_ALL_OF_IT)]
    if packages or found:
        return packages or found
    zones = sorted(root.glob("sys/class/thermal/thermal_zone*/type"))
    return [zone.with_name("temp") for zone in zones if _text(zone).lower().startswith(_PROCESSOR_ZONES)]


def _label(path: Path) -> str:
    return _text(path.with_name(path.name.replace("_input", "_label"))).lower()


class Throttling:
    """How often cores and packages were slowed down for heat, by second; a package counts once for all its cores."""

    def __init__(self, root: Path) -> None:
        folder = root / "sys/devices/system/cpu"
        self._cores = spread(sorted(folder.glob("cpu[0-9]*/thermal_throttle/core_throttle_count")), 4 * _MOST_FILES)
        packages: dict[str, Path] = {}
        for path in sorted(folder.glob("cpu[0-9]*/thermal_throttle/package_throttle_count")):
            packages.setdefault(_text(path.parents[1] / "topology/physical_package_id"), path)
        self._packages = list(packages.values())
        self._before: float | None = None

    def read(self, past_s: float) -> dict[str, float]:
        """Nothing the first time. Raises: OSError, ValueError."""
        if not self._cores and not self._packages:
            raise FileNotFoundError("no throttling")
        count = sum(_number(path) for path in (*self._cores, *self._packages))
        before, self._before = self._before, count
        if before is None or count < before or past_s <= 0:
            return {}
        return {"machine.throttled": (count - before) / past_s}


class MemoryWaits:
    """Percent of the time in which some program waited for memory (pressure stall information)."""

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/pressure/memory"
        self._before: float | None = None

    def read(self, past_s: float) -> dict[str, float]:
        """Nothing the first time. Raises: OSError, ValueError."""
        line = next((line for line in _lines(self._file) if line.startswith("some ")), "")
        waited_us = float(line.partition("total=")[2])
        before, self._before = self._before, waited_us
        if before is None or waited_us < before or past_s <= 0:
            return {}
        return {"machine.memory_waits": min(100.0, (waited_us - before) / past_s / 1e4)}


class MemoryInGroup:
    """Memory of the machine, or of the control group (version 2) in which this process is where that allows less."""

    def __init__(self, root: Path, machine: Callable[[float], Mapping[str, float]]) -> None:
        self._machine = machine
        self._group = _group(root)

    def read(self, past_s: float) -> dict[str, float]:
        """Raises: OSError of the machine's own."""
        values = dict(self._machine(past_s))
        if self._group is not None:
            limit, used = _number(self._group / "memory.max"), self._used(self._group)
            if limit - used < values["machine.memory_free"]:
                values["machine.memory"], values["machine.memory_free"] = used, max(0.0, limit - used)
        return values

    @staticmethod
    def _used(group: Path) -> float:
        """Without pages of files that nobody needs, which make way."""
        idle = next(
            (line.split()[1] for line in _lines(group / "memory.stat") if line.startswith("inactive_file ")), "0"
        )
        return max(0.0, _number(group / "memory.current") - float(idle))


def _group(root: Path) -> Path | None:
    """The folder of our control group, where it limits memory."""
    for line in _lines_or_none(root / "proc/self/cgroup"):
        number, _, name = line.partition("::")
        if number == "0":
            folder = root / "sys/fs/cgroup" / name.strip().lstrip("/")
            if _text(folder / "memory.max").isdigit():
                return folder
    return None


def spread(paths: list[Path], most: int) -> list[Path]:
    """At most so many of them, evenly chosen."""
    if len(paths) <= most:
        return paths
    return [paths[index * len(paths) // most] for index in range(most)]


def _number(path: Path) -> float:
    return float(_lines(path)[0])


def _lines(path: Path) -> list[str]:
    with path.open("rb") as stream:
        return stream.read(_MOST_BYTES).decode("ascii", "replace").splitlines() or [""]


def _lines_or_none(path: Path) -> Iterable[str]:
    try:
        return _lines(path)
    except OSError:
        return ()


def _text(path: Path) -> str:
    """The first line, "" where there is none."""
    return next(iter(_lines_or_none(path)), "").strip()
