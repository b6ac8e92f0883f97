"""A folder of sealed entries: what this install wrote is read back, anything else is a miss.

Compiled kernels and compiled WebAssembly are executable code, so a cache entry is only as good as the proof that we
wrote it. Every entry carries an HMAC-SHA-256 over its header, its name, its key and its data; the MAC key is 32 random
bytes, made once for each install, readable by its owner only. A process of the same user can read that key: the seal
guards against other users, damage and mixed-up files, not against one's own account.

File of an entry (64 bytes, so that data can be used in place): magic, 8 bytes | version, header size, uint32 | cost of
making the data in microseconds, size of the data, uint64 | MAC, 32 bytes | data; numbers are little-endian. The file's
name holds the hash of name and key, its time is that of its last use. A cache never stops the work: nothing here raises
for a full disk, a foreign folder or a damaged entry. Design, limits and statistics: `docs/cache.md`.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import mmap
import os
import re
import stat
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX, remove_stale_temporaries, write_atomic
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import FileError
from zkcompanion.base.filelock import try_lock
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import make_private_folder
from zkcompanion.base.regularfile import NotRegularError, open_regular
from zkcompanion.base.sealkey import load_key, ours_alone
from zkcompanion.base.usage import Held, Usage, UsageLog, read_beginning

_LOG = get_logger(__name__)

_MAGIC = b"ZKCSEAL\0"
_VERSION = 2
_HEAD = struct.Struct("<8sIIQQ")
_HEADER_BYTES = _HEAD.size + 32
_SUFFIX = ".sealed"
_LIMITS_FILE = ".limits"
_MOST_LIMITS_BYTES = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"([a-z0-9][a-z0-9._-]{0,63})-([0-9a-f]{64})\.sealed")
#: A draft this old whose writer is gone is swept away.
_ORPHAN_S = 2.0
#: In place of a name where a file cannot be an entry of this version.
_FOREIGN = "?"

#: What is read: bytes, or a read-only view of the mapped file.
Buffer = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Limits:
    """What the folder may hold; the entries longest unused go first."""

    entries: int = 512
    size_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that looks like an entry: its name of kind, its size on disk, its last use."""

    path: Path
    name: str
    size_bytes: int
    used_ns: int


@dataclass(frozen=True, slots=True)
class _Sealed:
    data: Buffer
    cost_s: float


