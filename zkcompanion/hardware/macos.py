"""macOS: what `sysctl`, `vm_stat`, `pmset`, `diskutil` and `system_profiler` say; nothing of it needs a privilege."""

from __future__ import annotations

import json
import platform
import plistlib
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from xml.parsers.expat import ExpatError

from zkcompanion.base.systemfiles import fields, whole_of
from zkcompanion.hardware.containers import virtual_kind
from zkcompanion.hardware.cpuinfo import base_hz_of, canonical_architecture, feature_names, plain_name, vendor_name
from zkcompanion.hardware.disks import kind_of_file_system, room
from zkcompanion.hardware.facts import Cache, CacheKind, Disk, Gpu, Limits, Memory, Platform, Power, Processor
from zkcompanion.hardware.limits import own_limits
from zkcompanion.hardware.tools import Once, Run

#: Apple's words for what Linux names otherwise; all else differs by case and points.
_FEATURES = {"avx1.0": "avx", "sse3": "pni", "avx2": "avx2", "sse4.1": "sse4_1", "sse4.2": "sse4_2"}
_CACHES: tuple[tuple[str, int, CacheKind], ...] = (
    ("l1dcachesize", 1, "data"),
    ("l1icachesize", 1, "instruction"),
    ("l2cachesize", 2, "unified"),
    ("l3cachesize", 3, "unified"),
)
#: Of `sysctl -a`, several times as many as there are.
_MOST_NAMES = 20_000
_APPLES_ENTRY = re.compile(r"^kHW_(\w+)Item$")
_VENDORS = ("Apple", "NVIDIA", "AMD", "ATI", "Intel")
_SIZES = {"MB": 1 << 20, "GB": 1 << 30}


