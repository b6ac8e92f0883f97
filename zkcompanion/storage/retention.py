"""Keeping a table small: what a module calls inside its own transactions."""

from __future__ import annotations

import re
import sqlite3

_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")


def keep_newest(connection: sqlite3.Connection, table: str, order: str, most: int) -> int:
    """Delete all rows but the `most` with the greatest `order` (an indexed column); how many went."""
    table, order = _word(table), _word(order)
    sql = (
        f"DELETE FROM {table} WHERE rowid IN"
        f" (SELECT rowid FROM {table} ORDER BY {order} DESC, rowid DESC LIMIT -1 OFFSET ?)"
    )
    return connection.execute(sql, (most,)).rowcount


def keep_since(connection: sqlite3.Connection, table: str, order: str, oldest: float, *, most: int = 10_000) -> int:
    """Delete rows whose `order` is below `oldest`, at most `most` at once so that nothing waits long; how many went."""
    table, order = _word(table), _word(order)
    sql = f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {order} < ? ORDER BY {order} LIMIT ?)"
    return connection.execute(sql, (oldest, most)).rowcount


def give_back(connection: sqlite3.Connection, pages: int = 256) -> None:
    """Give so many free pages back to the system; cheap, unlike `Store.vacuum`."""
    connection.execute(f"PRAGMA incremental_vacuum({pages:d})").fetchall()


def _word(word: str) -> str:
    if not _WORD.match(word):
        raise ValueError(f"not a name of a table or column: {word!r}")
    return word
