"""Memory that a job takes along from one worker to the next: without a name, and zeroed when the job is over."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from multiprocessing.connection import Connection

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
    if sys.platform != "win32":
        with socket.socket(fileno=os.dup(connection.fileno())) as pipe:
            socket.send_fds(pipe, [b"\0"], [descriptor])


def receive_scratch(connection: Connection) -> int | None:
    """What `send_scratch` sent, as a descriptor of this process. Raises: OSError, EOFError."""
    if sys.platform == "win32":
        return None
    with socket.socket(fileno=os.dup(connection.fileno())) as pipe:
        word, descriptors, _, _ = socket.recv_fds(pipe, 1, 1)
    if not word:
        raise EOFError
    if not descriptors:
        return None
    os.set_inheritable(descriptors[0], False)
    return descriptors[0]