class MacSystem:
    """Asks each program when its answer is first needed, and `sysctl` once.

    Arguments:
        folder: our data's.
        run: asks a program.
        here: whether these are this computer's programs.
    """

    def __init__(self, folder: Path, run: Run, *, here: bool) -> None:
        self._folder = folder
        self._run = run
        self._here = here
        self._sysctl = Once(lambda: fields((run(["/usr/sbin/sysctl", "-a"]) or "").splitlines()))

    @property
    def _told(self) -> Mapping[str, str]:
        return self._sysctl()

    def _count(self, name: str) -> int | None:
        """A number above 0."""
        return whole_of(self._told.get(name, "")) or None

    def processor(self) -> Processor:
        """By `sysctl`; features of Apple's own processors by ARM's names."""
        model = plain_name(self._told.get("machdep.cpu.brand_string"))
        kinds = self._count("hw.perflevel0.physicalcpu"), self._count("hw.perflevel1.physicalcpu")
        hybrid = None not in kinds and (whole_of(self._told.get("hw.nperflevels", "2")) or 0) > 1
        vendor = self._told.get("machdep.cpu.vendor") or ("Apple" if model.startswith("Apple") else "")
        return Processor(
            model=model or None,
            vendor=vendor_name(vendor),
            architecture=self._architecture(),
            physical_cores=self._count("hw.physicalcpu") or self._count("machdep.cpu.core_count"),
            logical_cores=self._count("hw.logicalcpu") or self._count("machdep.cpu.thread_count"),
            performance_cores=kinds[0] if hybrid else None,
            efficiency_cores=kinds[1] if hybrid else None,
            features=self._features(),
            caches=self._caches(),
            base_hz=base_hz_of(model),
            max_hz=_hertz(self._count("hw.cpufrequency_max")),
        )

    def _architecture(self) -> str | None:
        if self._here:
            return canonical_architecture(platform.machine())
        if self._told.get("hw.optional.arm64") == "1":
            return "aarch64"
        return "x86_64" if "machdep.cpu.features" in self._told else None

    def _features(self) -> frozenset[str] | None:
        found: set[str] = set()
        for name in ("machdep.cpu.features", "machdep.cpu.leaf7_features", "machdep.cpu.extfeatures"):
            found.update(_FEATURES.get(word, word) for word in feature_names(self._told.get(name, "").lower()))
        for name, value in islice(self._told.items(), _MOST_NAMES):
            if value == "1" and name.startswith("hw.optional.arm.FEAT_"):
                found.add(name.removeprefix("hw.optional.arm.FEAT_").lower())
            elif value == "1" and name.startswith("hw.optional.avx512"):
                found.add(name.removeprefix("hw.optional."))
        if "1" in (self._told.get("hw.optional.neon"), self._told.get("hw.optional.arm.AdvSIMD")):
            found.add("asimd")
        return frozenset(found) or None

    def _caches(self) -> tuple[Cache, ...]:
        """Of each kind of core; without kinds, of the machine."""
        found = []
        levels = [f"hw.perflevel{level}" for level in (0, 1) if f"hw.perflevel{level}.l1dcachesize" in self._told]
        for prefix in levels or ["hw"]:
            cores, sharers = self._count(f"{prefix}.physicalcpu"), self._count(f"{prefix}.cpusperl2")
            for name, level, kind in _CACHES:
                size = self._count(f"{prefix}.{name}")
                if size is not None:
                    instances = 1 if level == 3 else cores
                    if level == 2 and cores is not None and sharers is not None:
                        instances = -(-cores // sharers)
                    found.append(Cache(level, kind, size, instances))
        return tuple(sorted(found, key=lambda cache: (cache.level, cache.kind, -cache.size_bytes)))

    def memory(self) -> Memory:
        """Installed by `sysctl`; available is what is free, kept in advance or not in use, as `vm_stat` counts it."""
        told = self._run(["/usr/bin/vm_stat"]) or ""
        size = re.search(r"page size of (\d{4,6}) bytes", told)
        pages = fields(told.splitlines())
        counts = [whole_of(pages.get(f"Pages {name}", "").rstrip(".")) for name in ("free", "inactive", "speculative")]
        known = [count for count in counts if count is not None]
        swap = re.search(r"total = ([0-9.]{1,12})M +used = [0-9.]{1,12}M +free = ([0-9.]{1,12})M", self._swap())
        return Memory(
            total_bytes=self._count("hw.memsize"),
            available_bytes=sum(known) * int(size[1]) if size and len(known) == len(counts) else None,
            swap_total_bytes=_mebibytes(swap[1]) if swap else None,
            swap_free_bytes=_mebibytes(swap[2]) if swap else None,
        )

    def _swap(self) -> str:
        return self._told.get("vm.swapusage", "")

    def disk(self) -> Disk:
        """Kind and file system by `diskutil`."""
        place = next((one for one in (self._folder, *self._folder.parents) if one.exists()), self._folder)
        told = _plist(self._run(["/usr/sbin/diskutil", "info", "-plist", str(place)]))
        name = told.get("FilesystemType")
        file_system = name[:40] if isinstance(name, str) else None
        solid = told.get("SolidState")
        total, free = room(self._folder)
        kind = kind_of_file_system(file_system or "")
        if kind is None and isinstance(solid, bool):
            kind = "ssd" if solid else "hard disk"
        return Disk(kind, file_system, total, free)

    def gpus(self) -> tuple[Gpu, ...] | None:
        """By `system_profiler`; on Apple's own processors they share the memory, so none is told."""
        told = _object(self._run(["/usr/sbin/system_profiler", "SPDisplaysDataType", "-json"])).get(
            "SPDisplaysDataType"
        )
        if not isinstance(told, list):
            return None
        found = []
        for item in told[:16]:
            words = item if isinstance(item, dict) else {}
            # older systems give the name of an entry in Apple's own list of texts
            told_name = _APPLES_ENTRY.sub(r"\1", _word(words, "sppci_model") or _word(words, "_name"))
            name = plain_name(told_name)
            if name:
                vendor = _word(words, "spdisplays_vendor") + " " + name
                known = next((one for one in _VENDORS if one.lower() in vendor.lower()), None)
                memory = _word(words, "spdisplays_vram") or _word(words, "_spdisplays_vram")
                found.append(Gpu(name, "AMD" if known == "ATI" else known, _size(memory)))
        return tuple(found)

    def power(self) -> Power:
        """By `pmset`."""
        battery = self._run(["/usr/bin/pmset", "-g", "batt"]) or ""
        plan = self._run(["/usr/bin/pmset", "-g"]) or ""
        source = re.search(r"Now drawing from '([A-Za-z ]{1,30})'", battery)
        percent = re.search(r"InternalBattery\S* .*?(\d{1,3})%;", battery)
        mode = re.search(r"^ *(?:low)?powermode +([012])\b", plan, re.MULTILINE)
        names = {"0": "automatic", "1": "low power", "2": "high power"}
        return Power(
            has_battery="InternalBattery" in battery if source else None,
            battery_percent=min(100.0, float(percent[1])) if percent else None,
            plugged=source[1] == "AC Power" if source else None,
            saving=mode[1] == "1" if mode else None,
            plan=names[mode[1]] if mode else None,
        )

    def limits(self) -> Limits:
        """There are no containers; a virtual machine says that it is one."""
        guest = self._told.get("kern.hv_vmm_present")
        kind = virtual_kind("", self._told.get("hw.model", "")) or "virtual machine"
        return own_limits(
            here=self._here, container="", virtual_machine=None if guest is None else kind if guest == "1" else ""
        )

    def versions(self) -> Platform:
        """Of macOS and its kernel."""
        version = plain_name(self._told.get("kern.osproductversion", "")[:20])
        return Platform(
            system="macos",
            release=plain_name(self._told.get("kern.osrelease", "")[:20]) or None,
            name=f"macOS {version}" if version else None,
            python=platform.python_version(),
        )


def _hertz(count: int | None) -> float | None:
    return None if count is None else float(count)


def _mebibytes(word: str) -> int | None:
    try:
        return int(float(word) * (1 << 20))
    except ValueError:
        return None


def _size(word: str) -> int | None:
    """As in `8 GB`."""
    count, _, unit = word.partition(" ")
    number = whole_of(count)
    return None if number is None or unit not in _SIZES else number * _SIZES[unit]


def _word(words: Mapping[str, object], name: str) -> str:
    value = words.get(name)
    return value if isinstance(value, str) else ""


def _object(text: str | None) -> Mapping[str, object]:
    """A JSON object, empty where it is none."""
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plist(text: str | None) -> Mapping[str, object]:
    """A property list, empty where it is none."""
    try:
        found = plistlib.loads((text or "").encode(), fmt=plistlib.FMT_XML)
    except (ValueError, LookupError, AttributeError, RecursionError, TypeError, OverflowError, ExpatError):
        return {}
    return found if isinstance(found, dict) else {}
