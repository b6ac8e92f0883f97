"""A folder of sealed entries: what this install wrote is read back, anything else is a miss.

Compiled kernels and compiled WebAssembly are executable code, so a cache entry is only as good as the proof that we
wrote it. Every entry carries a keyed BLAKE2b MAC over its name, its key and its data; the MAC key is 32 random bytes,
made once for each install, readable by its owner only. A process of the same user can read that key: the seal guards
against other users, damage and mixed-up files, not against one's own account.

File of an entry: magic (8 bytes) | version, uint32 little-endian | MAC, 32 bytes | data. A cache never stops the work:
nothing here raises for a full disk, a foreign folder or a damaged entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zkcompanion.base.atomicfile import remove_stale_temporaries, sync_folder, temporary_beside, write_atomic
from zkcompanion.base.errors import FileError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import make_private_folder

_LOG = get_logger(__name__)

_MAGIC = b"ZKCSEAL\0"
_VERSION = 1
_HEADER = struct.Struct("<8sI32s")
_KEY_BYTES = 32
_SUFFIX = ".sealed"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    size_bytes: int
    used_ns: int


class SealedStore:
    """Sealed entries under one folder, safe to share between processes of one user.

    Arguments:
        folder: made 0700 at the first `put`; a folder of another user, or one that others may write, is never used.
        key_file: the install's MAC key, in the data folder; made 0600 when missing, replaced when it is not ours alone.
        max_entries, max_bytes: after each `put` the entries longest unused are removed until both hold.
    """

    def __init__(
        self, folder: Path, key_file: Path, *, max_entries: int = 512, max_bytes: int = 512 * 1024 * 1024
    ) -> None:
        if max_entries < 1 or max_bytes < 1:
            raise ValueError("a store needs room for at least one entry")
        self._folder = folder
        self._key_file = key_file
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._mac_key: bytes | None = None

    def get(self, name: str, key: bytes) -> bytes | None:
        """The data put under `name` and `key` by this install, or None.

        Arguments:
            name: kind of entry, `[a-z0-9._-]`, at most 64 characters (such as `kernels`).
            key: everything that the data depends on (source, versions, CPU), of any length.

        A damaged or foreign entry is removed and counts as missing; nothing is removed while the MAC key cannot be had.
        """
        path = self._path(name, key)
        if not _is_private(self._folder):
            return None
        try:
            raw = self._read(path)
            mac_key = self._load_key()
        except FileNotFoundError:
            return None
        except (OSError, FileError) as error:
            _LOG.warning("Cache entry of kind %s cannot be read (%s).", name, type(error).__name__)
            return None
        data = None if raw is None else self._unseal(mac_key, name, key, raw)
        if data is None:
            _LOG.warning("Removed a damaged or foreign cache entry of kind %s.", name)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):  # makes "oldest" mean longest unused
            os.utime(path)
        return data

    def put(self, name: str, key: bytes, data: bytes) -> bool:
        """Keep `data` under `name` and `key`, replacing what was there; whether it was kept.

        Not kept, with a warning in the log: no room on the disk, a folder that is not ours, data above `max_bytes`.
        """
        path = self._path(name, key)
        if _HEADER.size + len(data) > self._max_bytes:
            _LOG.warning("Cache entry of kind %s is larger than the whole cache may be; not kept.", name)
            return False
        try:
            make_private_folder(self._folder)
            header = _HEADER.pack(_MAGIC, _VERSION, self._mac(self._load_key(), name, key, data))

            def fill(stream: BinaryIO) -> None:
                stream.write(header)
                stream.write(data)

            write_atomic(path, fill)
            self._trim(path)
        except (OSError, FileError) as error:
            _LOG.warning("Cache entry of kind %s could not be kept (%s).", name, type(error).__name__)
            return False
        return True

    def remove(self, name: str, key: bytes) -> None:
        """Forget one entry (a known-answer test refused it, say); no error where there is none."""
        with contextlib.suppress(OSError):
            self._path(name, key).unlink()

    def clear(self) -> int:
        """Remove every entry; how many went."""
        count = 0
        for entry in self._entries():
            with contextlib.suppress(OSError):
                entry.path.unlink()
                count += 1
        return count

    def size(self) -> tuple[int, int]:
        """Number of entries and their bytes on disk, headers included."""
        entries = self._entries()
        return len(entries), sum(entry.size_bytes for entry in entries)

    # -- files ---------------------------------------------------------------------------------------------------------

    def _path(self, name: str, key: bytes) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not an entry name: {name!r}")
        digest = hashlib.blake2b(_framed(name.encode("ascii"), key), digest_size=16).hexdigest()
        return self._folder / f"{name}-{digest}{_SUFFIX}"

    def _read(self, path: Path) -> bytes | None:
        """The whole file; None where it is not a private regular file of ours or too large to be one of ours."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        # a pipe in place of the entry would otherwise block for ever
        flags |= getattr(os, "O_NONBLOCK", 0)
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise
        except OSError:
            if path.is_symlink():
                return None
            raise
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or not _ours_alone(found, 0o022) or found.st_size > self._max_bytes:
                return None
            return stream.read(found.st_size + 1)

    def _entries(self) -> list[_Entry]:
        """Entries by time of last use, oldest first; files that vanish meanwhile are left out."""
        entries: list[_Entry] = []
        with contextlib.suppress(OSError), os.scandir(self._folder) as found:
            for item in found:
                if item.name.endswith(_SUFFIX):
                    with contextlib.suppress(OSError):
                        status = item.stat(follow_symlinks=False)
                        entries.append(_Entry(Path(item.path), status.st_size, status.st_mtime_ns))
        return sorted(entries, key=lambda entry: (entry.used_ns, entry.path.name))

    def _trim(self, newest: Path) -> None:
        """Remove what is over the limits, never `newest`, and temporary files that a killed writer left."""
        entries = self._entries()
        count, total = len(entries), sum(entry.size_bytes for entry in entries)
        for entry in (entry for entry in entries if entry.path != newest):
            if count <= self._max_entries and total <= self._max_bytes:
                break
            with contextlib.suppress(OSError):
                entry.path.unlink()
            count, total = count - 1, total - entry.size_bytes
        remove_stale_temporaries(self._folder, newest.stat().st_mtime)

    # -- seal ----------------------------------------------------------------------------------------------------------

    def _unseal(self, mac_key: bytes, name: str, key: bytes, raw: bytes) -> bytes | None:
        if len(raw) < _HEADER.size:
            return None
        magic, version, mac = _HEADER.unpack_from(raw)
        if magic != _MAGIC or version != _VERSION:
            return None
        data = raw[_HEADER.size :]
        return data if hmac.compare_digest(mac, self._mac(mac_key, name, key, data)) else None

    @staticmethod
    def _mac(mac_key: bytes, name: str, key: bytes, data: bytes) -> bytes:
        mac = hashlib.blake2b(
            _framed(name.encode("ascii"), key), digest_size=32, key=mac_key, person=b"zkcompanion.seal"
        )
        mac.update(data)
        return mac.digest()

    def _load_key(self) -> bytes:
        """The install's MAC key, made at the first call.

        Two processes that both find none agree on one: the file is linked into place, which fails for the second.
        """
        if self._mac_key is not None:
            return self._mac_key
        make_private_folder(self._key_file.parent)
        mac_key = _read_key(self._key_file)
        if mac_key is None and os.path.lexists(self._key_file):
            # read again: another process may have put a sound one there meanwhile, and it appears whole or not at all
            mac_key = _read_key(self._key_file)
            if mac_key is None:  # damaged, or not ours alone and so perhaps known to others
                with contextlib.suppress(FileNotFoundError):
                    self._key_file.unlink()
        if mac_key is None:
            _make_key(self._key_file)
            mac_key = _read_key(self._key_file)
        if mac_key is None:
            raise OSError("the key file does not stay as it was written")
        self._mac_key = mac_key
        return mac_key


def _framed(name: bytes, key: bytes) -> bytes:
    """Name and key with their lengths, so that no two pairs give the same bytes."""
    return struct.pack("<QQ", len(name), len(key)) + name + key


def _ours_alone(found: os.stat_result, others: int) -> bool:
    """Whether the file is ours and grants none of the mode bits `others`; Windows leaves this to the access list."""
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & others


def _is_private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and _ours_alone(found, 0o022)


def _read_key(path: Path) -> bytes | None:
    """The key, or None where there is no sound private file of ours."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or not _ours_alone(found, 0o077):
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if len(content) == _KEY_BYTES else None


def _make_key(path: Path) -> None:
    """Put a new random key at `path` unless another process is first."""
    draft = temporary_beside(path)
    write_atomic(draft, secrets.token_bytes(_KEY_BYTES))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    except (OSError, NotImplementedError):
        # a file system without links: rename, and the last of two first starts wins
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    sync_folder(path.parent)
