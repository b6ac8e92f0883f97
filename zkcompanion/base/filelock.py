"""A lock between processes that dies with its holder, and never holds anybody up for long."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl
else:  # pragma: no cover  # Windows has no flock
    import msvcrt

#: How often a lock that another holds is asked for again, and how long between; a stopped process must not stop us.
_TRIES, _PAUSE_S = 500, 0.001


def take_lock(descriptor: int) -> None:
    """Take the lock of an open file until the file is closed. Raises: OSError where it is held, or there are none."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:  # pragma: no cover  # Windows has no flock
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)


def try_lock(descriptor: int) -> bool:
    """As `take_lock`; False where it cannot be taken, such as when another process or descriptor holds it."""
    try:
        take_lock(descriptor)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int | None]:
    """Hold the lock file at `path` (made 0600) and give its descriptor; None where it cannot be had in half a second.

    The file is never removed, so that all who lock it lock the same one. A link in its place is not followed.
    Raises: OSError where the file cannot be opened.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    try:
        pause = threading.Event()
        yield descriptor if any(try_lock(descriptor) or pause.wait(_PAUSE_S) for _ in range(_TRIES)) else None
    finally:
        os.close(descriptor)
