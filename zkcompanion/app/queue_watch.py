"""The queue of proofs as the window shows it: why each run waits, and when it will be done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from zkcompanion.app.job_state import JobRecord
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.engine.schedule.forecast import forecast
from zkcompanion.engine.work import Queue

#: After a forecast no other is made for so many times as long as it took.
_REST = 20


class QueueWatch:
    """`lock` guards `records`; `tell` is called for those whose view is another now.

    Forecasts are made in a thread of their own, so that the workers' supervisor never waits for one; of several queues
    that come meanwhile the last one counts.
    """

    def __init__(
        self,
        records: Mapping[int, JobRecord],
        lock: threading.Lock,
        tell: Callable[[JobRecord], object],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._records = records
        self._lock = lock
        self._tell = tell
        self._clock = clock
        self._closing = threading.Event()
        self._next: Queue | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="forecast")

    def queued(self, queue: Queue) -> None:
        """The queue is like this now."""
        changed = []
        with self._lock:
            for number, reason in queue.waits.items():
                record = self._records.get(number)
                if record is not None and record.waits != reason:
                    record.waits, record.waits_for_memory = reason, number in queue.short
                    changed.append(record)
            asleep, self._next = self._next is None, queue
        for record in changed:
            self._tell(record)
        if asleep:
            self._thread.submit(self._foresee)

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.shutdown()

    def _foresee(self) -> None:
        with self._lock:
            queue, self._next = self._next, None
        assert queue is not None
        begin_s = self._clock.monotonic_s()
        found = forecast(queue.policy, queue.now_s, queue.waiting, queue.workers)
        took_s = self._clock.monotonic_s() - begin_s
        with self._lock:
            records = [record for record in self._records.values() if not record.ended]
            for record in records:
                record.forecast = found.get(record.id)
        for record in records:
            if record.state == "waiting":
                self._tell(record)
        self._closing.wait(_REST * took_s)
