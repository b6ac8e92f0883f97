"""Opening files that strangers made: regular files only, below a size limit, mapped read-only or read whole.

A mapped file must not be cut short by another program while it is used: the system answers a read behind the new end
by ending the process. Long jobs therefore run in a worker.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
import sys
from types import TracebackType
from typing import Self

from zkcompanion.base.errors import FileError, error_of_system
from zkcompanion.base.messages import msg

StrPath = str | os.PathLike[str]
#: Whether this system takes pages back (Linux; elsewhere the call is missing, or only a hint).
GIVES_BACK = sys.platform == "linux" and hasattr(mmap, "MADV_DONTNEED")
#: What the readers parse: a mapped file, or bytes that are already there.
Data = bytes | mmap.mmap


class MappedFile:
    """A file as read-only memory; context manager.

    `file` is the name for messages, `data` the bytes (`b""` for an empty file, which cannot be mapped), `status` what
    the system said of the file when it was opened. `sparing`: pages that were read are given back when `give_back` says
    so, and read again when they are needed again.
    """

    def __init__(self, path: StrPath, *, max_bytes: int, sparing: bool = False) -> None:
        self.file = os.fspath(path)
        self._sparing = sparing
        descriptor, size_bytes = _open_regular(self.file, max_bytes)
        self.status = os.fstat(descriptor)
        try:
            self.data: Data = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) if size_bytes else b""
        except (OSError, ValueError) as error:
            raise FileError(msg("The file cannot be mapped into memory: {why}.", why=error), file=self.file) from error
        finally:
            os.close(descriptor)

    def give_back(self) -> None:
        """Of a sparing map: its pages no longer count as this process's memory; arrays that look at them stay valid.

        Takes some microseconds for each MiB that was read; safe while other threads read.
        """
        if self._sparing and isinstance(self.data, mmap.mmap):
            self.data.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Unmap. Where an array still looks at the map, it is unmapped when the last of them goes."""
        if isinstance(self.data, mmap.mmap):
            with contextlib.suppress(BufferError):
                self.data.close()
        self.data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_bounded(path: StrPath, *, max_bytes: int) -> bytes:
    """The whole file; FileError where it is missing, no regular file, or larger than `max_bytes`."""
    file = os.fspath(path)
    descriptor, size_bytes = _open_regular(file, max_bytes)
    with os.fdopen(descriptor, "rb") as stream:
        try:
            # one byte more than there should be, for a file that grows meanwhile
            data = stream.read(size_bytes + 1)
        except OSError as error:
            raise error_of_system(
                error, msg("The file cannot be read: {why}.", why=error.strerror), file=file
            ) from error
    if len(data) != size_bytes:
        raise FileError(msg("The file changed while it was read."), file=file)
    return data


def size_of(path: StrPath, *, max_bytes: int) -> int:
    """Bytes of a file that is not read; FileError as in `read_bounded`."""
    descriptor, size_bytes = _open_regular(os.fspath(path), max_bytes)
    os.close(descriptor)
    return size_bytes


def _open_regular(file: str, max_bytes: int) -> tuple[int, int]:
    """Descriptor and size of a regular file; a pipe or a device would block or never end."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(file, flags)
    except OSError as error:
        raise error_of_system(error, msg("The file cannot be opened: {why}.", why=error.strerror), file=file) from error
    except ValueError as error:
        raise FileError(msg("This is not a file name."), file=ascii(file)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise FileError(msg("A regular file is expected; this is a folder, a device or a pipe."), file=file)
    if status.st_size > max_bytes:
        os.close(descriptor)
        raise _too_large(file, status.st_size, max_bytes)
    return descriptor, status.st_size


def _too_large(file: str, size_bytes: int, max_bytes: int) -> FileError:
    return FileError(
        msg(
            "The file has {size_bytes} bytes; at most {max_bytes} are read in this format.",
            size_bytes=size_bytes,
            max_bytes=max_bytes,
        ),
        file=file,
    )
