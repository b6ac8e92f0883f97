import sys
from types import SimpleNamespace

import psutil
import pytest

from tests.support.machines import write
from zkcompanion.app import memory
from zkcompanion.app.memory import (
    PeakMeter,
    PhaseMemory,
    memory_is_short,
    peak_rss_bytes,
    resident_bytes,
    usable_bytes,
)


def test_the_peak_grows_with_what_is_held_and_never_shrinks():
    before = peak_rss_bytes()
    assert before > 4 << 20
    held = bytearray(b"x" * (64 << 20))
    grown = peak_rss_bytes()
    assert grown >= before
    assert grown > 64 << 20
    del held
    assert peak_rss_bytes() >= grown


def test_what_is_held_now_is_less_than_the_peak():
    assert 4 << 20 < resident_bytes() <= peak_rss_bytes()
    assert abs(resident_bytes() - psutil.Process().memory_info().rss) < 8 << 20


def test_the_peak_of_the_process_outlives_looks_in_between():
    meter = PeakMeter()
    held = bytearray(b"x" * (96 << 20))
    grown = meter.look()
    assert grown.peak_bytes > 96 << 20
    assert grown.end_bytes > 96 << 20
    del held
    later = meter.look()
    assert later.end_bytes < grown.end_bytes - (64 << 20)
    assert peak_rss_bytes() >= grown.peak_bytes


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets the count begin anew")
def test_a_look_sees_what_was_held_since_the_last_one(monkeypatch, tmp_path):
    meter = PeakMeter()
    held = bytearray(b"x" * (96 << 20))
    del held
    assert meter.look().peak_bytes > 96 << 20
    asked = tmp_path / "clear"
    asked.touch()
    monkeypatch.setattr(memory, "_CLEAR", asked)
    meter.look()
    assert asked.read_text() == "5"
    monkeypatch.setattr(memory, "_CLEAR", tmp_path / "no" / "such")
    assert meter.look().peak_bytes > 4 << 20, "for those who may not, it is the peak so far"


def test_two_stretches_of_a_phase_are_one():
    assert PhaseMemory(5, 3).then(PhaseMemory(4, 2)) == PhaseMemory(5, 2)


def test_a_field_that_the_system_does_not_tell_is_nothing():
    assert memory._status("VmNothing:") == 0


@pytest.mark.parametrize(("available", "short"), [(7, True), (9, False)])
def test_memory_is_short_where_little_is_left(monkeypatch, tmp_path, available, short):
    (tmp_path / "meminfo").write_text(f"MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n")
    monkeypatch.setattr(memory, "_MACHINE", tmp_path / "meminfo")
    assert memory_is_short() is short
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=available, total=100))
    assert memory_is_short() is short


def test_what_is_held_now_grows_by_what_is_held():
    before = resident_bytes()
    held = bytearray(b"x" * (64 << 20))
    assert resident_bytes() - before > 60 << 20
    assert len(held) == 64 << 20


def test_what_is_held_at_the_end_of_a_phase_is_never_more_than_its_peak(monkeypatch):
    meter = PeakMeter()
    monkeypatch.setattr(memory, "_before", [0])
    monkeypatch.setattr(memory, "_peak_bytes", lambda: 5)
    monkeypatch.setattr(memory, "resident_bytes", lambda: 7)
    assert meter.look() == PhaseMemory(7, 7)
    assert peak_rss_bytes() == 7


def test_memory_is_short_where_a_container_has_little_left(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/")
    write(tmp_path, "sys/fs/cgroup/memory.max", 1000)
    write(tmp_path, "sys/fs/cgroup/memory.current", 950)
    assert memory_is_short(tmp_path)
    assert usable_bytes(tmp_path) == 1000
    write(tmp_path, "sys/fs/cgroup/memory.current", 100)
    assert memory_is_short(tmp_path) == memory_is_short()
