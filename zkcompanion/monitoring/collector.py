"""A thread that takes a sample at every whole second of the monotonic clock; ticks that it misses are counted."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping

from zkcompanion.base.clock import Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.monitoring.samples import Sample

_LOG = get_logger(__name__)

Source = Callable[[], Mapping[str, float]]


class Collector:
    """`sources` are asked at each tick, in the collector's thread, and must be quick; `sink` gets each sample.

    A source that raises is logged by its type, and its values are not in that sample.
    """

    def __init__(
        self, sources: tuple[Source, ...], sink: Callable[[Sample], None], clock: Clock, *, interval_s: float = 1.0
    ) -> None:
        self._sources = sources
        self._sink = sink
        self._clock = clock
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def close(self) -> None:
        """Take no more samples; idempotent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        tick = math.floor(self._clock.monotonic_s() / self._interval_s)
        while True:
            before, tick = tick, tick + 1
            if self._ended.wait(max(0.0, tick * self._interval_s - self._clock.monotonic_s())):
                return
            now_s = self._clock.monotonic_s()
            tick = max(tick, math.floor(now_s / self._interval_s))
            values: dict[str, float] = {}
            for source in self._sources:
                try:
                    values.update(source())
                except Exception as error:
                    _LOG.warning("A source of samples failed (%s).", type(error).__name__)
            self._sink(Sample(self._clock.unix_s(), now_s, values, tick - before - 1, now_s - tick * self._interval_s))
