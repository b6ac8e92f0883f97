"""The program's log on the disk: private, bounded, redacted, of all its processes together.

A line is one write to a file that is open for appending, so lines of several processes stay whole. Whoever makes the
file too long renames it, under a lock; the others see that the name leads to another file, and open that.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from zkcompanion.base.errors import CompanionError
from zkcompanion.base.filelock import locked
from zkcompanion.base.logs import ROOT_NAME, KeptFormatter, RedactingFilter, get_logger
from zkcompanion.base.regularfile import open_regular

#: Beneath the state folder.
FILE_NAME = "zkcompanion.log"
_LOCK_NAME = "zkcompanion.log.lock"
#: A file may grow to this, and so many older ones are kept.
MAX_BYTES = 256 << 10
KEPT = 2
#: The file that cannot be renamed is emptied when it is so many times too long.
_MOST_TIMES = 4
#: One record; a longer one is cut.
_MAX_LINE_BYTES = 16 << 10


class LogFile(logging.Handler):
    """Arguments: what gives the private folder when there is a record to keep; the bounds.

    Never raises and never says that a record was lost: a log is not worth a fault.
    """

    def __init__(self, folder: Callable[[], Path], *, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(KeptFormatter())
        # a logger that nobody got from `get_logger` has none
        self.addFilter(RedactingFilter())
        self._folder = folder
        self._max_bytes = max_bytes
        self._kept = kept
        self._path: Path | None = None
        self._descriptor: int | None = None
        self._rotate_at_bytes = max_bytes

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record (the base class holds the lock)."""
        with contextlib.suppress(OSError, CompanionError, ValueError):
            data = self.format(record).encode("utf-8", "backslashreplace")[:_MAX_LINE_BYTES] + b"\n"
            descriptor = self._open()
            os.write(descriptor, data)
            size_bytes = os.fstat(descriptor).st_size
            if size_bytes >= self._rotate_at_bytes:
                self._rotate(descriptor, size_bytes)

    def close(self) -> None:
        """Let go of the file; idempotent."""
        self.acquire()
        try:
            self._shut()
        finally:
            self.release()
        super().close()

    def _shut(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _open(self) -> int:
        """Raises: OSError, FileError."""
        if self._path is None:
            self._path = self._folder() / FILE_NAME
        if self._descriptor is not None and _is_at(self._descriptor, self._path):
            return self._descriptor
        self._shut()
        self._descriptor = _open_private(self._path)
        self._rotate_at_bytes = self._max_bytes
        return self._descriptor

    def _rotate(self, descriptor: int, size_bytes: int) -> None:
        """Make the file an older one. Where that cannot be (something else is in its place, or another process holds
        the lock) it is tried again a little later, and at last the file is emptied. Raises: OSError.
        """
        assert self._path is not None
        if size_bytes >= _MOST_TIMES * self._max_bytes:
            os.ftruncate(descriptor, 0)
            self._rotate_at_bytes = self._max_bytes
            return
        self._rotate_at_bytes = size_bytes + self._max_bytes // 2
        with locked(self._path.with_name(_LOCK_NAME)) as held:
            if held is None:
                return
            if _is_at(descriptor, self._path):
                names = log_files(self._path.parent, kept=self._kept)
                for newer, older in zip(reversed(names[1:-1]), reversed(names[2:]), strict=True):
                    with contextlib.suppress(OSError):
                        newer.replace(older)
                names[0].replace(names[1])
        self._shut()


def _open_private(path: Path) -> int:
    """Raises: OSError where it cannot be opened or is no file of ours alone."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise OSError
        if sys.platform != "win32":
            if found.st_uid != os.geteuid():
                raise PermissionError
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one of this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def log_files(folder: Path, *, kept: int = KEPT) -> list[Path]:
    """Where the log may lie, the newest first."""
    path = folder / FILE_NAME
    return [path, *(path.with_name(f"{FILE_NAME}.{number}") for number in range(1, kept + 1))]


def last_lines(folder: Path, count: int) -> list[str]:
    """The last lines that were kept, oldest first; empty where there is none that can be read."""
    lines: list[str] = []
    for path in log_files(folder):
        with contextlib.suppress(OSError), open_regular(path) as stream:
            content = stream.read(2 * MAX_BYTES)
            lines = [*content.decode("utf-8", "replace").splitlines(), *lines]
        if len(lines) >= count:
            break
    return lines[-count:]


def keep_log(folder: Callable[[], Path]) -> LogFile:
    """Keep our records from now on; called by a process once, after `start_logging` where it calls that."""
    root = get_logger(ROOT_NAME)
    handler = LogFile(folder)
    root.addHandler(handler)
    if root.level == logging.NOTSET or root.level > logging.INFO:
        root.setLevel(logging.INFO)
    return handler
