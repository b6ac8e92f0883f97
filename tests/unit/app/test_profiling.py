import pytest

from tests.support.backends import backend
from zkcompanion.app.profiling import Profiler, measure_limit, start_profiler
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import PhaseProfile
from zkcompanion.base.clock import SYSTEM_CLOCK


class SlowMachine:
    """Its clock and its multiplications: 2 us each, and the first call takes longer."""

    def __init__(self):
        self.now_s = 0.0
        self.calls = []

    def thread_cpu_s(self):
        return self.now_s

    def multiply(self, products):
        self.now_s += products * (2e-6 if self.calls else 9e-6)
        self.calls.append(products)
        return products


def test_the_limit_is_what_one_multiplication_takes_once_the_machine_is_awake():
    machine = SlowMachine()
    assert measure_limit(machine, machine) == pytest.approx(2e-6)
    assert sum(machine.calls[2:]) * 2e-6 == pytest.approx(0.018, rel=0.1), "some 20 ms"


def test_shares_are_of_what_all_threads_could_have_multiplied():
    profile = Profiler(limit_s=1e-6, threads=2).profile(
        {"witness": 0.5, "sum-a": 1.0, "sum-h": 0.0}, {"sum-a": 500_000, "sum-h": 0}, seconds=2.5
    )
    assert profile.phases == {
        "witness": PhaseProfile(0.5, None, None),
        "sum-a": PhaseProfile(1.0, 500_000, pytest.approx(25.0)),
        "sum-h": PhaseProfile(0.0, 0, 0.0),
    }
    assert profile.field_multiplications == 500_000
    assert profile.limit_percent == pytest.approx(10.0)


@pytest.mark.kernels
def test_a_profiler_measures_this_machine():
    trace = RecordingTrace()
    profiler = start_profiler(backend("scalar"), trace)
    assert trace.counting
    assert profiler.threads == 2
    assert 1e-10 < profiler.limit_s < 1e-6


def test_python_integers_are_not_profiled():
    trace = RecordingTrace()
    assert start_profiler(backend("reference"), trace) is None
    assert not trace.counting
    assert trace.clock is SYSTEM_CLOCK
