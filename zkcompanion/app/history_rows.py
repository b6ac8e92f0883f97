"""A finished run, as an object, as a row of the history and as the JSON in both."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Annotated, Literal, get_type_hints

import msgspec

from zkcompanion.base.errors import BugError, FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain
from zkcompanion.base.redaction import redact
from zkcompanion.base.strictjson import load_json
from zkcompanion.storage import spool
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.schema import Schema

SCHEMA = Schema(
    "history",
    (
        (
            "CREATE TABLE runs (id INTEGER PRIMARY KEY, body TEXT NOT NULL, digest BLOB NOT NULL) STRICT",
            "CREATE TABLE counter (next_id INTEGER NOT NULL) STRICT",
            "INSERT INTO counter VALUES (1)",
        ),
    ),
)
#: An event in the spool: a run of a command.
RUN = "history.run"
#: Some thousand bytes for each record that may be kept; the readers' own limits are above it.
MAX_BYTES = 16 << 20

Outcome = Literal["verified", "failed", "cancelled"]
#: Year 9999: what is later no calendar shows.
UnixSeconds = Annotated[float, msgspec.Meta(ge=0, lt=253402300800)]
Seconds = Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
#: Far more than a life of proofs, and far below what a number in JSON may be.
MOST_IDS = 1 << 40


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """One finished run. `seconds` and `phases` are the medians of its proofs, None and empty where none was made.

    `source` is an example's id or the path of the circuit's key or constraints, to run it again (the inputs are asked
    for then). `error_code` is a code of `base/errors`. `predicted_s` and `predicted_bytes`: what was said beforehand of
    one proof and of the process; `model_s`: what the model that is called `model` said, without any correction.
    `run_anyway`: it was predicted not to fit (it needs `predicted_bytes`, and `room_bytes` could be had), and a person
    had it tried; with `outcome` and `peak_rss_bytes` that says whether the prediction was right.
    """

    id: Count
    unix_s: UnixSeconds
    circuit: str
    title: Message
    source: str
    fingerprint: str
    outcome: Outcome
    proofs: Count
    seconds: Seconds | None = None
    phases: tuple[tuple[str, Seconds], ...] = ()
    constraints: Count | None = None
    kernels: str = ""
    threads: Count = 0
    key: str = ""
    peak_rss_bytes: Count = 0
    error_code: str | None = None
    predicted_s: Seconds | None = None
    model_s: Seconds | None = None
    model: str = ""
    predicted_bytes: Count = 0
    room_bytes: Count = 0
    run_anyway: bool = False


#: The type of each field but the title, whose parameters are of any.
_TYPES = {name: kind for name, kind in get_type_hints(ProofRecord, include_extras=True).items() if name != "title"}


def leave_run(dirs: AppDirs, record: ProofRecord) -> None:
    """From a command: have the next window, or the one that is open, keep a run. Raises: FileError, ResourceError."""
    plain = to_plain(clean(replace(record, id=1)))
    plain.pop("id")
    spool.spool_event(spool.spool_folder(dirs.state / SCHEMA.file_name), RUN, plain)


def insert(connection: sqlite3.Connection, record: ProofRecord) -> None:
    """Put a record into the table, in the place of one with its id."""
    plain = to_plain(record)
    number = plain.pop("id")
    body = json.dumps(plain, allow_nan=False, ensure_ascii=True)
    digest = row_digest(record.id, body)
    connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (number, body, digest))


def select(connection: sqlite3.Connection) -> tuple[list[tuple[int, str, bytes]], int]:
    """All rows, newest first, and the next id."""
    rows = connection.execute("SELECT id, body, digest FROM runs ORDER BY id DESC LIMIT 100000").fetchall()
    counter = connection.execute("SELECT next_id FROM counter").fetchone()
    sound = counter is not None and 1 <= counter[0] <= MOST_IDS
    return rows, counter[0] if sound else 1


def from_row(number: int, body: str, digest: bytes) -> ProofRecord | None:
    """The record of a row; None where it is damaged."""
    if row_digest(number, body) != digest or not 1 <= number <= MOST_IDS:
        return None
    try:
        plain = load_json(body.encode(), file=SCHEMA.file_name, max_bytes=MAX_BYTES)
    except (FileError, ValueError, RecursionError):
        return None
    return from_plain(plain | {"id": number}) if isinstance(plain, dict) else None


def to_plain(record: ProofRecord) -> dict[str, object]:
    """Its fields, fit for JSON."""
    plain: dict[str, object] = {name: getattr(record, name) for name in _TYPES}
    return plain | {"title": message_to_plain(record.title)}


def from_plain(plain: object) -> ProofRecord | None:
    """The record, or None where it is none."""
    title = message_from_plain(plain.get("title")) if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or title is None:
        return None
    try:
        values = {name: msgspec.convert(plain[name], kind) for name, kind in _TYPES.items() if name in plain}
        return ProofRecord(title=title, **values)
    except (msgspec.ValidationError, TypeError):  # TypeError: a field without a default is missing
        return None


def clean(record: ProofRecord) -> ProofRecord:
    """As it goes to the file: texts that are Unicode, and no long number in a title, where nobody looks for one.

    Raises: BugError for a record whose fields are not what they are declared as.
    """
    plain = {name: _unicode(value) if isinstance(value, str) else value for name, value in to_plain(record).items()}
    cleaned = from_plain(plain | {"title": redacted(plain["title"])})
    if cleaned is None:
        raise BugError(msg("A finished run cannot be written down as it is."))
    return cleaned


def redacted(value: object) -> object:
    """A title as plain values, without long numbers, and with texts that are Unicode."""
    if isinstance(value, dict):
        return {name: redacted(inner) for name, inner in value.items()}
    text = str(value)
    clean = _unicode(redact(text))
    return value if clean == text else clean


def _unicode(text: str) -> str:
    """A file's name may hold bytes that are no text; they are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
