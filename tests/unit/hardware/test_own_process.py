"""What a process finds out of itself where the system has no files for it."""

import sys

import psutil
import pytest

from zkcompanion.hardware import detect as detecting
from zkcompanion.hardware import limits as module
from zkcompanion.hardware.detect import detect_processor, this_system
from zkcompanion.hardware.facts import Limits, Power
from zkcompanion.hardware.limits import own_limits
from zkcompanion.hardware.windows_native import WindowsSelf, _llvm_features


def test_limits_of_this_process_and_of_none_other():
    here = own_limits(here=True, container="", virtual_machine=None)
    assert here.open_files is None or here.open_files > 0
    assert own_limits(here=False, container="", virtual_machine="kvm") == Limits(container="", virtual_machine="kvm")


def test_a_system_that_bounds_nothing(monkeypatch):
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)
    monkeypatch.setattr(module.sys, "platform", "win32")
    found = own_limits(here=True, container=None, virtual_machine=None)
    assert found == Limits()


def test_a_limit_that_the_system_does_not_know():
    assert module._soft("RLIMIT_NOTHING") is None


@pytest.mark.skipif(sys.platform == "win32", reason="what Windows is asked")
def test_elsewhere_windows_own_functions_are_not_there():
    native = WindowsSelf()
    assert (native.name(), native.topology(), native.features()) == (None, None, None)
    assert native.memory().total_bytes == psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("battery", "power"),
    [
        (None, Power(has_battery=False)),
        (type("B", (), {"percent": 41, "power_plugged": False}), Power(True, 41.0, False)),
    ],
)
def test_a_battery_by_psutil(monkeypatch, battery, power):
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert WindowsSelf().power() == power


def test_on_windows_the_process_is_asked_and_powershell_is_not(monkeypatch):
    monkeypatch.setattr(detecting, "this_system", lambda: "windows")
    asked = []
    detect_processor(run=asked.append)
    assert asked == []


def test_what_psutil_cannot_tell_is_unknown(monkeypatch):
    def broken():
        raise OSError

    monkeypatch.setattr(psutil, "virtual_memory", broken)
    monkeypatch.setattr(psutil, "sensors_battery", broken, raising=False)
    assert (WindowsSelf().memory(), WindowsSelf().power()) == (None, None)


@pytest.mark.skipif(this_system() != "linux", reason="compares with what Linux tells")
def test_llvm_and_the_system_know_the_same_features():
    told, flags = _llvm_features(), detect_processor().features
    for name in ("adx", "avx2", "avx512f", "avx512ifma", "avx512vl", "bmi1", "bmi2"):
        assert (name in told) == (name in flags), name
