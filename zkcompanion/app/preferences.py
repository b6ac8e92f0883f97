"""What the user chose for good: one declaration for each preference, kept in a store.

The file is `settings.sqlite` in the config folder. Its table `choices` has a row for each choice: `topic` (`program`
for the preferences below, else what a page remembers for a topic), `name`, `value` (JSON) and a digest of the three.
Rows that this version does not know, and values that it cannot read, stay as they are until they are chosen anew, so
that going back to an older program for a day loses nothing. What earlier versions kept in `settings.json` is taken in
once.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal, get_type_hints

import msgspec

from zkcompanion.app.olddocuments import import_document
from zkcompanion.app.settings import DEFAULT_BUFFER_BYTES, KernelKind
from zkcompanion.base.documents import read_document
from zkcompanion.base.errors import FileError, ResourceError, UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.strictjson import load_json
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.errors import DamagedError
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.store import Store

SCHEMA = Schema(
    "settings",
    (
        (
            "CREATE TABLE choices (topic TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, digest BLOB NOT NULL,"
            " PRIMARY KEY (topic, name)) STRICT, WITHOUT ROWID",
        ),
    ),
    max_bytes=4 << 20,
)
#: What earlier versions wrote: an object with `version` and the preferences by name.
OLD_FILE_NAME = "settings.json"
_MAX_BYTES = 1 << 18
_MAX_VALUE_BYTES = 4096
_PROGRAM = "program"
#: What the cache may be told to hold; kernels of both families are 12 entries.
LEAST_ENTRIES, MOST_ENTRIES = 64, 65536
LEAST_BYTES, MOST_BYTES = 64 << 20, 1 << 40

#: topic, name, value as JSON, digest
_Row = tuple[str, str, str, bytes]

Theme = Literal["system", "light", "dark", "high-contrast"]
Schedule = Literal["off", "daily", "weekly", "monthly"]
#: Ports below are the system's own.
LEAST_PORT, MOST_PORT = 1024, 65535
#: Characters of a path that is kept.
MOST_PATH = 1024
#: No folder of the moment is meant, on any system; or nothing.
_WHOLE_PATH = r"^((/|\\\\|[A-Za-z]:[\\/])[^\0]*)?\Z"


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences with their defaults.

    `text_percent` scales text (80 to 200). `language` is "" for the system's, else a tag such as `en` or `zh-Hans`.
    `threads` 0 means as many as this process may use; `max_workers` 0, as many as there are logical cores.
    `buffer_bytes`: memory of large arrays that each worker keeps for its next proof, 0 for none. `keep_history`:
    whether finished proofs are remembered. `cache_entries` and `cache_bytes`: what the cache may hold. `monitoring`:
    whether samples are taken; `notify_desktop`: whether alerts are told by the desktop too. `metrics_port`: where other
    programs on this computer may ask for metrics, 0 for nowhere; `metrics_file`: where they are written, if anywhere.
    """

    theme: Theme = "system"
    text_percent: Annotated[int, msgspec.Meta(ge=80, le=200)] = 100
    language: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?\Z")] = ""
    threads: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    kernels: KernelKind = "auto"
    constant_work: bool = False
    min_workers: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 2
    max_workers: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    buffer_bytes: Annotated[int, msgspec.Meta(ge=0, le=1 << 44)] = DEFAULT_BUFFER_BYTES
    keep_history: bool = True
    cache_entries: Annotated[int, msgspec.Meta(ge=LEAST_ENTRIES, le=MOST_ENTRIES)] = 512
    cache_bytes: Annotated[int, msgspec.Meta(ge=LEAST_BYTES, le=MOST_BYTES)] = 1 << 30
    monitoring: bool = True
    notify_desktop: bool = False
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    metrics_file: Annotated[str, msgspec.Meta(max_length=MOST_PATH, pattern=_WHOLE_PATH)] = ""
    report_schedule: Schedule = "off"
    started_before: bool = False


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """Event: `before` became `after`."""

    before: Preferences
    after: Preferences


