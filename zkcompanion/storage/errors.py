"""What SQLite refuses, in the errors of this program."""

from __future__ import annotations

import sqlite3

from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.messages import Message, msg

_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_REASONS: dict[int, Message] = {
    sqlite3.SQLITE_FULL: msg("there is no room for it"),
    sqlite3.SQLITE_NOMEM: msg("memory ran out"),
    sqlite3.SQLITE_BUSY: msg("another process uses it"),
    sqlite3.SQLITE_LOCKED: msg("another process uses it"),
    sqlite3.SQLITE_IOERR: msg("the disk or the system refused"),
    sqlite3.SQLITE_READONLY: msg("it may only be read"),
    sqlite3.SQLITE_CANTOPEN: msg("it cannot be opened"),
    sqlite3.SQLITE_PERM: msg("it may not be opened"),
}
_SHORT_OF = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

#: What SQLite raises: where memory ran out, no error of its own.
REFUSED = (sqlite3.Error, MemoryError)

StorageError = FileError | ResourceError


class DamagedError(FileError):
    """The file is no sound database of ours. It is set aside when the store is used the next time."""

    code = "damaged-store"


class OwnedElsewhereError(ResourceError):
    """Another process writes this file; what is to be kept goes into the spool."""

    code = "store-in-use"

    def __init__(self, file: str) -> None:
        super().__init__(msg("{file} is written by another process of this program.", file=file))


class ClosedError(ResourceError):
    """The store was closed; the program ends."""

    code = "store-closed"

    def __init__(self) -> None:
        super().__init__(msg("This store is closed."))


def is_damage(error: Exception) -> bool:
    """Whether the file itself is at fault."""
    return _code(error) in _DAMAGED


def explained(error: Exception, file: str) -> StorageError | None:
    """The error for the user of one of `REFUSED`; None for a fault of the statement, and so of ours."""
    code = _code(error)
    if code in _DAMAGED:
        return DamagedError(msg("the file is damaged."), file=file)
    why = _REASONS.get(code)
    if why is None:
        return None
    if code in _SHORT_OF:
        return ResourceError(msg("{file} cannot be written: {why}.", file=file, why=why))
    return FileError(msg("The file cannot be written: {why}.", why=why), file=file)


def _code(error: Exception) -> int:
    if isinstance(error, MemoryError):
        return sqlite3.SQLITE_NOMEM
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
