"""Linux: computers of several makes, by the files that they show."""

from pathlib import Path

import pytest

from tests.support.machines import linux_tree, write
from zkcompanion.hardware import disks, linux
from zkcompanion.hardware.detect import detect, detect_processor
from zkcompanion.hardware.disks import linux_disk
from zkcompanion.hardware.facts import Cache, Gpu, MachineFacts, Memory
from zkcompanion.hardware.linux_processor import processor

DATA = Path("/data/ours")


def facts_of(name, tmp_path):
    return detect(DATA, root=linux_tree(name, tmp_path), system="linux")


def test_a_laptop_with_two_kinds_of_cores(tmp_path):
    facts = facts_of("linux-hybrid-laptop", tmp_path)
    found = facts.processor
    assert (found.model, found.vendor, found.architecture) == ("13th Gen Intel Core i7-1370P", "Intel", "x86_64")
    assert (found.physical_cores, found.logical_cores) == (14, 20)
    assert (found.performance_cores, found.efficiency_cores) == (6, 8)
    assert (found.base_hz, found.max_hz) == (1.9e9, 5.2e9)
    assert Cache(2, "unified", 1280 << 10, 6) in found.caches
    assert Cache(2, "unified", 2048 << 10, 2) in found.caches, "four slow cores share one"
    assert found.caches[-1] == Cache(3, "unified", 24576 << 10, 1)
    assert facts.memory == Memory(32489496 << 10, 28934524 << 10, 999420 << 10, 999420 << 10)
    assert facts.power.saving is False, "intel_pstate calls its usual way powersave"
    assert (facts.limits.container, facts.limits.virtual_machine) == ("", "")
    assert facts.family == "scalar"


def test_the_kernel_s_own_lists_of_kinds_come_first(tmp_path):
    root = linux_tree("linux-hybrid-laptop", tmp_path)
    write(root, "sys/devices/cpu_core/cpus", "0-3")
    write(root, "sys/devices/cpu_atom/cpus", "4-19")
    found = processor(root)
    assert (found.performance_cores, found.efficiency_cores) == (2, 12)


def test_an_arm_server_of_many_equal_cores(tmp_path):
    # part by part: on a busy machine, its 2,000 files may take longer than there is patience
    root = linux_tree("linux-arm-server", tmp_path)
    found = processor(root)
    assert (found.model, found.vendor, found.architecture) == ("TaiShan-v110", "HiSilicon", "aarch64")
    assert (found.physical_cores, found.logical_cores, found.performance_cores) == (128, 128, None)
    assert found.caches[-1] == Cache(3, "unified", 32 << 20, 4)
    assert "asimd" in found.features
    assert MachineFacts(processor=found).family == "scalar"
    assert linux.memory(root).swap_total_bytes == 0


def test_an_arm_desktop_with_two_kinds_of_cores(tmp_path):
    found = facts_of("linux-arm-hybrid", tmp_path).processor
    assert found.model == "Cortex-X925 + Cortex-A725"
    assert (found.physical_cores, found.performance_cores, found.efficiency_cores) == (20, 10, 10)
    assert (found.base_hz, found.max_hz) == (2.808e9, 3.9e9)


def test_a_desktop_of_which_there_is_only_cpuinfo(tmp_path):
    facts = facts_of("linux-amd-desktop", tmp_path)
    found = facts.processor
    assert (found.model, found.vendor) == ("AMD Ryzen 9 5950X 16-Core Processor", "AMD")
    assert (found.physical_cores, found.logical_cores) == (None, 32)
    assert {"avx2", "adx", "bmi2"} <= found.features
    assert (facts.family, facts.usable_cores) == ("scalar", 32)
    assert facts.limits.virtual_machine == ""


def test_a_server_with_the_vector_features_that_kernels_use(tmp_path):
    facts = facts_of("linux-vector-server", tmp_path)
    assert facts.processor.model == "Intel Xeon 6972P"
    assert facts.family == "ifma"


@pytest.mark.parametrize(
    ("name", "model", "architecture", "family"),
    [
        ("linux-raspberry-pi", "Cortex-A72 (Raspberry Pi Compute Module 4 Rev 1.1)", "aarch64", "scalar"),
        ("linux-raspberry-pi-32-bit", "Cortex-A72", "arm", "reference"),
    ],
)
def test_a_raspberry_pi(tmp_path, name, model, architecture, family):
    facts = facts_of(name, tmp_path)
    assert (facts.processor.model, facts.processor.architecture) == (model, architecture)
    assert (facts.processor.logical_cores, facts.family) == (4, family)


def test_of_an_unknown_board_the_name_in_its_device_tree_counts(tmp_path):
    write(tmp_path, "proc/device-tree/model", "Some Board\0")
    write(tmp_path, "proc/cpuinfo", "processor : 0\nCPU implementer : 0xff\nCPU part : 0xfff")
    assert processor(tmp_path).model == "Some Board"


