"""Which of Linux's sensors tell the processor's heat."""

from __future__ import annotations

from pathlib import Path

from zkcompanion.base.systemfiles import text

#: Drivers of processors' sensors.
_PROCESSOR_SENSORS = {"coretemp", "k10temp", "zenpower", "cpu_thermal", "fam15h_power"}
#: Thermal zones of processors, where there is no such driver.
_PROCESSOR_ZONES = ("x86_pkg_temp", "cpu")
_ALL_OF_IT = ("package", "tctl", "tdie")


def processor_sensors(root: Path) -> list[Path]:
    """Files with thousandths of a degree Celsius: of the packages, or of the cores where those have none."""
    found: list[Path] = []
    for name in sorted(root.glob("sys/class/hwmon/hwmon*/name")):
        if text(name) in _PROCESSOR_SENSORS:
            found += sorted(name.parent.glob("temp*_input"))
    packages = [path for path in found if _label(path).startswith(_ALL_OF_IT)]
    if packages or found:
        return packages or found
    zones = sorted(root.glob("sys/class/thermal/thermal_zone*/type"))
    return [zone.with_name("temp") for zone in zones if text(zone).lower().startswith(_PROCESSOR_ZONES)]


def _label(path: Path) -> str:
    return text(path.with_name(path.name.replace("_input", "_label"))).lower()
