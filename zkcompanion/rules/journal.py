"""Alerts that were, as rows of `alerts.sqlite` in the state folder, and what a person decided about rules.

Table `alerts` has `id`, `body` (JSON: the fields of an `Entry` but its id) and a digest of both; `decisions` has `kind`
(`edit` or `snooze`), `rule`, `body` (JSON) and a digest. The newest MOST alerts are kept.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeGuard, cast

from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.strictjson import load_json
from zkcompanion.rules.rule import SEVERITIES, Severity
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.errors import DamagedError
from zkcompanion.storage.retention import keep_newest
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.store import Store

SCHEMA = Schema(
    "alerts",
    (
        (
            "CREATE TABLE alerts (id INTEGER PRIMARY KEY, body TEXT NOT NULL, digest BLOB NOT NULL) STRICT",
            "CREATE TABLE decisions (kind TEXT NOT NULL, rule TEXT NOT NULL, body TEXT NOT NULL, digest BLOB NOT NULL,"
            " PRIMARY KEY (kind, rule)) STRICT, WITHOUT ROWID",
        ),
    ),
    max_bytes=8 << 20,
)
#: Alerts that are kept; the oldest go first.
MOST = 2000
_MOST_DECISIONS = 1000
_MAX_BODY_BYTES = 1 << 14
_MOST_ID = 1 << 40
_LAST_S = 253402300800.0  # year 9999
_LAST_DATE_S = 253086768000.0  # year 9990: in every time zone there is such a date
_MOST_TEXT = 300

#: (kind, rule) and what was decided.
Decision = Mapping[str, object]
Job = Callable[[sqlite3.Connection], object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert. `seen_unix_s`: when it was last seen to last; `seconds`: how long it was seen to.

    `end_unix_s` None: not over, as far as is known. `unseen`: it ended while nobody looked, some time after
    `seen_unix_s`. `snoozed_until_unix_s`: not shown until then; `inf` is until it ends. `dismissed`: a person wants to
    see no more of it, however long it lasts.
    """

    id: int
    rule: str
    series: str
    severity: Severity
    unit: str
    threshold: float
    begin_unix_s: float
    seen_unix_s: float
    worst: float
    seconds: float
    end_unix_s: float | None = None
    unseen: bool = False
    acknowledged: bool = False
    snoozed_until_unix_s: float | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a file held."""

    entries: tuple[Entry, ...] = ()
    edits: Mapping[str, Decision] | None = None
    snoozes: Mapping[str, float] | None = None


class Journal:
    """Keeps what it is given, in the order of the calls; nothing here raises for the disk or waits for it.

    What cannot be written is said by `notice` and tried again, all of it, at the next change: `everything` gives that.
    """

    def __init__(self, folder: Callable[[], Path], everything: Callable[[], Found], *, writes: bool = True) -> None:
        self.store = Store(folder, SCHEMA, writes=writes)
        self._everything = everything
        self._lock = threading.Lock()
        self._behind = False
        self._unsaved: Message | None = None

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file."""
        return self._unsaved or self.store.notice

    def read(self) -> Found:
        """What is there; damaged rows are left out. Reads the disk."""
        try:
            rows, decisions = self.store.read(_select)
        except FileNotFoundError:
            return Found()
        except (FileError, ResourceError) as error:
            self._unsaved = _not_kept(error)
            return Found()
        entries = (_entry(*row) for row in rows)
        edits: dict[str, Decision] = {}
        snoozes: dict[str, float] = {}
        for kind, rule, body, digest in decisions:
            plain = _plain(body) if row_digest(kind, rule, body) == digest else None
            if plain is None:
                continue
            until = plain.get("until")
            if kind == "edit":
                edits[rule] = plain
            elif kind == "snooze" and _is_time(until):
                snoozes[rule] = until
        return Found(tuple(one for one in entries if one is not None), edits, snoozes)

    def put(self, entry: Entry) -> None:
        """Keep an alert, in the place of what was kept of it."""

        def job(connection: sqlite3.Connection) -> None:
            _put(connection, entry)
            keep_newest(connection, "alerts", "id", MOST)

        self._write(job)

    def decide(self, kind: str, rule: str, decision: Decision | None) -> None:
        """Keep what a person decided about a rule; None forgets it."""
        self._write(lambda connection: _decide(connection, kind, rule, decision))

    def close(self) -> None:
        """Write what was handed over; idempotent."""
        self.store.close()

    def _write(self, job: Job) -> None:
        with self._lock:
            behind, self._behind = self._behind, False
        self.store.write(self._rewrite if behind else job).add_done_callback(self._written)

    def _written(self, future: Future[object]) -> None:
        """In the writer's thread, or the caller's where it could not begin."""
        error = future.exception()
        with self._lock:
            if error is None:
                self._unsaved = None
                return
            # a new file is begun at the next change; it has to hold all that is known
            self._behind = True
            if isinstance(error, FileError | ResourceError) and not isinstance(error, DamagedError):
                self._unsaved = _not_kept(error)

    def _rewrite(self, connection: sqlite3.Connection) -> None:
        found = self._everything()
        connection.execute("DELETE FROM alerts")
        connection.execute("DELETE FROM decisions")
        for entry in found.entries:
            _put(connection, entry)
        for rule, edit in (found.edits or {}).items():
            _decide(connection, "edit", rule, edit)
        for rule, until in (found.snoozes or {}).items():
            _decide(connection, "snooze", rule, {"until": until})


