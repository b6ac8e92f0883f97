"""Windows: what its management interface says through PowerShell, and what this process can ask by itself.

PowerShell takes long to start; without its answer the processor, memory and battery are known all the same.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from zkcompanion.hardware.containers import virtual_kind
from zkcompanion.hardware.cores import by_class, by_threads
from zkcompanion.hardware.cpuinfo import base_hz_of, canonical_architecture, plain_name, vendor_name
from zkcompanion.hardware.disks import kind_of_file_system, room
from zkcompanion.hardware.facts import Cache, Disk, Gpu, Limits, Memory, Platform, Power, Processor
from zkcompanion.hardware.limits import own_limits
from zkcompanion.hardware.tools import Once, Run
from zkcompanion.hardware.windows_topology import Topology

_SHELL = r"System32\WindowsPowerShell\v1.0\powershell.exe"
#: One object of what each class says; a class that is not there is null.
_SCRIPT = """
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
@{
  Processor = @(Get-CimInstance Win32_Processor |
    Select-Object Name, Manufacturer, NumberOfCores, NumberOfLogicalProcessors, L2CacheSize, L3CacheSize, MaxClockSpeed)
  System = Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer, Model, TotalPhysicalMemory
  OperatingSystem = Get-CimInstance Win32_OperatingSystem |
    Select-Object Caption, Version, TotalVisibleMemorySize, FreePhysicalMemory
  PageFile = @(Get-CimInstance Win32_PageFileUsage | Select-Object AllocatedBaseSize, CurrentUsage)
  Video = @(Get-CimInstance Win32_VideoController | Select-Object Name, AdapterCompatibility, AdapterRAM)
  Battery = @(Get-CimInstance Win32_Battery | Select-Object EstimatedChargeRemaining, BatteryStatus)
  Plan = Get-CimInstance -Namespace root/cimv2/power Win32_PowerPlan -Filter 'IsActive=True' |
    Select-Object ElementName, InstanceID
} | ConvertTo-Json -Depth 3 -Compress
"""
#: The same of a disk, apart because it takes longer.
_DISK_SCRIPT = """
$ErrorActionPreference = 'SilentlyContinue'
@{
  Disk = @(Get-Partition -DriveLetter DRIVE | Get-Disk | Get-PhysicalDisk | Select-Object MediaType)
  Volume = Get-Volume -DriveLetter DRIVE | Select-Object FileSystem
} | ConvertTo-Json -Depth 3 -Compress
"""
#: The plan that saves power has this number in all languages.
_SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"
#: More memory than that does not fit the number in which it is told.
_MOST_VIDEO_BYTES = 4_293_918_720
_VENDORS = ("NVIDIA", "AMD", "Advanced Micro Devices", "Intel", "Qualcomm")
#: Of `Get-PhysicalDisk`, as words and as numbers.
_MEDIA = {"SSD": "ssd", "4": "ssd", "HDD": "hard disk", "3": "hard disk"}
#: Of `Win32_Battery`: on the mains, or charging by them.
_ON_MAINS = {2, 3, 6, 7, 8, 9, 11}


class Native(Protocol):
    """What a process on Windows finds out without another one; each may be None, and none raises."""

    def name(self) -> str | None:
        """The processor's, by the registry."""
        ...

    def topology(self) -> Topology | None:
        """Cores and caches."""
        ...

    def features(self) -> frozenset[str] | None:
        """By Linux's names."""
        ...

    def memory(self) -> Memory | None:
        """Installed and free."""
        ...

    def power(self) -> Power | None:
        """Battery and mains."""
        ...


