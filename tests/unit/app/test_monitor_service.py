"""Samples reach the bus, memory and the file, and what lies between two of them is told."""

import threading

import pytest

from zkcompanion.app import monitor_service
from zkcompanion.app.monitor_service import RECENT, MonitorService
from zkcompanion.app.monitor_views import MarkView, SampleTaken
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.samples import Sample

BEGIN = 1.7e9


class Lab:
    def __init__(self, home):
        self.bus, self.wanted, self.told = EventBus(), True, []
        self.bus.subscribe(SampleTaken, lambda event: self.told.append(event.sample))
        self.service = MonitorService(self.bus, AppDirs(home), SYSTEM_CLOCK, wanted=lambda: self.wanted)

    def take(self, second, *, date_s=None, slept_s=0.0, **values):
        date = BEGIN + (second if date_s is None else date_s)
        sample = Sample(
            date, 100.0 + second, {f"machine.{name}": value for name, value in values.items()}, 0, 0.0, slept_s
        )
        self.service._take(sample)  # as its thread does
        return sample


@pytest.fixture
def lab(tmp_path):
    made = Lab(tmp_path)
    yield made
    made.service.close()
    made.service.close()


def test_a_sample_is_told_and_kept(lab):
    samples = [lab.take(second, load=float(second)) for second in range(5)]
    assert lab.told == samples
    assert lab.service.recent() == tuple(samples)
    assert lab.service.recent(2) == tuple(samples[2:])
    (curve,) = lab.service.curves(("machine.load",), BEGIN, BEGIN + 5, 10)
    assert [point.mean for point in curve.points] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert (curve.unit, str(curve.title)) == ("count", "Programs that want to run")
    assert lab.service.series() == ("machine.load",)
    assert lab.service.notice is None


def test_before_the_first_there_is_none(lab):
    assert lab.service.recent() == ()


def test_memory_holds_a_quarter_of_an_hour(lab):
    lab.wanted = False
    for second in range(RECENT + 10):
        lab.take(second, load=1.0)
    assert len(lab.service.recent()) == RECENT


def test_what_was_freed_goes_back_to_the_system_each_minute(lab, monkeypatch):
    trimmed = []
    monkeypatch.setattr(monitor_service, "trim_memory", lambda: trimmed.append(lab.told[-1].monotonic_s))
    for second in range(0, 200, 10):
        lab.take(second, load=1.0)
    assert trimmed == [100.0, 160.0, 220.0, 280.0]


def test_sleep_and_a_clock_that_was_set_are_marks(lab):
    lab.take(0)
    lab.take(1, date_s=3601, slept_s=3600.0)
    lab.take(2, date_s=3602)
    lab.take(3, date_s=63)
    lab.service.add_mark(MarkView("worker", BEGIN + 64, BEGIN + 64, msg("A worker ended.")))
    while len(lab.service.marks(0, BEGIN + 1e6)) < 4:  # they are written meanwhile
        threading.Event().wait(0.001)
    kinds = [(mark.kind, mark.end_unix_s - mark.begin_unix_s) for mark in lab.service.marks(0, BEGIN + 1e6)]
    assert sorted(kinds) == [("clock", 0.0), ("sleep", 3601.0), ("start", 0.0), ("worker", 0.0)]


def test_what_nobody_wants_kept_is_shown_and_not_kept(lab):
    lab.wanted = False
    lab.take(0, load=1.0)
    lab.take(1, date_s=3601, load=2.0)
    lab.service.add_mark(MarkView("worker", BEGIN, BEGIN, msg("A worker ended.")))
    (curve,) = lab.service.curves(("machine.load",), BEGIN, BEGIN + 10, 10)
    assert [point.mean for point in curve.points] == [1.0]
    assert lab.service.marks(0, BEGIN + 1e6) == ()
    assert list(lab.service.export(("machine.load",), 0, BEGIN + 1e6)) == []


def test_what_was_kept_can_be_forgotten_and_taken_out(lab):
    lab.take(0, load=1.0)
    assert [point.mean for _, point in lab.service.export(("machine.load",), BEGIN, BEGIN + 10)] == [1.0]
    lab.service.clear()
    assert list(lab.service.export(("machine.load",), BEGIN, BEGIN + 10)) == []
    assert lab.service.size() >= 0


def test_its_thread_takes_samples_until_it_is_closed(tmp_path):
    lab, taken = Lab(tmp_path), threading.Event()
    lab.bus.subscribe(SampleTaken, lambda _event: taken.set())
    lab.service.heard_beat(0.25)
    lab.service.start()
    assert taken.wait(30)
    lab.service.close()
    values = lab.told[0].values
    assert values["window.latency"] >= 0.25
    assert {"machine.memory", "engine.waiting", "monitor.cost"} <= values.keys()
    assert not [thread for thread in threading.enumerate() if thread.name == "monitor"]
