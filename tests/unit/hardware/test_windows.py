"""Windows: what PowerShell says, and what the process itself is told."""

import json
import re
import struct
from pathlib import Path, PureWindowsPath

import pytest

from tests.support.machines import Answers, text_of
from zkcompanion.hardware.detect import detect
from zkcompanion.hardware.facts import Cache, Gpu, Memory, Power
from zkcompanion.hardware.windows import WindowsSystem
from zkcompanion.hardware.windows_topology import Topology, read_topology

DATA = Path("/data/ours")


def facts_of(told):
    return detect(DATA, run=Answers(powershell=told if isinstance(told, str) else json.dumps(told)), system="windows")


def core(efficiency, threads, flags=0):
    """A record of `RelationProcessorCore`."""
    body = struct.pack("<BB20xH", flags, efficiency, 1) + struct.pack("<QHHHH", (1 << threads) - 1, 0, 0, 0, 0)
    return struct.pack("<II", 0, 8 + len(body)) + body


def cache(level, kind, size):
    """A record of `RelationCache`."""
    body = struct.pack("<BBHII", level, 8, 64, size, kind) + bytes(18) + struct.pack("<HQHHHH", 1, 1, 0, 0, 0, 0)
    return struct.pack("<II", 2, 8 + len(body)) + body


def cores_of(name):
    pattern = r"Core \d+: Efficiency Class = (\d), Thread Count = (\d), Flags = (\d)"
    return b"".join(core(*map(int, found)) for found in re.findall(pattern, text_of(f"{name}.cores")))


class Native:
    """What a process of a Core i5-1235U is told."""

    def __init__(self, **values):
        self.values = values

    def name(self):
        return "12th Gen Intel(R) Core(TM) i5-1235U"

    def topology(self):
        return read_topology(cores_of("windows-i5-1235u") + cache(2, 0, 1280 << 10) * 2 + cache(3, 0, 12 << 20))

    def features(self):
        return frozenset({"avx", "avx2"})

    def memory(self):
        return Memory(16 << 30, 8 << 30, 0, 0)

    def power(self):
        return self.values.get("power")


def test_records_of_another_kind_are_left_out():
    other = struct.pack("<IIQ", 1, 16, 0)
    assert read_topology(other + core(0, 2) + cache(9, 0, 1024) + cache(1, 3, 1024)) == Topology((0,), 2, ())


def test_records_of_unlike_cores():
    found = read_topology(cores_of("windows-i5-1235u"))
    assert found == Topology((1, 1, 0, 0, 0, 0, 0, 0, 0, 0), 12, ())
    assert found.cores == 10


def test_what_the_process_is_told_needs_no_other_program():
    system = WindowsSystem(DATA, lambda _words: None, Native())
    found = system.processor()
    assert (found.model, found.vendor) == ("12th Gen Intel Core i5-1235U", "Intel")
    assert (found.physical_cores, found.logical_cores) == (10, 12)
    assert (found.performance_cores, found.efficiency_cores) == (2, 8)
    assert found.caches == (Cache(2, "unified", 1280 << 10, 2), Cache(3, "unified", 12 << 20, 1))
    assert found.features == {"avx", "avx2"}
    assert system.memory() == Memory(16 << 30, 8 << 30, 0, 0)
    assert system.gpus() is None
    assert system.versions().name.startswith("Windows")


def test_without_records_the_threads_tell_unlike_cores():
    found = facts_of(text_of("windows-hybrid-laptop.json"))
    processor = found.processor
    assert (processor.model, processor.vendor) == ("13th Gen Intel Core i7-1360P", "Intel")
    assert (processor.performance_cores, processor.efficiency_cores) == (4, 8)
    assert (found.platform.name, found.platform.release) == ("Microsoft Windows 11 Pro", "10.0.22631")
    assert found.family is None, "nobody tells the features"


def test_a_desktop_of_equal_cores():
    processor = facts_of(text_of("windows-desktop.json")).processor
    assert (processor.physical_cores, processor.logical_cores, processor.performance_cores) == (12, 24, None)
    assert processor.caches == (Cache(2, "unified", 6 << 20, 1), Cache(3, "unified", 64 << 20, 1))
    assert processor.vendor == "AMD"


def test_memory_of_graphics_that_does_not_fit_its_number_is_unknown():
    assert facts_of(text_of("windows-graphics.json")).gpus == (
        Gpu("NVIDIA GeForce RTX 4090", "NVIDIA"),
        Gpu("Intel UHD Graphics 770", "Intel", 1 << 30),
    )


