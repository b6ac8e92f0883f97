"""Keeps a record of each run: live ones in memory, those that are over in `runs.sqlite` in the state folder.

What is kept and how: `monitoring/run_rows`. Commands leave their runs in the store's spool.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from zkcompanion.app.history_rows import redacted
from zkcompanion.app.job_views import JobChanged
from zkcompanion.app.monitor_views import JobSpanView, Sample, SampleTaken
from zkcompanion.app.run_tracker import RunTracker, view_of
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.events import EventBus, Unsubscribe
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain
from zkcompanion.monitoring.run_rows import (
    RUN,
    SCHEMA,
    all_runs,
    from_plain,
    insert,
    overlapping,
    rounded,
    to_plain,
)
from zkcompanion.monitoring.runs import RunRecord, UsualTimes, slept_s
from zkcompanion.storage import spool
from zkcompanion.storage.errors import DamagedError
from zkcompanion.storage.store import Store

__all__ = ["SCHEMA", "RunKept", "RunRecorder", "RunsForgotten", "leave_runs"]

_LOG = get_logger(__name__)
_T = TypeVar("_T")

#: Runs that could not be written and are known until the program ends.
_MOST_LOOSE = 1000


@dataclass(frozen=True, slots=True)
class RunKept:
    """Event: a run is over and was kept; told in a thread of the recorder, in the order of the store."""

    record: RunRecord


@dataclass(frozen=True, slots=True)
class RunsForgotten:
    """Event: all runs that were over are gone."""


class RunRecorder:
    """Safe to call from any thread. Begins with `watch`; nothing here raises for the disk (`notice` says what failed).

    Arguments:
        wanted: asked when a run is over; False keeps nothing of it.
        writes: False only reads (a command beside the window), what waits in the spool included.
    """

    def __init__(
        self,
        dirs: AppDirs,
        bus: EventBus,
        clock: Clock,
        *,
        wanted: Callable[[], bool] = lambda: True,
        writes: bool = True,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._wanted = wanted
        self._writes = writes
        self._store = Store(lambda: dirs.state, SCHEMA, writes=writes, clock=clock)
        self._lock = threading.Lock()
        self._live: dict[int, RunTracker] = {}
        #: numbers in this session of runs that it kept
        self._jobs: dict[int, int] = {}
        self._loose: list[RunRecord] = []
        self._unsaved: Message | None = None
        self._last_sample: Sample | None = None
        self._usual: UsualTimes | None = None
        self._last_number = 0
        # one thread: runs are judged against those before them, and the disk may be slow
        self._work = ThreadPoolExecutor(1, thread_name_prefix="runs")
        self._spool: spool.SpoolWatch | None = None
        self._ends: list[Unsubscribe] = []

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file."""
        return self._unsaved or self._store.notice

    def watch(self) -> None:
        """Hear of runs from now on, and take in what commands left; once."""
        self._ends = [
            self._bus.subscribe(JobChanged, self._job_changed),
            self._bus.subscribe(SampleTaken, self._sample_taken),
        ]
        self._work.submit(self._begin)
        with contextlib.suppress(FileError):
            self._spool = spool.SpoolWatch(self._store.spool_folder, self.take_in)

    def live(self, *, finest_s: float = 0.0) -> tuple[JobSpanView, ...]:
        """Runs that wait or go on, oldest first; from memory, so quick. `finest_s` as for `between`."""
        with self._lock:
            return tuple(tracker.view(finest_s) for tracker in self._live.values())

    def between(self, begin_unix_s: float, end_unix_s: float, *, finest_s: float = 0.0) -> tuple[JobSpanView, ...]:
        """Runs that were there between two dates, oldest first; reads the disk.

        `job` is the number of this session, or below 0 for a run of another one or of a command. Phases shorter than
        `finest_s` are left out: a minute of small proofs has thousands of them, which nobody sees.
        """

        def views(connection: sqlite3.Connection) -> list[JobSpanView]:
            found = overlapping(connection, begin_unix_s, end_unix_s)
            # each is let go before the next is read
            return [view_of(one, self._jobs.get(one.id, -one.id), finest_s) for one in found if one is not None]

        over = self._read(views)[::-1]
        with self._lock:
            over += [
                view_of(one, self._jobs.get(one.id, -one.id), finest_s)
                for one in self._loose
                if one.end_unix_s >= begin_unix_s and one.submitted_unix_s <= end_unix_s
            ]
            there = {view.job for view in over}
            going = [
                view
                for view in (tracker.view(finest_s) for tracker in self._live.values())
                if view.submitted_unix_s <= end_unix_s and view.job not in there
            ]
        return (*over, *going)

    def records(self) -> tuple[RunRecord, ...]:
        """Every run that is over, oldest first, without its phases; reads the disk, so not for the GUI thread."""
        found = [record for record in self._read(lambda one: list(all_runs(one))) if record is not None]
        if not self._writes:
            found += self._waiting(found)
        with self._lock:
            return (*found, *self._loose)

    def count(self) -> int:
        """How many runs are kept; reads the disk."""
        with contextlib.suppress(FileNotFoundError, FileError, ResourceError):
            kept: int = self._store.read(lambda one: one.execute("SELECT count(*) FROM runs").fetchone()[0])
            return kept
        return 0

    def size_bytes(self) -> int:
        """Of the file; 0 where there is none."""
        return self._store.size_bytes()

    def take_in(self) -> int:
        """Add what commands left since; how many runs. Nothing of it is kept where the user wants none."""
        return self._work.submit(self._take_in).result()

    def clear(self) -> None:
        """Forget all runs that are over, what waits in the spool included; waits for the disk."""
        self._work.submit(self._clear).result()

    def settled(self) -> None:
        """Return when all that was told so far is kept."""
        self._work.submit(lambda: None).result()

    def close(self) -> None:
        """Keep what was told, hear nothing more, and let another process write; idempotent."""
        for end in self._ends:
            end()
        watch, self._spool = self._spool, None
        if watch is not None:
            watch.close()
        self._work.shutdown()
        self._store.close()

    # -- what is told, in any thread

    def _job_changed(self, event: JobChanged) -> None:
        job, unix_s = event.job, self._clock.unix_s()
        with self._lock:
            tracker = self._live.get(job.id)
            if tracker is None:
                if job.ended:
                    return
                tracker = self._live[job.id] = RunTracker(job)
            tracker.hear(job, unix_s)
            if not job.ended:
                return
        # it stays among the live ones until it is kept, so that it is always in sight
        with contextlib.suppress(RuntimeError):  # closed
            self._work.submit(self._keep, tracker)

    def _sample_taken(self, event: SampleTaken) -> None:
        sample = event.sample
        on_battery = sample.values.get("machine.on_battery", 0.0) >= 0.5
        with self._lock:
            before, self._last_sample = self._last_sample, sample
            asleep_s = 0.0 if before is None else slept_s(before, sample)
            for tracker in self._live.values():
                tracker.battery = tracker.battery or on_battery
                tracker.asleep_s += asleep_s if tracker.began else 0.0

    # -- in the recorder's thread

    def _begin(self) -> None:
        self._known()

    def _known(self) -> UsualTimes:
        """The usual times of all that was kept; read once."""
        if self._usual is None:
            self._usual = UsualTimes()
            for record in self._read(lambda one: list(all_runs(one))):
                if record is not None:
                    self._usual.judge(record)
                    self._last_number = max(self._last_number, record.id)
        return self._usual

    def _numbered(self, number: int) -> None:
        """See that all know it where the numbers begin anew: a damaged file was set aside, with the runs in it."""
        if number <= self._last_number:
            with self._lock:
                self._jobs.clear()
            self._bus.publish(RunsForgotten())
        self._last_number = number

    def _keep(self, tracker: RunTracker) -> None:
        try:
            record = tracker.record() if self._wanted() else None
            kept = None if record is None else self._put(record, tracker.job.id)
        finally:
            with self._lock:
                self._live.pop(tracker.job.id, None)
        if kept is not None:
            self._bus.publish(RunKept(kept))

    def _put(self, record: RunRecord, job: int) -> RunRecord | None:
        ready = rounded(_clean(record))
        if ready is None:
            _LOG.warning("A run cannot be written down as it is.")
            return None
        judged = self._known().judge(ready)
        try:
            number = self._write(judged)
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        else:
            self._unsaved = None
            self._numbered(number)
            with self._lock:
                self._jobs[number] = job
            return replace(judged, id=number)
        with self._lock:
            self._loose = [*self._loose[1 - _MOST_LOOSE :], judged]
        return judged

    def _write(self, record: RunRecord) -> int:
        try:
            return self._store.write(lambda connection: insert(connection, record)).result()
        except DamagedError:
            # the file was set aside, and a new one is begun
            return self._store.write(lambda connection: insert(connection, record)).result()

    def _take_in(self) -> int:
        taken: list[RunRecord] = []

        def apply(connection: sqlite3.Connection, event: spool.Event) -> None:
            taken.clear()
            if self._wanted():
                record = from_plain(event.body)
                if record is None:
                    raise ValueError("not a run")
                record = self._known().judge(record)
                taken.append(replace(record, id=insert(connection, record)))

        def kept(_event: spool.Event) -> None:
            for record in taken:
                self._numbered(record.id)
                self._bus.publish(RunKept(record))

        self._known()
        try:
            return self._store.take_spool(apply, kept, kinds={RUN})
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
            return 0

    def _clear(self) -> None:
        with self._lock:
            self._loose.clear()
            self._jobs.clear()
        self._usual, self._last_number = UsualTimes(), 0
        try:
            self._store.start_anew()
            spool.clear(self._store.spool_folder)
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        self._bus.publish(RunsForgotten())

    def _read(self, query: Callable[[sqlite3.Connection], list[_T]]) -> list[_T]:
        try:
            return self._store.read(query)
        except FileNotFoundError:
            return []
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
            return []

    def _waiting(self, known: Iterable[RunRecord]) -> list[RunRecord]:
        """What no window has taken in yet, judged as it will be."""
        usual = UsualTimes()
        for record in known:
            usual.judge(record)
        taken: set[str] = set()
        with contextlib.suppress(FileNotFoundError, FileError, ResourceError):
            taken |= self._store.read(lambda one: {row[0] for row in one.execute("SELECT id FROM spool_taken")})
        waiting: list[RunRecord] = []
        with contextlib.suppress(FileError):
            waiting += (usual.judge(one) for one in _spooled(self._store, taken))
        return waiting


def _spooled(store: Store, taken: set[str]) -> list[RunRecord]:
    found = []
    for path in spool.waiting(store.spool_folder)[: spool.MAX_WAITING]:
        if path.stem in taken:
            continue
        with contextlib.suppress(OSError):
            event = spool.read_event(path)
            record = from_plain(event.body) if event is not None and event.kind == RUN else None
            if record is not None:
                found.append(record)
    return found


def leave_runs(dirs: AppDirs, records: Iterable[RunRecord]) -> None:
    """From a command: have the next window, or the one that is open, keep runs. Raises: FileError, ResourceError."""
    for record in records:
        spool.spool_event(spool.spool_folder(dirs.state / SCHEMA.file_name), RUN, to_plain(_clean(record)))


def _clean(record: RunRecord) -> RunRecord:
    """A title without long numbers, where nobody looks for one."""
    title = message_from_plain(redacted(message_to_plain(record.title)))
    return replace(record, title=title if title is not None else msg("A run"))


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("The record of runs cannot be saved: {why}", why=error.message)
