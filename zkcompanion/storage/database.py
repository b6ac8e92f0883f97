"""Opening a SQLite file as this program does: private, bounded, durable, and trusting nothing that stands in it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.storage.schema import Schema

#: "ZKCo": says in the file's header whose it is.
APPLICATION_ID = 0x5A4B436F
#: What SQLite puts beside a file.
_JOURNAL = "-journal"
SIDE_SUFFIXES = ("-wal", "-shm", _JOURNAL)
#: No row of ours comes near it.
MAX_VALUE_BYTES = 8 << 20
#: Two connections wait this long for each other (a checkpoint for a reader).
_PATIENCE_S = 5.0
#: The write-ahead log is cut to this length when it begins anew.
_CACHE_KIB = 256
_LOG_BYTES = 4 << 20


def side_files(path: Path) -> list[Path]:
    """The file and what SQLite puts beside it."""
    return [path, *(path.with_name(path.name + suffix) for suffix in SIDE_SUFFIXES)]


def size_bytes(path: Path, *, beside: bool = True) -> int:
    """Bytes on the disk of the file and what is beside it (or without that); 0 where there is none."""
    total = 0
    for one in side_files(path) if beside else [path]:
        with contextlib.suppress(OSError):
            total += one.lstat().st_size
    return total


def refuse_strangers(path: Path) -> None:
    """See that the file and what is beside it are regular files of ours with one name, and private; or not there.

    Looks by name only: closing a descriptor of a SQLite file would drop the locks of this process on it.
    Raises: FileError.
    """
    for one in side_files(path):
        try:
            found = one.lstat()
            if not stat.S_ISREG(found.st_mode):
                raise FileError(msg("this is a link or a device, not a file."), file=str(one))
            if sys.platform != "win32":
                if found.st_uid != os.geteuid():
                    raise FileError(msg("this file belongs to another user."), file=str(one))
                if found.st_nlink != 1:
                    raise FileError(msg("this file has another name too."), file=str(one))
                if stat.S_IMODE(found.st_mode) & 0o077:
                    one.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _refused(error, one) from error


def remove_left_over(path: Path) -> None:
    """Remove what lies beside a file and is nothing: all where the file is gone, else a rollback journal.

    The one transaction that has such a journal is the making of an empty file. Killed in it, a program leaves the
    journal, and nobody who only reads may look at the file any more. Raises: FileError.
    """
    try:
        for suffix in (_JOURNAL,) if path.exists() else SIDE_SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise _refused(error, path) from error


def create_private(path: Path) -> None:
    """Make an empty file that only we may read, if there is none. Raises: FileError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise _refused(error, path) from error


def connect_writing(path: Path, schema: Schema) -> sqlite3.Connection:
    """The one connection that may write; no transaction begins by itself. Raises: sqlite3.Error.

    May be used by any thread, by one at a time.
    """

    def settle(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect in an empty file only
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if schema.durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is not in free pages
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer does it when nobody waits
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {max(16, schema.max_bytes // page_bytes)}")

    return _connect(path, "rw", settle)


def connect_reading(path: Path) -> sqlite3.Connection:
    """A connection that only reads. Raises: sqlite3.Error, also where there is no file."""
    return _connect(path, "ro", lambda connection: connection.execute("PRAGMA query_only = ON"))


def _connect(path: Path, mode: str, settle: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        harden(connection)
        settle(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def harden(connection: sqlite3.Connection) -> None:
    """Settings for a file that somebody may have planted: no functions from its schema, no attached files, bounds."""
    connection.text_factory = _text  # a changed bit is for the row's digest to find
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    if sys.version_info >= (3, 12):  # pragma: no cover - Python 3.11 cannot set them
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA, False)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")  # a damaged disk is an error then, not a signal
    connection.execute("PRAGMA temp_store = MEMORY")
    # two connections a store and a store a concern: what the system caches anyway need not be held again by each
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _refused(error: OSError, path: Path) -> FileError:
    why = error.strerror or type(error).__name__
    return FileError(msg("The file cannot be used: {why}.", why=why), file=str(path))
