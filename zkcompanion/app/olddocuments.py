"""The JSON files of earlier versions of this program, taken into a store once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from zkcompanion.base.documents import Document, aside_files, read_document
from zkcompanion.storage.store import Store


def import_document(
    store: Store,
    path: Path,
    put: Callable[[sqlite3.Connection, Mapping[str, object]], None],
    *,
    max_bytes: int,
) -> Document | None:
    """Have `put(connection, object)` write what the file holds, once and for all; then rename it `NAME.imported`.

    None where there is no such file, or where it was taken in before. Killed at any moment, the next start goes on: the
    import and the note of it are one transaction. Damaged: set aside, and the answer has a notice.
    Raises: FileError, ResourceError where the store cannot be written; the file is then as it was.
    """
    if not os.path.lexists(path):
        return None
    found = read_document(path, max_bytes=max_bytes)
    if found.notice is not None:
        return found

    def job(connection: sqlite3.Connection) -> bool:
        new = store.once(connection, path.name)
        if new:
            put(connection, found.data)
        return new

    new = store.write(job).result()
    kept = imported_file(path)
    if new or not kept.exists():  # not there: killed after the import
        with contextlib.suppress(OSError):
            path.replace(kept)
    return found if new else None


def imported_file(path: Path) -> Path:
    """Where the file lies after its import, for a return to the earlier version."""
    return path.with_name(f"{path.name}.imported")


def forget_document(path: Path) -> None:
    """Remove the file, its imported form and its damaged forms, as far as the system lets us."""
    for one in (path, imported_file(path), *aside_files(path)):
        with contextlib.suppress(OSError):
            one.unlink()