class SealedStore:
    """Sealed entries under one folder, safe to share between processes of one user, and to be killed at any time.

    Arguments:
        folder: made 0700 at the first `put`; a folder of another user, or one that others may write, is never used.
        key_file: the install's MAC key, in the data folder; made 0600 when missing, replaced when it is not ours alone.
        max_entries, max_bytes: in place of the limits that `set_limits` left in the folder for every process.
        clock: tells what making an entry cost, and when it was used.
    """

    def __init__(
        self,
        folder: Path,
        key_file: Path,
        *,
        max_entries: int | None = None,
        max_bytes: int | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if (max_entries is not None and max_entries < 1) or (max_bytes is not None and max_bytes < 1):
            raise ValueError("a store needs room for at least one entry")
        self._folder = folder
        self._key_file = key_file
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._mac_key: bytes | None = None
        self._clock = clock
        self._usage = UsageLog(folder, clock)
        self._missed_s: dict[Path, float] = {}
        self._last_put_s = float("-inf")

    def get(self, name: str, key: bytes) -> bytes | None:
        """The data put under `name` and `key` by this install, or None.

        Arguments:
            name: kind of entry, `[a-z0-9._-]`, at most 64 characters (such as `kernels`).
            key: everything that the data depends on (source, versions, CPU), of any length.

        A damaged or foreign entry is removed and counts as missing; nothing is removed while the MAC key cannot be had.
        """
        data = self._get(name, key, mapped=False)
        return None if data is None else bytes(data)

    def get_mapped(self, name: str, key: bytes) -> memoryview | None:
        """As `get`, without a copy: the file's pages, shared by all who map it, begin at a multiple of 64 bytes.

        It stays valid when the entry is removed or replaced. For data whose reader bears any content, not for code.
        """
        data = self._get(name, key, mapped=True)
        return None if data is None else memoryview(data)

    def put(self, name: str, key: bytes, data: Buffer | list[Buffer], *, cost_s: float | None = None) -> bool:
        """Keep `data` (or its parts, one after another) under `name` and `key`, replacing any; whether it was kept.

        Not kept, with a warning in the log: no room on the disk, a folder that is not ours, data above the limit.
        `cost_s`: what making it took; None: the time since the `get` that missed it, or since the last `put`.
        """
        path = self._path(name, key)
        parts = data if isinstance(data, list) else [data]
        size_bytes = sum(memoryview(part).nbytes for part in parts)
        now_s = self._clock.monotonic_s()
        missed_s = self._missed_s.pop(path, now_s)
        cost_s = now_s - max(missed_s, self._last_put_s) if cost_s is None else cost_s
        if _HEADER_BYTES + size_bytes > self.limits().size_bytes:
            _LOG.warning("Cache entry of kind %s is larger than the whole cache may be; not kept.", name)
            return False
        try:
            make_private_folder(self._folder)
            head = _HEAD.pack(_MAGIC, _VERSION, _HEADER_BYTES, max(0, round(cost_s * 1e6)), size_bytes)
            mac = self._mac(self._load_key(), path, head, parts)

            def fill(stream: BinaryIO) -> None:
                try_lock(stream.fileno())  # while it is held, nobody takes the draft for an orphan
                for part in (head, mac, *parts):
                    stream.write(part)

            write_atomic(path, fill, durable=False)  # what a power cut leaves is seen to be damaged
            with self._usage.lock() as held:
                self._touch(path, held)
                self._usage.note(held, name, "kept", size_bytes=_HEADER_BYTES + size_bytes)
                self._trim(held, path)
        except (OSError, FileError) as error:
            _LOG.warning("Cache entry of kind %s could not be kept (%s).", name, type(error).__name__)
            return False
        finally:
            self._last_put_s = self._clock.monotonic_s()
        return True

    def remove(self, name: str, key: bytes) -> None:
        """Forget one entry (a known-answer test refused it, say); no error where there is none."""
        with contextlib.suppress(OSError):
            self._path(name, key).unlink()

    def clear(self, wanted: Callable[[str], bool] = lambda _name: True) -> tuple[int, int]:
        """Remove every entry of a `wanted` name, and orphans; how many entries went, and their bytes on disk."""
        count = size_bytes = 0
        for entry in self.entries():
            if wanted(entry.name):
                with contextlib.suppress(OSError):
                    entry.path.unlink()
                    count, size_bytes = count + 1, size_bytes + entry.size_bytes
        with contextlib.suppress(OSError):
            self._sweep()
        return count, size_bytes

    def size(self) -> tuple[int, int]:
        """Number of entries and their bytes on disk, headers included."""
        entries = self.entries()
        return len(entries), sum(entry.size_bytes for entry in entries)

    def entries(self) -> list[Entry]:
        """Entries by time of last use, oldest first; files that vanish meanwhile are left out."""
        entries: list[Entry] = []
        with contextlib.suppress(OSError), os.scandir(self._folder) as found:
            for item in found:
                if item.name.endswith(_SUFFIX):
                    with contextlib.suppress(OSError):
                        status = item.stat(follow_symlinks=False)
                        known = _FILE.fullmatch(item.name)
                        kind = known[1] if known else _FOREIGN
                        entries.append(Entry(Path(item.path), kind, status.st_size, status.st_mtime_ns))
        return sorted(entries, key=lambda entry: (entry.used_ns, entry.path.name))

    def usage(self) -> Mapping[str, Usage]:
        """How it was used, by name of entry."""
        return self._usage.totals()

    def verify(self, sound: Callable[[str, bytes], bool] = lambda _name, _data: True) -> tuple[int, int]:
        """Look at every entry and remove what is damaged, foreign or fails `sound(name, data)`, and orphans.

        The numbers of entries that were good and that were removed. What vanishes or cannot be read is neither.
        """
        good = removed = 0
        if not _is_private(self._folder):
            return good, removed
        for entry in self.entries():
            try:
                found = self._read(entry.path, mapped=False)
            except (OSError, FileError):
                continue
            if found is not None and sound(entry.name, bytes(found.data)):
                good += 1
            else:
                self._discard(entry.name, entry.path)
                removed += 1
        with contextlib.suppress(OSError):
            self._sweep()
        return good, removed

    def limits(self) -> Limits:
        """What holds now, for every process that was not given its own."""
        found = Limits()
        with contextlib.suppress(OSError, ValueError):
            written = read_beginning(self._folder / _LIMITS_FILE, _MOST_LIMITS_BYTES)
            entries, size_bytes = map(int, written.decode("ascii").split())
            if entries > 0 and size_bytes > 0:
                found = Limits(entries, size_bytes)
        return Limits(self._max_entries or found.entries, self._max_bytes or found.size_bytes)

    def set_limits(self, limits: Limits) -> None:
        """Let these hold from now on, for every process that was given none; what is over them goes at once."""
        try:
            make_private_folder(self._folder)
            write_atomic(self._folder / _LIMITS_FILE, f"{limits.entries} {limits.size_bytes}\n".encode("ascii"))
            with self._usage.lock() as held:
                self._trim(held, None)
        except (OSError, FileError) as error:
            _LOG.warning("The cache's limits could not be kept (%s).", type(error).__name__)

    # -- files ---------------------------------------------------------------------------------------------------------

    def _path(self, name: str, key: bytes) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not an entry name: {name!r}")
        digest = hashlib.blake2b(_framed(name.encode("ascii"), key), digest_size=32).hexdigest()
        return self._folder / f"{name}-{digest}{_SUFFIX}"

    def _get(self, name: str, key: bytes, *, mapped: bool) -> Buffer | None:
        path = self._path(name, key)
        if not _is_private(self._folder):
            self._missed_s[path] = self._clock.monotonic_s()
            return None
        begun_s = self._clock.monotonic_s()
        try:
            found = self._read(path, mapped=mapped)
        except FileNotFoundError:
            self._missed(name, path)
            return None
        except (OSError, FileError) as error:
            _LOG.warning("Cache entry of kind %s cannot be read (%s).", name, type(error).__name__)
            return None
        if found is None:
            _LOG.warning("Removed a damaged or foreign cache entry of kind %s.", name)
            self._discard(name, path)
            self._missed(name, path)
            return None
        took_s = self._clock.monotonic_s() - begun_s
        size_bytes = _HEADER_BYTES + len(found.data)
        with contextlib.suppress(OSError), self._usage.lock() as held:
            self._usage.note(held, name, "hit", size_bytes=size_bytes, saved_s=max(0.0, found.cost_s - took_s))
            self._touch(path, held)  # makes "oldest" mean longest unused
        return found.data

    def _missed(self, name: str, path: Path) -> None:
        with contextlib.suppress(OSError), self._usage.lock() as held:
            self._usage.note(held, name, "miss")
        self._missed_s[path] = self._clock.monotonic_s()

    def _discard(self, name: str, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
            with self._usage.lock() as held:
                self._usage.note(held, name, "damaged")

    def _touch(self, path: Path, held: Held) -> None:
        used_ns = held.next_use_ns()
        with contextlib.suppress(OSError):  # evicted meanwhile
            os.utime(path, ns=(used_ns, used_ns), follow_symlinks=False)

    def _read(self, path: Path, *, mapped: bool) -> _Sealed | None:
        """What is sealed in a file; None where it is damaged or no private regular file of ours. Raises: OSError."""
        mac_key = self._load_key()
        try:
            stream = open_regular(path)
        except NotRegularError:
            return None
        with stream:
            found = os.fstat(stream.fileno())
            if not ours_alone(found, 0o022) or found.st_size < _HEADER_BYTES:
                return None
            if found.st_size > self.limits().size_bytes:
                return None
            head = stream.read(_HEADER_BYTES)
            magic, version, header_bytes, cost_us, size_bytes = _HEAD.unpack_from(head)
            if (magic, version, header_bytes) != (_MAGIC, _VERSION, _HEADER_BYTES):
                return None
            if size_bytes != found.st_size - _HEADER_BYTES:
                return None
            if mapped:
                data: Buffer = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))[_HEADER_BYTES:]
            else:
                data = stream.read(size_bytes + 1)
        mac = self._mac(mac_key, path, head[: _HEAD.size], [data])
        return _Sealed(data, cost_us / 1e6) if hmac.compare_digest(mac, head[_HEAD.size :]) else None

    def _trim(self, held: Held, newest: Path | None) -> None:
        """With the lock: remove what is over the limits, never `newest`, and drafts that killed writers left."""
        if held.descriptor is None:
            return  # whoever has the lock is at it
        limits = self.limits()
        entries = self.entries()
        count, total = len(entries), sum(entry.size_bytes for entry in entries)
        entries.sort(key=lambda entry: entry.name != _FOREIGN)  # stable: those first, then by age
        for entry in (entry for entry in entries if entry.path != newest):
            if count <= limits.entries and total <= limits.size_bytes and entry.name != _FOREIGN:
                break
            with contextlib.suppress(OSError):
                entry.path.unlink()
            self._usage.note(held, entry.name, "evicted")
            count, total = count - 1, total - entry.size_bytes
        self._sweep()

    def _sweep(self) -> None:
        """Remove drafts whose writers are gone: nobody holds their lock."""
        now_s = self._clock.unix_s()
        for path in self._folder.glob(f".*{TEMPORARY_SUFFIX}"):
            with contextlib.suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
                try:
                    # younger than that it may be between its birth and its lock
                    if abs(now_s - os.fstat(descriptor).st_mtime) > _ORPHAN_S and try_lock(descriptor):
                        path.unlink()
                finally:
                    os.close(descriptor)
        remove_stale_temporaries(self._folder, now_s)

    # -- seal ----------------------------------------------------------------------------------------------------------

    @staticmethod
    def _mac(mac_key: bytes, path: Path, head: bytes, parts: list[Buffer]) -> bytes:
        """Over the header, the file's name (which holds the hash of name and key) and the data."""
        mac = hmac.new(mac_key, _framed(b"zkcompanion.seal", head + path.name.encode("ascii")), hashlib.sha256)
        for part in parts:
            mac.update(part)
        return mac.digest()

    def _load_key(self) -> bytes:
        """The install's MAC key, made at the first call. Raises: OSError, FileError."""
        if self._mac_key is None:
            self._mac_key = load_key(self._key_file)
        return self._mac_key


def _framed(name: bytes, key: bytes) -> bytes:
    """Name and key with their lengths, so that no two pairs give the same bytes."""
    return struct.pack("<QQ", len(name), len(key)) + name + key


def _is_private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and ours_alone(found, 0o022)
