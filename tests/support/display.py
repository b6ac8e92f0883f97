"""A display of its own for the tests of the window: an X server without a screen."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys

#: Wide enough for the window at its widest and for several beside each other.
SCREEN = "1920x1200x24"
INSTALL = "apt-get install xvfb"
#: Of Linux's prctl(2).
_PR_SET_PDEATHSIG = 1


def must_have_display():
    """Whether a missing X server fails the window's tests instead of running them without one."""
    return os.environ.get("CI") == "true" or os.environ.get("ZKC_REQUIRE_XVFB") == "1"


def start_display():
    """(process, "NUMBER") of an Xvfb that picked a free number itself; None where it is missing or will not run."""
    program = shutil.which("Xvfb")
    if program is None:
        return None
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [program, "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  # no threads yet
        )
    finally:
        os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        number = stream.readline().decode().strip()  # ends, empty, where the server does
    if not number:
        process.wait()
        return None
    return process, number


def end_display(process):
    """End the server that `start_display` started."""
    process.terminate()
    process.wait(timeout=10)


def _end_with_parent():
    """In the server, before it begins: a run of tests that is killed leaves none behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
