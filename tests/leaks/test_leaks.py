"""Every class that owns something gives it all back: none without a cycle, and no cycle leaves anything."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from tests.leaks import cycles  # noqa: F401  # registers
from tests.leaks.growth import leaks_of, made_of
from tests.leaks.owners import owners, owners_in
from tests.leaks.registry import CYCLES, covered

pytestmark = [
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at what the system lists below /proc/self"),
]


def test_every_class_that_owns_something_has_a_cycle():
    assert set(owners()) - set(covered()) == set()


def test_no_cycle_is_for_a_class_that_is_gone_or_owns_nothing():
    assert set(covered()) - set(owners()) == set()


@pytest.mark.parametrize("cycle", CYCLES, ids=lambda cycle: cycle.name)
def test_a_cycle_leaves_nothing(cycle, tmp_path):
    with cycle.prepare(tmp_path) as once:
        with made_of(cycle.classes) as made:
            once()
        assert made == set(cycle.classes)
        assert leaks_of(once, cycle.cycles) == {}


# -- what would be found


def test_a_class_that_owns_something_is_found():
    source = """
class Ends:
    def close(self): ...

class Holds:
    def __init__(self):
        self.thread = threading.Thread(target=print)

class Maps:
    def read(self, path):
        return mmap.mmap(os.open(path, 0), 0)

class Beats(QObject):
    def __init__(self):
        self.timer = QTimer(self)

class Owns(typing.Protocol):
    def close(self): ...

class Plain:
    def read(self, path):
        QTimer.singleShot(0, print)
        return open(path).read()
"""
    assert set(owners_in(source, "m")) == {"m.Ends", "m.Holds", "m.Maps", "m.Beats"}


KEPT: list[object] = []


def a_thread():
    end = threading.Event()
    thread = threading.Thread(target=end.wait, daemon=True)
    thread.start()
    # one that nobody tells to end would be waited for
    thread.join = lambda _timeout=None: None
    KEPT.append(end)


@pytest.mark.parametrize(
    ("leak", "grown"),
    [
        (lambda: KEPT.append(bytearray(1200)), {"bytes"}),
        (lambda: KEPT.append(np.ones(150)), {"bytes"}),
        (lambda: KEPT.append(os.open(os.devnull, os.O_RDONLY)), {"descriptors"}),
        (lambda: KEPT.append(mmap.mmap(-1, 1 << 20)), {"mapped_bytes", "maps"}),
        (lambda: KEPT.append(subprocess.Popen(["cat"], stdin=-1)), {"children"}),
        (a_thread, {"threads"}),
    ],
    ids=["memory", "array", "descriptor", "map", "process", "thread"],
)
def test_a_leak_of_any_kind_is_found(leak, grown):
    try:
        assert grown <= set(leaks_of(leak, 3))
    finally:
        for one in KEPT:
            if isinstance(one, subprocess.Popen):
                one.communicate()
            elif isinstance(one, int):
                os.close(one)
            elif isinstance(one, threading.Event):
                one.set()
            elif isinstance(one, mmap.mmap):
                one.close()
        KEPT.clear()
