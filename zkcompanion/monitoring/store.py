"""Samples over two years: taken each second, kept in `monitor.sqlite`, given as steps of any width.

A sample is in memory first. Every ten seconds what is new goes into the file's tail; a quarter of an hour later each
series' samples become a block, and part of its minutes and hours, a series or some at each tick so that nothing waits.
A killed program loses the last ten seconds at most; what a full disk refused is tried again each minute.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message
from zkcompanion.monitoring.blocks import MOST_SERIES, TENTHS, Samples
from zkcompanion.monitoring.marks import Mark, marks_between, put_mark
from zkcompanion.monitoring.pending import Pending, named_samples
from zkcompanion.monitoring.samples import Point, Sample
from zkcompanion.monitoring.series_rows import (
    MOST_NAME,
    SCHEMA,
    Faults,
    drop_tail,
    drop_unused,
    fill,
    kept_from,
    known_series,
    put_blocks,
    put_series,
    put_tail,
    raw_block,
    span,
    tail,
    trim,
)
from zkcompanion.monitoring.tiers import (
    BLOCK_S,
    Steps,
    Tier,
    block_begin,
    joined_samples,
    parts_of,
    tier_for,
    unknown_samples,
    width_for,
)
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.store import Store

_LOG = get_logger(__name__)

T = TypeVar("T")
N = TypeVar("N")

#: What a killed program loses.
TAIL_S = 10.0
#: How often room is made, and how long the date must have been steady before it is believed.
_TRIM_S, _STEADY_S = 60.0, 120.0
#: After a refusal of the disk, or while another process has the file.
_REST_S = 60.0
#: Ticks in which a block's worth of samples is put into blocks.
_PACKING_TICKS = 60
#: Blocks' worth of samples that wait in memory where the disk refuses them: two hours.
_MOST_PENDING = 8
_MOST_LOOSE_MARKS = 1000
_LAST_S = 253402300800  # year 9999
#: Stretches that are exported at once, by tier: some ten thousand rows.
_EXPORTED_S = {Tier.RAW: 3600, Tier.MINUTE: 86400, Tier.HOUR: 60 * 86400}


class MonitorStore:
    """Safe to call from any thread; `add` never waits for the disk but when it opens the file.

    Arguments:
        folder: gives the state folder; may raise FileError.
        writes: False for a command beside the window; it reads what the window keeps.
    """

    def __init__(
        self,
        folder: Callable[[], Path],
        *,
        schema: Schema = SCHEMA,
        writes: bool = True,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._schema = schema
        self._clock = clock
        self._store = Store(folder, schema, writes=writes, clock=clock)
        self._lock = threading.Lock()
        self._closed = not writes
        self._ids: dict[str, int] | None = None  # None until the file is ours
        self._pending: list[Pending] = []  # in the order of their numbers
        self._next_number = 0
        self._packed_number = -1  # the greatest of which anything is or may be in blocks
        self._tails: list[tuple[Future[None], Pending, dict[int, Samples]]] = []
        self._file_notice: Message | None = None
        self._packing: tuple[Future[None], Pending, list[int]] | None = None
        self._trimming: Future[bool] | None = None
        self._marking: Future[None] | None = None  # the last one
        self._loose: deque[Mark] = deque(maxlen=_MOST_LOOSE_MARKS)
        self._date_offset = math.nan
        self._steady_from = self._tail_at = self._trim_at = self._rest_until = -math.inf
        self.faults = Faults()

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was found."""
        return self._store.notice

    def add(self, sample: Sample) -> bool:
        """Keep a sample; whether it is kept. It is not where another process has the file, or the disk refuses."""
        now_s = sample.monotonic_s
        if not 0 <= sample.unix_s < _LAST_S:
            return False
        with self._lock:
            ids = self._ready(now_s)
            if ids is None:
                return False
            self._watch_date(sample)
            pending = self._current(block_begin(Tier.RAW, sample.unix_s))
            time = round(sample.unix_s * TENTHS)
            time = min(time, (pending.begin_s + BLOCK_S[Tier.RAW]) * TENTHS - 1)  # the last moment is not rounded up
            for name, value in sample.values.items():
                series = self._id(ids, name)
                if series is not None and not pending.add(series, time, value):
                    self.faults.doubled += 1
            if now_s - self._tail_at >= TAIL_S:
                self._tail_at = now_s + (_REST_S - TAIL_S if self._write_tail(ids) else 0.0)
            self._pack(ids, now_s, pending)
            self._trim(now_s, sample.unix_s)
        return True

    def add_mark(self, mark: Mark) -> None:
        """Keep what happened; in memory alone where the file cannot be had."""
        with self._lock:
            if self._ready(self._clock.monotonic_s()) is None:
                self._loose.append(mark)
                return
            self._marking = self._store.write(lambda connection: put_mark(connection, mark))

    def curves(
        self,
        series: Sequence[str],
        begin_unix_s: float,
        end_unix_s: float,
        points: int,
        *,
        beside: Sequence[Sample] = (),
    ) -> tuple[tuple[Point, ...], ...]:
        """Of each series the steps between two dates, the end not included, at most `points`; from disk and memory.

        A step without samples is not there. Percentiles are exact where they come from samples or from one minute;
        of several minutes they are as `tiers.percentiles_of_minutes` says, of hours within `blocks.SKETCH_ERROR`.
        `beside`: samples that are not kept here, to be joined with what is.

        Raises: FileError, ResourceError where the file cannot be read.
        """
        begin_s, end_s = max(0.0, begin_unix_s), min(float(_LAST_S), end_unix_s)
        if end_s <= begin_s:
            return tuple(() for _ in series)
        width_s = width_for(begin_s, end_s, max(1, points))
        return self._points(series, begin_s, end_s, width_s, tier_for(width_s), beside)

    def export(self, series: Sequence[str], begin_unix_s: float, end_unix_s: float) -> Iterator[tuple[str, Point]]:
        """All that is kept between two dates, as fine as it is kept: stretch for stretch, in each series for series.

        Raises: FileError, ResourceError where the file cannot be read.
        """
        nothing = 0, 0, dict.fromkeys(Tier, 0)
        first_s, last_s, kept = self._read(lambda connection: (*span(connection), kept_from(connection)), nothing)
        with self._lock:
            waiting = [one.begin_s for one in self._pending]
        begin_s = max(begin_unix_s, min([first_s, *waiting] if last_s else waiting, default=_LAST_S))
        end_s = min(end_unix_s, max([last_s, *(one + BLOCK_S[Tier.RAW] for one in waiting)]))
        while begin_s < end_s:
            tier = next((one for one in Tier if kept[one] <= begin_s), Tier.HOUR)
            finer = kept[Tier(tier - 1)] if tier else _LAST_S
            until_s = min(end_s, finer, (begin_s // _EXPORTED_S[tier] + 1) * _EXPORTED_S[tier])
            for name, points in zip(series, self._points(series, begin_s, until_s, 1.0, Tier.RAW, ()), strict=True):
                yield from ((name, point) for point in points)
            begin_s = until_s

    def series(self) -> tuple[str, ...]:
        """The series of which anything is kept, in order. Raises: FileError, ResourceError."""
        with self._lock:
            ids = self._asked() or {}
            waiting = set().union(*(one.series() for one in self._pending))
            names = {name for name, series in ids.items() if series in waiting}
        kept: set[str] = self._read(lambda connection: set(known_series(connection)), set())
        return tuple(sorted(names | kept))

    def marks(self, begin_unix_s: float, end_unix_s: float) -> tuple[Mark, ...]:
        """What happened between two dates, oldest first. Raises: FileError, ResourceError."""
        with self._lock:
            marking = self._marking
        if marking is not None:
            marking.exception()  # until it is there
        nothing: list[Mark] = []
        found = self._read(
            lambda connection: marks_between(connection, begin_unix_s, end_unix_s, self.faults.add_damaged), nothing
        )
        with self._lock:
            loose = [one for one in self._loose if begin_unix_s <= one.end_unix_s and one.begin_unix_s < end_unix_s]
        return tuple(sorted((*found, *loose), key=lambda one: one.begin_unix_s))

    def size(self) -> int:
        """Bytes on the disk."""
        return self._store.size_bytes()

    def clear(self) -> None:
        """Forget all, the file as a whole. Raises: FileError, ResourceError where another process has it."""
        with self._lock:
            self._store.start_anew()
            self._pending.clear()
            self._loose.clear()
            self._tails.clear()
            self._packing = self._trimming = None

    def pack(self) -> None:
        """Put all into blocks now, and wait for it. Raises: FileError, ResourceError."""
        with self._lock:
            ids = self._ready(self._clock.monotonic_s())
            while ids is not None and self._pending:
                pending = self._pending[0]
                self._packing = self._packing or self._packed(ids, pending, sorted(pending.series()))
                self._packing[0].result()
                self._settle(0.0)

    def wait(self) -> None:
        """Until the file has what was handed over; for one who takes samples quicker than they come."""
        with self._lock:
            handed = [self._trimming, *(one[0] for one in (self._packing, *self._tails) if one is not None)]
        for future in handed:
            if future is not None:
                future.exception()

    def close(self) -> None:
        """Keep what is in memory, and let another process write; idempotent."""
        with self._lock:
            if not self._closed and self._ids is not None:
                self._write_tail(self._ids)
            self._closed = True
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- with the lock held --------------------------------------------------------------------------------------------

    def _asked(self) -> dict[str, int] | None:
        """As `_ready`, but no file is made for a question."""
        if self._ids is None and not self._store.size_bytes():
            return None
        return self._ready(self._clock.monotonic_s())

    def _ready(self, now_s: float) -> dict[str, int] | None:
        """The number of each series; None where the file is not ours."""
        if self._closed or (self._ids is None and now_s < self._rest_until):
            return None
        if self._ids is None:
            self._rest_until = now_s + _REST_S
            if not self._store.open():
                return None
            try:
                known, waiting = self._store.read(
                    lambda connection: (known_series(connection), tail(connection, self.faults))
                )
            except (FileError, ResourceError, FileNotFoundError) as error:
                _LOG.warning("What was kept cannot be read (%s).", type(error).__name__)
                return None
            self._ids = {name: one.id for name, one in known.items()}
            self._pending = [one for one in waiting if len(one)]
            self._packed_number = max((one.flushed for one in known.values()), default=-1)
            self._next_number = max([self._packed_number, *(one.number for one in waiting)]) + 1
            used = sorted(set().union(*(one.series() for one in self._pending)))
            self._store.write(lambda connection: drop_unused(connection, used))
            self._tail_at = now_s
            self._file_notice = self._store.notice
        return self._ids

    def _watch_date(self, sample: Sample) -> None:
        offset = sample.unix_s - sample.monotonic_s
        if not abs(offset - self._date_offset) < 2:
            self._steady_from = sample.monotonic_s
        self._date_offset = offset

    def _current(self, begin_s: int) -> Pending:
        """Where a sample of this stretch goes."""
        for one in reversed(self._pending):
            if one.begin_s == begin_s and one.number > self._packed_number:
                return one
        if len(self._pending) >= _MOST_PENDING:
            self.faults.lost += len(self._pending.pop(0))
        self._pending.append(Pending(self._next_number, begin_s))
        self._next_number += 1
        return self._pending[-1]

    def _id(self, ids: dict[str, int], name: str) -> int | None:
        found = ids.get(name)
        if found is None and len(ids) < MOST_SERIES and len(name) <= MOST_NAME:
            found = ids[name] = max(ids.values(), default=0) + 1
        return found

    def _write_tail(self, ids: dict[str, int]) -> bool:
        """Keep what is new, all where a damaged file made way for a new one, and what was refused; whether any was."""
        self._store.open()
        anew, self._file_notice = self._store.notice is not self._file_notice, self._store.notice
        refused = [one for one in self._tails if one[0].done() and one[0].exception() is not None]
        self._tails = [one for one in self._tails if not one[0].done()]
        for _, pending, part in reversed(refused):  # the newest first: the next goes before it as a whole
            pending.put_back(part)
        for pending in self._pending:
            if anew:
                pending.renew()
            part = pending.new()
            if part:
                names = [(series, name) for name, series in ids.items() if series in part]

                def job(
                    connection: sqlite3.Connection,
                    pending: Pending = pending,
                    part: dict[int, Samples] = part,
                    names: list[tuple[int, str]] = names,
                ) -> None:
                    put_series(connection, names)
                    put_tail(connection, pending.number, pending.begin_s, part)

                self._tails.append((self._store.write(job), pending, part))
        return bool(refused)

    def _pack(self, ids: dict[str, int], now_s: float, filled: Pending) -> None:
        """Put some series of the oldest full stretch into blocks, when the last ones are there.

        By their numbers: what has a lower one than what is in blocks is taken for being in blocks too.
        """
        self._settle(now_s)
        pending = self._pending[0]
        if self._packing is None and pending is not filled and now_s >= self._rest_until:
            some = -(-len(ids) * (len(self._pending) - 1) // _PACKING_TICKS)  # more where more waits: short wakes
            self._packing = self._packed(ids, pending, sorted(pending.series())[:some])

    def _packed(
        self, ids: dict[str, int], pending: Pending, some: list[int]
    ) -> tuple[Future[None], Pending, list[int]]:
        samples = {series: pending.samples(series) for series in some}
        names = [(series, name) for name, series in ids.items() if series in samples]
        last = len(pending.series()) == len(some)
        self._packed_number = pending.number

        def job(connection: sqlite3.Connection) -> None:
            put_series(connection, names)
            for series, one in samples.items():
                put_blocks(connection, series, pending.number, pending.begin_s, one, self.faults)
            if last:
                drop_tail(connection, pending.number)

        return self._store.write(job), pending, some

    def _settle(self, now_s: float) -> None:
        """Take note of what the writer has done."""
        if self._packing is None or not self._packing[0].done():
            return
        future, pending, some = self._packing
        self._packing = None
        error = future.exception()
        if error is not None:
            _LOG.warning("Samples are not in blocks yet (%s).", type(error).__name__)
            self._rest_until = now_s + _REST_S
            return
        for series in some:
            pending.forget(series)
        if not pending.series() and pending in self._pending:
            self._pending.remove(pending)

    def _trim(self, now_s: float, unix_s: float) -> None:
        if self._trimming is not None and self._trimming.done():
            more = self._trimming.exception() is None and self._trimming.result()
            self._trimming = None
            self._trim_at = now_s if more else now_s + _TRIM_S
        if self._trimming is None and now_s >= self._trim_at:
            steady = now_s - self._steady_from >= _STEADY_S
            most_bytes = self._schema.max_bytes
            self._trimming = self._store.write(
                lambda connection: trim(connection, unix_s, by_date=steady, most_bytes=most_bytes)
            )

    # -- reading -------------------------------------------------------------------------------------------------------

    def _read(self, query: Callable[[sqlite3.Connection], T], nothing: N) -> T | N:
        def whole(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")  # one state of the file for all that is asked
            return query(connection)

        try:
            return self._store.read(whole)
        except FileNotFoundError:
            return nothing

    def _points(
        self,
        series: Sequence[str],
        begin_s: float,
        end_s: float,
        width_s: float,
        tier: Tier,
        beside: Sequence[Sample],
    ) -> tuple[tuple[Point, ...], ...]:
        """What file and memory have; one series after the other, so that little is in memory at once."""
        with self._lock:
            ids = self._asked()
            ours = None if ids is None else named_samples(self._pending, ids, series, begin_s, end_s)
        beside = sorted(beside, key=lambda sample: sample.unix_s)  # the clock may have gone back
        until_s = end_s if ours is not None or not beside else min(end_s, beside[0].unix_s)

        def query(connection: sqlite3.Connection) -> tuple[tuple[Point, ...], ...]:
            known = known_series(connection)
            parts = parts_of(begin_s, until_s, tier, kept_from(connection))
            waiting = ours
            if waiting is None:
                left = tail(connection, self.faults)
                waiting = named_samples(left, {name: one.id for name, one in known.items()}, series, begin_s, until_s)
            found = []
            for name in series:
                steps = beside_file(name)
                one = known.get(name)
                if one is not None:
                    fill(steps, connection, one.id, parts, self.faults)
                seen: dict[int, Samples] = {}
                for number, first_s, samples in waiting.get(name, ()):
                    if one is None or one.flushed < number:
                        before = seen.get(first_s)
                        if before is None and one is not None:
                            before = raw_block(connection, one.id, first_s, self.faults)
                        new = samples if before is None else unknown_samples(samples, before)
                        seen[first_s] = new if before is None else joined_samples(before, new)
                        steps.add_samples(new, begin_s, until_s)
                found.append(steps.points())
            return tuple(found)

        def beside_file(name: str) -> Steps:
            have = [sample for sample in beside if name in sample.values]
            times = [round(sample.unix_s * TENTHS) for sample in have]
            steps = Steps(begin_s, width_s)
            steps.add_samples(Samples(times, [sample.values[name] for sample in have]), begin_s, end_s)
            return steps

        return self._read(query, None) or tuple(beside_file(name).points() for name in series)
