"""What the machine says of itself, as far as it does.

What a machine cannot tell is found out once and is absent from then on, and so is what takes too long each second.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.controlgroups import ControlGroups
from zkcompanion.base.logs import get_logger
from zkcompanion.monitoring import groups, linux

_LOG = get_logger(__name__)

#: A reading that takes longer, or fails, so many times in a row is given up.
SLOW_S, BAD_TIMES = 0.1, 3

#: What systems and psutil raise for what they do not tell.
_UNTOLD = (OSError, ValueError, LookupError, AttributeError, RuntimeError, psutil.Error)

#: Given the seconds since it was asked before: values by series.
Part = Callable[[float], Mapping[str, float]]


class MachineProbe:
    """Each `read` gives values by series since the one before; not for several threads at once.

    Arguments:
        folder: the disk on which it lies is the one whose free space is told.
        parts: what is read, by name; None for what this system has.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = SYSTEM_CLOCK,
        parts: Mapping[str, Part] | None = None,
        root: Path = Path("/"),
    ) -> None:
        self._clock = clock
        self._parts = dict(parts if parts is not None else parts_of(folder, root))
        self._bad = dict.fromkeys(self._parts, BAD_TIMES - 1)
        self._last_s = clock.monotonic_s()
        for name in tuple(self._parts):
            self._ask(name, 0.0, patient=True)

    @property
    def told(self) -> tuple[str, ...]:
        """Names of the parts that are still read."""
        return tuple(self._parts)

    def read(self) -> dict[str, float]:
        """Values of `machine.*`; takes some milliseconds at most, but for what is given up for it."""
        now_s = self._clock.monotonic_s()
        past_s, self._last_s = max(now_s - self._last_s, 1e-9), now_s
        values: dict[str, float] = {}
        for name in tuple(self._parts):
            values.update(self._ask(name, past_s))
        return values

    def _ask(self, name: str, past_s: float, *, patient: bool = False) -> Mapping[str, float]:
        begun_s = self._clock.monotonic_s()
        found: Mapping[str, float] = {}
        why = ""
        try:
            found = self._parts[name](past_s)
        except _UNTOLD as error:
            why = type(error).__name__
        else:
            # the first time there may be more to do
            if not patient and self._clock.monotonic_s() - begun_s > SLOW_S:
                why = "slow"
        self._bad[name] = self._bad[name] + 1 if why else 0
        if self._bad[name] >= BAD_TIMES:
            _LOG.info("The machine does not tell its %s (%s).", name, why)
            del self._parts[name]
        return found


def parts_of(folder: Path, root: Path = Path("/")) -> dict[str, Part]:
    """What this system could tell; `root` is the folder in which Linux shows its files."""
    parts: dict[str, Part] = {
        "processor": Processor().read,
        "load": _load,
        "memory": _memory,
        "swap": Swap().read,
        "disks": Disks().read,
        "free space": lambda _past_s: {"machine.disk_free": float(shutil.disk_usage(folder).free)},
        "battery": _battery,
    }
    if sys.platform != "win32":
        parts["files"] = _files
    if sys.platform.startswith("linux"):
        control = ControlGroups(root)
        parts["memory"] = groups.MemoryInGroup(control, _memory).read
        parts["container"] = groups.Container(control).read
        parts["frequency"] = linux.Frequency(root).read
        parts["temperature"] = linux.Temperature(root).read
        parts["throttling"] = linux.Throttling(root).read
        parts["memory waits"] = linux.MemoryWaits(root).read
        parts["power saving"] = linux.PowerSaving(root).read
        parts["vectors"] = linux.Vectors(root).read
        parts["maps"] = Seldom(linux.MemoryMaps(root).read).read
    else:
        parts["frequency"] = _frequency
    return parts


class Processor:
    """Busy percent of each core and of all, without what the host of a virtual machine took, which is told apart."""

    def __init__(self, times: Callable[[], list[Mapping[str, float]]] | None = None) -> None:
        self._times = times if times is not None else _core_times
        self._before: list[tuple[float, float, float]] = []

    def read(self, _past_s: float) -> dict[str, float]:
        """Nothing at the first time, and for a core whose counters went back."""
        times = self._times()
        now = [(_busy(core), core.get("steal", 0.0), _all(core)) for core in times]
        before, self._before = self._before, now
        values: dict[str, float] = {}
        busy_s = stolen_s = all_s = 0.0
        # cores that came or went: what belongs together is not known
        for number, (new, old) in enumerate(zip(now, before, strict=False) if len(now) == len(before) else ()):
            busy, stolen, whole = (after - earlier for after, earlier in zip(new, old, strict=True))
            if whole > 0 and busy >= 0 and stolen >= 0:
                values[f"machine.core/{number}"] = 100 * busy / whole
                busy_s, stolen_s, all_s = busy_s + busy, stolen_s + stolen, all_s + whole
        if all_s > 0:
            values["machine.processor"] = 100 * busy_s / all_s
            if any("steal" in core for core in times):
                values["machine.stolen"] = 100 * stolen_s / all_s
        return values


