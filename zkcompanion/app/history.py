"""What this machine has proved: no inputs, no public signals, no proofs; times, sizes and outcomes.

The file is `history.sqlite` in the state folder: table `runs` (`id`, `body`: the fields of `ProofRecord` but its id as
JSON, and a digest of both) and `counter` with the next id. Commands leave their runs in the store's spool. What earlier
versions kept in `history.json` is taken in once.
"""

from __future__ import annotations

import contextlib
import sqlite3
import statistics
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from zkcompanion.app.history_rows import (
    MAX_BYTES,
    MOST_IDS,
    RUN,
    SCHEMA,
    Outcome,
    ProofRecord,
    clean,
    from_plain,
    from_row,
    insert,
    leave_run,
    select,
)
from zkcompanion.app.job_views import ExpectationView
from zkcompanion.app.olddocuments import forget_document, import_document
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.paths import AppDirs
from zkcompanion.storage import spool
from zkcompanion.storage.errors import DamagedError
from zkcompanion.storage.retention import keep_newest
from zkcompanion.storage.store import Store

__all__ = ["SCHEMA", "History", "HistoryChanged", "Outcome", "ProofRecord", "leave_run"]

#: What earlier versions wrote: an object with `version`, `next_id` and `records`, oldest first.
OLD_FILE_NAME = "history.json"
#: Runs that an expectation looks at.
_LOOKS_BACK = 10


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """Event: a record was added or removed."""