def test_displays_that_compute_nothing_are_none():
    assert (
        facts_of({"Video": {"Name": "Microsoft Basic Display Adapter", "AdapterCompatibility": "Microsoft"}}).gpus == ()
    )
    amd = {
        "Video": [
            {"Name": "Radeon 780M", "AdapterCompatibility": "Advanced Micro Devices, Inc.", "AdapterRAM": 536870912}
        ]
    }
    assert facts_of(amd).gpus == (Gpu("Radeon 780M", "AMD", 512 << 20),)


def test_memory_and_page_files():
    told = {
        "OperatingSystem": {"TotalVisibleMemorySize": 16 << 20, "FreePhysicalMemory": str(4 << 20)},
        "PageFile": [{"AllocatedBaseSize": 2048, "CurrentUsage": 48}, {"AllocatedBaseSize": 1024, "CurrentUsage": 0}],
    }
    assert facts_of(told).memory == Memory(16 << 30, 4 << 30, 3 << 30, (3072 - 48) << 20)
    assert facts_of({"System": {"TotalPhysicalMemory": 8 << 30}}).memory == Memory(8 << 30)


def test_battery_and_plan_in_any_language():
    plan = {
        "ElementName": "Energiesparmodus",
        "InstanceID": "Microsoft:PowerPlan\\{A1841308-3541-4FAB-BC81-F71556F20B4A}",
    }
    told = {"Battery": [{"EstimatedChargeRemaining": 55, "BatteryStatus": 1}], "Plan": plan}
    assert facts_of(told).power == Power(True, 55.0, False, True, "Energiesparmodus")
    assert facts_of({"Battery": []}).power == Power(False)
    native = Native(power=Power(True, 70.0, True))
    found = WindowsSystem(DATA, Answers(powershell=json.dumps(told)), native).power()
    assert found == Power(True, 70.0, True, True, "Energiesparmodus")


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (["SSD"], "ssd"),
        ([4, 4], "ssd"),
        (["HDD"], "hard disk"),
        (["SSD", "HDD"], None),
        (["Unspecified"], None),
        ([], None),
    ],
)
def test_the_disk(media, kind):
    found = facts_of({"Disk": [{"MediaType": one} for one in media], "Volume": {"FileSystem": "NTFS"}}).disk
    assert (found.kind, found.file_system) == (kind, "NTFS")


def test_a_virtual_machine_by_its_maker():
    assert (
        facts_of({"System": {"Manufacturer": "VMware, Inc.", "Model": "VMware7,1"}}).limits.virtual_machine == "vmware"
    )
    assert facts_of({"System": {"Manufacturer": "LENOVO", "Model": "21CB"}}).limits.virtual_machine == ""
    assert facts_of({}).limits.virtual_machine is None


def test_powershell_is_asked_once_for_the_drive_and_from_its_own_place():
    answers = Answers()
    system = WindowsSystem(PureWindowsPath("D:\\Ours"), answers, None, "C:\\Windows\\")
    system.processor(), system.power(), system.limits(), system.memory(), system.versions()
    (words,) = answers.asked
    system._disk(), system._disk()
    _, disk = answers.asked
    assert words[0] == disk[0] == "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
    assert "-DriveLetter D |" in disk[-1]
    assert "DRIVE" not in disk[-1]


def test_two_packages_are_summed_up():
    package = {
        "Name": "X",
        "Manufacturer": "AuthenticAMD",
        "NumberOfCores": 32,
        "NumberOfLogicalProcessors": 64,
        "L3CacheSize": 1024,
    }
    found = facts_of({"Processor": [package, package]}).processor
    assert (found.physical_cores, found.logical_cores, found.vendor) == (64, 128, "AMD")
    assert found.caches == (Cache(3, "unified", 1 << 20, 2),)
    assert facts_of({"Processor": [package, {"Name": "Y"}]}).processor.physical_cores is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        struct.pack("<II", 0, 4),
        struct.pack("<II", 0, 100) + bytes(10),
        struct.pack("<II", 0, 8),
        cache(2, 0, 1024),
        core(0, 1)[:30] + struct.pack("<H", 65) + bytes(16),
        struct.pack("<II", 7, 8) * (1 << 15) + b"\0",
    ],
)
def test_records_that_are_not_whole_are_none(data):
    assert read_topology(data) is None
