"""How a process that may not write a store tells it something: one small file for each event, taken in exactly once.

A file `{id}.json` in the folder `{name}.spool` is a JSON object: `version` 1, `id` (32 hex digits, the file's name),
`kind` (what it is), `body` (an object, for whoever takes it in). It appears whole or not at all. The writer applies it
and notes its id in one transaction, then removes the file: killed in between it finds the id again and only removes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.base.atomicfile import remove_stale_temporaries, write_atomic
from zkcompanion.base.errors import FileError, ResourceError, error_of_system
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import make_private_folder
from zkcompanion.base.regularfile import NotRegularError, open_regular
from zkcompanion.base.strictjson import load_json

_LOG = get_logger(__name__)

VERSION = 1
MAX_EVENT_BYTES = 64 << 10
#: Events that wait; beyond it new ones are refused, so that a program in a loop does not fill the disk.
MAX_WAITING = 1000
#: What begins the name of something that is done once for good, which is no event's id.
ONCE = "once:"
_MAX_ASIDE = 9
_FILE = re.compile(r"([0-9a-f]{32})\.json\Z")
_KIND = re.compile(r"[a-z][a-z0-9.-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Event:
    """What one file says."""

    id: str
    kind: str
    body: Mapping[str, object]


def spool_folder(store: Path) -> Path:
    """Where events for the store in this file wait."""
    return store.with_name(f"{store.stem}.spool")


def spool_event(folder: Path, kind: str, body: Mapping[str, object]) -> str:
    """Leave an event for the next writer; its id. On the disk when this returns; never a secret.

    Raises: ResourceError where too much waits, the event is too large or the disk is full; FileError for another
    refusal of the system.
    """
    if not _KIND.match(kind):
        raise ValueError(f"not a kind of event: {kind!r}")
    number = secrets.token_hex(16)
    content = json.dumps({"version": VERSION, "id": number, "kind": kind, "body": body}, allow_nan=False).encode()
    if len(content) > MAX_EVENT_BYTES:
        raise ResourceError(msg("This is too much for one entry of {folder}.", folder=folder.name))
    make_private_folder(folder)
    if len(waiting(folder)) >= MAX_WAITING:
        raise ResourceError(
            msg("Too many entries wait in {folder}.", folder=folder.name),
            hint=msg("Open the window once, and they are taken in."),
        )
    try:
        write_atomic(folder / f"{number}.json", content)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise error_of_system(error, msg("The file cannot be written: {why}.", why=why), file=folder.name) from error
    return number


def waiting(folder: Path) -> list[Path]:
    """Files of events, oldest first; empty where there is no folder."""
    found: list[tuple[int, str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _FILE.match(entry.name):
                with contextlib.suppress(OSError):
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    return [folder / name for _, name in sorted(found)]


def read_event(path: Path) -> Event | None:
    """The event in a file; None where it is none of ours. Raises: OSError where it cannot be read."""
    try:
        stream = open_regular(path)
    except NotRegularError:
        return None
    with stream:
        content = stream.read(MAX_EVENT_BYTES + 1)
    try:
        data = load_json(content, file=path.name, max_bytes=MAX_EVENT_BYTES)
    except (FileError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.keys() != {"version", "id", "kind", "body"}:
        return None
    number, kind, body = data["id"], data["kind"], data["body"]
    if data["version"] != VERSION or number != path.stem or not isinstance(body, dict):
        return None
    return Event(number, kind, body) if isinstance(kind, str) and _KIND.match(kind) else None


def note_taken(connection: sqlite3.Connection, number: str, *, unix_s: float) -> bool:
    """Inside the transaction that applies an event: whether it is new, and from now on it is not."""
    rows = connection.execute("INSERT OR IGNORE INTO spool_taken VALUES (?, ?)", (number, unix_s)).rowcount
    return rows == 1


def forget_taken(connection: sqlite3.Connection, still_there: set[str]) -> None:
    """Ids whose files are gone need not be known any more."""
    known = [row[0] for row in connection.execute("SELECT id FROM spool_taken WHERE id NOT LIKE ?", (f"{ONCE}%",))]
    gone = [(number,) for number in known if number not in still_there]
    connection.executemany("DELETE FROM spool_taken WHERE id = ?", gone)


def clear(folder: Path) -> None:
    """Forget all that waits and all that was put aside, as far as the system lets us."""
    for path in [*waiting(folder), *waiting(folder / "damaged")]:
        with contextlib.suppress(OSError):
            path.unlink()


def put_aside(path: Path) -> None:
    """Keep a file that is no event where nobody takes it in; of many only the last ones."""
    folder = path.parent / "damaged"
    with contextlib.suppress(OSError, FileError):
        make_private_folder(folder)
        files = (one for one in folder.iterdir() if one.is_symlink() or not one.is_dir())
        kept = sorted(files, key=lambda one: one.lstat().st_mtime_ns)
        for old in kept[: max(0, len(kept) + 1 - _MAX_ASIDE)]:
            old.unlink()
        path.replace(folder / path.name)
        return
    with contextlib.suppress(OSError):
        path.unlink()


def sweep(folder: Path, unix_s: float) -> None:
    """Remove what writers that were killed left behind an hour ago or more."""
    with contextlib.suppress(OSError):
        remove_stale_temporaries(folder, unix_s)


class SpoolWatch:
    """Calls `heard` in a thread of its own when something was put into the folder, until it is closed."""

    def __init__(self, folder: Path, heard: Callable[[], object], *, every_s: float = 2.0) -> None:
        self._folder = folder
        self._heard = heard
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; idempotent."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        # there is no portable word of a change in a folder, so its time is looked at
        while not self._end.is_set():
            if waiting(self._folder):
                try:
                    self._heard()
                except Exception as error:
                    _LOG.error("What was spooled could not be taken in (%s).", type(error).__name__)
            self._end.wait(self._every_s)
