"""A trace that watches a driver."""

from __future__ import annotations

import threading

from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.phases import Phase, Trace


class Steps(Trace):
    """Counts what is announced and what is done; cancels after `limit` checks."""

    def __init__(self, limit: int | None = None) -> None:
        self.announced = self.done = self.checks = 0
        self.limit = limit
        self._lock = threading.Lock()

    def begin(self, phase: Phase, steps: int = 0) -> None:
        self.announced += steps

    def advance(self, phase: Phase, steps: int = 1) -> None:
        with self._lock:
            self.done += steps

    def check(self) -> None:
        with self._lock:
            self.checks += 1
            if self.limit is not None and self.checks > self.limit:
                raise Cancelled
