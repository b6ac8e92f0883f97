"""The history as a command reads it, while a window may be open: never written."""

from __future__ import annotations

import contextlib

from zkcompanion.app.history_rows import SCHEMA, ProofRecord, from_row, select
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.paths import AppDirs
from zkcompanion.storage.store import Store


def records_in(store: Store) -> tuple[ProofRecord, ...]:
    """Newest first; none where there is no file yet. Raises: FileError, ResourceError where the disk refuses."""
    with contextlib.suppress(FileNotFoundError):
        rows, _ = store.read(select)
        return tuple(record for record in (from_row(*row) for row in rows) if record is not None)
    return ()


def kept_records(dirs: AppDirs, clock: Clock) -> tuple[ProofRecord, ...]:
    """What windows kept, newest first; none where it cannot be read."""
    store = Store(lambda: dirs.state, SCHEMA, writes=False, clock=clock)
    try:
        return records_in(store)
    except (FileError, ResourceError):
        return ()
    finally:
        store.close()
