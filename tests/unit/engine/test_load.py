import os
from types import SimpleNamespace

import psutil
import pytest

from tests.support.machines import write
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.engine import load
from zkcompanion.engine.load import LoadMeter


class Machine:
    """Two processors, of which one is busy, and this process."""

    def __init__(self, monkeypatch):
        self.now_s = 0.0
        self.busy_s = self.idle_s = self.worker_s = 0.0
        monkeypatch.setattr(load.psutil, "cpu_count", lambda: 2)
        monkeypatch.setattr(load.psutil, "cpu_times", self.times)
        monkeypatch.setattr(load.psutil, "Process", self.process)

    def monotonic_s(self):
        return self.now_s

    def times(self):
        names = {"user": self.busy_s, "guest": self.busy_s, "idle": self.idle_s, "iowait": 0.0}
        return SimpleNamespace(_asdict=lambda: names)

    def process(self, pid):
        if pid != 1:
            raise psutil.NoSuchProcess(pid)
        return SimpleNamespace(
            cpu_times=lambda: SimpleNamespace(user=self.worker_s, system=0.0),
            memory_info=lambda: SimpleNamespace(rss=1000),
        )

    def go_on(self, seconds, *, busy, worker):
        self.now_s += seconds
        self.busy_s += 2 * seconds * busy
        self.idle_s += 2 * seconds * (1 - busy)
        self.worker_s += 2 * seconds * worker


def test_a_sample_says_what_happened_since_the_one_before(monkeypatch):
    machine = Machine(monkeypatch)
    machine.go_on(100, busy=1, worker=0)
    meter = LoadMeter(machine)
    machine.go_on(0, busy=1, worker=0)
    meter.sample([1])
    machine.go_on(0.1, busy=0.75, worker=0.5)
    found = meter.sample([1, 2])
    assert found.at_s == machine.now_s
    assert found.processor_percent == pytest.approx(75)
    assert found.worker_percent == pytest.approx(50)
    assert found.worker_bytes == {1: 1000}
    machine.go_on(0.1, busy=0, worker=0)
    assert meter.sample([1]).processor_percent == 0


def test_where_no_time_has_passed_there_is_no_load(monkeypatch):
    machine = Machine(monkeypatch)
    meter = LoadMeter(machine)
    assert meter.sample([]).processor_percent == meter.sample([]).worker_percent == 0
    machine.now_s += 0.001  # the system's own counters have not moved
    assert meter.sample([]).processor_percent == 0
    machine.go_on(0.1, busy=1, worker=1.5)
    assert meter.sample([1]).worker_percent == 100


def test_a_worker_that_is_new_counts_from_its_start(monkeypatch):
    machine = Machine(monkeypatch)
    meter = LoadMeter(machine)
    meter.sample([])
    machine.go_on(1, busy=1, worker=0.25)
    assert meter.sample([1]).worker_percent == pytest.approx(25)


def test_this_very_machine():
    from zkcompanion.base.clock import SYSTEM_CLOCK

    meter = LoadMeter(SYSTEM_CLOCK)
    meter.sample([os.getpid()])
    found = meter.sample([os.getpid()])
    assert found.memory_total_bytes == psutil.virtual_memory().total
    assert found.worker_bytes[os.getpid()] > 1 << 20


def test_in_a_container_with_less_left_the_memory_is_the_container_s(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/")
    write(tmp_path, "sys/fs/cgroup/memory.max", 1000)
    write(tmp_path, "sys/fs/cgroup/memory.current", 300)
    found = LoadMeter(SYSTEM_CLOCK, root=tmp_path).sample([])
    assert (found.memory_used_bytes, found.memory_total_bytes) == (300, 1000)
