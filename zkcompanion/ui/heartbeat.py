"""Hears whether the window's thread goes on, and writes down where it was when it did not.

A timer in the window's thread beats every 50 ms. Another thread looks at the beats, and where one is late by more than
128 ms it logs the frames of the window's thread: files, lines and functions, no values. At 20 beats a second this
costs some microseconds each.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

BEAT_MS = 50
#: Longer than this is felt.
LATE_S = 0.128
#: A stall is logged with its frames at most so often; all of them are counted.
_LOG_EVERY_S = 10.0
_MOST_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Beats:
    """Since the start: beats, those that were late, and by how much the latest was."""

    beats: int
    late: int
    latest_s: float


class Heartbeat(QObject):
    """Begins when it is made, in the thread that it listens to; `stop` ends it.

    `heard` is told of each beat by how many seconds it was late; in that thread, so it must be quick.
    """

    def __init__(
        self,
        parent: QObject,
        *,
        clock: Clock = SYSTEM_CLOCK,
        late_s: float = LATE_S,
        heard: Callable[[float], object] = lambda _late_s: None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._late_s = late_s
        self._heard = heard
        self._thread_id = threading.get_ident()
        self._beats = 0
        self._late = 0
        self._latest_s = 0.0
        self._last_s = clock.monotonic_s()
        self._noted_beat = -1
        self._logged_s = -_LOG_EVERY_S
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        self._watcher.start()

    @property
    def counts(self) -> Beats:
        """What was heard so far."""
        return Beats(self._beats, self._late, self._latest_s)

    def stop(self) -> None:
        """Listen no more; idempotent."""
        self._timer.stop()
        self._ended.set()
        self._watcher.join(timeout=1)

    def _beat(self) -> None:
        now_s = self._clock.monotonic_s()
        late_s = now_s - self._last_s - BEAT_MS / 1000
        self._last_s = now_s
        self._beats += 1
        if late_s > self._late_s:
            self._late += 1
            self._latest_s = max(self._latest_s, late_s)
        self._heard(max(0.0, late_s))

    def _watch(self) -> None:
        wait_s = self._late_s / 2
        while not self._ended.wait(wait_s):
            beat, last_s = self._beats, self._last_s
            now_s = self._clock.monotonic_s()
            late_s = now_s - last_s - BEAT_MS / 1000
            if late_s > self._late_s and beat != self._noted_beat:
                self._noted_beat = beat
                self._note(late_s, now_s)

    def _note(self, late_s: float, now_s: float) -> None:
        """Say where the window's thread is; once for each stall, and not for every one of many."""
        if now_s - self._logged_s < _LOG_EVERY_S:
            return
        self._logged_s = now_s
        frame = sys._current_frames().get(self._thread_id)  # noqa: SLF001  # the only way to see another thread's stack
        lines = traceback.format_list(traceback.extract_stack(frame)[-_MOST_FRAMES:]) if frame is not None else []
        # the log's filter redacts, and lines of sources hold no values
        _LOG.warning(
            "The window has been busy for %.0f ms (%d of %d beats were late before) at:\n%s",
            late_s * 1000 + BEAT_MS,
            self._late,
            self._beats,
            "".join(lines),
        )
