"""Asking a program of the system: by a list of arguments, with a time-out, its answer read up to a bound."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Protocol

from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

#: More than any of them says in earnest.
MOST_BYTES = 1 << 20
#: A program that does not answer in this time does not answer.
PATIENCE_S = 1.5


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
    kept = {name: os.environ[name] for name in ("SystemRoot", "SYSTEMDRIVE", "TEMP", "TMP") if name in os.environ}
    return kept if sys.platform == "win32" else {"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
