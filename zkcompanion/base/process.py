"""What a process with secrets and strangers' files does first: no core dumps, no more memory than there is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_SWAPS = Path("/proc/swaps")
#: Of Linux's prctl(2).
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
#: Of glibc's mallopt(3), and the size from which on an array has a mapping of its own.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_OWN_MAP_BYTES = 1 << 20


def deny_core_dumps() -> None:
    """A core dump would hold the witness; see that none is written, and that no debugger is let in."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # the limit does not hold for dumps that the system pipes to a program; this does
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def hear_of_parent() -> None:
    """Have SIGTERM sent here when the thread that started this process ends, whatever ended it; Linux only."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


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


def return_freed_memory() -> None:
    """See that large arrays leave this process when they are freed, instead of staying in the C library's heap.

    For what works within a budget; it costs the system fresh pages for each array of 1 MiB or more. glibc only.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            # fixed, where otherwise the threshold rises to the largest array that was freed, up to 32 MiB
            library.mallopt(_M_MMAP_THRESHOLD, _OWN_MAP_BYTES)
            library.mallopt(_M_TRIM_THRESHOLD, _OWN_MAP_BYTES)
    trim_memory()


def trim_memory() -> None:
    """Give the system what was freed before and lies in the C library's heap. glibc only."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
