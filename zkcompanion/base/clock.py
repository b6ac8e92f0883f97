"""The only reader of time, so that a test can put another clock in its place."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a service asks of time; pass one in rather than reading the system's."""

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back. For durations."""
        ...

    def unix_s(self) -> float:
        """Seconds since 1970-01-01 UTC; the user may turn it back. For dates only."""
        ...

    def thread_cpu_s(self) -> float:
        """Seconds that the calling thread has computed; other programs do not count. For measuring the machine."""
        ...


class SystemClock:
    """The clock of this computer."""

    def monotonic_s(self) -> float:
        """Seconds of the highest-resolution monotonic counter."""
        return time.perf_counter()

    def unix_s(self) -> float:
        """Seconds since 1970-01-01 UTC by the system's clock."""
        return time.time()

    def thread_cpu_s(self) -> float:
        """Processor time of the calling thread."""
        return time.thread_time()


#: Without state, so sharing it is harmless.
SYSTEM_CLOCK: Clock = SystemClock()
