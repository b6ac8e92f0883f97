"""How many workers there should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`spare`: workers that stand ready beside those that are needed, as far as `most` allows."""

    least: int = 2
    most: int = 2
    spare: int = 1
    #: a worker that nobody needed for so long is let go
    idle_s: float = 30.0


class PoolSize:
    """Grows with the queue at once; shrinks by one worker for each `idle_s` in which fewer would have done."""

    def __init__(self, limits: PoolLimits) -> None:
        if not 1 <= limits.least <= limits.most:
            raise ValueError("a pool has at least one worker, and not more at least than at most")
        self.limits = limits
        self._wanted = limits.least
        self._enough_s: float | None = None

    def wanted(self, now_s: float, *, busy: int, waiting: int) -> int:
        """The number of workers, with so many that work and so many jobs that wait and could run."""
        limits = self.limits
        needed = min(limits.most, max(limits.least, busy + waiting + limits.spare))
        if needed >= self._wanted:
            self._wanted, self._enough_s = needed, None
        elif self._enough_s is None:
            self._enough_s = now_s
        elif now_s - self._enough_s >= limits.idle_s:
            self._wanted, self._enough_s = self._wanted - 1, now_s
        return self._wanted

    @property
    def shrinks_s(self) -> float | None:
        """When the next worker will be let go if nothing changes."""
        return None if self._enough_s is None else self._enough_s + self.limits.idle_s
