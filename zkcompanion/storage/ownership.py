"""Which process may write a file: the one that holds the lock beside it, until it ends, however it ends.

The lock file also says how the last owner ended: while somebody writes it holds a word, and a clean end empties it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path

from zkcompanion.base.errors import FileError
from zkcompanion.base.filelock import take_lock
from zkcompanion.base.messages import msg

_OPEN = b"open\n"
_HELD = {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


class Ownership:
    """An advisory lock on `path`, made when it is first taken. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._unclean = False

    @property
    def ended_uncleanly(self) -> bool:
        """Whether the owner before us ended without giving the lock back."""
        return self._unclean

    def take(self) -> bool:
        """Have the lock, without waiting; False where another holds it.

        Raises: FileError where the file is a link, has two names or is another user's, or this folder has no locks.
        """
        if self._descriptor is not None:
            return True
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            descriptor = os.open(self._path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
        except OSError as error:
            raise self._refused(error) from error
        try:
            found = os.fstat(descriptor)
            # a file with another name too may be anybody's, and a word would be written into it
            if not stat.S_ISREG(found.st_mode) or (
                sys.platform != "win32" and (found.st_uid != os.geteuid() or found.st_nlink != 1)
            ):
                raise FileError(msg("this is no file of yours."), file=str(self._path))
            take_lock(descriptor)
            self._unclean = os.fstat(descriptor).st_size > 0
            os.pwrite(descriptor, _OPEN, 0)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _HELD:
                return False
            raise self._refused(error) from error
        except FileError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self, *, clean: bool = True) -> None:
        """Let another process write; idempotent. `clean`: all that was begun was ended."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                if clean:
                    os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def _refused(self, error: OSError) -> FileError:
        why = error.strerror or type(error).__name__
        return FileError(msg("The file cannot be locked: {why}.", why=why), file=str(self._path))
