"""Asking a program of the system: by a list of arguments, with a time-out, its answer read up to a bound."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

Value = TypeVar("Value")

#: More than any of them says in earnest.
MOST_BYTES = 1 << 20
#: A program that does not answer in this time does not answer.
PATIENCE_S = 1.5


class Once(Generic[Value]):
    """What is asked for by several threads, and found out by the first of them."""

    def __init__(self, ask: Callable[[], Value]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._found: list[Value] = []

    def __call__(self) -> Value:
        """The others wait for it."""
        with self._lock:
            if not self._found:
                self._found.append(self._ask())
            return self._found[0]


class Run(Protocol):
    """What asks a program."""

    def __call__(self, arguments: Sequence[str]) -> str | None:
        """What it wrote; None where it is not there, fails, takes too long or says too much. Never raises."""
        ...


def run_tool(arguments: Sequence[str], *, patience_s: float = PATIENCE_S) -> str | None:
    """See `Run`; the program gets no input, and only the variables that systems need to start one."""
    try:
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, ValueError) as error:
        _LOG.debug("%s cannot be asked (%s).", arguments[0], type(error).__name__)
        return None
    with process:
        timer = threading.Timer(patience_s, process.kill)
        timer.daemon = True
        timer.start()
        try:
            answer = _answer(process)
        finally:
            timer.cancel()
            process.kill()
    return answer


def _answer(process: subprocess.Popen[bytes]) -> str | None:
    stream = process.stdout
    told = stream.read(MOST_BYTES + 1) if stream is not None else b""
    if len(told) > MOST_BYTES:
        return None
    # its output has ended, and so will it; unless it goes on in silence, until the timer ends it
    if process.wait() != 0:
        return None
    return told.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    """In English, and nothing of the user's."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP") if name in os.environ}
    return kept if sys.platform == "win32" else {"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
