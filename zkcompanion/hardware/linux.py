"""Linux: memory, graphics, power, heat and versions, from files alone. `root` is where `/proc` and `/sys` lie."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

from zkcompanion.base.heatsensors import processor_sensors
from zkcompanion.base.systemfiles import fields, lines_or_none, number, text, whole, whole_of
from zkcompanion.hardware.cpuinfo import plain_name
from zkcompanion.hardware.facts import Memory, Platform, Power

#: Sensors that are asked.
_MOST_SENSORS = 16


def memory(root: Path) -> Memory:
    """From `/proc/meminfo`."""
    told = fields(lines_or_none(root / "proc/meminfo"))
    return Memory(*(_bytes(told.get(name, "")) for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")))


def _bytes(kibibytes: str) -> int | None:
    """As in `24684096 kB`."""
    words = kibibytes.split()
    count = whole_of(words[0]) if len(words) == 2 and words[1] == "kB" else None
    return None if count is None else count * 1024


def celsius(root: Path) -> float | None:
    """The hottest of the processors."""
    found = []
    for path in processor_sensors(root)[:_MOST_SENSORS]:
        with contextlib.suppress(OSError, ValueError):
            found.append(number(path) / 1000)
    # what a sensor says that is not there
    likely = [degrees for degrees in found if -40 < degrees < 150]
    return max(likely, default=None)


def power(root: Path) -> Power:
    """Battery, mains and plan. A device's own battery, such as a mouse's, is none of the computer's."""
    supplies = [
        path for path in sorted((root / "sys/class/power_supply").glob("*")) if text(path / "scope") != "Device"
    ]
    batteries = [path for path in supplies if text(path / "type") == "Battery"]
    mains = [whole(path / "online") for path in supplies if text(path / "type") in ("Mains", "USB")]
    percents = [percent for percent in (whole(path / "capacity") for path in batteries) if percent is not None]
    plan = text(root / "sys/firmware/acpi/platform_profile") or _governor(root)
    known = (root / "sys/class/power_supply").is_dir()
    return Power(
        has_battery=bool(batteries) if known else None,
        battery_percent=min(100.0, sum(percents) / len(percents)) if percents else None,
        plugged=_plugged(batteries, mains),
        saving=_saving(root, plan),
        plan=plain_name(plan) or None,
    )


def _plugged(batteries: list[Path], mains: list[int | None]) -> bool | None:
    if any(mains):
        return True
    states = {text(path / "status").lower() for path in batteries}
    if "discharging" in states:
        return False
    if states & {"charging", "full", "not charging"}:
        return True
    return False if mains and None not in mains else None


def _governor(root: Path) -> str:
    return text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def _saving(root: Path, plan: str) -> bool | None:
    """Whether speed is given up for it. A driver that sets speeds by itself calls its usual way `powersave`."""
    place = root / "sys/devices/system/cpu/cpu0/cpufreq"
    preference = text(place / "energy_performance_preference")
    if preference:
        return preference == "power" or plan in ("low-power", "quiet")
    if not plan:
        return None
    return plan in ("low-power", "quiet", "powersave") and not text(place / "scaling_driver").startswith("intel_pstate")


def versions(root: Path) -> Platform:
    """Of the kernel, the distribution, Python and the C library."""
    told = fields(lines_or_none(root / "etc/os-release"), "=")
    here = root == Path("/")
    return Platform(
        system="linux",
        release=plain_name(text(root / "proc/sys/kernel/osrelease")) or (platform.release() if here else None) or None,
        name=plain_name(told.get("PRETTY_NAME", "").strip("\"'")) or None,
        python=platform.python_version(),
        c_library=_c_library() if here else None,
    )


def _c_library() -> str | None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.confstr("CS_GNU_LIBC_VERSION")
    return "musl" if any(Path("/lib").glob("ld-musl-*")) else None
