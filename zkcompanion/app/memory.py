"""How much memory this process may hold, and has held at most."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_SWAPS = Path("/proc/swaps")


def installed_bytes() -> int:
    """Memory and swap of this computer; Linux only."""
    # a heading, then a line for each: name, kind, size in KiB
    swaps = [line.split() for line in _SWAPS.read_text("ascii", "replace").splitlines()[1:]]
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") + sum(1024 * int(words[2]) for words in swaps)


def bound_memory(limit_bytes: int | None = None) -> None:
    """See that a file which asks for more than the computer has ends this command, not some other program.

    Linux hands out memory that it does not have, and ends a process of its choice when all of it is used. With a limit
    at what is installed (`limit_bytes` where given) the one who asks hears of it, by a MemoryError. Mapped files do not
    count. Does nothing elsewhere, or where a lower limit holds already.
    """
    if sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(OSError, ValueError, IndexError):
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = installed_bytes() if limit_bytes is None else limit_bytes
        if soft == resource.RLIM_INFINITY or soft > limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def peak_rss_bytes() -> int:
    """The largest resident set of this process so far, mapped files included.

    On Linux this is VmHWM: `ru_maxrss` there begins with what the parent held when it started us.
    """
    if sys.platform == "linux":
        for line in _STATUS.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
