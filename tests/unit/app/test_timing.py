import threading

import pytest

from zkcompanion.app.memory import PhaseMemory
from zkcompanion.app.timing import PhaseAdvanced, PhaseFinished, PhaseStarted, ProofStarted, RecordingTrace
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.phases import Phase


class HandClock:
    def __init__(self):
        self.now_s = 100.0

    def monotonic_s(self):
        return self.now_s

    def unix_s(self):
        return self.now_s

    def thread_cpu_s(self):
        return self.now_s


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def trace(clock, heard):
    return RecordingTrace(clock=clock, listener=heard.append)


def test_a_phase_has_the_time_between_begin_and_end(trace, clock, heard):
    with trace.phase(Phase.SUM_H, 4):
        clock.now_s += 2
        trace.advance(Phase.SUM_H)
        trace.advance(Phase.SUM_H, 2)
    assert heard == [
        PhaseStarted(Phase.SUM_H, 4),
        PhaseAdvanced(Phase.SUM_H, 1, 4),
        PhaseAdvanced(Phase.SUM_H, 3, 4),
        PhaseFinished(Phase.SUM_H, 2.0),
    ]
    assert trace.lap() == {"sum-h": 2.0}
    assert trace.lap() == {}


def test_a_phase_inside_another_pauses_it_so_that_times_add_up(trace, clock):
    with trace.phase(Phase.LOAD):
        clock.now_s += 1
        with trace.phase(Phase.COMPILE):
            clock.now_s += 10
        clock.now_s += 3
    assert trace.lap() == {"compile": 10.0, "load": 4.0}


def test_a_phase_that_comes_twice_has_both_times(trace, clock):
    for _ in range(2):
        with trace.phase(Phase.TRANSFORMS):
            clock.now_s += 1.5
    assert trace.lap() == {"transforms": 3.0}


def test_a_phase_left_open_by_a_handled_error_ends_with_the_one_around_it(trace, clock):
    trace.begin(Phase.LOAD)
    clock.now_s += 1
    trace.begin(Phase.COMPILE)
    clock.now_s += 5
    trace.end(Phase.LOAD)
    assert trace.lap() == {"compile": 5.0, "load": 1.0}


def test_what_is_said_of_a_phase_that_is_not_open_is_ignored(trace, heard):
    trace.advance(Phase.CHECK)
    trace.end(Phase.CHECK)
    assert heard == []
    assert trace.lap() == {}


def test_check_raises_once_cancel_is_set_and_so_does_a_new_phase(trace):
    trace.check()
    trace.cancel.set()
    with pytest.raises(Cancelled):
        trace.check()
    with pytest.raises(Cancelled), trace.phase(Phase.WITNESS):
        pytest.fail("the phase ran")


def test_the_cancel_event_may_come_from_outside():
    cancel = threading.Event()
    trace = RecordingTrace(cancel=cancel)
    cancel.set()
    with pytest.raises(Cancelled):
        trace.check()


def test_rounds_are_told(trace, heard):
    trace.proof_started(2, 5)
    assert heard == [ProofStarted(2, 5)]


def test_a_stopwatch_measures_also_what_raises(trace, clock):
    def fail():
        clock.now_s += 7
        raise KeyError

    with pytest.raises(KeyError), trace.stopwatch() as watch:
        fail()
    assert watch.seconds == 7.0


def test_steps_from_many_threads_are_all_counted(heard):
    trace = RecordingTrace(listener=heard.append)
    trace.begin(Phase.SUM_A, 400)
    threads = [threading.Thread(target=lambda: [trace.advance(Phase.SUM_A) for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(event.done for event in heard if isinstance(event, PhaseAdvanced)) == 400


def counter(clock, products, seconds=0):
    def count():
        clock.now_s += seconds
        return products

    return count


def test_work_is_counted_only_where_it_is_asked_for(trace, clock):
    def never():
        raise AssertionError

    trace.work(Phase.SUM_A, never)
    assert trace.lap_work() == ({}, 0.0)
    trace.counting = True
    trace.work(Phase.SUM_A, counter(clock, 5))
    trace.work(Phase.SUM_H, counter(clock, 7))
    trace.work(Phase.SUM_A, counter(clock, 1))
    assert trace.lap_work() == ({"sum-a": 6, "sum-h": 7}, 0.0)
    assert trace.lap_work() == ({}, 0.0)


def test_the_time_that_counting_takes_belongs_to_no_phase(trace, clock):
    trace.counting = True
    with trace.phase(Phase.SUM_A):
        clock.now_s += 1
        trace.work(Phase.SUM_B1, counter(clock, 5, seconds=10))
        clock.now_s += 2
    trace.work(Phase.SUM_A, counter(clock, 5, seconds=30))
    assert trace.lap() == {"sum-a": 3.0}
    assert trace.lap_work() == ({"sum-b1": 5, "sum-a": 5}, 40.0)


class Scale:
    """Says what a test puts on it."""

    def __init__(self):
        self.held = iter(range(100, 1000, 100))

    def look(self):
        size = next(self.held)
        return PhaseMemory(size, size - 1)


def test_what_is_held_belongs_to_the_phase_that_runs(trace):
    trace.meter = Scale()
    # 100 came before loading, 200 before compiling, 300 and 400 to the end of each
    with trace.phase(Phase.LOAD), trace.phase(Phase.COMPILE):
        pass
    with trace.phase(Phase.WITNESS):  # 500 between the two
        pass  # 600
    assert trace.lap_memory() == {
        "load": PhaseMemory(400, 399),
        "compile": PhaseMemory(300, 299),
        "witness": PhaseMemory(600, 599),
    }
    assert trace.lap_memory() == {}


def test_without_a_meter_memory_is_not_looked_at(trace):
    with trace.phase(Phase.LOAD):
        pass
    assert trace.lap_memory() == {}
