"""What runs in a worker for a measurement; it loads what a worker of the program loads before it is ready."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from typing import TYPE_CHECKING

import zkcompanion.app.worker_entry  # noqa: F401

if TYPE_CHECKING:
    from zkcompanion.engine.child import Task


class Labourer:
    """What runs in a worker: waits, or says what time it is."""

    def __init__(self, config: bytes) -> None:
        self._speed = float(config or b"1")

    def run(self, task: Task) -> bytes:
        """A job; its kind says what it does.

        `rest` so many seconds (of a worker of speed 1), `toil` so many processor seconds, both with a word when they
        have begun; `stamp` (progress with the time) and `spin` until the cancel; `crash`.
        """
        seconds = float(task.body or b"0")
        if task.kind == "crash" and not task.mode:
            os.kill(os.getpid(), signal.SIGSEGV)
        if task.kind == "stamp":
            task.report(lambda: json.dumps(time.monotonic()).encode())
        if task.kind in {"spin", "stamp"}:
            block = bytes(1 << 20)
            while not task.cancel.is_set():
                hashlib.blake2b(block)  # lets other threads go on, as kernels do
                task.changed()
        elif task.kind == "toil":
            task.report(lambda: b"begun")
            toil(seconds / self._speed, task)
        else:
            task.report(lambda: b"begun")
            task.changed()
            if task.cancel.wait(seconds / self._speed):
                raise InterruptedError
        return b""

    def failure(self, error: BaseException) -> bytes:
        """Its type."""
        return type(error).__name__.encode()

    def rest(self) -> None:
        """Nothing to give back."""

    def abandon(self) -> None:
        """Nothing to leave behind."""


def open_labourer(config: bytes) -> Labourer:
    """The entry."""
    return Labourer(config)


def toil(seconds: float, task: Task) -> None:
    """Use a processor for so long. Raises: InterruptedError where the job is cancelled."""
    block = bytes(1 << 20)
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        hashlib.blake2b(block)
        if task.cancel.is_set():
            raise InterruptedError
