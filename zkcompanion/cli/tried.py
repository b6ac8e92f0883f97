"""What is to run anyway runs in a process of its own: where the system ends that one, this one lives to say so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from zkcompanion.app.room import ended_for_memory
from zkcompanion.base.errors import ExitCode
from zkcompanion.cli.runner import Interrupts

#: Says to the process that it is that one.
_MARK = "ZKCOMPANION_TRIED"
_TICK_S = 0.05
_SIGKILL = 9


def is_tried() -> bool:
    """Whether this process is the one that may be ended."""
    return _MARK in os.environ


def run_tried(argv: Sequence[str], interrupts: Interrupts) -> ExitCode:
    """Run the command with the same streams and arguments, cancelled as this process is.

    Raises: ResourceError where the system ended it.
    """
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, *(() if frozen else ("-P", "-m", "zkcompanion")), *argv]
    code: int | None = None
    told = False
    with subprocess.Popen(command, env={**os.environ, _MARK: "1"}) as process:
        while code is None:
            try:
                code = process.wait(_TICK_S)
            except subprocess.TimeoutExpired:
                if interrupts.cancel.is_set() and not told:
                    told = True
                    process.send_signal(signal.SIGTERM)
    if code == -_SIGKILL and not told:
        raise ended_for_memory()
    return ExitCode(code) if code in set(ExitCode) else ExitCode.BUG
