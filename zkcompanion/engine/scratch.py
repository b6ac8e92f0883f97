"""Memory that a job takes along from one worker to the next: without a name, and zeroed when the job is over."""

from __future__ import annotations

import contextlib
import os
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle

#: Zeroed in one call.
_CHUNK = 1 << 20


def open_scratch() -> int | None:
    """A file in memory that has no name and ends with its last descriptor; None where the system has no such thing."""
    create = getattr(os, "memfd_create", None)
    if create is None:
        return None
    try:
        descriptor: int = create("")
    except OSError:
        return None
    return descriptor


def lend(descriptor: int | None) -> int | None:
    """Another descriptor of the same, which whoever sends it closes; None where there is none, or no room for one."""
    if descriptor is None:
        return None
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def wipe_scratch(descriptor: int | None) -> None:
    """Zero what was written, give the memory back, and close it; nothing where there is none."""
    if descriptor is None:
        return
    with contextlib.suppress(OSError):
        size = os.fstat(descriptor).st_size
        zeros = bytes(min(size, _CHUNK))
        for start in range(0, size, _CHUNK):
            os.pwrite(descriptor, zeros[: size - start], start)
        os.ftruncate(descriptor, 0)
    with contextlib.suppress(OSError):
        os.close(descriptor)


def send_scratch(connection: Connection, descriptor: int) -> None:
    """Lend it to the process at the other end. Raises: OSError where nobody is there."""
    send_handle(connection, descriptor, None)  # by the socket that a pipe for both directions is


def receive_scratch(connection: Connection) -> int:
    """What `send_scratch` sent, as a descriptor of this process. Raises: OSError, EOFError."""
    try:
        descriptor: int = recv_handle(connection)
    except RuntimeError:
        raise EOFError from None
    os.set_inheritable(descriptor, False)
    return descriptor
