"""What a module says of its tables: a name, numbered migrations, and how large the file may become."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}\Z")

#: SQL statements, or a function that runs them and moves rows. It sees tables as the migration before left them, runs
#: inside a transaction and must not end it; it uses no code that may change later (its own constants, no imports).
Migration = tuple[str, ...] | Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Schema:
    """One concern, in one file `{name}.sqlite`.

    Arguments:
        migrations: number n (from 1) brings a file of version n - 1 to version n. One that was released is never
            changed again; a new one is added behind it.
        max_bytes: what the file may grow to; a write that would go beyond fails as on a full disk. A file that is
            larger when it is opened is not ours and is set aside.
        durable: whether a change is on the disk when it is acknowledged. Without it (samples of a time series) the
            last seconds may be lost in a power cut, never in a crash of the program; writing is far cheaper.
    """

    name: str
    migrations: tuple[Migration, ...]
    max_bytes: int = 64 << 20
    durable: bool = True

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"not a name of a file: {self.name!r}")

    @property
    def version(self) -> int:
        """Of a file that all migrations were applied to."""
        return len(self.migrations)

    @property
    def file_name(self) -> str:
        """Of the file, in the folder that the module chooses."""
        return f"{self.name}.sqlite"
