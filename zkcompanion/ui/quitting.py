"""The system's wish that the program ends (SIGTERM, SIGINT, a hang-up), heard by the window's event loop."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

_NAMES = ("SIGTERM", "SIGINT", "SIGHUP")
#: On Windows there is no pipe that Qt could watch, so Python gets a moment now and then.
_LOOK_MS = 200


class QuitSignals(QObject):
    """Calls `quit_now` in the window's thread, once for each signal, until `close`."""

    def __init__(self, quit_now: Callable[[], object]) -> None:
        super().__init__()
        self._quit = quit_now
        self._heard = False
        self._before = {
            number: signal.signal(number, self._hear) for name in _NAMES if (number := getattr(signal, name, None))
        }
        self._ends: tuple[int, int] | None = None
        if sys.platform == "win32":
            self._timer = QTimer(self, interval=_LOOK_MS)
            self._timer.timeout.connect(self._look)
            self._timer.start()
            return
        self._ends = os.pipe()
        for end in self._ends:
            os.set_blocking(end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._ends[1], warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._ends[0], QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def close(self) -> None:
        """Put things back; idempotent."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        if self._ends is not None:
            self._notifier.setEnabled(False)
            signal.set_wakeup_fd(self._wakeup_before)
            for end in self._ends:
                os.close(end)
            self._ends = None

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._heard = True

    def _woken(self) -> None:
        if self._ends is not None:
            os.read(self._ends[0], 64)
        self._look()

    def _look(self) -> None:
        if self._heard:
            self._heard = False
            self._quit()