class WindowsSystem:
    """Asks PowerShell once for each of two scripts.

    Arguments:
        folder: our data's.
        run: asks a program.
        native: what this process can ask; None of another computer.
        root: where Windows lies.
    """

    def __init__(self, folder: Path, run: Run, native: Native | None, root: str = r"C:\\Windows") -> None:
        self._folder = folder
        self._run = run
        self._native = native
        self._root = root.rstrip("\\")
        self._machine = Once(lambda: self._ask(_SCRIPT))
        drive = folder.drive[:1]
        letter = drive if drive.isascii() and drive.isalpha() else "C"
        self._disk = Once(lambda: self._ask(_DISK_SCRIPT.replace("DRIVE", letter)))

    def _ask(self, script: str) -> Mapping[str, object]:
        """A JSON object, empty where there is none."""
        shell = f"{self._root}\\{_SHELL}"
        answer = self._run([shell, "-NoProfile", "-NonInteractive", "-Command", script])
        try:
            found = json.loads((answer or "").lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _all(self, name: str) -> list[Mapping[str, object]]:
        return _objects(self._machine(), name)

    def _one(self, name: str) -> Mapping[str, object]:
        return next(iter(self._all(name)), {})

    def processor(self) -> Processor:
        """Cores by class where the system gives classes; else by which of them run two threads."""
        packages = self._all("Processor")
        first = next(iter(packages), {})
        native = self._native
        topology = native.topology() if native is not None else None
        model = plain_name((native.name() if native is not None else None) or _word(first, "Name"))
        cores, logical = (_sum(packages, name) for name in ("NumberOfCores", "NumberOfLogicalProcessors"))
        if topology is not None:
            cores, logical = topology.cores, topology.logical
        kinds = by_class(topology.classes) if topology is not None else by_threads(cores, logical)
        megahertz = _number(first, "MaxClockSpeed")
        return Processor(
            model=model or None,
            vendor=vendor_name(_word(first, "Manufacturer")) or _vendor_in(model),
            architecture=canonical_architecture(platform.machine()) if native is not None else None,
            physical_cores=cores,
            logical_cores=logical,
            performance_cores=kinds[0] if kinds else None,
            efficiency_cores=kinds[1] if kinds else None,
            features=native.features() if native is not None else None,
            caches=topology.caches if topology is not None else _caches(packages),
            base_hz=base_hz_of(model) or (megahertz * 1e6 if megahertz else None),
        )

    def memory(self) -> Memory:
        """What the process itself is told, or the management interface."""
        found = self._native.memory() if self._native is not None else None
        if found is not None:
            return found
        system = self._one("OperatingSystem")
        total = _number(self._one("System"), "TotalPhysicalMemory")
        visible, free = (_number(system, name) for name in ("TotalVisibleMemorySize", "FreePhysicalMemory"))
        size, used = (_sum(self._all("PageFile"), name) for name in ("AllocatedBaseSize", "CurrentUsage"))
        return Memory(
            total_bytes=visible * 1024 if visible else total,
            available_bytes=None if free is None else free * 1024,
            swap_total_bytes=None if size is None else size << 20,
            swap_free_bytes=None if size is None or used is None else max(0, size - used) << 20,
        )

    def disk(self) -> Disk:
        """The kind where all disks below the drive are of one."""
        told = self._disk()
        file_system = _word(next(iter(_objects(told, "Volume")), {}), "FileSystem")[:40] or None
        media = {_MEDIA.get(str(disk.get("MediaType"))) for disk in _objects(told, "Disk")}
        total, free = room(self._folder)
        kind = kind_of_file_system((file_system or "").lower())
        if kind is None and len(media) == 1:
            kind = "ssd" if "ssd" in media else "hard disk" if "hard disk" in media else None
        return Disk(kind, file_system, total, free)

    def gpus(self) -> tuple[Gpu, ...] | None:
        """NVIDIA's own word counts most; memory of 4 GiB and more is not told here."""
        asked: tuple[Gpu, ...] = ()
        if self._native is not None:
            from zkcompanion.hardware.graphics import nvidia_gpus

            asked = nvidia_gpus()
        if "Video" not in self._machine():
            return asked or None
        found = []
        for item in self._all("Video"):
            name, maker = plain_name(_word(item, "Name")), _word(item, "AdapterCompatibility")
            vendor = next((one for one in _VENDORS if one.lower() in f"{maker} {name}".lower()), None)
            size = _number(item, "AdapterRAM")
            if name and vendor and not (asked and vendor == "NVIDIA"):
                known = None if size is None or not 0 < size < _MOST_VIDEO_BYTES else size
                found.append(Gpu(name, "AMD" if vendor.startswith("Adv") else vendor, known))
        return (*asked, *found)

    def power(self) -> Power:
        """The plan by its number, so that its name may be in any language."""
        batteries = self._all("Battery")
        percents = [percent for one in batteries if (percent := _number(one, "EstimatedChargeRemaining")) is not None]
        states = [state for one in batteries if (state := _number(one, "BatteryStatus")) is not None]
        plan = self._one("Plan")
        native = self._native.power() if self._native is not None else None
        known = native or Power(
            has_battery=bool(batteries) if "Battery" in self._machine() else None,
            battery_percent=min(100.0, sum(percents) / len(percents)) if percents else None,
            plugged=any(state in _ON_MAINS for state in states) if states else None,
        )
        return Power(
            known.has_battery,
            known.battery_percent,
            known.plugged,
            saving=_SAVER in _word(plan, "InstanceID").lower() if plan else None,
            plan=plain_name(_word(plan, "ElementName")) or None,
        )

    def limits(self) -> Limits:
        """Windows says that it runs on a hypervisor even where that is its own, so maker and model count."""
        system = self._one("System")
        kind = virtual_kind(_word(system, "Manufacturer"), _word(system, "Model")) if system else None
        return own_limits(here=self._native is not None, container=None, virtual_machine=kind)

    def versions(self) -> Platform:
        """Name and version of Windows."""
        system = self._one("OperatingSystem")
        here = self._native is not None
        return Platform(
            system="windows",
            release=_word(system, "Version")[:40] or (platform.version() if here else None) or None,
            name=plain_name(_word(system, "Caption")) or (f"Windows {platform.release()}" if here else None),
            python=platform.python_version(),
        )


def _objects(told: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """Under a name, of which there may be one or many."""
    found = told.get(name)
    several = found if isinstance(found, list) else [found]
    return [one for one in several[:64] if isinstance(one, dict)]


def _caches(packages: list[Mapping[str, object]]) -> tuple[Cache, ...]:
    """Sums of each package, which is all that is told of them; in kibibytes there."""
    found = []
    for level, name in ((2, "L2CacheSize"), (3, "L3CacheSize")):
        size = _number(next(iter(packages), {}), name)
        if size:
            found.append(Cache(level, "unified", size << 10, len(packages)))
    return tuple(found)


def _vendor_in(model: str) -> str | None:
    return next((one for one in ("Intel", "AMD", "Qualcomm", "Ampere") if one in model), None)


def _word(words: Mapping[str, object], name: str) -> str:
    value = words.get(name)
    return value if isinstance(value, str) else ""


def _number(words: Mapping[str, object], name: str) -> int | None:
    """A whole number that is not negative; 64-bit ones may come as text."""
    value = words.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def _sum(several: list[Mapping[str, object]], name: str) -> int | None:
    """Of all; None where one does not tell, or there are none."""
    found = [_number(one, name) for one in several]
    known = [count for count in found if count is not None]
    return sum(known) if known and len(known) == len(found) else None
