"""The thread that owns the only connection which writes: work comes in as functions, and is acknowledged when kept.

SQLite before 3.51.3 can lose data where two connections write and checkpoint at the same moment, so for each file
there is one connection that does either, and it is here.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from zkcompanion.base.logs import get_logger
from zkcompanion.storage.errors import REFUSED, ClosedError, explained, is_damage

_LOG = get_logger(__name__)

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

#: Work that waits is committed together, at most so much at once.
_BATCH = 256
#: The write-ahead log is put into the file when it is longer than this and nothing waits, or longer than that.
_CHECKPOINT_BYTES, _MOST_LOG_BYTES = 1 << 20, 8 << 20


@dataclass(slots=True)
class _Work:
    job: Job[Any]
    alone: bool
    future: Future[Any] = field(default_factory=Future)
    answer: Any = None


class Writer:
    """Runs work in its own thread, in the order in which it came; takes the connection over.

    Work that waits together is committed together, each part by itself undone where it raises: one fsync then keeps
    many changes.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._damaged = False
        self._thread = threading.Thread(target=self._run, name=f"store-{path.stem}", daemon=True)
        self._thread.start()

    @property
    def damaged(self) -> bool:
        """Whether the file was found to be damaged; then nothing more can be written to it."""
        return self._damaged

    def submit(self, job: Job[T], *, alone: bool = False) -> Future[T]:
        """Run `job(connection)` inside a transaction; the future has its answer when the change is kept.

        The future fails with what the job raised (nothing of it is kept then), with FileError or ResourceError where
        the disk refuses, with ClosedError after `close`. `alone`: not inside a transaction, for what SQLite runs so.
        """
        work = _Work(job, alone)
        with self._lock:
            if self._closed:
                work.future.set_exception(ClosedError())
            else:
                self._queue.put(work)
        return work.future

    def close(self) -> None:
        """Write what was handed over, put all into the one file, end the thread; idempotent."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._next()
            while batch:
                batch = self._commit(batch)
            self._checkpoint(_CHECKPOINT_BYTES if self._queue.empty() else _MOST_LOG_BYTES)
        with contextlib.suppress(*REFUSED):
            if not self._damaged:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _next(self) -> tuple[list[_Work], bool]:
        """All that waits, and whether more may come."""
        batch: list[_Work] = []
        work = self._queue.get()
        while work is not None:
            batch.append(work)
            if len(batch) == _BATCH or self._queue.empty():
                return batch, True
            work = self._queue.get()
        return batch, False

    def _commit(self, batch: list[_Work]) -> list[_Work]:
        """Do the first part of the batch, as one transaction; what is left."""
        if batch[0].alone:
            self._do_alone(batch[0])
            return batch[1:]
        done: list[_Work] = []
        ended = 0
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work in batch:
                if work.alone:
                    break
                ended += 1
                if self._do(work):
                    done.append(work)
            self._connection.execute("COMMIT")
        except REFUSED as error:
            # nothing of this transaction is kept, so nothing of it is acknowledged
            self._undo()
            failed = self._explained(error)
            for number, work in enumerate(batch[: max(ended, 1)]):
                # one that was not begun may be cancelled at this very moment
                if not work.future.done() and (number < ended or work.future.set_running_or_notify_cancel()):
                    work.future.set_exception(failed)
            return batch[max(ended, 1) :]
        for work in done:
            work.future.set_result(work.answer)
        return batch[ended:]

    def _do(self, work: _Work) -> bool:
        """Run one part; False where it raised and was undone. Raises: sqlite3.Error where the transaction is lost."""
        if not work.future.set_running_or_notify_cancel():
            return False
        self._connection.execute("SAVEPOINT part")
        try:
            work.answer = work.job(self._connection)
        except BaseException as error:
            if isinstance(error, REFUSED) and (explained(error, "") or not self._connection.in_transaction):
                raise
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")
            work.future.set_exception(error)
            return False
        self._connection.execute("RELEASE part")
        return True

    def _do_alone(self, work: _Work) -> None:
        if not work.future.set_running_or_notify_cancel():
            return
        try:
            work.future.set_result(work.job(self._connection))
        except BaseException as error:
            self._undo()
            work.future.set_exception(self._explained(error) if isinstance(error, REFUSED) else error)

    def _undo(self) -> None:
        with contextlib.suppress(*REFUSED):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _explained(self, error: Exception) -> Exception:
        _LOG.warning("%s: %s", self._path.name, getattr(error, "sqlite_errorname", type(error).__name__))
        self._damaged = self._damaged or is_damage(error)
        return explained(error, str(self._path)) or error

    def _checkpoint(self, beyond_bytes: int) -> None:
        try:
            if self._log_path.stat().st_size > beyond_bytes:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except FileNotFoundError:
            return
        except (OSError, *REFUSED) as error:
            _LOG.warning("%s: its log could not be put into it (%s).", self._path.name, type(error).__name__)