def _core_times() -> list[Mapping[str, float]]:
    return [core._asdict() for core in psutil.cpu_times(percpu=True)]


def _all(core: Mapping[str, float]) -> float:
    # a guest's time is counted in user time already
    return sum(seconds for name, seconds in core.items() if not name.startswith("guest"))


def _busy(core: Mapping[str, float]) -> float:
    return _all(core) - core["idle"] - core.get("iowait", 0.0) - core.get("steal", 0.0)


def rates(now: Mapping[str, float], before: Mapping[str, float], past_s: float) -> Iterator[tuple[str, float]]:
    """What grew, by second; nothing for a count that went back or was not there before."""
    for name, count in now.items():
        if past_s > 0 and count >= before.get(name, float("inf")):
            yield name, (count - before[name]) / past_s


class Swap:
    """Swap in use, and bytes a second that came and went."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}

    def read(self, past_s: float) -> dict[str, float]:
        """The rate is not there the first time."""
        swap = psutil.swap_memory()
        now = {"machine.swapping": float(swap.sin + swap.sout)}
        values = {"machine.swap": float(swap.used), **dict(rates(now, self._before, past_s))}
        self._before = now
        return values


class Disks:
    """Bytes a second of all disks together."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}

    def read(self, past_s: float) -> dict[str, float]:
        """Nothing the first time. Raises: OSError where there is no disk to tell of."""
        counters = psutil.disk_io_counters(nowrap=False)
        if counters is None:
            raise OSError("no disks")
        now = {
            "machine.disk_read": float(counters.read_bytes),
            "machine.disk_written": float(counters.write_bytes),
        }
        values = dict(rates(now, self._before, past_s))
        self._before = now
        return values


def _load(_past_s: float) -> dict[str, float]:
    # Windows has none, and what stands in for it takes a thread
    return {"machine.load": os.getloadavg()[0]}


def _memory(_past_s: float) -> dict[str, float]:
    memory = psutil.virtual_memory()
    return {
        "machine.memory": float(memory.total - memory.available),
        "machine.memory_free": float(memory.available),
    }


def _frequency(_past_s: float) -> dict[str, float]:
    found = psutil.cpu_freq()
    if found is None or found.current <= 0:
        raise OSError("no frequency")
    return {"machine.frequency": found.current * 1e6}


def _battery(_past_s: float) -> dict[str, float]:
    battery = psutil.sensors_battery()
    if battery is None:
        raise OSError("no battery")
    return battery_values(float(battery.percent), plugged=battery.power_plugged)


def battery_values(percent: float, *, plugged: bool | None) -> dict[str, float]:
    """`plugged` None: the system does not tell. What is left of a battery that is not used is all of it."""
    values = {"machine.battery": percent}
    if plugged is not None:
        values |= {"machine.on_battery": float(not plugged), "machine.battery_left": 100.0 if plugged else percent}
    return values


def _files(_past_s: float) -> dict[str, float]:
    import resource  # there is none on Windows, which has no such limit

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most in {resource.RLIM_INFINITY, 0}:
        raise OSError("no limit")
    # the folder is open itself while it is listed
    return {"machine.files": 100 * (sum(1 for _ in Path("/dev/fd").iterdir()) - 1) / most}


class Seldom:
    """Asks a part at every so many seconds, and gives what it said then in between."""

    def __init__(self, part: Part, *, every_s: float = 10.0) -> None:
        self._part = part
        self._every_s = every_s
        self._past_s = every_s
        self._values: Mapping[str, float] = {}

    def read(self, past_s: float) -> Mapping[str, float]:
        """Raises: what the part raises."""
        self._past_s += past_s
        if self._past_s >= self._every_s:
            self._values = self._part(self._past_s)
            self._past_s = 0.0
        return self._values
