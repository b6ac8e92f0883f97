"""Room for interactive work: while it comes, other work may use most of the machine, but not all."""

from __future__ import annotations

import math


class Room:
    """Knows when interactive work came last, and how busy the cores were lately (an exponential mean of `window_s`)."""

    def __init__(self, *, target: float, window_s: float, recent_s: float) -> None:
        self._target = target
        self._window_s = window_s
        self._recent_s = recent_s
        self._last_s = -math.inf
        self._busy_share = 0.0
        self._share = 0.0
        self._seen_s = -math.inf

    def interactive(self, now_s: float) -> None:
        """Interactive work came, or ended."""
        self._last_s = now_s

    def is_kept(self, now_s: float) -> bool:
        """Whether interactive work came lately."""
        return now_s - self._last_s < self._recent_s

    def observe(self, now_s: float, busy_share: float) -> None:
        """From now on this share of the cores is busy."""
        self._share = self.share(now_s)
        self._seen_s = now_s
        self._busy_share = busy_share

    def share(self, now_s: float) -> float:
        """How busy the cores were lately, 0 to 1."""
        if self._seen_s == -math.inf:
            return 0.0
        left = math.exp(-max(0.0, now_s - self._seen_s) / self._window_s)
        return self._busy_share + (self._share - self._busy_share) * left

    def is_open(self, now_s: float) -> bool:
        """Whether other work may begin."""
        return not self.is_kept(now_s) or self.share(now_s) < self._target

    def opens_s(self, now_s: float) -> float:
        """When the share falls below the target, or the room is given up, if nothing else happens."""
        given_up_s = self._last_s + self._recent_s
        share = self.share(now_s)
        if share < self._target or self._busy_share >= self._target:
            return given_up_s
        wait_s = self._window_s * math.log((share - self._busy_share) / (self._target - self._busy_share))
        return min(given_up_s, now_s + wait_s)
