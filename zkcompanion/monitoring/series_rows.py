"""The tables of `monitor.sqlite`, and what is done to them inside one transaction each.

    series  number and name of each series; `flushed`: the last `Pending` of which it has blocks
    tail    samples in no block yet, of all series together, some seconds in each row
    blocks  one series, one tier, one stretch of time (`blocks`, `tiers`)
    tiers   before when a tier has made room
    marks   what happened (`marks`)

A row that is damaged is left out and counted.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zkcompanion.monitoring.blocks import (
    MOST_SERIES,
    NO_HOURS,
    NO_MINUTES,
    Hours,
    Minutes,
    Samples,
    decode_hours,
    decode_minutes,
    decode_samples,
    encode_hours,
    encode_minutes,
    encode_samples,
)
from zkcompanion.monitoring.pending import Pending
from zkcompanion.monitoring.tiers import (
    BLOCK_S,
    KEPT_S,
    Part,
    Steps,
    Tier,
    block_begin,
    hours_of,
    joined_hours,
    joined_minutes,
    joined_samples,
    minutes_of,
    unknown_samples,
)
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.retention import give_back
from zkcompanion.storage.schema import Schema

SCHEMA = Schema(
    "monitor",
    (
        (
            "CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, flushed INTEGER NOT NULL) STRICT",
            "CREATE TABLE tail (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, begin INTEGER NOT NULL,"
            " body BLOB NOT NULL, digest BLOB NOT NULL) STRICT",
            "CREATE TABLE blocks (id INTEGER PRIMARY KEY, tier INTEGER NOT NULL, series INTEGER NOT NULL,"
            " begin INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL, UNIQUE (tier, series, begin)) STRICT",
            "CREATE INDEX blocks_by_age ON blocks (tier, begin)",
            "CREATE TABLE tiers (tier INTEGER PRIMARY KEY, kept_from INTEGER NOT NULL) STRICT",
            "INSERT INTO tiers VALUES (0, 0), (1, 0), (2, 0)",
            "CREATE TABLE marks (id INTEGER PRIMARY KEY, begin REAL NOT NULL, body TEXT NOT NULL,"
            " digest BLOB NOT NULL) STRICT",
            "CREATE INDEX marks_by_age ON marks (begin)",
        ),
    ),
    max_bytes=256 << 20,
    durable=False,
)
#: A name of a series is no longer.
MOST_NAME = 200
#: The number of a series in a block of its own: the row says which it is.
_ALONE = 0
#: A number of a series or a stretch is below it: one more each quarter of an hour.
_MOST_NUMBER = 1 << 40
#: Blocks begin before it: year 9999.
_LAST_S = 253402300800
#: Rows that are read at once: a block of samples has at most ninety of them while it is filled.
_MOST_TAIL_ROWS = 1000
#: Samples of all these rows: two hours of nearly three hundred series.
_MOST_TAIL_SAMPLES = 1 << 21
#: Rows that go at once, so that nothing waits for it.
_TRIMMED_ROWS = 100
#: Beyond this share of what the file may have, it is made smaller: minutes first, because most of it is minutes and the
#: hours still say what they said; of each tier so much stays.
_FULL = 0.875
_LEAST_S = ((Tier.MINUTE, 2 * 86400), (Tier.HOUR, 60 * 86400), (Tier.RAW, 3600))

T = TypeVar("T")


@dataclass(slots=True)
class Faults:
    """What could not be kept or read since the program began."""

    damaged: int = 0
    doubled: int = 0
    lost: int = 0

    def add_damaged(self) -> None:
        """One more row that cannot be read."""
        self.damaged += 1


@dataclass(frozen=True, slots=True)
class Known:
    """A series in the file."""

    id: int
    name: str
    flushed: int


# -- reading


def known_series(connection: sqlite3.Connection) -> dict[str, Known]:
    """By name."""
    rows = connection.execute(
        "SELECT id, name, flushed FROM series WHERE id > 0 AND id < ? AND typeof(name) = 'text' AND length(name) <= ?"
        " ORDER BY id LIMIT ?",
        (_MOST_NUMBER, MOST_NAME, MOST_SERIES),
    )
    return {
        name: Known(id_, name, flushed if isinstance(flushed, int) and 0 <= flushed < _MOST_NUMBER else -1)
        for id_, name, flushed in rows
    }


def kept_from(connection: sqlite3.Connection) -> dict[Tier, int]:
    """Before when each tier has made room."""
    found = dict(connection.execute("SELECT tier, kept_from FROM tiers WHERE tier IN (0, 1, 2)").fetchall())
    return {tier: date if isinstance(date := found.get(int(tier)), int) and 0 <= date < _LAST_S else 0 for tier in Tier}


def tail(connection: sqlite3.Connection, faults: Faults) -> list[Pending]:
    """What is in no block yet, oldest first."""
    found: dict[int, Pending] = {}
    flushed = {one.id: one.flushed for one in known_series(connection).values()}
    left = _MOST_TAIL_SAMPLES
    rows = connection.execute("SELECT number, begin, body, digest FROM tail ORDER BY id LIMIT ?", (_MOST_TAIL_ROWS,))
    for number, begin_s, body, digest in rows:
        if not isinstance(number, int) or not 0 <= number < _MOST_NUMBER:
            faults.add_damaged()
            continue
        part = _checked(faults, Tier.RAW, decode_samples, digest, number, begin_s=begin_s, body=body)
        if part is None:
            continue
        left -= sum(len(one.times) for one in part.values())
        if left < 0:
            faults.add_damaged()
            break
        pending = found.setdefault(number, Pending(number, begin_s))
        if pending.begin_s == begin_s:
            pending.take_back({id_: one for id_, one in part.items() if flushed.get(id_, number) < number})
    return [found[number] for number in sorted(found)]


def fill(steps: Steps, connection: sqlite3.Connection, series: int, parts: Iterable[Part], faults: Faults) -> None:
    """Add what the file has of a series."""
    for tier, begin_s, end_s in parts:
        first = block_begin(tier, begin_s)
        rows = connection.execute(
            "SELECT begin, body, digest FROM blocks WHERE tier = ? AND series = ? AND begin >= ? AND begin < ?"
            " ORDER BY begin",
            (tier, series, first, end_s),
        )
        for block_s, body, digest in rows:
            if tier is Tier.RAW:
                samples = _samples(faults, series, block_s, body, digest)
                if samples is not None:
                    steps.add_samples(samples, begin_s, end_s)
            elif tier is Tier.MINUTE:
                steps.add_minutes(_minutes(faults, series, block_s, body, digest), begin_s, end_s)
            else:
                steps.add_hours(_hours(faults, series, block_s, body, digest), begin_s, end_s)


def span(connection: sqlite3.Connection) -> tuple[int, int]:
    """From when until when anything is kept; twice 0 for nothing."""
    found = []
    sql = "SELECT MIN(begin), MAX(begin) FROM {} begin >= 0 AND begin < ?"
    for tier, length in BLOCK_S.items():
        rows = connection.execute(sql.format("blocks WHERE tier = ? AND"), (tier, _LAST_S)).fetchall()
        found += [(int(first), int(last) + length) for first, last in rows if first is not None]
    rows = connection.execute(sql.format("tail WHERE"), (_LAST_S,)).fetchall()
    found += [(int(first), int(last) + BLOCK_S[Tier.RAW]) for first, last in rows if first is not None]
    return min((first for first, _ in found), default=0), max((last for _, last in found), default=0)


def raw_block(connection: sqlite3.Connection, series: int, begin_s: int, faults: Faults) -> Samples:
    """The samples of the block that begins then; none where there is none, or a damaged one."""
    found = _block(connection, Tier.RAW, series, begin_s)
    return (found and _samples(faults, series, begin_s, *found)) or Samples([], [])


def _block(connection: sqlite3.Connection, tier: Tier, series: int, begin_s: int) -> tuple[bytes, bytes] | None:
    row: tuple[bytes, bytes] | None = connection.execute(
        "SELECT body, digest FROM blocks WHERE tier = ? AND series = ? AND begin = ?", (tier, series, begin_s)
    ).fetchone()
    return row


def _samples(faults: Faults, series: int, begin_s: int, body: bytes, digest: bytes) -> Samples | None:
    found = _checked(faults, Tier.RAW, decode_samples, digest, int(Tier.RAW), series, begin_s=begin_s, body=body)
    return found.get(_ALONE) if found is not None else None


def _minutes(faults: Faults, series: int, begin_s: int, body: bytes, digest: bytes) -> Minutes:
    place = int(Tier.MINUTE), series
    return _checked(faults, Tier.MINUTE, decode_minutes, digest, *place, begin_s=begin_s, body=body) or NO_MINUTES


def _hours(faults: Faults, series: int, begin_s: int, body: bytes, digest: bytes) -> Hours:
    place = int(Tier.HOUR), series
    return _checked(faults, Tier.HOUR, decode_hours, digest, *place, begin_s=begin_s, body=body) or NO_HOURS


def _checked(
    faults: Faults,
    tier: Tier,
    decode: Callable[[int, bytes], T],
    digest: bytes,
    *place: int,
    begin_s: object,
    body: object,
) -> T | None:
    if (
        isinstance(begin_s, int)
        and isinstance(body, bytes)
        and 0 <= begin_s < _LAST_S
        and begin_s % BLOCK_S[tier] == 0
        and row_digest(*place, begin_s, body) == digest
    ):
        with contextlib.suppress(ValueError):
            return decode(begin_s, body)
    faults.add_damaged()
    return None


# -- writing


def put_series(connection: sqlite3.Connection, names: Iterable[tuple[int, str]]) -> None:
    """See that the file knows them; again each time, because a damaged file is replaced by an empty one."""
    connection.executemany("INSERT OR IGNORE INTO series VALUES (?, ?, -1)", names)


def put_tail(connection: sqlite3.Connection, number: int, begin_s: int, part: dict[int, Samples]) -> None:
    """Keep samples until they are in a block."""
    body = encode_samples(begin_s, part)
    connection.execute(
        "INSERT INTO tail (number, begin, body, digest) VALUES (?, ?, ?, ?)",
        (number, begin_s, body, row_digest(number, begin_s, body)),
    )


def put_blocks(
    connection: sqlite3.Connection, series: int, number: int, begin_s: int, samples: Samples, faults: Faults
) -> None:
    """Put samples of a `Pending` into blocks of all three tiers, with what is in them already."""
    before = raw_block(connection, series, begin_s, faults)
    new = unknown_samples(samples, before) if before.times else samples
    faults.doubled += len(samples.times) - len(new.times)
    if new.times:
        both = joined_samples(before, new) if before.times else new
        _put_block(connection, Tier.RAW, series, begin_s, encode_samples(begin_s, {_ALONE: both}))
        minutes_s = block_begin(Tier.MINUTE, begin_s)
        found = _block(connection, Tier.MINUTE, series, minutes_s)
        minutes = joined_minutes(_minutes(faults, series, minutes_s, *found) if found else NO_MINUTES, minutes_of(new))
        _put_block(connection, Tier.MINUTE, series, minutes_s, encode_minutes(minutes_s, minutes))
        hours_s = block_begin(Tier.HOUR, begin_s)
        found = _block(connection, Tier.HOUR, series, hours_s)
        hours = joined_hours(_hours(faults, series, hours_s, *found) if found else NO_HOURS, hours_of(new))
        _put_block(connection, Tier.HOUR, series, hours_s, encode_hours(hours_s, hours))
    connection.execute("UPDATE series SET flushed = ? WHERE id = ?", (number, series))


def _put_block(connection: sqlite3.Connection, tier: Tier, series: int, begin_s: int, body: bytes) -> None:
    digest = row_digest(int(tier), series, begin_s, body)
    connection.execute(
        "INSERT INTO blocks (tier, series, begin, body, digest) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (tier, series, begin) DO UPDATE SET body = excluded.body, digest = excluded.digest",
        (tier, series, begin_s, body, digest),
    )


def drop_tail(connection: sqlite3.Connection, number: int) -> None:
    """What is in blocks need not wait any more."""
    connection.execute("DELETE FROM tail WHERE number <= ?", (number,))


def drop_unused(connection: sqlite3.Connection, used: Sequence[int]) -> None:
    """Forget series that have nothing left; not those in `used`."""
    ids = connection.execute(
        "SELECT id FROM series WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE tier = ? AND series = series.id)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE tier = ? AND series = series.id) LIMIT ?",
        (Tier.HOUR, Tier.MINUTE, MOST_SERIES),
    ).fetchall()
    connection.executemany("DELETE FROM series WHERE id = ?", [one for one in ids if one[0] not in used])


# -- making room


def trim(connection: sqlite3.Connection, now_s: float, *, by_date: bool, most_bytes: int) -> bool:
    """Let a little go of what is too old, or of the oldest where the file is nearly full; whether there is more.

    `by_date`: False where the date has not been what it is for long enough to be believed.
    """
    found = kept_from(connection)
    if by_date:
        for tier, kept in KEPT_S.items():
            date = block_begin(tier, now_s - kept)
            # a date in the future is of a clock that was wrong
            _move(connection, found, tier, date if found[tier] > now_s else max(found[tier], date))
    if _used_bytes(connection) > _FULL * most_bytes:
        for tier, least in _LEAST_S:
            oldest = connection.execute("SELECT MIN(begin) FROM blocks WHERE tier = ?", (tier,)).fetchone()[0]
            if oldest is not None and oldest + BLOCK_S[tier] <= now_s - least:
                _move(connection, found, tier, max(found[tier], oldest + BLOCK_S[tier]))
                break
    gone = 0
    for tier, first in found.items():
        if gone < _TRIMMED_ROWS and first <= now_s:
            gone += connection.execute(
                "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE tier = ? AND begin < ?"
                " ORDER BY begin LIMIT ?)",
                (tier, first, _TRIMMED_ROWS - gone),
            ).rowcount
    if gone:
        give_back(connection)
    return gone == _TRIMMED_ROWS


def _move(connection: sqlite3.Connection, found: dict[Tier, int], tier: Tier, date: int) -> None:
    if found[tier] != date:
        found[tier] = date
        connection.execute("INSERT OR REPLACE INTO tiers VALUES (?, ?)", (tier, date))


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
