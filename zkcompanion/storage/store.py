"""One concern's file, opened as it is found: ours to write, another process's, of a newer program, or damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Set
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import FileError, ResourceError, error_of_system
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.storage import spool
from zkcompanion.storage.check import is_whole, remove_aside, set_aside
from zkcompanion.storage.database import (
    connect_reading,
    connect_writing,
    create_private,
    refuse_strangers,
    remove_left_over,
    side_files,
    size_bytes,
)
from zkcompanion.storage.errors import REFUSED, ClosedError, DamagedError, OwnedElsewhereError, explained
from zkcompanion.storage.migrations import is_as_migrated, migrate, version_of
from zkcompanion.storage.ownership import Ownership
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.writer import Job, Writer

_LOG = get_logger(__name__)

T = TypeVar("T")
Apply = Callable[[sqlite3.Connection, spool.Event], None]

#: A file up to this size is looked through at every start (some milliseconds), a larger one after an unclean end.
_ALWAYS_CHECKED_BYTES = 1 << 20


class Store:
    """Reads and writes of any thread; the file is opened at the first of them.

    Arguments:
        folder: gives the private folder when it is asked for (`lambda: dirs.state`); may raise FileError.
        schema: tables and bounds; the file is `schema.file_name`.
        writes: False for a process that is never to write (a command beside the window).

    A damaged file is set aside and a new one begun, a newer one is only read, one that another process writes is only
    read as long as it does; `notice` says so.
    """

    def __init__(
        self, folder: Callable[[], Path], schema: Schema, *, writes: bool = True, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._folder = folder
        self._schema = schema
        self._writes = writes
        self._clock = clock
        self._lock = threading.RLock()
        self._path: Path | None = None
        self._ownership: Ownership | None = None
        self._writer: Writer | None = None
        self._newer = False
        self._doubted = False
        self._closed = False
        self._notice: Message | None = None

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was found."""
        return self._notice

    @property
    def path(self) -> Path:
        """The file, whether or not it is there. Raises: FileError where its folder cannot be had."""
        if self._path is None:
            self._path = self._folder() / self._schema.file_name
        return self._path

    @property
    def spool_folder(self) -> Path:
        """Where other processes leave events. Raises: FileError where its folder cannot be had."""
        return spool.spool_folder(self.path)

    def open(self) -> bool:
        """Whether this process may write the file, which is there then; opened now if it was not yet. Never raises."""
        with contextlib.suppress(FileError, ResourceError):
            self._ready()
            return True
        return False

    def write(self, job: Job[T], *, alone: bool = False) -> Future[T]:
        """Run `job(connection)` in a transaction, in the writer's thread; see `Writer.submit`. Never raises.

        The future fails with DamagedError where the file turns out to be damaged: write everything again then, into
        the new file that is begun. With OwnedElsewhereError where another process writes: spool it.
        """
        failed: Future[T] = Future()
        try:
            return self._ready().submit(job, alone=alone)
        except (FileError, ResourceError) as error:
            failed.set_exception(error)
        return failed

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of `query(connection)` on a connection that only reads, of the last state that was kept.

        Raises: FileError (also DamagedError), ResourceError; FileNotFoundError where nothing was ever kept.
        """
        path = self.path
        if not path.exists():
            raise FileNotFoundError(path)
        if self._writes:
            self.open()  # so that a damaged file is replaced first
        try:
            return self._query(path, query)
        except DamagedError:
            self._doubted = True
            if not self._writes or not self.open():
                raise
            return self._query(path, query)

    def _query(self, path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
        connection, version = None, None
        try:
            refuse_strangers(path)
            connection = connect_reading(path)
            if not self._sound_enough(connection):
                raise DamagedError(msg("the file is damaged."), file=str(path))
            version = version_of(connection)
            if version == 0:  # its writer is about to make the tables
                raise FileNotFoundError(path)
            return query(connection)
        except REFUSED as error:
            failed = explained(error, str(path))
            if failed is None and version not in {None, self._schema.version}:
                failed = FileError(msg("the file is of another version of this program."), file=str(path))
            if failed is None:
                raise  # the query's own fault
            raise failed from error
        finally:
            if connection is not None:
                connection.close()

    def take_spool(self, apply: Apply, kept: Callable[[spool.Event], None], *, kinds: Set[str]) -> int:
        """Take in what other processes left: `apply(connection, event)` in one transaction each, then `kept(event)`.

        How many were new.

        Events of a kind that is not in `kinds` stay for a newer program; what is no event, and what `apply` refuses
        by raising, is set aside. Raises: FileError, ResourceError where nothing can be written.
        """
        folder = self.spool_folder
        now_s = self._clock.unix_s()
        files = spool.waiting(folder)
        if not files:
            return 0
        there = {path.stem for path in files}
        self.write(lambda connection: spool.forget_taken(connection, there)).result()
        taken = 0
        for path in files[: spool.MAX_WAITING]:
            try:
                event = spool.read_event(path)
            except OSError:
                event = None
            if event is None:
                spool.put_aside(path)
                continue
            if event.kind not in kinds:
                continue

            def job(connection: sqlite3.Connection, event: spool.Event = event) -> bool:
                new = spool.note_taken(connection, event.id, unix_s=now_s)
                if new:
                    apply(connection, event)
                return new

            try:
                new = self.write(job).result()
            except (FileError, ResourceError):
                raise
            except Exception as error:
                _LOG.warning("An event of kind %s cannot be taken in (%s).", event.kind, type(error).__name__)
                spool.put_aside(path)
                continue
            if new:
                taken += 1
                kept(event)
            with contextlib.suppress(OSError):
                path.unlink()
        spool.sweep(folder, now_s)
        return taken

    def once(self, connection: sqlite3.Connection, name: str) -> bool:
        """Inside a transaction: whether this is the first time that it is kept under `name` (an import, say)."""
        return spool.note_taken(connection, spool.ONCE + name, unix_s=self._clock.unix_s())

    def size_bytes(self) -> int:
        """Bytes on the disk; 0 where there is nothing."""
        with contextlib.suppress(FileError):
            return size_bytes(self.path)
        return 0

    def vacuum(self) -> Future[None]:
        """Write the file anew without its free pages, and empty its log; takes a moment and room for a second copy."""

        def job(connection: sqlite3.Connection) -> None:
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)  # the copy that it makes
            try:
                connection.execute("VACUUM")
            finally:
                connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        return self.write(job, alone=True)

    def start_anew(self) -> None:
        """Remove the file, what was set aside and what a newer program wrote; the next write begins a new one.

        Raises: FileError, ResourceError where another process writes it or the system refuses.
        """
        with self._lock:
            self._shut()
            self._newer = False
            if not self._own():
                raise OwnedElsewhereError(self._schema.file_name)
            try:
                for one in side_files(self.path):
                    one.unlink(missing_ok=True)
            except OSError as error:
                why = error.strerror or type(error).__name__
                raise error_of_system(
                    error, msg("The file cannot be removed: {why}.", why=why), file=str(self.path)
                ) from error
            remove_aside(self.path)
            self._notice = None

    def close(self) -> None:
        """Write what was handed over, and let another process write; idempotent."""
        with self._lock:
            self._closed = True
            self._shut()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- with the lock held --------------------------------------------------------------------------------------------

    def _ready(self) -> Writer:
        """The writer, begun if need be. Raises: FileError, ResourceError."""
        with self._lock:
            if self._writer is not None and (self._doubted or self._writer.damaged):
                self._shut(clean=False)
                self._notice = set_aside(self.path)
            self._doubted = False
            if self._writer is None:
                if self._closed:
                    raise ClosedError
                self._writer = self._begin()
            return self._writer

    def _begin(self) -> Writer:
        if not self._writes:
            raise OwnedElsewhereError(self._schema.file_name)
        path = self.path
        refuse_strangers(path)
        if not self._own():
            raise OwnedElsewhereError(self._schema.file_name)
        if self._newer:
            raise self._is_newer()
        remove_left_over(path)
        # not its log, which grows as long as a reader holds on to an old state
        if size_bytes(path, beside=False) > 2 * self._schema.max_bytes + _ALWAYS_CHECKED_BYTES:
            _LOG.warning("%s is larger than it can be.", path.name)
            self._notice = set_aside(path)
        if not self._is_sound(path):
            self._notice = set_aside(path)
        if self._newer:
            raise self._is_newer()
        create_private(path)
        try:
            connection = connect_writing(path, self._schema)
            try:
                migrate(connection, self._schema, unix_s=self._clock.unix_s())
            except BaseException:
                connection.close()
                raise
        except REFUSED as error:
            failed = explained(error, str(path))
            if failed is None:
                raise  # a step's own fault
            raise failed from error
        return Writer(connection, path)

    def _is_sound(self, path: Path) -> bool:
        """Look at the file before anything may change it, its log not put into it either."""
        found = size_bytes(path)
        if found == 0:
            return True
        unclean = self._ownership is not None and self._ownership.ended_uncleanly
        connection = None
        try:
            connection = connect_reading(path)
            if (unclean or found <= _ALWAYS_CHECKED_BYTES) and not is_whole(connection):
                return False
            sound = self._sound_enough(connection)
            self._newer = sound and version_of(connection) > self._schema.version
            return sound
        except REFUSED as error:
            failed = explained(error, str(path))
            if failed is None or isinstance(failed, DamagedError):
                return False
            raise failed from error
        finally:
            if connection is not None:
                connection.close()

    def _sound_enough(self, connection: sqlite3.Connection) -> bool:
        try:
            return is_as_migrated(connection, self._schema)
        except sqlite3.OperationalError as error:
            if explained(error, "") is not None:
                raise
            return False  # the tables that every file has are not there

    def _is_newer(self) -> FileError:
        self._notice = msg(
            "{file} is of a newer version of this program, so it is left as it is.", file=self._schema.file_name
        )
        return FileError(msg("the file is of a newer version of this program."), file=str(self.path))

    def _own(self) -> bool:
        if self._ownership is None:
            self._ownership = Ownership(self.path.with_name(f"{self._schema.name}.lock"))
        return self._ownership.take()

    def _shut(self, *, clean: bool = True) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            clean = clean and not writer.damaged
        if self._ownership is not None:
            self._ownership.release(clean=clean)
