"""Small files in which Linux tells of the computer (`/proc`, `/sys`): read up to a bound, and never waited for."""

from __future__ import annotations

from pathlib import Path

from zkcompanion.base.regularfile import open_regular

MOST_BYTES = 1 << 16


def lines(path: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """At least one, which may be "". Raises: OSError."""
    with open_regular(path, follow_links=True) as stream:
        return stream.read(most_bytes).decode("utf-8", "replace").splitlines() or [""]


def lines_or_none(path: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """Nothing where the file cannot be read."""
    try:
        return lines(path, most_bytes)
    except OSError:
        return []


def text(path: Path) -> str:
    """The first line, "" where there is none."""
    return next(iter(lines_or_none(path)), "").strip()


def number(path: Path) -> float:
    """The first line. Raises: OSError, ValueError."""
    return float(lines(path)[0])


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
