"""Run one long native call in a thread of its own, while the calling thread listens for a reason to stop it.

Python looks at signals between the main thread's own instructions only, so a call that computes for minutes must not
run in the thread that should hear Ctrl-C.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from zkcompanion.proving.phases import Trace

T = TypeVar("T")

#: Pause between two looks at the trace; a cancel is heard within it.
TICK_S = 0.05


class OverTimeError(Exception):
    """The work took longer than it may."""


def run_watched(
    work: Callable[[], T], trace: Trace, *, limit_s: float, interrupt: Callable[[], None] | None = None
) -> T:
    """What `work` returns or raises; asks `trace.check` every 0.05 s meanwhile.

    When the trace wants to stop, a signal's handler raises, or `limit_s` seconds have passed (counted in pauses, so a
    little later on a busy machine), calls `interrupt` until `work` has ended, then raises that reason (`OverTimeError`
    for the time). Work that cannot be interrupted (None) is left behind in a daemon thread, which ends by itself.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="watched", daemon=True).start()
    try:
        pauses = 0
        while not done.wait(TICK_S):
            trace.check()
            pauses += 1
            if pauses * TICK_S >= limit_s:
                raise OverTimeError
    except BaseException:
        if interrupt is not None:
            # again and again: the work may not have reached the part that listens
            interrupt()
            while not done.wait(TICK_S):
                interrupt()
            errors.clear()  # the work's frames know this list: they would wait for a collection, and so its values
        raise
    if errors:
        # the frames below hold the work's values; they are no business of whoever logs this
        raise errors.pop().with_traceback(None)
    return results[0]
