"""Small files in which Linux tells of the computer (`/proc`, `/sys`): read up to a bound, and never waited for.

By descriptor, with as few calls as can be: a large machine has thousands of such files, and each call lets go of the
interpreter, which a busy thread then keeps for some milliseconds.
"""

from __future__ import annotations

import os
from pathlib import Path

MOST_BYTES = 1 << 16
#: Of a file of which the first line counts; the kernel gives no more than a page at once.
_PAGE = 1 << 12
# a pipe in its place is opened without waiting, and has nothing in it
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def lines(path: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """At least one, which may be "". Raises: OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        parts = []
        while most_bytes > 0:
            part = os.read(descriptor, most_bytes)
            if not part:
                break
            parts.append(part)
            most_bytes -= len(part)
    finally:
        os.close(descriptor)
    return b"".join(parts).decode("utf-8", "replace").splitlines() or [""]


def first_line(path: Path) -> str:
    """Of the first page. Raises: OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        part = os.read(descriptor, _PAGE)
    finally:
        os.close(descriptor)
    return next(iter(part.decode("utf-8", "replace").splitlines()), "")


def lines_or_none(path: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """Nothing where the file cannot be read."""
    try:
        return lines(path, most_bytes)
    except OSError:
        return []


def text(path: Path) -> str:
    """The first line, "" where there is none."""
    try:
        return first_line(path).strip()
    except OSError:
        return ""


def number(path: Path) -> float:
    """The first line. Raises: OSError, ValueError."""
    return float(first_line(path))


def whole(path: Path) -> int | None:
    """The first line where it is a plain number of at most 19 digits, else None."""
    return whole_of(text(path))


def whole_of(word: str) -> int | None:
    """The same of a word."""
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 19 else None


def fields(found: list[str], separator: str = ":") -> dict[str, str]:
    """`name: value` by name, the first of each; lines without the separator are left out."""
    values: dict[str, str] = {}
    for line in found:
        name, there, value = line.partition(separator)
        if there:
            values.setdefault(name.strip(), value.strip())
    return values


def numbers_of(ranges: str) -> frozenset[int]:
    """Of a list as in `cpulist`: `0-3,8`; empty where it is no such list, or names more than a machine has."""
    found: set[int] = set()
    for part in ranges.split(",") if ranges else ():
        first_word, _, last_word = part.strip().partition("-")
        first, last = whole_of(first_word), whole_of(last_word or first_word)
        if first is None or last is None or last < first or last > _MOST_NUMBERS:
            return frozenset()
        found.update(range(first, last + 1))
    return frozenset(found)


#: Linux knows no more processors than 8192.
_MOST_NUMBERS = 1 << 13
