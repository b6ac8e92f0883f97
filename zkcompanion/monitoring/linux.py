"""What Linux tells in files: frequency, heat, throttling, waits for memory, power saving, vector features, maps.

Each reader is made once, finds the files that there are, and raises OSError from `read` where there is none. `root` is
where `/proc` and `/sys` lie.
"""

from __future__ import annotations

from pathlib import Path

from zkcompanion.base.heatsensors import processor_sensors
from zkcompanion.base.systemfiles import MOST_BYTES, lines, lines_or_none, number, text

#: Files that are read for one value, at the most: a machine of 256 cores must not take a second to tell.
_MOST_FILES = 16


class Frequency:
    """Mean of the cores, in hertz."""

    def __init__(self, root: Path) -> None:
        policies = sorted(root.glob("sys/devices/system/cpu/cpufreq/policy*/scaling_cur_freq"))
        self._files = spread(policies, _MOST_FILES)

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: OSError, ValueError."""
        kilohertz = [number(path) for path in self._files]
        if not kilohertz:
            raise FileNotFoundError("no frequency")
        return {"machine.frequency": 1000 * sum(kilohertz) / len(kilohertz)}


class Temperature:
    """The hottest of the processors' packages, in degrees Celsius; of their cores where packages have no sensor."""

    def __init__(self, root: Path) -> None:
        self._files = spread(processor_sensors(root), _MOST_FILES)

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: OSError, ValueError."""
        if not self._files:
            raise FileNotFoundError("no temperature")
        return {"machine.temperature": max(number(path) for path in self._files) / 1000}


class Throttling:
    """How often cores and packages were slowed down for heat, by second; a package counts once for all its cores."""

    def __init__(self, root: Path) -> None:
        folder = root / "sys/devices/system/cpu"
        self._cores = spread(sorted(folder.glob("cpu[0-9]*/thermal_throttle/core_throttle_count")), 4 * _MOST_FILES)
        packages: dict[str, Path] = {}
        for path in sorted(folder.glob("cpu[0-9]*/thermal_throttle/package_throttle_count")):
            packages.setdefault(text(path.parents[1] / "topology/physical_package_id"), path)
        self._packages = list(packages.values())
        self._before: float | None = None

    def read(self, past_s: float) -> dict[str, float]:
        """Nothing the first time. Raises: OSError, ValueError."""
        if not self._cores and not self._packages:
            raise FileNotFoundError("no throttling")
        count = sum(number(path) for path in (*self._cores, *self._packages))
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
        line = next((line for line in lines(self._file) if line.startswith("some ")), "")
        waited_us = float(line.partition("total=")[2])
        before, self._before = self._before, waited_us
        if before is None or waited_us < before or past_s <= 0:
            return {}
        return {"machine.memory_waits": min(100.0, (waited_us - before) / past_s / 1e4)}


class Vectors:
    """Whether the processor has the vector features of the quickest kernels (AVX-512 IFMA), which no start changes."""

    def __init__(self, root: Path) -> None:
        found = (line for line in lines_or_none(root / "proc/cpuinfo") if line.startswith("flags"))
        flags = next(found, "").partition(":")[2].split()
        self._value = {"machine.vectors": float("avx512ifma" in flags)} if flags else {}

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: FileNotFoundError where the system does not tell (other processors have other names for them)."""
        if not self._value:
            raise FileNotFoundError("no vector features")
        return self._value


class PowerSaving:
    """1 where the system is set to save power, else 0: by its power profile, by the preference of the processor's own
    control, or by a governor that holds it at its lowest frequency.
    """

    def __init__(self, root: Path) -> None:
        folder = root / "sys/devices/system/cpu/cpufreq/policy0"
        preference = folder / "energy_performance_preference"
        self._signs = {root / "sys/firmware/acpi/platform_profile": "low-power", preference: "power"}
        if not preference.is_file():  # else this name says that the processor decides by itself
            self._signs[folder / "scaling_governor"] = "powersave"

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: FileNotFoundError where the system tells nothing of it."""
        found = [(text(path), saves) for path, saves in self._signs.items()]
        if not any(text for text, _ in found):
            raise FileNotFoundError("no power profile")
        return {"machine.power_saving": float(any(text == saves for text, saves in found))}


class MemoryMaps:
    """Percent of the memory maps that one process may have, of this process."""

    def __init__(self, root: Path) -> None:
        self._maps = root / "proc/self/maps"
        self._limit = root / "proc/sys/vm/max_map_count"

    def read(self, _past_s: float) -> dict[str, float]:
        """Raises: OSError, ValueError."""
        limit = number(self._limit)
        with self._maps.open("rb") as stream:
            count = sum(part.count(b"\n") for part in iter(lambda: stream.read(MOST_BYTES), b""))
        return {"machine.maps": 100 * count / limit}


def spread(paths: list[Path], most: int) -> list[Path]:
    """At most so many of them, evenly chosen."""
    if len(paths) <= most:
        return paths
    return [paths[index * len(paths) // most] for index in range(most)]
