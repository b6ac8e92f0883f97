"""Linux's files, on trees of files as machines of several makes have them."""

import pytest

from zkcompanion.monitoring.linux import (
    Frequency,
    MemoryMaps,
    MemoryWaits,
    PowerSaving,
    Temperature,
    Throttling,
    Vectors,
    spread,
)


def test_the_frequency_is_the_mean_of_the_cores(tree):
    for number, kilohertz in enumerate((1_000_000, 3_000_000)):
        tree(f"sys/devices/system/cpu/cpufreq/policy{number}/scaling_cur_freq", kilohertz)
    assert Frequency(tree.root).read(1.0) == {"machine.frequency": 2e9}


@pytest.mark.parametrize("reader", [Frequency, Temperature, Throttling, MemoryWaits, MemoryMaps, PowerSaving, Vectors])
def test_what_a_machine_does_not_have_is_no_value(tree, reader):
    with pytest.raises(FileNotFoundError):
        reader(tree.root).read(1.0)


def test_the_hottest_package_counts_and_other_chips_do_not(tree):
    tree("sys/class/hwmon/hwmon0/name", "nvme")
    tree("sys/class/hwmon/hwmon0/temp1_input", 99_000)
    tree("sys/class/hwmon/hwmon1/name", "coretemp")
    for number, (label, value) in enumerate([("Package id 0", 51_000), ("Core 0", 70_000), ("Package id 1", 55_500)]):
        tree(f"sys/class/hwmon/hwmon1/temp{number}_label", label)
        tree(f"sys/class/hwmon/hwmon1/temp{number}_input", value)
    assert Temperature(tree.root).read(1.0) == {"machine.temperature": 55.5}


def test_cores_count_where_packages_have_no_sensor_and_zones_where_there_is_no_driver(tree):
    tree("sys/class/thermal/thermal_zone0/type", "acpitz")
    tree("sys/class/thermal/thermal_zone0/temp", 90_000)
    tree("sys/class/thermal/thermal_zone1/type", "cpu-thermal")
    tree("sys/class/thermal/thermal_zone1/temp", 48_000)
    assert Temperature(tree.root).read(1.0) == {"machine.temperature": 48.0}
    tree("sys/class/hwmon/hwmon3/name", "k10temp")
    tree("sys/class/hwmon/hwmon3/temp1_input", 61_125)
    tree("sys/class/hwmon/hwmon3/temp2_input", 60_000)
    assert Temperature(tree.root).read(1.0) == {"machine.temperature": 61.125}


def throttle(tree, *counts):
    for core, (own, package, count) in enumerate(counts):
        folder = f"sys/devices/system/cpu/cpu{core}"
        tree(f"{folder}/thermal_throttle/core_throttle_count", own)
        tree(f"{folder}/thermal_throttle/package_throttle_count", count)
        tree(f"{folder}/topology/physical_package_id", package)


def test_throttling_is_told_by_second_and_a_package_counts_once(tree):
    throttle(tree, (5, 0, 100), (6, 0, 100), (0, 1, 7))
    reader = Throttling(tree.root)
    assert reader.read(1.0) == {}
    throttle(tree, (7, 0, 103), (6, 0, 103), (0, 1, 8))
    assert reader.read(2.0) == {"machine.throttled": 3.0}
    throttle(tree, (0, 0, 0), (0, 0, 0), (0, 1, 0))
    assert reader.read(1.0) == {}, "counted anew"


def test_waits_for_memory_are_the_share_of_the_time(tree):
    reader = MemoryWaits(tree.root)

    def pressure(total_us):
        tree(
            "proc/pressure/memory",
            f"some avg10=0.00 avg60=0.00 avg300=0.00 total={total_us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1",
        )

    pressure(1_000_000)
    assert reader.read(1.0) == {}
    pressure(1_250_000)
    assert reader.read(1.0) == {"machine.memory_waits": 25.0}
    pressure(3_250_000)
    assert reader.read(1.0) == {"machine.memory_waits": 100.0}
    pressure(5)
    assert reader.read(1.0) == {}
    tree("proc/pressure/memory", "nothing that is known")
    with pytest.raises(ValueError, match="float"):
        reader.read(1.0)


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({"firmware/acpi/platform_profile": "low-power"}, 1.0),
        ({"firmware/acpi/platform_profile": "balanced"}, 0.0),
        ({"firmware/acpi/platform_profile": "performance", "policy": "power"}, 1.0),
        # the driver decides by itself, and its governor is called so whatever is chosen
        ({"policy": "balance_performance", "governor": "powersave"}, 0.0),
        ({"governor": "powersave"}, 1.0),
        ({"governor": "schedutil"}, 0.0),
    ],
)
def test_a_system_that_saves_power_is_told_by_any_of_its_signs(tree, files, value):
    policy = "sys/devices/system/cpu/cpufreq/policy0"
    names = {"policy": f"{policy}/energy_performance_preference", "governor": f"{policy}/scaling_governor"}
    for name, text in files.items():
        tree(names.get(name, f"sys/{name}"), text)
    assert PowerSaving(tree.root).read(1.0) == {"machine.power_saving": value}


@pytest.mark.parametrize(("flags", "value"), [("fpu avx2 avx512ifma", 1.0), ("fpu avx2 avx512f", 0.0)])
def test_vector_features_are_those_of_the_first_processor(tree, flags, value):
    tree("proc/cpuinfo", f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t: fpu")
    assert Vectors(tree.root).read(1.0) == {"machine.vectors": value}


def test_a_processor_with_other_names_tells_no_vector_features(tree):
    tree("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd sve")
    with pytest.raises(FileNotFoundError):
        Vectors(tree.root).read(1.0)


def test_memory_maps_are_counted_against_their_limit(tree):
    tree("proc/self/maps", "\n".join(["7f00-7f01 r--p 00000000 00:00 0"] * 50))
    tree("proc/sys/vm/max_map_count", 200)
    assert MemoryMaps(tree.root).read(1.0) == {"machine.maps": 25.0}


def test_of_many_files_some_are_read():
    assert spread(list("abc"), 4) == list("abc")
    assert spread(list(range(64)), 4) == [0, 16, 32, 48]
