"""Which processor a thread runs on, and how to send a helper to another one, where the system lets us (Linux).

A scheduler wakes a helper where it ran last, or beside whoever woke it, and moves one of the two only at its next
balancing, some milliseconds later: longer than a small proof has. Linux in a virtual machine even takes a processor
that sleeps for one that is busy elsewhere, and leaves both threads on the same one, at half the speed each. A helper
that begins by keeping off its caller's processor has the other from the start.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress


def _processor_reader() -> Callable[[], int] | None:
    """The C library's `sched_getcpu`; None where there is none, or no way to leave a processor."""
    if sys.platform != "linux":
        return None
    try:
        function: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None
    return function


_READER = _processor_reader()


def current_processor() -> int | None:
    """The number of the processor that runs the calling thread now; None where the system does not tell."""
    return None if _READER is None else _READER()


class Elsewhere:
    """Keeps the thread that calls it off one processor at a time; it may use all the others that it might before."""

    def __init__(self) -> None:
        self._allowed: set[int] = set()
        self._left: int | None = None

    def leave(self, processor: int | None) -> None:
        """Run on any other processor from now on. Without effect for None, and where there is no other.

        About 5 us when the processor is another than the last time, and nothing otherwise.
        """
        if processor is None or processor == self._left or sys.platform != "linux":
            return
        with suppress(OSError):  # the set of processors that we may use has changed
            if not self._allowed:
                self._allowed = os.sched_getaffinity(0)
            others = self._allowed - {processor}
            if others:
                os.sched_setaffinity(0, others)
                self._left = processor
