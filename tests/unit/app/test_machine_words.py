"""A computer in words: what is known, what is not, and what follows for proofs."""

from dataclasses import replace

import pytest

from zkcompanion.app.hardware_views import Cache, Disk, Gpu, Limits, MachineFacts, Memory, Platform, Power, Processor
from zkcompanion.app.machine_words import key_facts, machine_name, machine_rows

GIB = 1 << 30
FULL = MachineFacts(
    processor=Processor(
        model="Example 9",
        architecture="x86_64",
        physical_cores=8,
        logical_cores=16,
        features=frozenset({"avx2", "adx", "avx512ifma", "avx512vl", "fpu"}),
        caches=(Cache(3, "unified", 32 << 20), Cache(1, "data", 48 << 10, 8), Cache(2, "unified", 1 << 20, 8)),
        base_hz=3.4e9,
        max_hz=5.25e9,
    ),
    memory=Memory(16 * GIB, 9 * GIB, 4 * GIB, 3 * GIB),
    disk=Disk("ssd", "ext4", 500 * GIB, 120 * GIB, 3.0 * GIB, 1.5 * GIB),
    gpus=(Gpu("NVIDIA RTX 4090", "NVIDIA", 24 * GIB),),
    power=Power(has_battery=True, battery_percent=71.4, plugged=False, plan="balanced"),
    limits=Limits(cpus=2.5, usable_cores=16, memory_bytes=8 * GIB, open_files=1024, container="docker"),
    platform=Platform("linux", "6.8.0", "Example Linux 24", "3.12.3", "glibc 2.39"),
    celsius=61.6,
)


def told(facts):
    """id: (value, meaning)."""
    return {row.id: (str(row.value), None if row.meaning is None else str(row.meaning)) for row in machine_rows(facts)}


def test_a_computer_of_which_all_is_known():
    rows = told(FULL)
    assert rows["processor"] == ("Example 9", "up to 5.25 GHz")
    assert rows["cores"] == ("8 cores, 16 threads", "Proofs may use 2 of them.")
    assert rows["features"][0] == "ADX, AVX2, AVX-512 IFMA"
    assert rows["features"][1].startswith("The fastest arithmetic")
    assert rows["memory"][0] == "16.0 GiB installed, 9.00 GiB free"
    assert rows["swap"][0] == "3.00 GiB of 4.00 GiB free"
    assert (
        rows["caches"][0]
        == "L1 data 8 \N{MULTIPLICATION SIGN} 48.0 KiB, L2 8 \N{MULTIPLICATION SIGN} 1.00 MiB, L3 32.0 MiB"
    )
    assert rows["disk"] == (
        "SSD, 120 GiB of 500 GiB free, ext4",
        "Reads 3.00 GiB/s and writes 1.50 GiB/s, as measured.",
    )
    assert rows["gpu"][0] == "NVIDIA RTX 4090 with 24.0 GiB"
    assert "ICICLE-Snark" in rows["gpu"][1]
    assert rows["power"] == (
        "battery at 71 %, not plugged in, power plan balanced",
        "On battery many computers slow down; plug it in for long proofs.",
    )
    assert rows["heat"] == ("62 °C", None)
    assert rows["limits"][0] == "processor time of 2.50 cores, 8.00 GiB of memory, 1\N{NO-BREAK SPACE}024 open files"
    assert rows["inside"][0] == "a container (docker)"
    assert rows["system"] == ("Example Linux 24", "kernel 6.8.0, Python 3.12.3, C library glibc 2.39")
    assert str(machine_name(FULL)) == "Example 9"
    assert str(key_facts(FULL)) == "2 cores for proofs, 8.00 GiB of memory, 8.00 GiB of it free"


def test_a_computer_of_which_nothing_is_known():
    rows = machine_rows(MachineFacts())
    assert {str(row.value) for row in rows} == {"not told by this system"}
    assert not any(row.known for row in rows)
    assert "heat" not in {row.id for row in rows}
    assert str(machine_name(MachineFacts())) == "A computer of unknown kind"
    assert str(key_facts(MachineFacts())) == "not told by this system"


@pytest.mark.parametrize(
    ("changed", "row", "value", "meaning"),
    [
        ({"gpus": ()}, "gpu", "none found", "none is missed"),
        ({"gpus": (Gpu("Apple M3", "Apple"),)}, "gpu", "Apple M3", "Metal"),
        ({"gpus": (Gpu("Radeon", "AMD"),)}, "gpu", "Radeon", "no prover for circom"),
        ({"gpus": None}, "gpu", "not told by this system", "run on the processor"),
        ({"power": Power(has_battery=False)}, "power", "no battery", None),
        ({"power": Power(has_battery=True, plugged=True)}, "power", "has a battery, plugged in", None),
        ({"power": Power(saving=True)}, "power", "saves power", "take longer"),
        ({"memory": Memory(swap_total_bytes=0)}, "swap", "none", None),
        ({"memory": Memory(swap_total_bytes=2 * GIB)}, "swap", "2.00 GiB", None),
        ({"memory": Memory(available_bytes=2 * GIB)}, "memory", "2.00 GiB free", None),
        ({"disk": Disk(free_bytes=2 * GIB)}, "disk", "2.00 GiB free", None),
        ({"disk": Disk(kind="hard disk")}, "disk", "hard disk", None),
        ({"limits": Limits(container="", virtual_machine="")}, "inside", "no container and no virtual machine", None),
        ({"limits": Limits(virtual_machine="kvm")}, "inside", "a virtual machine (kvm)", None),
        ({"limits": Limits(virtual_machine="virtual machine")}, "inside", "a virtual machine", None),
        ({"limits": Limits(open_files=1 << 40)}, "limits", "not told by this system", None),
        (
            {"limits": Limits(address_space_bytes=4 * GIB, memory_maps=65_530)},
            "limits",
            "4.00 GiB of address space, 65\N{NO-BREAK SPACE}530 memory maps",
            None,
        ),
        ({"platform": Platform("macos", "14.2")}, "system", "macOS 14.2", None),
        ({"platform": Platform("windows")}, "system", "Windows", None),
        ({"platform": Platform("other", "1.0")}, "system", "1.0", None),
        ({"processor": Processor(features=frozenset({"fpu"}))}, "features", "none that matter here", "scalar"),
        ({"processor": Processor(architecture="riscv64")}, "features", "not told by this system", "very slow"),
        (
            {"processor": Processor(performance_cores=8, efficiency_cores=4, logical_cores=12)},
            "cores",
            "8 performance cores, 4 efficiency cores, 12 threads",
            None,
        ),
        ({"processor": Processor(model="X", base_hz=2e9)}, "processor", "X", "2.00 GHz"),
    ],
)
def test_a_row(changed, row, value, meaning):
    found = told(replace(MachineFacts(), **changed))[row]
    assert found[0] == value
    assert (meaning is None and found[1] is None) or meaning in found[1]


def test_a_computer_without_a_model_is_called_by_its_kind():
    assert str(machine_name(MachineFacts(Processor(architecture="arm64")))) == "A computer of the kind arm64"
