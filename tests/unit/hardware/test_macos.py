"""macOS: what its programs say of several computers."""

import json
import platform
import plistlib
from pathlib import Path

import pytest

from tests.support.machines import Answers, text_of
from zkcompanion.hardware import detect as detect_module
from zkcompanion.hardware.cpuinfo import canonical_architecture
from zkcompanion.hardware.detect import detect, detect_processor
from zkcompanion.hardware.facts import Cache, Gpu, Memory, Power

DATA = Path("/data/ours")


def facts_of(**answers):
    return detect(DATA, run=Answers(**answers), system="macos")


def test_apple_s_own_processor():
    found = facts_of(sysctl=text_of("macos-m4-max.sysctl"))
    processor = found.processor
    assert (processor.model, processor.vendor, processor.architecture) == ("Apple M4 Max", "Apple", "aarch64")
    assert (processor.physical_cores, processor.logical_cores) == (16, 16)
    assert (processor.performance_cores, processor.efficiency_cores) == (12, 4)
    assert {"asimd", "sha3", "sme"} <= processor.features
    assert "specres" not in processor.features
    assert processor.caches == (
        Cache(1, "data", 128 << 10, 12),
        Cache(1, "data", 64 << 10, 4),
        Cache(1, "instruction", 192 << 10, 12),
        Cache(1, "instruction", 128 << 10, 4),
        Cache(2, "unified", 16 << 20, 2),
        Cache(2, "unified", 4 << 20, 1),
    )
    assert found.memory == Memory(total_bytes=64 << 30)
    assert found.family == "scalar"
    assert found.limits.container == ""


def test_the_processor_alone_asks_sysctl_and_nobody_else():
    answers = Answers(sysctl=text_of("macos-m1-pro.sysctl"))
    found = detect_processor(run=answers, system="macos")
    assert (found.performance_cores, found.efficiency_cores) == (8, 2)
    assert answers.asked == [["/usr/sbin/sysctl", "-a"]]


def test_an_intel_mac():
    found = facts_of(sysctl=text_of("macos-intel.sysctl")).processor
    assert (found.model, found.vendor, found.architecture) == ("Intel Core i7-6700K CPU @ 4.00GHz", "Intel", "x86_64")
    assert {"avx", "avx2", "adx", "bmi2", "sse4_2"} <= found.features
    assert (found.performance_cores, found.base_hz) == (None, 4e9)


def test_an_intel_mac_with_wide_vectors_but_not_those_that_kernels_use():
    found = facts_of(sysctl=text_of("macos-intel-xeon.sysctl"))
    assert found.processor.features == {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"}
    assert found.family == "scalar"


def test_memory_and_swap():
    swap = "vm.swapusage: total = 2048.00M  used = 1024.50M  free = 1023.50M  (encrypted)"
    found = facts_of(vm_stat=text_of("macos.vm_stat"), sysctl=swap).memory
    assert found.available_bytes == (3857 + 443760 + 1075) * 16384
    assert (found.swap_total_bytes, found.swap_free_bytes) == (2 << 30, int(1023.5 * (1 << 20)))


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("macos-on-battery", Power(True, 95.0, False)),
        ("macos-battery-warning", Power(True, 7.0, False)),
        ("macos-not-charging", Power(True, 80.0, True)),
        ("macos-old", Power(True, 43.0, True)),
    ],
)
def test_the_battery(name, power):
    assert facts_of(batt=text_of(f"{name}.pmset")).power == power


def test_a_desktop_has_no_battery():
    assert facts_of(batt="Now drawing from 'AC Power'\n").power == Power(False, None, True)


@pytest.mark.parametrize(
    ("settings", "plan", "saving"),
    [
        (text_of("macos-settings.pmset"), "automatic", False),
        (" lowpowermode         1\n", "low power", True),
        (" powermode            2\n", "high power", False),
        (" lowpowermode         7\n", None, None),
    ],
)
def test_the_power_mode(settings, plan, saving):
    found = facts_of(batt="", pmset=settings).power
    assert (found.plan, found.saving) == (plan, saving)


def test_graphics():
    assert facts_of(SPDisplaysDataType=text_of("macos-m3-pro.displays.json")).gpus == (Gpu("Apple M3 Pro", "Apple"),)
    assert facts_of(SPDisplaysDataType=text_of("macos-m1.displays.json")).gpus == (Gpu("AppleM1", "Apple"),)
    card = {"sppci_model": "Radeon Pro 560X", "spdisplays_vendor": "ATI", "spdisplays_vram": "4 GB"}
    assert facts_of(SPDisplaysDataType=json.dumps({"SPDisplaysDataType": [card, 7]})).gpus == (
        Gpu("Radeon Pro 560X", "AMD", 4 << 30),
    )
    assert facts_of(SPDisplaysDataType='{"SPDisplaysDataType": []}').gpus == ()
    assert facts_of().gpus is None


@pytest.mark.parametrize(
    ("told", "kind", "file_system"),
    [
        ({"SolidState": True, "FilesystemType": "apfs"}, "ssd", "apfs"),
        ({"SolidState": False, "FilesystemType": "hfs"}, "hard disk", "hfs"),
        ({"SolidState": "yes", "FilesystemType": 7}, None, None),
        ({"FilesystemType": "smbfs"}, "network", "smbfs"),
        ([], None, None),
    ],
)
def test_the_disk(told, kind, file_system):
    found = facts_of(diskutil=plistlib.dumps(told).decode()).disk
    assert (found.kind, found.file_system) == (kind, file_system)
    assert found.total_bytes >= found.free_bytes > 0


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("kern.hv_vmm_present: 0", ""),
        ("kern.hv_vmm_present: 1\nhw.model: VirtualMac2,1", "apple"),
        ("kern.hv_vmm_present: 1\nhw.model: Mac1,1", "virtual machine"),
        ("", None),
    ],
)
def test_a_virtual_machine(lines, kind):
    assert facts_of(sysctl=lines).limits.virtual_machine == kind


def test_versions():
    found = facts_of(sysctl="kern.osproductversion: 15.4\nkern.osrelease: 24.4.0").platform
    assert (found.system, found.name, found.release) == ("macos", "macOS 15.4", "24.4.0")


def test_on_a_mac_the_program_s_own_architecture_counts(monkeypatch):
    monkeypatch.setattr(detect_module, "this_system", lambda: "macos")
    found = facts_of(sysctl="hw.optional.arm64: 1").processor
    assert found.architecture == canonical_architecture(platform.machine())
    assert facts_of(sysctl="vm.swapusage: total = ...M  used = 1.00M  free = 0.00M").memory.swap_total_bytes is None
