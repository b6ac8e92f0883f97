"""Where the program starts, as `python -m zkcompanion`, as the installed command and in a frozen bundle.

Worker processes import this module again, so nothing is imported at its top that a worker does not need, and nothing
runs without the guard.
"""

from __future__ import annotations

import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Open the window, or run a command, with this process's arguments; end the process with the exit code."""
    # until the face listens for itself, Ctrl-C ends the process without a word, as it ends any program
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()
    from zkcompanion.cli.runner import end_process
    from zkcompanion.ui.launch import run_window, wants_window

    argv = sys.argv[1:]
    if wants_window(argv):
        end_process(run_window(argv))
    from zkcompanion.cli.main import main as run_command

    # all is written by then; to take the interpreter apart, object by object, would cost another 50 ms
    end_process(run_command(argv))


if __name__ == "__main__":
    main()
