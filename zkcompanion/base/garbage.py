"""What Python's garbage collector costs: how often it ran, and for how long all of Python stood still for it."""

from __future__ import annotations

import gc
from dataclasses import dataclass

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock

#: Objects made before the youngest generation is looked at, and how many of its collections the older ones wait for.
#: What a process imports before its first proof are some 80,000 objects, and a proof makes some 40.
_CALM = (150_000, 10, 50)


@dataclass(frozen=True, slots=True)
class GarbageCost:
    """Since the watch began. `seconds`: in collections, the longest of which took `longest_seconds`; `watched_seconds`:
    in all. `collections`: how many, by generation, the youngest first.
    """

    seconds: float = 0.0
    longest_seconds: float = 0.0
    watched_seconds: float = 0.0
    collections: tuple[int, int, int] = (0, 0, 0)

    @property
    def share(self) -> float:
        """The part of the time that it took, 0 to 1."""
        return self.seconds / self.watched_seconds if self.watched_seconds > 0 else 0.0


class GarbageWatch:
    """Hears of every collection of this process from `start` to `stop`; costs less than a microsecond for each."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._watching = False
        self._began_s = self._ended_s = 0.0
        #: when the collection that runs began; there is never more than one
        self._running_s: float | None = None
        self._seconds = self._longest_s = 0.0
        self._counts = [0, 0, 0]

    def start(self) -> None:
        """Begin, from nothing; once until it is stopped."""
        if not self._watching:
            self._watching = True
            self._seconds = self._longest_s = 0.0
            self._counts = [0, 0, 0]
            self._running_s = None
            self._began_s = self._clock.monotonic_s()
            gc.callbacks.append(self._heard)

    def stop(self) -> None:
        """Hear nothing more; what was heard stays. Idempotent."""
        if self._watching:
            self._watching = False
            self._ended_s = self._clock.monotonic_s()
            gc.callbacks.remove(self._heard)

    def cost(self) -> GarbageCost:
        """So far."""
        until_s = self._clock.monotonic_s() if self._watching else self._ended_s
        first, second, third = self._counts
        return GarbageCost(self._seconds, self._longest_s, until_s - self._began_s, (first, second, third))

    def _heard(self, moment: str, about: dict[str, int]) -> None:
        now_s = self._clock.monotonic_s()
        if moment == "start":
            self._running_s = now_s
        elif self._running_s is not None:
            took_s = now_s - self._running_s
            self._running_s = None
            self._seconds += took_s
            self._longest_s = max(self._longest_s, took_s)
            self._counts[about["generation"]] += 1


def calm_garbage() -> None:
    """Collect less often: this process makes few cycles, and much that lives as long as it does.

    For a process of ours alone, such as a command or a worker; not for a library.
    """
    gc.set_threshold(*_CALM)


def settle_garbage() -> None:
    """Let no later collection look at what is there by now: most of it stays until the process ends.

    For a process that has loaded all it needs, before it begins to work. To collect first would take longer than all
    collections of many proofs together, and find little.
    """
    gc.freeze()
