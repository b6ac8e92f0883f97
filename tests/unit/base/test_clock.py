import time
from datetime import UTC, datetime

from zkcompanion.base.clock import SYSTEM_CLOCK


def test_monotonic_time_never_goes_back():
    readings = [SYSTEM_CLOCK.monotonic_s() for _ in range(1000)]
    assert readings == sorted(readings)


def test_unix_time_is_the_date_of_today():
    before = datetime.now(UTC).timestamp()
    assert before <= SYSTEM_CLOCK.unix_s() <= datetime.now(UTC).timestamp() + 1  # a datetime drops nanoseconds


def test_the_time_of_a_thread_passes_while_it_computes():
    start_s = SYSTEM_CLOCK.thread_cpu_s()
    while SYSTEM_CLOCK.thread_cpu_s() == start_s:
        pass
    assert SYSTEM_CLOCK.thread_cpu_s() > start_s


def test_sleep_is_what_one_of_two_clocks_does_not_count(monkeypatch):
    told = {"boot": 5000.0, "monotonic": 1400.0}
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", "boot", raising=False)
    monkeypatch.setattr(time, "CLOCK_MONOTONIC", "monotonic", raising=False)
    monkeypatch.setattr(time, "clock_gettime", told.__getitem__, raising=False)
    assert SYSTEM_CLOCK.slept_s() == 3600.0


def test_a_system_without_such_a_clock_tells_nothing_of_sleep(monkeypatch):
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert SYSTEM_CLOCK.slept_s() is None