class History:
    """The last runs, newest first; safe to call from any thread.

    Arguments:
        dirs: None keeps them until the program ends only.
        wanted: asked at every `add`; False keeps nothing.
        keep: records kept; the oldest go first.

    Nothing here raises for the disk: what cannot be written is kept until the program ends, and `notice` says so.
    """

    def __init__(
        self, dirs: AppDirs | None, bus: EventBus, *, wanted: Callable[[], bool] = lambda: True, keep: int = 1000
    ) -> None:
        self._dirs = dirs
        self._bus = bus
        self._wanted = wanted
        self._keep = keep
        self._store = None if dirs is None else Store(lambda: dirs.state, SCHEMA)
        self._watch: spool.SpoolWatch | None = None
        self._lock = threading.Lock()
        self._found: Message | None = None  # what is said of what was read
        self._unsaved: Message | None = None  # why the last change is not on the disk
        self._behind = False  # the disk lacks something, so that all is written the next time
        self._next_id = 1
        self._records: tuple[ProofRecord, ...] = ()  # newest first
        self._read()

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file."""
        return self._unsaved or (self._store.notice if self._store is not None else None) or self._found

    def records(self) -> tuple[ProofRecord, ...]:
        """All of them, newest first."""
        return self._records

    def size_bytes(self) -> int:
        """Of the file; 0 where there is none."""
        return 0 if self._store is None else self._store.size_bytes()

    def add(self, record: ProofRecord) -> ProofRecord:
        """Keep a record (its `id` is given here) unless the user wants none kept; then its `id` is 0.

        Raises: BugError for a record whose fields are not what they are declared as.
        """
        if not self._wanted():
            return replace(record, id=0)
        cleaned = clean(replace(record, id=1))
        with self._lock:
            kept = replace(cleaned, id=self._next_id)
            self._next_id += 1
            self._put((kept, *self._records), lambda connection: insert(connection, kept))
        self._bus.publish(HistoryChanged())
        return kept

    def remove(self, record_id: int) -> ProofRecord | None:
        """Take one out; what was there, so that it can be put back."""
        with self._lock:
            found = next((record for record in self._records if record.id == record_id), None)
            if found is None:
                return None
            left = tuple(record for record in self._records if record is not found)
            self._put(left, lambda connection: connection.execute("DELETE FROM runs WHERE id = ?", (record_id,)))
        self._bus.publish(HistoryChanged())
        return found

    def restore(self, record: ProofRecord) -> None:
        """Put a removed record back in its place; nothing where it is there, or was never kept."""
        with self._lock:
            if record.id < 1 or any(kept.id == record.id for kept in self._records):
                return
            self._next_id = max(self._next_id, record.id + 1)
            self._put((record, *self._records), lambda connection: insert(connection, record))
        self._bus.publish(HistoryChanged())

    def clear(self) -> None:
        """Forget all, what was set aside, what waits and what another version wrote included; ids are not used again.

        The file goes as a whole, so that nothing of it stays in free pages or in its log.
        """
        with self._lock:
            self._found = None
            self._records = ()
            if self._store is not None and self._dirs is not None:
                try:
                    self._store.start_anew()
                    spool.clear(self._store.spool_folder)
                    forget_document(self._dirs.state / OLD_FILE_NAME)
                except (FileError, ResourceError):
                    self._behind = True
                self._put((), self._rewrite)
        self._bus.publish(HistoryChanged())

    def take_in(self) -> int:
        """Add what commands left since; how many. Nothing of it is kept where the user wants none."""
        if self._store is None:
            return 0
        taken: list[ProofRecord] = []

        def apply(connection: sqlite3.Connection, event: spool.Event) -> None:
            taken.clear()
            if self._wanted():
                plain = dict(event.body) | {"id": self._next_id}
                record = from_plain(plain)
                if record is None:
                    raise ValueError("not a run")
                taken.append(clean(record))
                insert(connection, taken[0])
                self._settle(connection, self._next_id + 1)

        def kept(_event: spool.Event) -> None:
            self._records = self._newest((*taken, *self._records))
            self._next_id += len(taken)

        with self._lock:
            if not spool.waiting(self._store.spool_folder):
                return 0
            before = self._next_id
            try:
                self._store.take_spool(apply, kept, kinds={RUN})
            except DamagedError:
                # a new file is begun, which has to hold all that is known before anything more
                self._put(self._records, self._rewrite)
            except (FileError, ResourceError) as error:
                self._unsaved = _not_kept(error)
            count = self._next_id - before
        if count:
            self._bus.publish(HistoryChanged())
        return count

    def watch(self) -> None:
        """Take in what commands leave, from now on until `close`."""
        if self._store is not None and self._watch is None:
            with contextlib.suppress(FileError):
                self._watch = spool.SpoolWatch(self._store.spool_folder, self.take_in)

    def close(self) -> None:
        """Let another process write; idempotent."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        if self._store is not None:
            self._store.close()

    def expectation(self, fingerprint: str, *, kernels: str, threads: int) -> ExpectationView | None:
        """What earlier proofs of this circuit lead to expect; None where there is none.

        From the last ten verified runs with these kernels and threads; `phases` are medians, in the order of the last.
        """
        alike = [
            record
            for record in self._records
            if record.outcome == "verified"
            and record.seconds is not None
            and (record.fingerprint, record.kernels, record.threads) == (fingerprint, kernels, threads)
        ][:_LOOKS_BACK]
        if not alike:
            return None
        seconds = [record.seconds for record in alike if record.seconds is not None]
        phases: dict[str, list[float]] = {}
        for record in alike:
            for name, phase_s in record.phases:
                phases.setdefault(name, []).append(phase_s)
        medians = tuple((name, statistics.median(values)) for name, values in phases.items())
        return ExpectationView(min(seconds), max(seconds), len(seconds), medians)

    # -- the file, with the lock held ----------------------------------------------------------------------------------

    def _newest(self, records: Iterable[ProofRecord]) -> tuple[ProofRecord, ...]:
        return tuple(sorted(records, key=lambda record: -record.id)[: self._keep])

    def _put(self, records: Iterable[ProofRecord], change: Callable[[sqlite3.Connection], object]) -> None:
        """These are the records from now on, on the disk too, where `change` brings it there."""
        self._records = self._newest(records)
        if self._store is None:
            return

        def job(connection: sqlite3.Connection) -> None:
            change(connection)
            self._settle(connection, self._next_id)

        try:
            try:
                self._store.write(self._rewrite if self._behind else job).result()
            except DamagedError:
                # a new file is begun; it holds all that is known
                self._store.write(self._rewrite).result()
        except (FileError, ResourceError) as error:
            self._behind = True
            self._unsaved = _not_kept(error)
        else:
            self._behind = False
            self._unsaved = None

    def _settle(self, connection: sqlite3.Connection, next_id: int) -> None:
        keep_newest(connection, "runs", "id", self._keep)
        connection.execute("UPDATE counter SET next_id = ?", (next_id,))

    def _rewrite(self, connection: sqlite3.Connection) -> None:
        """All records and the counter, in the place of what is there."""
        connection.execute("DELETE FROM runs")
        for record in self._records:
            insert(connection, record)
        connection.execute("UPDATE counter SET next_id = ?", (self._next_id,))

    def _read(self) -> None:
        if self._store is None or self._dirs is None:
            return
        try:
            path = self._dirs.state / OLD_FILE_NAME
            found = import_document(self._store, path, self._import, max_bytes=MAX_BYTES)
            self._found = found.notice if found is not None else None
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        try:
            rows, next_id = self._store.read(select)
        except FileNotFoundError:
            return
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
            return
        read = [from_row(*row) for row in rows]
        self._records = self._newest(record for record in read if record is not None)
        self._next_id = max([next_id, *(record.id + 1 for record in self._records)])
        lost = len(read) - sum(record is not None for record in read)
        if lost:
            self._found = msg_n(
                "{n} run in {file} is damaged and is left out.",
                "{n} runs in {file} are damaged and are left out.",
                n=lost,
                file=SCHEMA.file_name,
            )

    def _import(self, connection: sqlite3.Connection, data: Mapping[str, object]) -> None:
        rows, next_id = data.get("records"), data.get("next_id")
        read = (from_plain(plain) for plain in (rows if isinstance(rows, list) else []))
        records = {record.id: record for record in read if record is not None and 1 <= record.id <= MOST_IDS}
        for record in self._newest(records.values()):
            insert(connection, record)
        given = next_id if isinstance(next_id, int) and 1 <= next_id <= MOST_IDS else 1
        connection.execute("UPDATE counter SET next_id = ?", (max([given, *(number + 1 for number in records)]),))


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("The list of proofs cannot be saved: {why}", why=error.message)
