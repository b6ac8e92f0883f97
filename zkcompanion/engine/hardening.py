"""What a worker process does before anything else: it outlives nobody, is heard by nobody else, and disturbs nobody."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

from zkcompanion.base.garbage import calm_garbage
from zkcompanion.base.process import bound_memory, deny_core_dumps

#: Of Linux's prctl(2).
_PR_SET_PDEATHSIG = 1
#: The window is to stay smooth while all processors prove.
_NICENESS = 10
#: Of the session: a third of a window's share, and enough beside other programs that a proof is not starved.
_SESSION_NICENESS = 5
_STANDARD = (0, 1, 2)


def harden() -> None:
    """In this order: no dumps, no terminal, an end with the parent's, a limit, a lower priority, no streams."""
    deny_core_dumps()
    leave_terminal()
    end_with_parent()
    bound_memory()
    calm_garbage()
    step_back()
    silence_streams()


def leave_terminal() -> None:
    """Ctrl-C and hang-ups belong to the parent, which tells us what to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        # of a session of its own, so that a terminal's signals do not come here at all
        with contextlib.suppress(OSError):
            os.setsid()


def step_back() -> None:
    """Let the window go first.

    Linux (autogroups) shares processors between sessions before it looks at the processes in them, and this process
    leads a session of its own: so the session steps back too, or it would weigh as much as the window's.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
        if os.getsid(0) == os.getpid():
            descriptor = os.open("/proc/self/autogroup", os.O_WRONLY)
            try:
                os.write(descriptor, str(_SESSION_NICENESS).encode())
            finally:
                os.close(descriptor)


def end_with_parent() -> None:
    """See that this process ends about a second after its parent, whatever it is doing then; Linux only.

    A worker that can still listen ends by itself, and cleans up, when the pipe from the parent closes. This is for one
    that cannot: the kernel sends SIGHUP when the thread that started us ends, and what handles that is the C library's
    `alarm`, called with the signal's number. It needs no Python to run; one second later its SIGALRM ends the process.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
        library.signal.restype = ctypes.c_void_p
        library.signal(int(signal.SIGHUP), ctypes.cast(library.alarm, ctypes.c_void_p))
        # the thread that starts workers holds terminal signals back, and we have inherited that
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        library.prctl(_PR_SET_PDEATHSIG, int(signal.SIGHUP), 0, 0, 0)


def silence_streams() -> None:
    """Let nothing that a library prints get onto the parent's streams."""
    with contextlib.suppress(OSError):
        reserve_standard_streams()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in _STANDARD:
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


def reserve_standard_streams() -> None:
    """See that no pipe gets the number of a standard stream that this process was started without."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor in _STANDARD:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
