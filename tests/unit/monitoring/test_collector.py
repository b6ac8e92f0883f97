"""Samples are taken at whole seconds; what is missed is counted, and nothing is made up for it."""

import threading

import pytest

from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.logs import RecentRecords, get_logger
from zkcompanion.monitoring.collector import Collector


class Time:
    """A clock, and the event on which the collector waits: it wakes `late` seconds after its moment, once for each."""

    def __init__(self, begin_s, late, *, sleeps=None, tells_sleep=True):
        self.now_s = begin_s
        self.late = list(late)
        self.sleeps = list(sleeps or [0.0] * len(self.late))
        self.asleep_s = 0.0
        self.spent_s = 0.0
        self.tells_sleep = tells_sleep

    def monotonic_s(self):
        return self.now_s

    def unix_s(self):
        return 1e9 + self.now_s + self.asleep_s

    def thread_cpu_s(self):
        return self.spent_s

    def slept_s(self):
        return self.asleep_s if self.tells_sleep else None

    def wait(self, timeout_s):
        if not self.late:
            return True
        self.now_s += timeout_s + self.late.pop(0)
        self.asleep_s += self.sleeps.pop(0)
        return False


def run(time, *sources, **options):
    samples = []
    collector = Collector(sources, samples.append, time, **options)
    collector._ended = time
    collector._run()
    return samples


def test_samples_are_of_whole_seconds_and_say_how_late_they_are():
    samples = run(Time(10.25, [0.0, 0.125, 0.0]))
    assert [one.monotonic_s for one in samples] == [11.0, 12.125, 13.0]
    assert [one.unix_s for one in samples] == [1e9 + 11, 1e9 + 12.125, 1e9 + 13]
    assert [(one.late_s, one.missed) for one in samples] == [(0.0, 0), (0.125, 0), (0.0, 0)]


def test_ticks_that_are_missed_are_counted_and_no_sample_stands_for_them():
    samples = run(Time(0.5, [0.0, 3.5, 0.0]))
    assert [one.monotonic_s for one in samples] == [1.0, 5.5, 6.0]
    assert [one.missed for one in samples] == [0, 3, 0]
    assert [one.values["monitor.missed"] for one in samples] == [0.0, 3.0, 0.0]
    assert samples[1].late_s == 0.5


def test_a_source_that_takes_longer_than_a_tick_costs_that_tick():
    time = Time(0.5, [0.0, 0.0])

    def slow():
        time.now_s += 2.25
        time.spent_s += 0.125
        return {"machine.load": 1.0}

    samples = run(time, slow)
    # the sample bears the time at which it was begun
    assert [(one.monotonic_s, one.missed) for one in samples] == [(1.0, 0), (3.25, 1)]
    assert [one.values["monitor.cost"] for one in samples] == pytest.approx([100 * 0.125 / 0.5, 100 * 0.125 / 2.25])


def test_sleep_is_told_where_the_system_tells_it():
    samples = run(Time(0.5, [0.0, 0.0, 0.0], sleeps=[0.0, 3600.0, 0.0]))
    assert [one.slept_s for one in samples] == [0.0, 3600.0, 0.0]
    assert [one.missed for one in samples] == [0, 0, 0]
    assert samples[1].unix_s - samples[0].unix_s == 3601
    assert [one.slept_s for one in run(Time(0.5, [0.0], tells_sleep=False))] == [None]


def test_other_intervals_keep_to_their_own_ticks():
    samples = run(Time(0.25, [0.0, 0.0, 0.0]), interval_s=0.5)
    assert [one.monotonic_s for one in samples] == [0.5, 1.0, 1.5]


@pytest.fixture
def records():
    found = RecentRecords()
    logger = get_logger("zkcompanion")
    logger.addHandler(found)
    yield found
    logger.removeHandler(found)


def test_a_source_that_fails_is_told_of_once_and_costs_the_others_nothing(records):
    def bad():
        raise ValueError("sesame")

    samples = run(Time(0.5, [0.0, 0.0]), bad, lambda: {"machine.load": 2.0})
    assert [one.values["machine.load"] for one in samples] == [2.0, 2.0]
    (line,) = [line for line in records.lines() if "source of samples failed" in line]
    assert "ValueError" in line
    assert "sesame" not in line


def test_a_sample_that_cannot_be_taken_in_is_told_of_once_and_ends_nothing(records):
    samples = []

    def bad(sample):
        samples.append(sample)
        raise ValueError("sesame")

    time = Time(0.5, [0.0, 0.0, 0.0])
    collector = Collector((), bad, time)
    collector._ended = time
    collector._run()
    assert len(samples) == 3
    (line,) = [line for line in records.lines() if "could not be taken in" in line]
    assert "ValueError" in line
    assert "sesame" not in line


def test_sources_are_made_ready_in_the_thread_that_asks_them(records):
    threads = []
    taken = threading.Event()

    def prepare():
        threads.append(threading.current_thread().name)
        return [lambda: {"machine.load": 3.0}]

    samples = []
    collector = Collector(
        (), lambda one: (samples.append(one), taken.set()), SYSTEM_CLOCK, interval_s=0.02, prepare=prepare
    )
    collector.start()
    assert taken.wait(10)
    collector.close()
    collector.close()
    assert threads == ["monitor"]
    assert samples[0].values["machine.load"] == 3.0

    def fails():
        raise OSError

    assert run(Time(0.5, [0.0]), prepare=fails)[0].values.keys() == {"monitor.cost", "monitor.missed"}
    assert any("made ready (OSError)" in line for line in records.lines())


def test_one_that_was_never_started_can_be_closed():
    Collector((), print, SYSTEM_CLOCK).close()
