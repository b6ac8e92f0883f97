"""One window for each user and home: a second start raises the first one's window and ends.

A lock file in the state folder says who is first; a local socket, the user's own, carries the wish to be raised. No
network is involved. A lock left by a process that is gone does not count. Between the lock and the socket, and while
the first one ends, there is nobody to ask: whoever comes then tries again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import AppDirs, make_private_folder

_LOG = get_logger(__name__)

_RAISE, _ANSWER = b"raise\n", b"ok\n"
#: What a first window that is busy, or just opens beside many other starts, gets to answer.
_PATIENCE_S = 20.0
#: How long a start that found nobody to ask waits for the lock before it asks again.
_AGAIN_MS = 100
#: Starts that may wait for an answer at once; Qt alone would turn away the fiftieth.
_MOST_WAITING = 128
#: A socket's path holds 107 bytes on Linux and 103 on macOS.
_MOST_PATH_BYTES = 100


Place = Literal["first", "second", "unanswered"]


class SingleInstance(QObject):
    """`take_place` once; then `raise_asked` tells the first one that somebody started the program again."""

    raise_asked = Signal()

    def __init__(self, dirs: AppDirs, parent: QObject | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(parent)
        self._clock = clock
        self._lock = QLockFile(str(dirs.state / "window.lock"))
        # a lock is as old as the session; only a process that is gone makes it stale
        self._lock.setStaleLockTime(0)
        self._address = _address(dirs)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setListenBacklogSize(_MOST_WAITING)
        self._server.newConnection.connect(self._heard)

    def take_place(self, patience_s: float = _PATIENCE_S) -> Place:
        """`first`: this process opens the window. `second`: another one has, and raised it. `unanswered`: another one
        has the lock, and did not answer within `patience_s`.
        """
        until_s = self._clock.monotonic_s() + patience_s
        wait_ms = 0
        while not self.claim(wait_ms):
            left_ms = round(1000 * (until_s - self._clock.monotonic_s()))
            if left_ms <= 0:
                return "unanswered"
            if self.ask_first(left_ms):
                return "second"
            wait_ms = _AGAIN_MS
        return "first"

    def claim(self, wait_ms: int = 0) -> bool:
        """Whether this process is the first; it listens from now on. `wait_ms`: how long to wait for the lock.

        Where the lock cannot be had for another reason than a first process (a folder on a medium without locks),
        the window opens all the same.
        """
        if not self._lock.tryLock(wait_ms):
            if self._lock.error() is QLockFile.LockError.LockFailedError:
                return False
            _LOG.warning("The window's lock cannot be taken.")
        # ours alone now, so what lies there is of a process that is gone
        QLocalServer.removeServer(self._address)
        if not self._server.listen(self._address):
            _LOG.warning("The window cannot be asked to come to the front (%s).", self._server.serverError().name)
        elif os.name != "nt":
            with contextlib.suppress(OSError):
                Path(self._address).chmod(0o600)  # Qt leaves it 0700
        return True

    def ask_first(self, patience_ms: int) -> bool:
        """Ask the first process to raise its window; whether it answered. False at once where nobody listens."""
        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(patience_ms):
            return False
        socket.write(_RAISE)
        socket.flush()
        answered = socket.waitForReadyRead(patience_ms) and socket.readAll().data() == _ANSWER
        socket.disconnectFromServer()
        return answered

    def release(self) -> None:
        """Let another process be the first; idempotent."""
        self._server.close()
        self._lock.unlock()

    def _heard(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.read(len(_RAISE)).data() == _RAISE:
            socket.write(_ANSWER)
            socket.flush()
            self.raise_asked.emit()
        else:
            socket.abort()


def _address(dirs: AppDirs) -> str:
    """The socket's path: in the state folder, or where that is too long for a socket in a private folder of the user's.

    The same for every process with the same home.
    """
    state = str(dirs.state)
    name = hashlib.blake2b(state.encode(), digest_size=8).hexdigest()
    if os.name == "nt":
        return f"zkcompanion-{name}"  # a pipe's name; Windows keeps it for the user by its access list
    usual = dirs.state / "window.sock"
    if len(os.fsencode(usual)) <= _MOST_PATH_BYTES:
        return str(usual)
    try:
        folder = make_private_folder(Path(tempfile.gettempdir()) / f"zkcompanion-{os.getuid()}")
    except CompanionError:
        return str(usual)
    return str(folder / f"{name}.sock")