class PreferenceStore:
    """Reads once, writes at every change; a damaged file is set aside and `notice` says so.

    `writes`: False for a process beside the window (a command), whose changes would hold until it ends.

    Safe to call from any thread. Events come in the order of the changes, in the thread that changed; a handler may
    change preferences itself, and must not wait for another thread that does.
    """

    def __init__(self, dirs: AppDirs, bus: EventBus, *, writes: bool = True) -> None:
        self._dirs = dirs
        self._bus = bus
        self._store = Store(lambda: dirs.config, SCHEMA, writes=writes)
        self._writes = writes
        self._types = get_type_hints(Preferences, include_extras=True)
        self._changing = threading.RLock()
        self._found: Message | None = None  # what is said of what was read
        self._unsaved: Message | None = None  # why the last choice is not on the disk
        self._unread: set[str] = set()
        self._remembered: dict[tuple[str, str], str] = {}
        #: rows that the disk does not have yet, by topic and name
        self._behind: dict[tuple[str, str], _Row] = {}
        self._current = self._read()

    @property
    def current(self) -> Preferences:
        """As they are now."""
        return self._current

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file that was read, or of a choice that could not be written to it."""
        return self._unsaved or self._store.notice or self._found

    @property
    def unsaved(self) -> Message | None:
        """Why the last choice is not on the disk; None where it is."""
        return self._unsaved

    def change(self, **changes: object) -> Preferences:
        """Set some of them, on disk too, before this returns. Raises: UsageError for a value that is none.

        Where the disk refuses, the choice holds until the program ends, and `notice` says so.
        """
        known = {name: self._checked(name, value) for name, value in changes.items()}
        with self._changing:
            before = self._current
            after = replace(before, **known)  # type: ignore[arg-type]
            if after == before:
                return before
            self._current = after
            self._unread -= known.keys()
            self._write(_row(_PROGRAM, name, value) for name, value in known.items())
            self._bus.publish(PreferencesChanged(before, after))
            return self._current

    def remember(self, topic: str, name: str, value: object) -> None:
        """Keep a small value (anything JSON) for a topic of a page, as `change` does; None forgets it.

        Raises: UsageError for a value that is too large or no JSON.
        """
        try:
            row = _row(f"topic:{topic}", name, value)
        except (TypeError, ValueError):
            raise UsageError(msg("This value cannot be remembered.")) from None
        if len(row[2]) > _MAX_VALUE_BYTES:
            raise UsageError(msg("This value cannot be remembered."))
        with self._changing:
            self._remembered[row[:2]] = row[2]
            self._write([row])

    def recall(self, topic: str, name: str) -> object:
        """What was remembered last for this topic, None where nothing was."""
        with self._changing:
            value = self._remembered.get((f"topic:{topic}", name))
        return None if value is None else json.loads(value)

    def close(self) -> None:
        """Let another process write; choices hold until the program ends. Idempotent."""
        self._store.close()

    def _checked(self, name: str, value: object) -> object:
        if name not in self._types:
            raise UsageError(msg("There is no setting named {name}.", name=ascii(name)[1:-1]))
        try:
            return msgspec.convert(value, self._types[name])
        except (msgspec.ValidationError, UnicodeError):  # a byte that is no text
            raise UsageError(msg("This value does not fit the setting {name}.", name=name)) from None

    # -- the file ------------------------------------------------------------------------------------------------------

    def _read(self) -> Preferences:
        values: dict[str, object] = {}
        try:
            values = self._read_old()
            values |= self._read_rows()
        except (FileError, ResourceError) as error:
            self._found = _not_kept(error)
        known: dict[str, object] = {}
        for one in fields(Preferences):
            if one.name in values:
                try:
                    known[one.name] = self._checked(one.name, values[one.name])
                except UsageError:
                    self._unread.add(one.name)
        if self._unread:
            self._found = msg(
                "Some settings in {file} could not be read, so their defaults are used: {names}.",
                file=SCHEMA.file_name,
                names=", ".join(sorted(self._unread)),
            )
        return Preferences(**known)  # type: ignore[arg-type]

    def _read_old(self) -> dict[str, object]:
        """What an earlier version left, where it is not in the store (yet)."""
        path = self._dirs.config / OLD_FILE_NAME
        if not self._writes:
            return (
                {}
                if self._store.path.exists() or not path.exists()
                else dict(read_document(path, max_bytes=_MAX_BYTES).data)
            )
        try:
            found = import_document(self._store, path, _import, max_bytes=_MAX_BYTES)
        except (FileError, ResourceError) as error:
            # it stays as it is and is taken in at a better time
            found = read_document(path, max_bytes=_MAX_BYTES)
            self._found = _not_kept(error)
        if found is None:
            return {}
        self._found = found.notice or self._found
        return dict(found.data)

    def _read_rows(self) -> dict[str, object]:
        try:
            rows = self._store.read(
                lambda connection: connection.execute(
                    "SELECT topic, name, value, digest FROM choices LIMIT 10000"
                ).fetchall()
            )
        except FileNotFoundError:
            return {}
        values: dict[str, object] = {}
        for topic, name, value, digest in rows:
            sound = row_digest(topic, name, value) == digest
            if topic != _PROGRAM:
                if sound and _plain(value) is not _UNREADABLE:  # a digest is no seal
                    self._remembered[topic, name] = value
            elif sound:
                values[name] = _plain(value)
            else:
                # a name that is damaged itself tells nothing
                self._unread |= {name} & self._types.keys()
        return values

    def _write(self, rows: Iterable[_Row]) -> None:
        """With the lock held; tells by `notice` what did not work."""
        self._behind |= {row[:2]: row for row in rows}
        try:
            try:
                self._put(self._behind.values())
            except DamagedError:
                # a new file is begun; it holds all that is known
                self._put([*self._all().values(), *self._behind.values()])
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
        else:
            self._behind.clear()
            self._unsaved = None

    def _put(self, rows: Iterable[_Row]) -> None:
        taken = list(rows)
        self._store.write(lambda connection: _put(connection, taken)).result()

    def _all(self) -> dict[tuple[str, str], _Row]:
        known = {
            one.name: getattr(self._current, one.name) for one in fields(Preferences) if one.name not in self._unread
        }
        rows = [_row(_PROGRAM, name, value) for name, value in known.items()]
        rows += [_row(topic, name, json.loads(value)) for (topic, name), value in self._remembered.items()]
        return {row[:2]: row for row in rows}


def _row(topic: str, name: str, value: object) -> _Row:
    """Raises: ValueError, TypeError for what is no JSON or no text."""
    text = json.dumps(value, allow_nan=False)
    f"{topic}{name}".encode()
    return topic, name, text, row_digest(topic, name, text)


def _plain(value: str) -> object:
    try:
        return load_json(value.encode(), file=SCHEMA.file_name, max_bytes=_MAX_BYTES)
    except (FileError, ValueError):
        return _UNREADABLE


#: Fits no preference.
_UNREADABLE = object()


def _put(connection: sqlite3.Connection, rows: Iterable[_Row]) -> None:
    connection.executemany("INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)", rows)


def _import(connection: sqlite3.Connection, data: Mapping[str, object]) -> None:
    for name, value in data.items():
        if name != "version":
            with contextlib.suppress(ValueError):  # a name that is no text is none of ours
                # what was chosen since counts
                connection.execute("INSERT OR IGNORE INTO choices VALUES (?, ?, ?, ?)", _row(_PROGRAM, name, value))


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("Your settings hold until the program ends, but cannot be saved: {why}", why=error.message)
