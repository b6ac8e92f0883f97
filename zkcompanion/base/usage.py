"""How a cache was used, counted by all processes together: hits, misses, evictions, damage, bytes and time saved.

One text file of short lines beside the entries, `name event count bytes microseconds check`; lines are added under a
lock and now and then summed up. A line that a killed process left unfinished fails its check and does not count. The
lock file's time is the latest use: uses get times that only grow, so that a clock that is set back mixes up nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.clock import Clock
from zkcompanion.base.filelock import locked
from zkcompanion.base.regularfile import open_regular

Event = Literal["hit", "miss", "kept", "evicted", "damaged"]

LOCK_FILE, USAGE_FILE = ".lock", ".usage"
#: Lines are summed up beyond this, some thousand of them.
_MOST_BYTES = 1 << 17
_STEP_NS = 1000
_LINE = re.compile(rb"([a-z0-9._?-]{1,64}) ([a-z-]{1,40}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18})")


@dataclass(slots=True)
class Usage:
    """Of the entries of one name: events, bytes read by hits and written, seconds that hits saved."""

    hits: int = 0
    misses: int = 0
    kept: int = 0
    evicted: int = 0
    damaged: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    saved_s: float = 0.0


@dataclass(slots=True)
class _Sum:
    count: int = 0
    size_bytes: int = 0
    saved_us: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """The lock of a folder, or (`descriptor` None) what stands in its place when it was not to be had."""

    descriptor: int | None
    _folder: Path = field(repr=False)
    _clock: Clock = field(repr=False)

    def next_use_ns(self) -> int:
        """A time after that of every use before, in nanoseconds since 1970."""
        now_ns = int(self._clock.unix_s() * 1e9)
        if self.descriptor is None:
            return now_ns
        now_ns = max(now_ns, os.fstat(self.descriptor).st_mtime_ns + _STEP_NS)
        os.utime(self._folder / LOCK_FILE, ns=(now_ns, now_ns))
        return now_ns


class UsageLog:
    """The counts of one folder, which must be there when something is noted."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @contextlib.contextmanager
    def lock(self) -> Iterator[Held]:
        """Keep other processes from noting and sweeping. Raises: OSError."""
        with locked(self._folder / LOCK_FILE) as descriptor:
            yield Held(descriptor, self._folder, self._clock)

    def note(self, held: Held, name: str, event: Event, *, size_bytes: int = 0, saved_s: float = 0.0) -> None:
        """Count an event; nothing where the disk or the lock is not to be had."""
        if held.descriptor is None:
            return
        path = self._folder / USAGE_FILE
        with contextlib.suppress(OSError):
            descriptor = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                # begun on a line of its own, because a killed writer may have left half a line
                os.write(descriptor, b"\n" + _line(name, event, _Sum(1, size_bytes, round(saved_s * 1e6))))
                size = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
            if size > _MOST_BYTES:
                write_atomic(path, b"".join(_line(*key, total) for key, total in self._sums().items()))

    def totals(self) -> Mapping[str, Usage]:
        """The counts by name of entry."""
        totals: defaultdict[str, Usage] = defaultdict(Usage)
        for (name, event), total in self._sums().items():
            usage = totals[name]
            match event:
                case "hit":
                    usage.hits, usage.read_bytes = total.count, total.size_bytes
                    usage.saved_s = total.saved_us / 1e6
                case "miss":
                    usage.misses = total.count
                case "kept":
                    usage.kept, usage.written_bytes = total.count, total.size_bytes
                case "evicted":
                    usage.evicted = total.count
                case "damaged":
                    usage.damaged = total.count
        return dict(totals)

    def clear(self) -> None:
        """Begin to count anew."""
        with contextlib.suppress(OSError):
            (self._folder / USAGE_FILE).unlink()

    def _sums(self) -> dict[tuple[str, Event], _Sum]:
        sums: defaultdict[tuple[str, Event], _Sum] = defaultdict(_Sum)
        for name, event, found in self._lines():
            total = sums[name, event]
            total.count += found.count
            total.size_bytes += found.size_bytes
            total.saved_us += found.saved_us
        return dict(sums)

    def _lines(self) -> Iterator[tuple[str, Event, _Sum]]:
        try:
            content = read_beginning(self._folder / USAGE_FILE, 8 * _MOST_BYTES)
        except OSError:
            return
        yield from _parsed(content)


class UsageTail:
    """Counts of events as others write them, for one who asks often: only what was added is read again."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / USAGE_FILE
        self._seen: tuple[int, int] = (0, 0)
        self._counts: Counter[str] = Counter()

    def counts(self) -> Mapping[str, int]:
        """How often each event happened, by its name, since counting began; it may go back when that begins anew."""
        try:
            with open_regular(self._path) as stream:
                status = os.fstat(stream.fileno())
                inode, size = self._seen
                if (status.st_ino, status.st_size) == self._seen:
                    return dict(self._counts)
                if status.st_ino != inode or status.st_size < size:
                    # summed up, or begun anew
                    self._counts.clear()
                    size = 0
                stream.seek(size)
                # what is written is whole lines, each begun with a line feed
                content = stream.read(8 * _MOST_BYTES)
        except OSError:
            self._seen = (0, 0)
            self._counts.clear()
            return {}
        self._seen = (status.st_ino, size + len(content))
        for _name, event, found in _parsed(content):
            self._counts[event] += found.count
        return dict(self._counts)


def _parsed(content: bytes) -> Iterator[tuple[str, Event, _Sum]]:
    for line in content.split(b"\n"):
        body, _, check = line.rpartition(b" ")
        found = _LINE.fullmatch(body)  # a check is no seal: anybody can make one
        if check != _check(body) or found is None:
            continue
        name, event, *numbers = (part.decode("ascii") for part in found.groups())
        yield name, event, _Sum(*map(int, numbers))  # type: ignore[misc]


def read_beginning(path: Path, most_bytes: int) -> bytes:
    """At most so much of a file; no link is followed and no pipe waited for. Raises: OSError."""
    with open_regular(path) as stream:
        return stream.read(most_bytes)


def _open(path: Path, flags: int) -> int:
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)


def _check(body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(body)


def _line(name: str, event: str, total: _Sum) -> bytes:
    body = f"{name} {event} {total.count} {total.size_bytes} {total.saved_us}".encode("ascii")
    return body + b" " + _check(body) + b"\n"
