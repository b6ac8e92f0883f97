"""Widgets and watches of the window that own a timer, a thread, a file or a place on the bus give it back."""

from __future__ import annotations

import sys

import pytest

from tests.leaks import window_cycles  # noqa: F401  # registers
from tests.leaks.growth import leaks_of, made_of
from tests.leaks.registry import WINDOW_CYCLES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at what the system lists below /proc/self")


@pytest.mark.parametrize("cycle", WINDOW_CYCLES, ids=lambda cycle: cycle.name)
def test_a_cycle_leaves_nothing(cycle, tmp_path, qapp):
    with cycle.prepare(tmp_path) as once:
        with made_of(cycle.classes) as made:
            once()
        assert made == set(cycle.classes)
        assert leaks_of(once, cycle.cycles, cycle.connections) == {}
