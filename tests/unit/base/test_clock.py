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
