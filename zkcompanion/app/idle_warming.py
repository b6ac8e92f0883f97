"""Preparing what was opened, while nothing else is to be done; whatever is really asked for goes first.

The window's service looks here about once a second. After a while without work the clerk, the process of small tasks,
is asked for one thing at a time: once after the start for kernels that no worker loads by itself, then for each circuit
that was opened. Real work cuts that short, and it is begun again at the next idle moment.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.worker_entry import Warmed, WarmOrder
from zkcompanion.base.clock import Clock
from zkcompanion.base.sealed import Limits

#: Without work for so long: people pause between two clicks, and the next one must not find the clerk busy.
IDLE_S = 2.0
#: What was cut short so often is left to its first proof.
TRIES = 3


class IdleWarming:
    """Arguments: what asks the clerk, the limits of the cache as the user chose them, and the clock.

    Safe to call from any thread.
    """

    def __init__(self, ask: Callable[[WarmOrder], Future[Warmed]], limits: Callable[[], Limits], clock: Clock) -> None:
        self._ask = ask
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        #: what is to be prepared, None for kernels, and how often it was begun
        self._waiting: deque[tuple[CircuitFiles | None, int]] = deque([(None, 0)])
        self._opened: set[str] = set()
        self._running: tuple[Future[Warmed], CircuitFiles | None, int] | None = None
        self._idle_since_s: float | None = None

    @property
    def under_way(self) -> bool:
        """Whether something is being prepared."""
        with self._lock:
            return self._running is not None

    def opened(self, fingerprint: str, files: CircuitFiles) -> None:
        """A circuit was opened; it is prepared once for each time that the program runs."""
        with self._lock:
            if fingerprint not in self._opened:
                self._opened.add(fingerprint)
                self._waiting.append((files, 0))

    def look(self, *, idle: bool) -> None:
        """Begin with something where there has been no work for a while."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            if self._running is not None:
                return
            if not idle:
                self._idle_since_s = None
                return
            if self._idle_since_s is None:
                self._idle_since_s = now_s
            if not self._waiting or now_s - self._idle_since_s < IDLE_S:
                return
            files, tries = self._waiting.popleft()
            limits = self._limits()
            future = self._ask(WarmOrder(files, limits.entries, limits.size_bytes))
            self._running = future, files, tries + 1
        future.add_done_callback(self._ended)

    def make_way(self) -> None:
        """Real work comes."""
        with self._lock:
            running, self._running = self._running, None
            self._idle_since_s = None
            if running is not None and running[2] < TRIES:
                self._waiting.appendleft(running[1:])
        if running is not None:
            running[0].cancel()

    def _ended(self, future: Future[Warmed]) -> None:
        """What went wrong (a file that is gone, a folder that is full) shows when the circuit is proved."""
        with self._lock:
            if self._running is not None and self._running[0] is future:
                self._running = None
