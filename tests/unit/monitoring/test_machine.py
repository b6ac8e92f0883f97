"""What a machine tells is read; what it does not tell, or too slowly, is absent and not asked for again."""

import sys
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from zkcompanion.monitoring import machine
from zkcompanion.monitoring.machine import MachineProbe, Processor, Seldom, rates
from zkcompanion.monitoring.metrics import metric_of


class Clock:
    now_s = 0.0

    def monotonic_s(self):
        return self.now_s


def probe(tmp_path, clock=None, **parts):
    return MachineProbe(tmp_path, clock=clock or Clock(), parts=parts)


def test_what_is_not_told_is_asked_for_once(tmp_path):
    asked = []

    def untold(_past_s):
        asked.append(1)
        raise FileNotFoundError

    made = probe(tmp_path, heat=untold, load=lambda _past_s: {"machine.load": 1.0})
    assert made.told == ("load",)
    assert made.read() == made.read() == {"machine.load": 1.0}
    assert asked == [1]


def test_a_sensor_that_fails_now_and_then_stays_and_one_that_has_gone_goes(tmp_path):
    fails = iter([False, True, True, False, True, True, True])

    def read(_past_s):
        if next(fails):
            raise OSError
        return {"machine.temperature": 50.0}

    made = probe(tmp_path, heat=read)
    assert [bool(made.read()) for _ in range(3)] == [False, False, True]
    assert made.told == ("heat",)
    assert [bool(made.read()) for _ in range(4)] == [False, False, False, False]
    assert made.told == ()


def test_what_takes_too_long_again_and_again_is_given_up(tmp_path):
    clock = Clock()
    takes = iter([5.0, 0.2, 0.2, 0.0, 0.2, 0.2, 0.2])

    def read(_past_s):
        clock.now_s += next(takes)
        return {"machine.battery": 80.0}

    made = probe(tmp_path, clock, battery=read)
    told = []
    for _ in range(6):
        made.read()
        told.append(made.told)
    # the first time may take long; a quick one between slow ones counts
    assert told == [("battery",)] * 5 + [()]


def test_time_passed_is_given_to_the_parts(tmp_path):
    clock, past = Clock(), []
    made = probe(tmp_path, clock, load=lambda past_s: past.append(past_s) or {})
    clock.now_s = 2.5
    made.read()
    assert past == [0.0, 2.5]


def cores(*given):
    return [dict(zip(("user", "system", "idle", "iowait", "steal", "guest"), one, strict=True)) for one in given]


def test_percentages_leave_out_what_the_host_took():
    readings = iter(
        [
            cores((10, 0, 90, 0, 0, 0), (0, 0, 100, 0, 0, 0)),
            cores((14, 1, 94, 0, 1, 4), (0, 0, 108, 2, 0, 0)),
            cores((13, 1, 95, 0, 1, 4), (5, 0, 113, 2, 0, 0)),
            cores((14, 1, 96, 0, 1, 4)),
        ]
    )
    processor = Processor(lambda: next(readings))
    assert processor.read(1.0) == {}
    assert processor.read(1.0) == {
        "machine.core/0": 50.0,
        "machine.core/1": 0.0,
        "machine.processor": 25.0,
        "machine.stolen": 5.0,
    }
    # the first core's counters went back, so nothing is known of it
    assert processor.read(1.0) == {"machine.core/1": 50.0, "machine.processor": 50.0, "machine.stolen": 0.0}
    assert processor.read(1.0) == {}, "a core went away"


def test_a_system_that_knows_no_host_tells_nothing_of_it():
    readings = iter([[{"user": 0.0, "idle": 1.0}], [{"user": 1.0, "idle": 2.0}]])
    processor = Processor(lambda: next(readings))
    processor.read(1.0)
    assert processor.read(1.0) == {"machine.core/0": 50.0, "machine.processor": 50.0}


def test_rates_are_of_what_grew():
    assert dict(rates({"a": 30, "b": 5, "c": 1}, {"a": 10, "b": 6}, 2.0)) == {"a": 10.0}
    assert dict(rates({"a": 30}, {"a": 10}, 0.0)) == {}


Battery = namedtuple("Battery", "percent power_plugged")


@pytest.mark.parametrize(
    ("found", "values"),
    [
        (Battery(80, True), {"machine.battery": 80.0, "machine.on_battery": 0.0, "machine.battery_left": 100.0}),
        (Battery(80, False), {"machine.battery": 80.0, "machine.on_battery": 1.0, "machine.battery_left": 80.0}),
        (Battery(80, None), {"machine.battery": 80.0}),
    ],
)
def test_a_battery_tells_whether_it_is_used_where_it_knows(monkeypatch, found, values):
    monkeypatch.setattr(psutil, "sensors_battery", lambda: found, raising=False)
    assert machine._battery(1.0) == values


def test_without_a_battery_disks_or_a_frequency_there_is_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda **_options: None)
    monkeypatch.setattr(psutil, "cpu_freq", lambda: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    told = MachineProbe(tmp_path).told
    assert {"battery", "disks", "frequency"}.isdisjoint(told)
    monkeypatch.setattr(psutil, "cpu_freq", lambda: namedtuple("F", "current")(2400.0))
    assert machine._frequency(1.0) == {"machine.frequency": 2.4e9}


def test_this_machine_tells_of_itself(tmp_path):
    clock = Clock()
    made = MachineProbe(tmp_path, clock=clock)
    clock.now_s = 1.0
    values = made.read()
    assert {"machine.memory", "machine.memory_free", "machine.swap", "machine.disk_free"} <= values.keys()
    assert all(metric_of(name) and value >= 0 for name, value in values.items())
    assert values["machine.memory"] + values["machine.memory_free"] <= psutil.virtual_memory().total


def test_open_files_are_counted_against_their_limit(monkeypatch):
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _limit: (1000, 1000))
    before = machine._files(1.0)["machine.files"]
    with Path("/dev/null").open("rb"):
        assert machine._files(1.0)["machine.files"] == pytest.approx(before + 0.1)
    monkeypatch.setattr(resource, "getrlimit", lambda _limit: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with pytest.raises(OSError, match="no limit"):
        machine._files(1.0)


def test_a_part_that_is_asked_seldom_says_the_same_in_between():
    told = iter(({"a": 1.0}, {"a": 2.0}))
    part = Seldom(lambda _past_s: next(told), every_s=10.0)
    assert [part.read(past_s)["a"] for past_s in (0.0, 4.0, 5.0, 1.0)] == [1.0, 1.0, 1.0, 2.0]


def test_windows_has_no_such_limit(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "files" not in machine.parts_of(tmp_path)
