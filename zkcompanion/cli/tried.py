"""What is to run anyway runs in a process of its own: where the system ends that one, this one lives to say so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from zkcompanion.app.room import ended_for_memory
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import BugError, Cancelled, ExitCode
from zkcompanion.base.messages import msg
from zkcompanion.base.process import hear_of_parent
from zkcompanion.cli.runner import Interrupts

#: Says to the process that it is that one.
_MARK = "ZKCOMPANION_TRIED"
_TICK_S = 0.05
#: One that is cancelled ends in a fraction of it, unless the system has no memory left to let it.
_KILL_S = 3.0
_SIGKILL = 9


def is_tried() -> bool:
    """Whether this process is the one that may be ended."""
    return _MARK in os.environ


def run_tried(argv: Sequence[str], interrupts: Interrupts) -> ExitCode:
    """Run the command with the same streams and arguments, cancelled as this process is.

    Raises: Cancelled where it could not say so itself; ResourceError where the system ended it; BugError where it ended
    by itself.
    """
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, *(() if frozen else ("-P", "-m", "zkcompanion")), *argv]
    code: int | None = None
    kill_s: float | None = None
    with _begun(command) as process:
        while code is None:
            try:
                code = process.wait(_TICK_S)
            except subprocess.TimeoutExpired:
                now_s = SYSTEM_CLOCK.monotonic_s()
                if interrupts.cancel.is_set() and kill_s is None:
                    kill_s = now_s + _KILL_S
                    process.send_signal(signal.SIGTERM)
                elif kill_s is not None and now_s >= kill_s:
                    process.kill()
    if code in set(ExitCode):
        return ExitCode(code)
    if interrupts.cancel.is_set():
        raise Cancelled
    if code == -_SIGKILL:
        raise ended_for_memory()
    raise BugError(msg("The process that worked on this ended by itself ({how}).", how=_how(code)))


def listen() -> None:
    """In the process that may be ended: hear Ctrl-C from now on, and the end of the one that waits for it."""
    hear_of_parent()
    mark = os.environ[_MARK]
    # it ended before it could be heard of; a frozen program may have a loader between the two
    if sys.platform != "win32":
        if mark.isdigit() and os.getppid() != int(mark) and not getattr(sys, "frozen", False):
            os.kill(os.getpid(), signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Ctrl-C, which comes to both, waits there until it can be heard (`listen`), and does not end the start noisily."""
    environment = {**os.environ, _MARK: str(os.getpid())}
    if sys.platform == "win32":
        return subprocess.Popen(command, env=environment)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(command, env=environment)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _how(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return str(code)