def _select(connection: sqlite3.Connection) -> tuple[list[tuple[int, str, bytes]], list[tuple[str, str, str, bytes]]]:
    rows = connection.execute("SELECT id, body, digest FROM alerts ORDER BY id LIMIT ?", (MOST,)).fetchall()
    decisions = connection.execute(
        "SELECT kind, rule, body, digest FROM decisions LIMIT ?", (_MOST_DECISIONS,)
    ).fetchall()
    return rows, decisions


def _put(connection: sqlite3.Connection, entry: Entry) -> None:
    plain = asdict(entry)
    number = plain.pop("id")
    until = plain["snoozed_until_unix_s"]
    plain["snoozed_until_unix_s"] = _LAST_S if until == math.inf else until
    body = json.dumps(plain, allow_nan=False)
    connection.execute("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?)", (number, body, row_digest(number, body)))


def _decide(connection: sqlite3.Connection, kind: str, rule: str, decision: Decision | None) -> None:
    if decision is None:
        connection.execute("DELETE FROM decisions WHERE kind = ? AND rule = ?", (kind, rule))
        return
    body = json.dumps(dict(decision), allow_nan=False)
    connection.execute(
        "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?)", (kind, rule, body, row_digest(kind, rule, body))
    )


def _entry(number: int, body: str, digest: bytes) -> Entry | None:
    """The alert of a row; None where it is damaged or none of ours."""
    plain = _plain(body) if row_digest(number, body) == digest and 1 <= number <= _MOST_ID else None
    if plain is None:
        return None
    plain = {"dismissed": False} | plain  # versions before this one could not
    if plain.keys() != {one.name for one in fields(Entry)} - {"id"}:
        return None
    texts = [plain[name] for name in ("rule", "series", "unit")]
    numbers = [plain[name] for name in ("threshold", "worst")]
    times = [plain[name] for name in ("begin_unix_s", "seen_unix_s", "seconds")]
    maybe = [plain[name] for name in ("end_unix_s", "snoozed_until_unix_s") if plain[name] is not None]
    dates = [plain[name] for name in ("begin_unix_s", "seen_unix_s", "end_unix_s") if plain[name] is not None]
    flags = [plain[name] for name in ("unseen", "acknowledged", "dismissed")]
    sound = (
        all(isinstance(text, str) and len(text) <= _MOST_TEXT for text in texts)
        and all(_is_number(number) for number in numbers)
        and all(_is_time(time) for time in (*times, *maybe))
        and all(cast("float", date) < _LAST_DATE_S for date in dates)
        and all(isinstance(flag, bool) for flag in flags)
        and plain["severity"] in SEVERITIES
    )
    if not sound:
        return None
    until = plain["snoozed_until_unix_s"]
    return Entry(
        id=number, **cast("dict[str, Any]", plain) | {"snoozed_until_unix_s": math.inf if until == _LAST_S else until}
    )


def _plain(body: str) -> dict[str, object] | None:
    try:
        plain = load_json(body.encode(), file=SCHEMA.file_name, max_bytes=_MAX_BODY_BYTES)
    except (FileError, ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e19


def _is_time(value: object) -> TypeGuard[float]:
    return _is_number(value) and 0 <= value <= _LAST_S


def _not_kept(error: FileError | ResourceError) -> Message:
    return msg("Alerts cannot be saved: {why}", why=error.message)


def newest(entries: Iterable[Entry], most: int = MOST) -> tuple[Entry, ...]:
    """The last ones by id, oldest first."""
    return tuple(sorted(entries, key=lambda entry: entry.id)[-most:])
