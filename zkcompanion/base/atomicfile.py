"""Whole files or none: write to a temporary file in the same folder, fsync, rename.

The one module that opens a file for writing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

#: Temporary names end so; whoever owns a folder may remove stale ones.
TEMPORARY_SUFFIX = ".zkc-tmp"
#: A temporary file of a killed writer is removed after this long; arbitrary, far above any write.
_STALE_S = 3600.0

#: Tells this process's temporary files from those of others in the same folder.
_PROCESS = secrets.token_hex(4)
#: Set once no other temporary file may begin.
_ending = threading.Event()

FileContent = bytes | bytearray | memoryview | Callable[[BinaryIO], None]


def write_atomic(
    path: Path, data: FileContent, *, mode: int = 0o600, follow_links: bool = True, durable: bool = True
) -> None:
    """Give `path` the content `data`, so that a reader (or a crash) sees the old file or the new one, never a part.

    Arguments:
        path: a symbolic link is followed. A device, pipe or anything under /dev or /proc is written in place, because
            renaming over it would replace it.
        data: the bytes, or a function that writes them to the binary file it is given.
        mode: permissions of the new file, exactly (the umask does not apply).
        follow_links: if not, nothing is opened but the temporary file: a link of that name is replaced, and what it
            points to stays as it is, whenever the link was made.
        durable: wait for the disk. Without it a power cut may leave a file of this name with other content, which is
            good for what is checked when it is read and can be made again.

    Raises: OSError as the system gives it, and whatever `data` raises; then `path` is as it was and no temporary file
        is left.
    """
    target = Path(os.path.realpath(path)) if follow_links and path.is_symlink() else path
    if follow_links and (_is_special(path) or _is_special(target)):
        with path.open("wb") as stream:
            _fill(stream, data)
        return
    temporary = temporary_beside(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _fill(stream, data)
            stream.flush()
            if sys.platform != "win32":
                os.fchmod(stream.fileno(), mode)
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(target.parent)


def temporary_beside(path: Path) -> Path:
    """A new name for a temporary file in the folder of `path`."""
    if _ending.is_set():
        threading.Event().wait()  # the process ends in a moment, and another thread has cleaned up behind this one
    # the file's own name may be as long as the file system allows, so it is no part of this one
    return path.with_name(f".{_PROCESS}-{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")


def begin_no_more() -> None:
    """The process ends in a moment: whoever wants to write a file waits for that."""
    _ending.set()


def own_temporaries(folder: Path) -> set[str]:
    """Names of this process's temporary files in `folder`; empty where it cannot be read."""
    return _temporaries_of(_PROCESS, folder)


def process_token() -> str:
    """What tells this process's temporary files from those of others, for whoever cleans up after its death."""
    return _PROCESS


def remove_temporaries(folder: Path, token: str) -> None:
    """Remove the temporary files in `folder` of the process with this token, which has ended or is about to."""
    for name in _temporaries_of(token, folder):
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def _temporaries_of(token: str, folder: Path) -> set[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = (entry.name for entry in entries)
        return {name for name in names if name.startswith(f".{token}-") and name.endswith(TEMPORARY_SUFFIX)}
    return set()


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system can (Windows and some network folders cannot)."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_stale_temporaries(folder: Path, now_s: float) -> None:
    """Remove temporary files that a killed writer left in a folder of ours; `now_s` in the file system's own time."""
    for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if now_s - path.lstat().st_mtime > _STALE_S:
                path.unlink()


def _fill(stream: BinaryIO, data: FileContent) -> None:
    if callable(data):
        data(stream)
    else:
        stream.write(data)


def _is_special(path: Path) -> bool:
    """Whether renaming over `path` would do harm: it is no regular file, or names one by /dev/stdout and the like."""
    absolute = path.absolute()
    if absolute.parts[:2] in {("/", "dev"), ("/", "proc")} and absolute.parts[:3] != ("/", "dev", "shm"):
        return True
    try:
        kind = absolute.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))
