"""Is a file sound, and what becomes of one that is not."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path

from zkcompanion.base import documents
from zkcompanion.base.messages import Message
from zkcompanion.storage.database import SIDE_SUFFIXES

_DIGEST_BYTES = 8


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether every page is what it should be, as SQLite's `quick_check` sees it; reads the whole file.

    Raises: sqlite3.Error where the file is too damaged to look at.
    """
    return [row[0] for row in connection.execute("PRAGMA quick_check(1)")] == ["ok"]


def row_digest(*values: str | float | bytes | None) -> bytes:
    """Eight bytes by which a row is known again: a changed bit inside a value is not seen by SQLite.

    Against damage, not against an enemy. `values`: the row's own, in the order of its columns; int and float differ.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES, person=b"zkc.row")
    for value in values:
        content = value if isinstance(value, bytes) else repr(value).encode()
        digest.update(f"{type(value).__name__}:{len(content)}:".encode() + content)
    return digest.digest()


def set_aside(path: Path) -> Message:
    """As `documents.set_aside`, with what SQLite put beside the file. No connection may be open."""
    # the log first: a file without its log is older but sound, a log without its file is nothing
    return documents.set_aside(path, beside=SIDE_SUFFIXES)


def remove_aside(path: Path) -> None:
    """Forget all damaged forms of `path`, as far as the system lets us."""
    for aside in documents.aside_files(path):
        for suffix in ("", *SIDE_SUFFIXES):
            with contextlib.suppress(OSError):
                aside.with_name(aside.name + suffix).unlink()
