import platform

import pytest

from zkcompanion.app import processor
from zkcompanion.app.processor import processor_features, processor_model

INTEL = (
    "processor\t: 0\nmodel name\t: A Model 7\nflags\t\t: fpu adx avx2 avx512ifma sse\n\n"
    "processor\t: 1\nmodel name\t: B\n"
)
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd sve\n"


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(processor, "_CPUINFO", path)
    return path


def test_linux_tells_model_and_features(cpuinfo):
    cpuinfo.write_text(INTEL)
    assert processor_model() == "A Model 7"
    assert processor_features() == ("adx", "avx2", "avx512ifma")


def test_another_family_calls_them_by_other_names(cpuinfo):
    cpuinfo.write_text(ARM)
    assert processor_features() == ("asimd", "sve")
    assert processor_model() in {platform.processor(), platform.machine()}


def test_elsewhere_the_system_names_the_kind(cpuinfo):
    assert processor_features() == ()
    assert processor_model()


def test_this_computer_has_a_processor():
    assert processor_model()
    assert set(processor_features()) <= set(processor._FEATURES)
