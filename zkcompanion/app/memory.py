"""How much memory this process holds and has held, and whether the machine has enough of it."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.base.controlgroups import ControlGroups

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_MACHINE = Path("/proc/meminfo")
#: With less of the installed memory free, memory is short.
_SHORT_SHARE = 0.08

#: The most that was held before the system's own count was begun anew.
_before: list[int] = [0]


def peak_rss_bytes() -> int:
    """The largest resident set of this process so far, mapped files included.

    On Linux this is VmHWM: `ru_maxrss` there begins with what the parent held when it started us.
    """
    return max(_before[0], _peak_bytes())


def resident_bytes() -> int:
    """The resident set of this process now, mapped files included."""
    if sys.platform == "linux":
        return _status("VmRSS:")
    import psutil

    return int(psutil.Process().memory_info().rss)


def usable_bytes(root: Path = Path("/")) -> int:
    """What is installed, or what a container may use where that is less. `root`: where `/proc` and `/sys` lie."""
    import psutil

    installed = int(psutil.virtual_memory().total)
    group = ControlGroups(root).memory()
    return installed if group is None else min(installed, group.limit_bytes)


def memory_is_short(root: Path = Path("/")) -> bool:
    """Whether this machine has little memory left, for all programs together, or a container for those in it."""
    group = ControlGroups(root).memory()
    if group is not None and group.free_bytes < _SHORT_SHARE * group.limit_bytes:
        return True
    if sys.platform == "linux":
        # loading psutil takes longer than all else that a command does at its end
        return _status("MemAvailable:", _MACHINE) < _SHORT_SHARE * _status("MemTotal:", _MACHINE)
    import psutil

    memory = psutil.virtual_memory()
    return bool(memory.available < _SHORT_SHARE * memory.total)


@dataclass(frozen=True, slots=True)
class PhaseMemory:
    """Resident bytes in a phase: at the most, and at its end."""

    peak_bytes: int
    end_bytes: int

    def then(self, later: PhaseMemory) -> PhaseMemory:
        """Both as one."""
        return PhaseMemory(max(self.peak_bytes, later.peak_bytes), later.end_bytes)


class PeakMeter:
    """What was held between two looks. One meter for a process at a time.

    Where the system does not let its count of the peak begin anew (only Linux does, and only for those who may), the
    peak is that of the process so far. A look takes some 50 microseconds.
    """

    def __init__(self) -> None:
        self.look()

    def look(self) -> PhaseMemory:
        """Since the last look."""
        end_bytes = resident_bytes()
        # the system counts both by and by: what is held now may be more than the most that it knows of
        found = PhaseMemory(max(_peak_bytes(), end_bytes), end_bytes)
        _before[0] = max(_before[0], found.peak_bytes)
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                _begin_anew()
        return found


def _begin_anew() -> None:
    """Let the system's count of the peak begin anew. Raises: OSError where we may not."""
    descriptor = os.open(_CLEAR, os.O_WRONLY)
    try:
        os.write(descriptor, b"5")  # of proc(5): resets the peak, and nothing else
    finally:
        os.close(descriptor)


def _peak_bytes() -> int:
    if sys.platform == "linux":
        return _status("VmHWM:")
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status(field: str, file: Path = _STATUS) -> int:
    """A line of `file`, such as `/proc/self/status`, in bytes; 0 where it is not there."""
    for line in file.read_text("ascii", "replace").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0
