"""Runs as rows of `runs.sqlite`, and as the JSON in them and in the spool.

A row holds `body` (the fields of a `RunRecord` but its phases) and `phases`, both JSON, and a digest of all. Table
`total` has what is kept, so that the oldest runs make room without counting.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec

from zkcompanion.base.messages import Message
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain
from zkcompanion.monitoring.runs import PhaseSpan, ProofEvent, RunOutcome, RunRecord, Verdict
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.database import MAX_VALUE_BYTES
from zkcompanion.storage.schema import Schema

SCHEMA = Schema(
    "runs",
    (
        (
            "CREATE TABLE runs (id INTEGER PRIMARY KEY, from_unix_s REAL NOT NULL, to_unix_s REAL NOT NULL,"
            " events INTEGER NOT NULL, body TEXT NOT NULL, phases TEXT NOT NULL, digest BLOB NOT NULL) STRICT",
            "CREATE INDEX runs_by_end ON runs (to_unix_s)",
            "CREATE TABLE total (next_id INTEGER NOT NULL, runs INTEGER NOT NULL, events INTEGER NOT NULL,"
            " bytes INTEGER NOT NULL) STRICT",
            "INSERT INTO total VALUES (1, 0, 0, 0)",
        ),
    ),
)
#: An event in the spool: a run of a command.
RUN = "runs.run"
#: What is kept at the most; the oldest runs go first.
MOST_RUNS, MOST_EVENTS, MOST_BYTES = 20_000, 200_000, 40 << 20
#: Proofs of one run that are kept; of more only the last.
MOST_PROOFS = 100_000
#: The counts in `total` are made anew at every so manyth run; nothing tells a changed bit in them.
_COUNTED_ANEW = 1000
#: A number of a run is no greater.
_MOST_NUMBER = 1 << 53
#: Runs that one question gets at the most.
MOST_FOUND = 5000

_Unix = Annotated[float, msgspec.Meta(ge=0, lt=253402300800)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
_Text = Annotated[str, msgspec.Meta(max_length=4096)]


class _Body(msgspec.Struct):
    title: dict[str, object]
    fingerprint: _Text
    source: Literal["window", "command"]
    worker: _Text
    submitted_unix_s: _Unix
    begin_unix_s: _Unix
    end_unix_s: _Unix
    outcome: RunOutcome
    kernels: _Text
    threads: _Count
    deaths: _Count
    battery: bool
    asleep_s: _Seconds
    error_code: _Text | None
    proofs: Annotated[
        list[tuple[_Unix, _Seconds | None, Verdict, _Count, _Seconds | None]], msgspec.Meta(max_length=MOST_PROOFS)
    ]


_Phases = Annotated[list[tuple[_Text, _Unix, _Unix, _Text]], msgspec.Meta(max_length=4096)]
_BODIES = msgspec.json.Decoder(_Body)
_PHASES = msgspec.json.Decoder(_Phases)


class _Spooled(msgspec.Struct):
    body: _Body
    phases: _Phases


def to_plain(record: RunRecord) -> dict[str, object]:
    """For the spool: an object of `body` and `phases`; the id is given when it is taken in."""
    return {"body": msgspec.to_builtins(_body(record)), "phases": _spans(record)}


def from_plain(plain: Mapping[str, object]) -> RunRecord | None:
    """What `to_plain` gave, with id 0; None for anything else."""
    try:
        spooled = msgspec.convert(dict(plain), _Spooled)
    except msgspec.ValidationError:
        return None
    return _record(0, spooled.body, spooled.phases)


def rounded(record: RunRecord) -> RunRecord | None:
    """As it comes back from the store: to the tenth of a millisecond; None for what no store would take."""
    return from_plain(to_plain(record))


def insert(connection: sqlite3.Connection, record: RunRecord) -> int:
    """Add a run and let the oldest make room for it; its number."""
    number: int = connection.execute(
        "SELECT coalesce(max(id), 0) + 1 FROM runs WHERE id BETWEEN 1 AND ?", (_MOST_NUMBER,)
    ).fetchone()[0]
    body, phases = msgspec.json.encode(_body(record)).decode(), msgspec.json.encode(_spans(record)).decode()
    row = (number, record.submitted_unix_s, record.end_unix_s, len(record.proofs), body, phases)
    connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, row_digest(*row)))
    _count(connection, 1, len(record.proofs), len(body) + len(phases))
    if number % _COUNTED_ANEW == 0 or not _plausible(connection):
        _count_anew(connection)
    while True:
        runs, events, size_bytes = connection.execute("SELECT runs, events, bytes FROM total").fetchone()
        if runs <= 1 or (runs <= MOST_RUNS and events <= MOST_EVENTS and size_bytes <= MOST_BYTES):
            return number
        oldest = connection.execute(
            "DELETE FROM runs WHERE id = (SELECT min(id) FROM runs) RETURNING events, length(body) + length(phases)"
        ).fetchone()
        _count(connection, -1, -oldest[0], -oldest[1])


def overlapping(connection: sqlite3.Connection, begin_unix_s: float, end_unix_s: float) -> Iterator[RunRecord | None]:
    """Runs that were there between two dates, the last 5000 of them, newest first; None for one that is damaged."""
    for row in connection.execute(
        f"{_SELECT} WHERE to_unix_s >= ? AND from_unix_s <= ? ORDER BY id DESC LIMIT {MOST_FOUND}",
        (begin_unix_s, end_unix_s),
    ):
        yield from_row(*row)


def all_runs(connection: sqlite3.Connection) -> Iterator[RunRecord | None]:
    """Every run, oldest first, without its phases; None for one that is damaged."""
    for row in connection.execute(f"{_SELECT} ORDER BY id"):
        yield from_row(*row, with_phases=False)


_SELECT = "SELECT id, from_unix_s, to_unix_s, events, body, phases, digest FROM runs"


def from_row(
    number: int,
    from_unix_s: float,
    to_unix_s: float,
    events: int,
    body: str,
    phases: str,
    digest: bytes,
    *,
    with_phases: bool = True,
) -> RunRecord | None:
    """The run of a row; None where it is damaged."""
    if row_digest(number, from_unix_s, to_unix_s, events, body, phases) != digest:
        return None
    try:
        return _record(number, _BODIES.decode(body), _PHASES.decode(phases) if with_phases else [])
    except (msgspec.DecodeError, RecursionError, TypeError):  # no text at all is a TypeError
        return None


def _plausible(connection: sqlite3.Connection) -> bool:
    """Whether the counts may be right; one changed bit in them would let all runs go, or none."""
    bounds = (MOST_RUNS + 1, MOST_EVENTS + MOST_PROOFS, MOST_BYTES + MAX_VALUE_BYTES * 2)
    counts = connection.execute("SELECT runs, events, bytes FROM total").fetchall()
    return len(counts) == 1 and all(
        isinstance(one, int) and least <= one <= most
        for one, least, most in zip(counts[0], (1, 0, 1), bounds, strict=True)
    )


def _count_anew(connection: sqlite3.Connection) -> None:
    counts = "count(*), coalesce(sum(events), 0), coalesce(sum(length(body) + length(phases)), 0)"
    connection.execute("DELETE FROM total")
    connection.execute(f"INSERT INTO total SELECT coalesce(max(id), 0) + 1, {counts} FROM runs")


def _count(connection: sqlite3.Connection, runs: int, events: int, size_bytes: int) -> None:
    connection.execute(
        "UPDATE total SET runs = runs + ?, events = events + ?, bytes = bytes + ?", (runs, events, size_bytes)
    )


def _body(record: RunRecord) -> _Body:
    return _Body(
        title=message_to_plain(record.title),
        fingerprint=record.fingerprint,
        source=record.source,
        worker=record.worker,
        submitted_unix_s=_date(record.submitted_unix_s),
        begin_unix_s=_date(record.begin_unix_s),
        end_unix_s=_date(record.end_unix_s),
        outcome=record.outcome,
        kernels=record.kernels,
        threads=record.threads,
        deaths=record.deaths,
        battery=record.battery,
        asleep_s=_date(record.asleep_s),
        error_code=record.error_code,
        proofs=[
            (_date(one.end_unix_s), _brief(one.seconds), one.verdict, one.lost, _brief(one.usual_s))
            for one in record.proofs[-MOST_PROOFS:]
        ],
    )


def _spans(record: RunRecord) -> list[tuple[str, float, float, str]]:
    return [(one.phase, _date(one.begin_unix_s), _date(one.end_unix_s), one.worker) for one in record.phases]


def _record(number: int, body: _Body, phases: _Phases) -> RunRecord | None:
    title: Message | None = message_from_plain(body.title)
    if title is None:
        return None
    return RunRecord(
        id=number,
        title=title,
        fingerprint=body.fingerprint,
        source=body.source,
        worker=body.worker,
        submitted_unix_s=body.submitted_unix_s,
        begin_unix_s=body.begin_unix_s,
        end_unix_s=body.end_unix_s,
        outcome=body.outcome,
        kernels=body.kernels,
        threads=body.threads,
        deaths=body.deaths,
        battery=body.battery,
        asleep_s=body.asleep_s,
        error_code=body.error_code,
        proofs=tuple(ProofEvent(*one) for one in body.proofs),
        phases=tuple(PhaseSpan(*one) for one in phases),
    )


def _date(unix_s: float) -> float:
    return round(unix_s, 4)


def _brief(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.6g}")
