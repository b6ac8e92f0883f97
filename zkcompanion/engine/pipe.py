"""The host's end of a worker's pipe: hears and says without ever waiting for the process at the other end.

A worker that stopped in the middle of a message, or that does not read, must not stop the thread that watches all of
them. The bytes are those of `multiprocessing.connection.Connection`, which the worker uses: the length in four bytes,
and the message.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import threading
from multiprocessing.connection import Connection

from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg
from zkcompanion.engine.scratch import send_scratch

#: So much is taken at once, so that one worker that talks without end does not make the others wait.
_TURN_BYTES = 1 << 16
_HEAD = struct.Struct("!i")


class HostPipe:
    """All methods are for one thread. `connection` belongs to it from now on."""

    def __init__(self, connection: Connection, max_bytes: int) -> None:
        self.connection = connection
        self._max_bytes = max_bytes
        self._heard = bytearray()
        self._sending = threading.Lock()
        #: something was said only in part, or the other end is closed
        self._broken = False
        # Windows has no way to look into a pipe of this kind
        self._waits = sys.platform == "win32"
        if sys.platform != "win32":
            os.set_blocking(connection.fileno(), False)

    def take(self, *, everything: bool = False) -> tuple[list[bytes], bool]:
        """The messages that have come in whole, and whether more may come.

        `everything`: until nothing is left, for the last words of a process that ended. Raises: BugError for a message
        that is longer than any may be.
        """
        if self._waits:
            return self._take_waiting()
        messages: list[bytes] = []
        try:
            while chunk := os.read(self.connection.fileno(), _TURN_BYTES):
                self._heard += chunk
                messages += self._whole()
                if not everything:
                    return messages, not self._broken
        except BlockingIOError:
            return messages, not self._broken
        except OSError:
            return messages, False
        return messages, False

    def send(self, data: bytearray, lent: int | None = None) -> bool:
        """Say `data`, which is zeroed then, and lend a descriptor after it, which is closed then.

        False where something before it is still under way, so that this is left out, and where nobody listens.
        """
        if not self._sending.acquire(blocking=False):
            _forget(data, lent)
            return False
        sent = self._send_at_once(data)
        if sent == _HEAD.size + len(data) and (lent is None or self._has_room()):
            self._finish(data, sent, lent)
            return not self._broken
        threading.Thread(target=self._finish, args=(data, sent, lent), name="post", daemon=True).start()
        return True

    def close(self) -> None:
        """After the end of the process: a thread that still sends has heard that nobody reads."""
        with self._sending:
            self.connection.close()

    def _whole(self) -> list[bytes]:
        """Messages that are whole, off the front of what was heard."""
        messages = []
        while len(self._heard) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._heard)
            # a negative one would announce more than 2 GiB
            if not 0 <= length <= self._max_bytes:
                raise BugError(msg("A worker process announced a message that is longer than any may be."))
            end = _HEAD.size + length
            if len(self._heard) < end:
                break
            messages.append(bytes(memoryview(self._heard)[_HEAD.size : end]))
            del self._heard[:end]
        return messages

    def _take_waiting(self) -> tuple[list[bytes], bool]:
        """Where there are no sockets."""
        messages: list[bytes] = []
        try:
            while self.connection.poll():
                messages.append(self.connection.recv_bytes(self._max_bytes))
        except (EOFError, OSError):
            return messages, False
        return messages, True

    def _send_at_once(self, data: bytearray) -> int:
        """As much as the other end has room for, in bytes."""
        if self._waits:
            return 0
        try:
            return os.writev(self.connection.fileno(), [_HEAD.pack(len(data)), data])
        except BlockingIOError:
            return 0
        except OSError:
            self._broken = True
            return 0

    def _has_room(self, wait_ms: float | None = 0) -> bool:
        """Whether a byte more is sent without waiting; None: wait until it is, or the other end is closed."""
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLOUT)
        return bool(poll.poll(wait_ms))

    def _finish(self, data: bytearray, sent: int, lent: int | None) -> None:
        """Send the rest, forget what may be secret, and let the next one send."""
        try:
            if self._waits:
                self.connection.send_bytes(data)
            else:
                self._write(memoryview(_HEAD.pack(len(data)))[sent:])
                self._write(memoryview(data)[max(0, sent - _HEAD.size) :])
            if lent is not None:
                self._has_room(None)
                send_scratch(self.connection, lent)
        except OSError:
            self._broken = True
        finally:
            _forget(data, lent)
            self._sending.release()

    def _write(self, rest: memoryview) -> None:
        while rest:
            self._has_room(None)
            rest = rest[os.write(self.connection.fileno(), rest) :]


def _forget(data: bytearray, lent: int | None) -> None:
    data[:] = bytes(len(data))
    if lent is not None:
        os.close(lent)
