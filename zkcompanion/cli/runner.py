"""Runs one command's work in a thread, so that the main thread can hear signals and draw progress meanwhile.

Work stops at its next tile after Ctrl-C. Where it sits in one long call (the compiler, a file of many gigabytes), the
process takes away what was half written and ends by itself after a grace period.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Generic, NoReturn, TypeVar

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import ExitCode

T = TypeVar("T")

#: From the signal to the end at most this, one tick and what a busy machine adds; the promise is 0.5 s.
GRACE_S = 0.2
_TICK_S = 0.05
#: After a signal.
_SHORT_TICK_S = 0.01


class Interrupts:
    """While entered, SIGINT, SIGTERM and a hang-up set `cancel`; only in the main thread."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self._former: dict[int, object] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                # nohup asks us to survive a hang-up
                if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                    continue
                self._former[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, former in self._former.items():
            signal.signal(number, former if former is not None else signal.SIG_DFL)  # type: ignore[arg-type]
        self._former.clear()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.cancel.set()


class _Work(Generic[T]):
    """A function's result or error, from another thread."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._results: list[T] = []
        self._error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:
            self._error = error
        finally:
            self.done.set()

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._results[0]


def run_interruptible(
    function: Callable[[], T],
    interrupts: Interrupts,
    *,
    tick: Callable[[], None],
    abandon: Callable[[], None],
    clock: Clock = SYSTEM_CLOCK,
) -> T:
    """`function()` in a thread of its own; what it returns or raises.

    `tick` is called in this thread about every 50 ms; `abandon` when the work has not stopped `GRACE_S` after a signal,
    and the process ends right after it.
    """
    work = _Work(function)
    thread = threading.Thread(target=work.run, name="work", daemon=True)
    thread.start()
    cancelled_s: float | None = None
    while not work.done.wait(_TICK_S if cancelled_s is None else _SHORT_TICK_S):
        tick()
        if cancelled_s is None and interrupts.cancel.is_set():
            cancelled_s = clock.monotonic_s()
        if cancelled_s is not None and clock.monotonic_s() - cancelled_s > GRACE_S:
            abandon()
            end_process(ExitCode.CANCELLED)
    thread.join()
    return work.outcome()


def end_process(code: int) -> NoReturn:
    """End at once, without waiting for threads that cannot be stopped."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
