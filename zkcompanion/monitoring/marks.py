"""What happened, on the time axis: the machine slept, the clock was set, the program began, an alert, ..."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain
from zkcompanion.base.strictjson import load_json
from zkcompanion.monitoring.runs import clock_set_s, slept_s
from zkcompanion.monitoring.samples import Sample
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.retention import keep_newest

MarkKind = Literal["alert", "sleep", "clock", "start", "worker"]
MarkSeverity = Literal["info", "warning", "critical"]

#: Marks in the file; the oldest go first.
MOST_MARKS = 10_000
#: Marks that are given at once.
MOST_GIVEN = 2_000
#: A clock that is set by less is only kept right.
LEAST_SET_S = 2.0
_MOST_BODY_BYTES = 1 << 16
_LAST_S = 253402300800.0  # year 9999


@dataclass(frozen=True, slots=True)
class Mark:
    """`begin` and `end` are the same for a moment. `text` is shown, so it has no secret."""

    kind: MarkKind
    begin_unix_s: float
    end_unix_s: float
    text: Message
    severity: MarkSeverity = "info"


def put_mark(connection: sqlite3.Connection, mark: Mark) -> None:
    """Keep it. Raises: ValueError for one that could not be read again."""
    plain = {
        "kind": mark.kind,
        "end": mark.end_unix_s,
        "severity": mark.severity,
        "text": message_to_plain(mark.text),
    }
    body = json.dumps(plain)
    begin_s = float(mark.begin_unix_s)
    if len(body) > _MOST_BODY_BYTES or _read(begin_s, body) is None:
        raise ValueError("no mark")
    connection.execute(
        "INSERT INTO marks (begin, body, digest) VALUES (?, ?, ?)", (begin_s, body, row_digest(begin_s, body))
    )
    keep_newest(connection, "marks", "id", MOST_MARKS)


def marks_between(
    connection: sqlite3.Connection, begin_s: float, end_s: float, damaged: Callable[[], object]
) -> list[Mark]:
    """Those of a stretch of time, the newest MOST_GIVEN, oldest first; `damaged` is called for each that is."""
    rows = connection.execute("SELECT begin, body, digest FROM marks WHERE begin < ? ORDER BY begin DESC", (end_s,))
    found: list[Mark] = []
    for begin, body, digest in rows:
        sound = isinstance(begin, float) and isinstance(body, str) and row_digest(begin, body) == digest
        mark = _read(begin, body) if sound else None
        if mark is None:
            damaged()
        elif mark.end_unix_s >= begin_s:
            found.append(mark)
        if len(found) == MOST_GIVEN:
            break
    return found[::-1]


def mark_of_gap(before: Sample, after: Sample) -> Mark | None:
    """What lies between two samples that follow each other: sleep, a clock that was set, or nothing to tell.

    Where the system does not tell that it slept, a date that leaps forward is taken for sleep, as `runs.slept_s` does.
    """
    asleep_s = slept_s(before, after)
    if asleep_s:
        begin_s = max(0.0, after.unix_s - asleep_s)
        return Mark("sleep", begin_s, after.unix_s, msg("The computer slept, or this program stood still."))
    if clock_set_s(before, after) >= LEAST_SET_S:
        return Mark("clock", after.unix_s, after.unix_s, msg("The computer's clock was set."))
    return None


def _read(begin_s: float, body: str) -> Mark | None:
    try:
        plain = load_json(body.encode(), file="monitor.sqlite", max_bytes=_MOST_BODY_BYTES)
    except (FileError, ValueError, RecursionError):
        return None
    if not isinstance(plain, dict):
        return None
    kind, end_s, severity = plain.get("kind"), plain.get("end"), plain.get("severity")
    text = message_from_plain(plain.get("text"))
    if not isinstance(end_s, int | float) or not 0 <= begin_s <= end_s <= _LAST_S or text is None:
        return None
    try:
        kind, severity = msgspec.convert(kind, MarkKind), msgspec.convert(severity, MarkSeverity)
    except msgspec.ValidationError:
        return None
    return Mark(kind, begin_s, float(end_s), text, severity)
