"""A thread that takes a sample at every whole second of the monotonic clock; ticks that it misses are counted."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping

from zkcompanion.base.clock import Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.monitoring.runs import clock_set_s
from zkcompanion.monitoring.samples import Sample

_LOG = get_logger(__name__)

#: Values by series, of what happened since it was asked before; called with nothing, in the collector's thread.
Source = Callable[[], Mapping[str, float]]


class Collector:
    """`sources` are asked at each tick, in the collector's thread, and must be quick; `sink` gets each sample.

    `prepare` is called in that thread before the first tick, and gives sources that take a moment to be found. A source
    that raises is logged by its type the first time, and its values are not in that sample. `monitor.missed`,
    `monitor.cost` (of the thread, `sink` included, since the sample before) and `machine.clock_jump` are added.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        sink: Callable[[Sample], None],
        clock: Clock,
        *,
        interval_s: float = 1.0,
        prepare: Callable[[], Iterable[Source]] = tuple,
    ) -> None:
        self._sources = tuple(sources)
        self._sink = sink
        self._clock = clock
        self._interval_s = interval_s
        self._prepare = prepare
        self._told: set[object] = set()
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
        sources = (*self._sources, *self._prepared())
        clock, interval_s = self._clock, self._interval_s
        tick = math.floor(clock.monotonic_s() / interval_s)
        former: Sample | None = None
        last_s, spent_s, slept_s = clock.monotonic_s(), clock.thread_cpu_s(), clock.slept_s()
        while True:
            before, tick = tick, tick + 1
            if self._ended.wait(max(0.0, tick * interval_s - clock.monotonic_s())):
                return
            now_s, unix_s = clock.monotonic_s(), clock.unix_s()
            tick = max(tick, math.floor(now_s / interval_s))
            slept_before_s, slept_s = slept_s, clock.slept_s()
            values: dict[str, float] = {}
            for source in sources:
                values.update(self._ask(source))
            spent_before_s, spent_s = spent_s, clock.thread_cpu_s()
            values["monitor.cost"] = 100 * (spent_s - spent_before_s) / max(now_s - last_s, 1e-9)
            values["monitor.missed"] = float(tick - before - 1)
            last_s = now_s
            slept = None if slept_s is None or slept_before_s is None else max(0.0, slept_s - slept_before_s)
            sample = Sample(unix_s, now_s, values, tick - before - 1, now_s - tick * interval_s, slept)
            if former is not None:
                values["machine.clock_jump"] = clock_set_s(former, sample)
            former = sample
            self._give(sample)

    def _prepared(self) -> tuple[Source, ...]:
        try:
            return tuple(self._prepare())
        except Exception as error:
            _LOG.warning("Sources of samples could not be made ready (%s).", type(error).__name__)
            return ()

    def _give(self, sample: Sample) -> None:
        try:
            self._sink(sample)
        except Exception as error:  # the next one may be taken in
            if self._sink not in self._told:
                self._told.add(self._sink)
                _LOG.warning("A sample could not be taken in (%s).", type(error).__name__)

    def _ask(self, source: Source) -> Mapping[str, float]:
        try:
            return source()
        except Exception as error:
            if source not in self._told:
                self._told.add(source)
                _LOG.warning("A source of samples failed (%s).", type(error).__name__)
            return {}
