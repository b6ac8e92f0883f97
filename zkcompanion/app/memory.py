"""How much memory this process holds, and has held at most."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def resident_bytes() -> int:
    """The resident set of this process now, mapped files included."""
    if sys.platform == "linux":
        return _status("VmRSS:")
    import psutil

    return int(psutil.Process().memory_info().rss)


def peak_rss_bytes() -> int:
    """The largest resident set of this process so far, mapped files included.

    On Linux this is VmHWM: `ru_maxrss` there begins with what the parent held when it started us.
    """
    if sys.platform == "linux":
        return _status("VmHWM:")
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status(name: str) -> int:
    """Bytes of a line that the system always writes."""
    lines = _STATUS.read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
