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

    def process_cpu_s(self) -> float:
        """Seconds that all threads of this process have computed."""
        ...

    def slept_s(self) -> float | None:
        """Seconds that the computer has slept since it was started; None where the system does not tell."""
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

    def process_cpu_s(self) -> float:
        """Processor time of the process."""
        return time.process_time()

    def slept_s(self) -> float | None:
        """By the two clocks of Linux, of which one stands still meanwhile."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        if boot is None:
            return None
        return time.clock_gettime(boot) - time.clock_gettime(time.CLOCK_MONOTONIC)


#: Without state, so sharing it is harmless.
SYSTEM_CLOCK: Clock = SystemClock()