def test_a_subsystem_of_windows(tmp_path):
    root = linux_tree("linux-wsl2", tmp_path)
    facts = detect(Path("/mnt/wslg/distro/x"), root=root, system="linux")
    assert (facts.limits.container, facts.limits.virtual_machine) == ("", "wsl")
    assert facts.platform.release == "6.6.87.2-microsoft-standard-WSL2"
    assert facts.processor.base_hz == 2.2e9
    assert (facts.disk.file_system, facts.disk.kind) == ("ext4", None)
    drivers = linux_disk(Path("/usr/lib/wsl/drivers"), root, virtual=True)
    assert (drivers.file_system, drivers.kind) == ("9p", "network")


def test_the_processor_alone_is_the_same(tmp_path):
    root = linux_tree("linux-hybrid-laptop", tmp_path)
    assert detect_processor(root=root, system="linux") == detect(DATA, root=root, system="linux").processor


# -- parts, on trees that are made up


def supply(root, name, **values):
    for key, value in values.items():
        write(root, f"sys/class/power_supply/{name}/{key}", value)


def test_a_battery_that_is_used(tmp_path):
    supply(tmp_path, "AC", type="Mains", online=0)
    supply(tmp_path, "BAT0", type="Battery", capacity=40, status="Discharging")
    supply(tmp_path, "BAT1", type="Battery", capacity=60, status="Unknown")
    supply(tmp_path, "mouse", type="Battery", scope="Device", capacity=5)
    found = linux.power(tmp_path)
    assert (found.has_battery, found.battery_percent, found.plugged) == (True, 50.0, False)
    supply(tmp_path, "AC", online=1)
    assert linux.power(tmp_path).plugged is True


@pytest.mark.parametrize(("status", "plugged"), [("Full", True), ("Discharging", False), ("Unknown", None)])
def test_without_word_of_the_mains_the_battery_tells(tmp_path, status, plugged):
    supply(tmp_path, "BAT0", type="Battery", status=status)
    assert linux.power(tmp_path).plugged is plugged


def test_without_a_battery_and_without_knowing(tmp_path):
    assert linux.power(tmp_path).has_battery is None
    (tmp_path / "sys/class/power_supply").mkdir(parents=True)
    found = linux.power(tmp_path)
    assert (found.has_battery, found.plugged, found.plan, found.saving) == (False, None, None, None)


@pytest.mark.parametrize(
    ("profile", "preference", "governor", "driver", "saving"),
    [
        ("low-power", "", "", "", True),
        ("balanced", "power", "powersave", "intel_pstate", True),
        ("performance", "performance", "", "", False),
        ("", "", "powersave", "intel_pstate", False),
        ("", "", "powersave", "acpi-cpufreq", True),
        ("", "", "schedutil", "", False),
    ],
)
def test_whether_power_is_saved(tmp_path, profile, preference, governor, driver, saving):
    place = "sys/devices/system/cpu/cpu0/cpufreq"
    write(tmp_path, "sys/firmware/acpi/platform_profile", profile)
    write(tmp_path, f"{place}/energy_performance_preference", preference)
    write(tmp_path, f"{place}/scaling_governor", governor)
    write(tmp_path, f"{place}/scaling_driver", driver)
    found = linux.power(tmp_path)
    assert (found.plan, found.saving) == (profile or governor, saving)


def test_heat_is_the_hottest_likely_one(tmp_path):
    assert linux.celsius(tmp_path) is None
    place = "sys/class/hwmon/hwmon0"
    write(tmp_path, "sys/class/hwmon/hwmon1/name", "nvme")
    write(tmp_path, "sys/class/hwmon/hwmon1/temp1_input", "99000")
    write(tmp_path, f"{place}/name", "coretemp")
    for number, value in enumerate(("41000", "63500", "-273000", "hot")):
        write(tmp_path, f"{place}/temp{number}_input", value)
        write(tmp_path, f"{place}/temp{number}_label", f"Core {number}")
    assert linux.celsius(tmp_path) == 63.5


@pytest.mark.parametrize(
    ("rotational", "virtual", "kind"), [("0", True, "ssd"), ("1", False, "hard disk"), ("1", True, None)]
)
def test_the_disk_below_a_partition(tmp_path, rotational, virtual, kind):
    write(
        tmp_path,
        "proc/self/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /data\\040x rw - btrfs /dev/sdb2 rw",
    )
    for name in ("sda/sda1", "sdb/sdb2"):
        write(tmp_path, f"sys/devices/block/{name}/partition", 1)
        write(tmp_path, f"sys/devices/block/{name[:3]}/queue/rotational", rotational)
    for link, place in (("dev/block/8:1", "sda/sda1"), ("class/block/sdb2", "sdb/sdb2")):
        path = tmp_path / "sys" / link
        path.parent.mkdir(parents=True)
        path.symlink_to(tmp_path / "sys/devices/block" / place)
    assert linux_disk(DATA, tmp_path, virtual=virtual).kind == kind
    found = linux_disk(Path("/data x/y"), tmp_path, virtual=virtual)
    assert (found.file_system, found.kind) == ("btrfs", kind)


