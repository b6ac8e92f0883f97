"""Bringing a file to the newest version: forward, one transaction for each step, each written down.

Every file has two tables of this layer: `schema_history` (which step was applied when, by which program) and
`spool_taken` (what was taken in from the spool). The version also stands in the header (`user_version`); the two must
agree.
"""

from __future__ import annotations

import contextlib
import sqlite3
from functools import lru_cache

import zkcompanion
from zkcompanion.storage.database import APPLICATION_ID, harden
from zkcompanion.storage.schema import Migration, Schema

_OURS = (
    "CREATE TABLE schema_history (version INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL,"
    " unix_s REAL NOT NULL) STRICT",
    "CREATE TABLE spool_taken (id TEXT PRIMARY KEY, unix_s REAL NOT NULL) STRICT, WITHOUT ROWID",
)
#: Tables of SQLite's own, which come and go by themselves. Whole rows, because anybody may write such a name.
_OF_SQLITE = {
    ("table", name, name, f"CREATE TABLE {name}({columns})")
    for name, columns in (
        ("sqlite_sequence", "name,seq"),
        ("sqlite_stat1", "tbl,idx,stat"),
        ("sqlite_stat4", "tbl,idx,neq,nlt,ndlt,sample"),
    )
}
#: A version beyond it is damage: one changed bit of the header makes a thousand million of one.
_MOST_VERSIONS = 10_000


def version_of(connection: sqlite3.Connection) -> int:
    """The version in the header; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, schema: Schema, *, unix_s: float) -> int:
    """Apply what is missing; the version that the file had. Raises: what a step raises; the file is then as before it.

    A file that is newer is left as it is.
    """
    before = version_of(connection)
    for version in range(before + 1, schema.version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version == 1:
                _run(connection, _OURS)
            _run(connection, schema.migrations[version - 1])
            connection.execute(
                "INSERT INTO schema_history VALUES (?, ?, ?, ?)",
                (version, schema.name, zkcompanion.__version__, unix_s),
            )
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # some errors end the transaction by themselves
                connection.execute("ROLLBACK")
            raise
    return before


def is_as_migrated(connection: sqlite3.Connection, schema: Schema) -> bool:
    """Whether header, history and tables are those that our migrations make; an empty file counts too.

    Of a newer file only what every version has is looked at, and that it holds nothing that runs by itself.
    """
    version = version_of(connection)
    found = _tables(connection)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if version == 0:
        return found == () and application == 0
    if application != APPLICATION_ID or not 0 < version <= _MOST_VERSIONS:
        return False
    if version <= schema.version:
        if found != _expected(schema, version):
            return False
    elif any(kind in {"trigger", "view"} or "VIRTUAL" in (sql or "").upper() for kind, _, _, sql in found):
        return False
    sql = "SELECT version, name FROM schema_history ORDER BY version LIMIT ?"
    written = connection.execute(sql, (version + 1,)).fetchall()
    return written == [(number, schema.name) for number in range(1, version + 1)]


@lru_cache(maxsize=64)
def _expected(schema: Schema, version: int) -> tuple[tuple[str, str, str, str | None], ...]:
    """The tables of a file of this version: the migrations applied to an empty one."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        harden(connection)
        part = Schema(schema.name, schema.migrations[:version], schema.max_bytes, schema.durable)
        migrate(connection, part, unix_s=0.0)
        return _tables(connection)
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> tuple[tuple[str, str, str, str | None], ...]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name")
    return tuple(row for row in rows if row not in _OF_SQLITE)


def _run(connection: sqlite3.Connection, migration: Migration) -> None:
    if callable(migration):
        migration(connection)
        return
    for statement in migration:
        connection.execute(statement)
