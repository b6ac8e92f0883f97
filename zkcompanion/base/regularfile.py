"""Opening a file where something else may lie in its place: a pipe that would be waited for, a folder, a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


class NotRegularError(OSError):
    """There is something, and it is no regular file."""


def open_regular(path: Path, *, follow_links: bool = False) -> BinaryIO:
    """The file, to be read. Raises: NotRegularError for a link (unless they are followed), a folder, a pipe or a
    device; OSError.
    """
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    if not follow_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotRegularError(errno.ELOOP, "This is a link") from error
        raise
    # before there is a file object: none is made of a folder, and the descriptor would stay open
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "This is no file")
    return os.fdopen(descriptor, "rb")
