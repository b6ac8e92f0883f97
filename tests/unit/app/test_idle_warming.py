"""Circuits that were opened are prepared at idle moments, once, and real work goes first."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.idle_warming import IDLE_S, TRIES, IdleWarming
from zkcompanion.app.worker_entry import Warmed
from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.base.sealed import Limits


class HandClock:
    """A clock that is put forward by hand."""

    def __init__(self):
        self.now_s = 100.0

    def monotonic_s(self):
        return self.now_s


class Clerk:
    """Notes what it is asked; the test answers."""

    def __init__(self):
        self.asked = []

    def ask(self, order):
        future = Future()
        self.asked.append((order, future))
        return future

    @property
    def last(self):
        return self.asked[-1]


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def clerk():
    return Clerk()


@pytest.fixture
def warming(clerk, clock):
    return IdleWarming(clerk.ask, lambda: Limits(100, 1 << 30), clock)


def files(name):
    return CircuitFiles(name, zkey=Path(f"{name}.zkey"))


def rest(warming, clock):
    """An idle moment that is long enough."""
    warming.look(idle=True)
    clock.now_s += IDLE_S
    warming.look(idle=True)


def test_kernels_come_first_and_only_after_a_while_without_work(warming, clerk, clock):
    warming.look(idle=True)
    clock.now_s += IDLE_S - 0.1
    warming.look(idle=True)
    assert clerk.asked == []
    warming.look(idle=False)
    clock.now_s += IDLE_S
    warming.look(idle=True)
    assert clerk.asked == [], "the while begins anew after work"
    clock.now_s += IDLE_S
    warming.look(idle=True)
    order, future = clerk.last
    assert (order.files, order.max_entries, order.max_bytes) == (None, 100, 1 << 30)
    assert warming.under_way
    future.set_result(Warmed(0))
    assert not warming.under_way


def test_each_circuit_is_prepared_once_and_one_at_a_time(warming, clerk, clock):
    warming.opened("a", files("a"))
    warming.opened("b", files("b"))
    warming.opened("a", files("a"))
    for _ in range(6):
        rest(warming, clock)
        rest(warming, clock)  # what is under way is waited for
        if not clerk.last[1].done():
            clerk.last[1].set_result(Warmed(2))
    assert [order.files for order, _ in clerk.asked] == [None, files("a"), files("b")]


def test_real_work_with_nothing_under_way_begins_the_while_anew(warming, clerk, clock):
    warming.look(idle=True)
    clock.now_s += IDLE_S
    warming.make_way()
    warming.look(idle=True)
    assert clerk.asked == []


def test_real_work_cuts_it_short_and_it_is_begun_again_later(warming, clerk, clock):
    rest(warming, clock)
    clerk.last[1].set_result(Warmed(0))
    warming.opened("a", files("a"))
    rest(warming, clock)
    warming.make_way()
    assert clerk.last[1].cancelled()
    assert not warming.under_way
    warming.look(idle=True)
    assert len(clerk.asked) == 2, "not at once"
    rest(warming, clock)
    assert [order.files for order, _ in clerk.asked] == [None, files("a"), files("a")]


def test_what_is_always_cut_short_is_left_to_its_first_proof(warming, clerk, clock):
    for _ in range(TRIES + 2):
        rest(warming, clock)
        warming.make_way()
    assert len(clerk.asked) == TRIES


def test_what_goes_wrong_is_not_tried_again_and_stops_nothing(warming, clerk, clock):
    rest(warming, clock)
    clerk.last[1].set_exception(FileError(msg("gone"), file="a"))
    warming.opened("a", files("a"))
    rest(warming, clock)
    assert [order.files for order, _ in clerk.asked] == [None, files("a")]


def test_an_end_that_comes_late_does_not_end_what_is_under_way_now(warming, clerk, clock):
    rest(warming, clock)
    first = clerk.last[1]
    warming.make_way()
    rest(warming, clock)
    assert first is not clerk.last[1]
    warming._ended(first)
    assert warming.under_way
