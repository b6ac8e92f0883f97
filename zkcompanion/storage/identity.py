"""Whether a file is the one that was read before, without reading all of it.

A file is told by what the system says of it (device, inode, size, times of change of content and of status), by 64
pages spread over it, and by whatever parts its reader wants to be sure of. The time of a status change is the system's
to set, so a file of the same size and time of change in place of the old one is another file here. What the system's
clock ticks too slowly for, a change right after the file was looked at, is kept out by keeping nothing about a file
that changed within the last seconds (`settled`), as Git does. `docs/cache.md` says when a change does not show all the
same, and what that could do at worst.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from zkcompanion.proving.formats.mapped import Data

#: Pages looked at, the first and the last among them, and their size.
_PAGES, _PAGE_BYTES = 64, 4096
#: Times of files may be as coarse as 2 s.
_SETTLED_S = 2.5


def identity(status: os.stat_result, data: Data, parts: Iterable[tuple[int, int]] = ()) -> bytes:
    """32 bytes for an open file: `status` and content `data`; `parts` (offset, size) are looked at whole."""
    digest = hashlib.sha256(_told(status))
    last = max(0, len(data) - _PAGE_BYTES)
    steps = range(_PAGES) if last >= _PAGES * _PAGE_BYTES else (0,)
    whole = len(data) if len(steps) == 1 else _PAGE_BYTES
    with memoryview(data) as view:
        for step in steps:
            digest.update(view[(at := step * last // (_PAGES - 1)) : at + whole])
        for offset, size_bytes in parts:
            digest.update(struct.pack("<QQ", offset, size_bytes))
            digest.update(view[offset : offset + size_bytes])
    return digest.digest()


def settled(status: os.stat_result, now_s: float) -> bool:
    """Whether the file's last change is long enough ago that another one would show."""
    return settles_in_s(status, now_s) <= 0


def settles_in_s(status: os.stat_result, now_s: float) -> float:
    """How long until then, in seconds; not above 0 where it is so far."""
    return _SETTLED_S - (now_s - max(status.st_mtime, status.st_ctime))


def unchanged(status: os.stat_result, path: str | os.PathLike[str]) -> bool:
    """Whether the file at `path` is still the one of `status`."""
    try:
        return _told(Path(path).stat()) == _told(status)
    except OSError:
        return False


def _told(status: os.stat_result) -> bytes:
    told = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return repr(told).encode("ascii")
