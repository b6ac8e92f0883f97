"""What was measured holds for the computer that it was measured on."""

import json
from dataclasses import replace

import pytest

from zkcompanion.hardware.facts import Limits, MachineFacts, Memory, Platform, Processor
from zkcompanion.hardware.fingerprint import basis, differences, fingerprint, kernels_version

HERE = MachineFacts(
    processor=Processor(
        model="A 1", architecture="x86_64", logical_cores=8, features=frozenset({"avx2", "adx", "fpu"})
    ),
    memory=Memory(16 << 30, 8 << 30),
    platform=Platform("linux", "6.1", "Debian", "3.11"),
)


def changed(**parts):
    return replace(HERE, **{name: replace(getattr(HERE, name), **values) for name, values in parts.items()})


def said(new, *, version="1"):
    return [str(one) for one in differences(basis(HERE, "1"), basis(new, version))]


def test_what_does_not_change_the_speed_changes_nothing():
    same = changed(
        memory={"total_bytes": (16 << 30) - (20 << 20), "available_bytes": 1},
        platform={"release": "6.2", "python": "3.12"},
        processor={"features": frozenset({"avx2", "adx", "rdpid"})},
    )
    assert fingerprint(same, "1") == fingerprint(HERE, "1")
    assert said(same) == []
    assert len(fingerprint(HERE, "1")) == 32


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"processor": {"model": "B 2"}}, "The processor was A 1 and is B 2."),
        ({"processor": {"model": None}}, "The processor was A 1 and is unknown."),
        ({"limits": {"usable_cores": 4}}, "The number of usable cores was 8 and is 4."),
        ({"limits": {"cpus": 2.5}}, "The number of usable cores was 8 and is 2."),
        ({"memory": {"total_bytes": 8 << 30}}, "The installed memory was 16.0 GiB and is 8.00 GiB."),
        ({"processor": {"features": frozenset({"avx2", "adx", "bmi2"})}}, "The processor now offers bmi2."),
        ({"processor": {"features": frozenset({"avx2"})}}, "The processor no longer offers adx."),
        ({"processor": {"features": None}}, "The processor no longer offers adx, avx2."),
        ({"platform": {"system": "macos"}}, "This program was made for another system: linux instead of macos."),
    ],
)
def test_what_does_is_said(parts, sentence):
    new = changed(**parts)
    assert fingerprint(new, "1") != fingerprint(HERE, "1")
    assert said(new) == [sentence]


def test_other_kernels_are_another_computer():
    assert fingerprint(HERE, "2") != fingerprint(HERE, "1")
    assert said(HERE, version="2") == ["This version of ZK Companion computes with other code."]
    assert len(kernels_version()) == 64


def test_the_basis_survives_a_file():
    kept = json.loads(json.dumps(basis(HERE, "1")))
    assert differences(kept, basis(HERE, "1")) == ()
    assert {str(one) for one in differences({}, basis(HERE, "1"))} >= {"The processor was unknown and is A 1."}


def test_unknown_is_a_value():
    empty = MachineFacts(limits=Limits())
    assert fingerprint(empty, "1") == fingerprint(MachineFacts(), "1") != fingerprint(HERE, "1")
