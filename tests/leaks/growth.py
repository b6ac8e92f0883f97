"""What one cycle of a class leaves behind: made, used, ended, again and again."""

from __future__ import annotations

import ctypes
import gc
import threading
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from unittest import mock

import psutil

#: Bytes of Python and NumPy that a cycle may leave.
MOST_BYTES = 1024
#: The same of the C library's allocator, in which threads that come and go, the compiler of witness programs and
#: PySide (some 300 bytes for a connection from a sender that stays) leave a little.
MOST_NATIVE_BYTES = 4096
#: Address space that it may leave: pages, and what the system's allocator keeps for later.
MOST_MAPPED_BYTES = 64 << 10
#: Bytes of Python that PySide keeps of a connection from a sender that stays.
CONNECTION_BYTES = 100
WARM_UP = 2
#: Once in a while a table of Python's grows, so a leak is what grows every time.
BATCHES = 5
#: A thread that was told to end is waited for so long.
_THREAD_S = 10.0


@dataclass(frozen=True)
class Held:
    """What this process holds at a moment. Bytes are those of Python and NumPy, and of the system's allocator."""

    bytes: int
    native_bytes: int
    mapped_bytes: int
    descriptors: int
    threads: int
    maps: int
    children: int

    @classmethod
    def now(cls, before: frozenset[threading.Thread]) -> Held:
        """After garbage is gone, and threads that are not of `before` had time to end."""
        for thread in set(threading.enumerate()) - before:
            thread.join(_THREAD_S)
        gc.collect()
        maps = Path("/proc/self/maps").read_text().splitlines()
        return cls(
            tracemalloc.get_traced_memory()[0],
            _native_bytes(),
            psutil.Process().memory_info().vms,
            sum(1 for _ in Path("/proc/self/fd").iterdir()),
            threading.active_count(),
            sum(line.split()[4] != "0" for line in maps),
            len(psutil.Process().children()),
        )


def leaks_of(cycle: Callable[[], object], cycles: int = 10, connections: int = 0) -> dict[str, float]:
    """What grows too much with every cycle, by name and for one cycle; empty where nothing does."""
    return too_much(growth_of(cycle, cycles), CONNECTION_BYTES * connections)


def growth_of(cycle: Callable[[], object], cycles: int = 10) -> dict[str, float]:
    """How much everything grows with every cycle, by the names of `Held`."""
    before = frozenset(threading.enumerate())
    for _ in range(WARM_UP):
        cycle()
    least: dict[str, float] = {}
    gc.collect()
    gc.freeze()  # what was there before need not be looked at again and again
    tracemalloc.start()
    try:
        cycle()
        last = Held.now(before)
        for _ in range(BATCHES):
            for _ in range(cycles):
                cycle()
            now = Held.now(before)
            for name in Held.__dataclass_fields__:
                grown = (getattr(now, name) - getattr(last, name)) / cycles
                least[name] = min(grown, least.get(name, grown))
            last = now
            if not too_much(least):
                break
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    return least


def too_much(grown: dict[str, float], kept_bytes: int = 0) -> dict[str, float]:
    """What of it is a leak."""
    most = {"bytes": MOST_BYTES + kept_bytes, "native_bytes": MOST_NATIVE_BYTES, "mapped_bytes": MOST_MAPPED_BYTES}
    return {name: value for name, value in grown.items() if value > most.get(name, 0)}


class _Mallinfo(ctypes.Structure):
    # by position: arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost
    _fields_ = tuple((name, ctypes.c_size_t) for name in "abcdefghij")


def _native_bytes() -> int:
    """What was taken from the system's allocator and not given back."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):  # before glibc 2.33
        return 0
    library.mallinfo2.restype = _Mallinfo
    found = library.mallinfo2()
    return int(found.h + found.e)


@contextmanager
def made_of(names: Sequence[str]):
    """The names of those classes (`module.Class`) of which something was made in the block, subclasses' included."""
    made: set[str] = set()
    with ExitStack() as stack:
        for name in names:
            kind = class_of(name)
            for one in (kind, *kind.__subclasses__()):
                stack.enter_context(mock.patch.object(one, "__init__", _noting(one.__init__, made, name)))
        yield made


def class_of(name: str) -> type:
    """The class of `module.Class`."""
    module, _, short = name.rpartition(".")
    found: type = getattr(import_module(module), short)
    return found


def _noting(original, made: set[str], name: str):
    def noted(self, *arguments, **options):
        made.add(name)
        original(self, *arguments, **options)

    return noted
