"""Verdicts for twelve computers against answers written by hand: `machines.json` has them with their reckoning."""

import json
from pathlib import Path

import pytest

from zkcompanion.app.hardware_service import HardwareService
from zkcompanion.app.prediction_service import PredictionService
from zkcompanion.base.events import EventBus
from zkcompanion.hardware.facts import Disk, Gpu, Limits, MachineFacts, Memory, Platform, Power, Processor

GIB = 1 << 30
MACHINES = json.loads((Path(__file__).parent / "machines.json").read_text())["machines"]


def size(gib):
    return None if gib is None else round(gib * GIB)


def facts_of(plain):
    """`features`: none is a set that is known to be empty."""
    get = plain.get
    return MachineFacts(
        Processor(
            architecture=get("architecture"),
            logical_cores=get("cores"),
            features=None if get("features") is None else frozenset(get("features")),
            max_hz=None if get("ghz") is None else get("ghz") * 1e9,
        ),
        Memory(size(get("total")), size(get("free"))),
        Disk(get("disk_kind"), total_bytes=size(get("disk")), free_bytes=size(get("disk_free"))),
        None if get("gpus") is None else tuple(Gpu("a card", memory_bytes=size(gib)) for gib in get("gpus")),
        Power(has_battery=get("battery"), plugged=get("plugged"), saving=get("saving")),
        Limits(
            cpus=get("cpus"),
            memory_bytes=size(get("limit")),
            memory_used_bytes=size(get("limit_used")),
            container=get("container"),
            virtual_machine=get("virtual_machine"),
        ),
        Platform(get("system", "other")),
    )


def service_for(machine):
    facts = facts_of(machine["facts"])
    return HardwareService(EventBus(), PredictionService(lambda: (), lambda: facts), lambda: facts)


def test_there_are_twelve():
    assert len(MACHINES) == 12


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine["name"])
def test_verdicts_are_those_that_were_worked_out(machine):
    rows = {row.id: row for row in service_for(machine).answer().workloads}
    found = {name: (rows[name].verdict.tier, rows[name].verdict.binding) for name, *_ in machine["answers"]}
    assert found == {name: (tier, binding) for name, tier, binding, _ in machine["answers"]}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine["name"])
def test_advice_is_what_that_computer_lacks(machine):
    found = [one.id for one in service_for(machine).advice()]
    begins = machine.get("advice_begins", [])
    assert found[: len(begins)] == begins
    assert set(machine.get("advice_has", [])) <= set(found)
    if "advice" in machine:
        assert found == machine["advice"]
