"""Limits on what a hostile file may cost."""

from __future__ import annotations

import contextlib
import sys
import time
import tracemalloc
from collections.abc import Iterator

#: Measuring coverage traces each line, on top of counting memory: code that only runs Python takes this much longer.
TRACED = 4


@contextlib.contextmanager
def bounded(*, seconds: float = 5.0, mebibytes: float = 200, covered: bool = True) -> Iterator[None]:
    """The block takes at most so much processor time of this thread, and so much memory of Python and NumPy at once.

    Counting memory makes Python a few times slower, so the time is measured generously. `covered`: whether coverage
    may be measured meanwhile; what runs for long in Python is quicker without, where other tests cover it.
    """
    tracer = sys.gettrace()
    traced = tracer is not None and covered
    if not covered:
        sys.settrace(None)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    begin = time.thread_time()
    try:
        yield
    finally:
        taken_s = time.thread_time() - begin
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sys.settrace(tracer)
    assert taken_s < seconds * (TRACED if traced else 1)
    assert peak - before < mebibytes * 2**20