def test_the_disks_below_layers(tmp_path):
    write(tmp_path, "proc/self/mountinfo", "1 0 253:0 / / rw - ext4 /dev/mapper/root rw")
    for name, value in (("nvme0", 0), ("nvme1", 0)):
        write(tmp_path, f"sys/devices/block/{name}/queue/rotational", value)
    slaves = tmp_path / "sys/dev/block/253:0/slaves"
    slaves.mkdir(parents=True)
    for name in ("nvme0", "nvme1"):
        (slaves / name).symlink_to(tmp_path / "sys/devices/block" / name)
    assert linux_disk(DATA, tmp_path, virtual=False).kind == "ssd"
    write(tmp_path, "sys/devices/block/nvme1/queue/rotational", 1)
    assert linux_disk(DATA, tmp_path, virtual=False).kind == "hard disk"


def test_memory_and_network_are_no_disks(tmp_path):
    write(
        tmp_path,
        "proc/self/mountinfo",
        "1 0 0:1 / / rw - nfs4 host:/x rw\n2 1 0:2 / /data rw - tmpfs tmpfs rw\nnonsense",
    )
    assert linux_disk(DATA, tmp_path, virtual=False).kind == "memory"
    assert linux_disk(Path("/other"), tmp_path, virtual=False).kind == "network"


def test_a_disk_that_cannot_be_asked_has_no_room(monkeypatch, tmp_path):
    def broken(_folder):
        raise OSError

    monkeypatch.setattr(disks.shutil, "disk_usage", broken)
    assert disks.room(tmp_path) == (None, None)
    assert disks.room(tmp_path / "not" / "there" / "yet") == (None, None)


def test_a_c_library_without_a_name(monkeypatch):
    def broken(_name):
        raise ValueError

    monkeypatch.setattr(linux.os, "confstr", broken)
    assert linux.versions(Path("/")).c_library in {None, "musl"}


def test_versions(tmp_path):
    write(tmp_path, "etc/os-release", 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"')
    write(tmp_path, "proc/sys/kernel/osrelease", "6.1.0-18-amd64")
    found = linux.versions(tmp_path)
    assert (found.system, found.name, found.release) == ("linux", "Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64")
    here = linux.versions(Path("/"))
    assert here.python
    assert here.c_library


def device(root, slot, **values):
    for key, value in values.items():
        write(root, f"sys/bus/pci/devices/{slot}/{key}", value)


def test_graphics_on_the_bus(tmp_path):
    from zkcompanion.hardware.graphics import linux_gpus

    assert linux_gpus(tmp_path) is None
    (tmp_path / "sys/class").mkdir(parents=True)
    assert linux_gpus(tmp_path) == ()
    device(tmp_path, "0000:00:02.0", **{"class": "0x030000", "vendor": "0x8086", "device": "0xa780"})
    device(tmp_path, "0000:01:00.0", **{"class": "0x030200", "vendor": "0x10de", "device": "0x2684"})
    device(
        tmp_path,
        "0000:02:00.0",
        **{"class": "0x038000", "vendor": "0x1002", "device": "0x744c"},
        mem_info_vram_total=25753026560,
    )
    device(tmp_path, "0000:03:00.0", **{"class": "0x030000", "vendor": "0x1a03", "device": "0x2000"})
    device(tmp_path, "0000:04:00.0", **{"class": "0x020000", "vendor": "0x8086", "device": "0x15f3"})
    write(tmp_path, "proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA GeForce RTX 4090")
    names = "# names\n1002  Advanced Micro Devices\n\t744c  Navi 31 [Radeon RX 7900 XTX]\n8086  Intel\n\t1234  Other"
    write(tmp_path, "usr/share/misc/pci.ids", names)
    device(tmp_path, "0000:05:00.0", **{"class": "0x120000", "vendor": "0x1002", "device": "0xffff"})
    assert linux_gpus(tmp_path) == (
        Gpu("Intel 0xa780", "Intel"),
        Gpu("NVIDIA GeForce RTX 4090", "NVIDIA"),
        Gpu("Radeon RX 7900 XTX", "AMD", 25753026560),
        Gpu("AMD 0xffff", "AMD"),
    )


def test_graphics_on_the_chip_and_those_that_windows_lends(tmp_path):
    from zkcompanion.hardware.graphics import linux_gpus

    write(tmp_path, "sys/class/drm/card0/device/uevent", "DRIVER=v3d")
    write(tmp_path, "sys/class/drm/card1/device/uevent", "DRIVER=vc4-drm")
    write(tmp_path, "sys/class/drm/card2/device/uevent", "DRIVER=simple-framebuffer")
    assert linux_gpus(tmp_path) == (Gpu("Broadcom VideoCore", "Broadcom"),)
    write(tmp_path, "dev/dxg", "")
    assert linux_gpus(tmp_path) is None
