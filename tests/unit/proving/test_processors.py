import os
import threading

import pytest

from zkcompanion.proving import processors
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.processors import Elsewhere, current_processor

linux = pytest.mark.skipif(processors._READER is None, reason="the system does not tell processors")


def in_a_thread(function):
    """What the function returns, from a thread of its own, whose processors it may change."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


@linux
def test_the_processor_is_one_that_this_thread_may_use():
    assert current_processor() in os.sched_getaffinity(0)


@linux
def test_a_thread_leaves_one_processor_and_keeps_all_others():
    allowed = os.sched_getaffinity(0)

    def work():
        elsewhere, seen = Elsewhere(), []
        for processor in (*allowed, None):
            elsewhere.leave(processor)
            seen.append(os.sched_getaffinity(0))
        return seen

    expected = [allowed - {processor} or allowed for processor in allowed]
    assert in_a_thread(work) == [*expected, expected[-1]]
    assert os.sched_getaffinity(0) == allowed, "no other thread is moved"


@pytest.fixture
def four(monkeypatch):
    """A system of four processors; the list of what was set."""
    calls = []
    monkeypatch.setattr(processors.sys, "platform", "linux")
    monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(processors.os, "sched_setaffinity", lambda _, cpus: calls.append(cpus), raising=False)
    return calls


def test_the_system_is_asked_only_where_something_changes(four):
    elsewhere = Elsewhere()
    for processor in (2, 2, None, 2, 1, 7):
        elsewhere.leave(processor)
    assert four == [{0, 1, 3}, {0, 2, 3}, {0, 1, 2, 3}]


def test_where_there_is_one_processor_nothing_is_left(four, monkeypatch):
    monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _: {5})
    Elsewhere().leave(5)
    assert four == []


def test_a_system_that_refuses_is_let_be(four, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(processors.os, "sched_setaffinity", refuse)
    Elsewhere().leave(1)


def test_other_systems_are_not_asked(four, monkeypatch):
    monkeypatch.setattr(processors.sys, "platform", "darwin")
    Elsewhere().leave(1)
    assert four == []
    assert processors._processor_reader() is None
    monkeypatch.setattr(processors, "_READER", None)
    assert current_processor() is None


def test_a_c_library_without_the_function_is_no_error(monkeypatch):
    monkeypatch.setattr(processors.sys, "platform", "linux")
    monkeypatch.setattr(processors.ctypes, "CDLL", lambda _: object())
    assert processors._processor_reader() is None


@linux
def test_a_helper_of_a_team_works_beside_its_caller():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one processor")
    with ThreadTeam(2) as team:
        meeting = threading.Barrier(2, timeout=10)

        def item(_):
            meeting.wait()
            return threading.get_ident(), os.sched_getaffinity(0)

        for _ in range(5):
            by_thread = dict(team.map(item, range(2)))
            mine = by_thread.pop(threading.get_ident())
            (helpers,) = by_thread.values()
            assert len(mine - helpers) == 1
            assert helpers < mine
