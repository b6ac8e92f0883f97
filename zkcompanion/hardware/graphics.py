"""Graphics processors: which there are, by the numbers of the PCI bus, the kernel's files and NVIDIA's library."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from zkcompanion.base.systemfiles import fields, lines_or_none, text, whole
from zkcompanion.hardware.cpuinfo import plain_name
from zkcompanion.hardware.facts import Gpu

VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel", "0x106b": "Apple", "0x1d17": "Zhaoxin"}
#: Displays that compute nothing: of virtual machines, and of the chips that servers are looked after with.
_DISPLAYS_ONLY = {"0x1234", "0x15ad", "0x1af4", "0x1b36", "0x80ee", "0x1013", "0x1414", "0x1a03", "0x102b", "0x19e5"}
_DISPLAY_CLASS, _ACCELERATOR_CLASS = "0x03", "0x12"
#: The list of names that distributions carry, where it is.
_NAMES = ("usr/share/hwdata/pci.ids", "usr/share/misc/pci.ids")
_NAMES_BYTES = 4 << 20
#: Drivers of graphics that are on no bus, by what their makers call them.
_ON_CHIP = {
    "vc4-drm": ("Broadcom VideoCore", "Broadcom"),
    "v3d": ("Broadcom VideoCore", "Broadcom"),
    "panfrost": ("ARM Mali", "ARM"),
    "panthor": ("ARM Mali", "ARM"),
    "msm": ("Qualcomm Adreno", "Qualcomm"),
    "msm_drm": ("Qualcomm Adreno", "Qualcomm"),
    "asahi": ("Apple graphics", "Apple"),
}


def linux_gpus(root: Path) -> tuple[Gpu, ...] | None:
    """None where the system shows neither a bus nor drivers; NVIDIA's own word counts most."""
    asked = nvidia_gpus() if root == Path("/") else ()
    found = _on_bus(root, skip={"NVIDIA"} if asked else set())
    if not (root / "sys/class").is_dir() and not found and not asked:
        return None
    if not found and not asked and (root / "dev/dxg").exists():
        return None  # Windows has one and lends it to Linux, without saying which
    return (*asked, *found, *_on_chip(root))


def _on_bus(root: Path, skip: set[str]) -> list[Gpu]:
    found = []
    for place in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor_id, device_id = text(place / "vendor"), text(place / "device")
        vendor = VENDORS.get(vendor_id)
        if not text(place / "class").startswith((_DISPLAY_CLASS, _ACCELERATOR_CLASS)) or vendor in skip:
            continue
        if vendor_id and vendor_id not in _DISPLAYS_ONLY:
            told = fields(lines_or_none(root / "proc/driver/nvidia/gpus" / place.name / "information"))
            name = told.get("Model") or _name(root, vendor_id, device_id)
            shown = plain_name(name) or f"{vendor or vendor_id} {device_id}"
            found.append(Gpu(shown, vendor, whole(place / "mem_info_vram_total")))
    return found


def _on_chip(root: Path) -> list[Gpu]:
    kinds: dict[tuple[str, str], None] = {}
    for place in sorted((root / "sys/class/drm").glob("card[0-9]*")):
        driver = fields(lines_or_none(place / "device/uevent"), "=").get("DRIVER", "")
        if driver in _ON_CHIP and not text(place / "device/vendor"):
            kinds[_ON_CHIP[driver]] = None
    return [Gpu(name, vendor) for name, vendor in kinds]


def _name(root: Path, vendor_id: str, device_id: str) -> str:
    """`Navi 31 [Radeon RX 7900 XTX]`, or what stands in brackets alone."""
    path = next((path for path in (root / name for name in _NAMES) if path.exists()), None)
    in_vendor = False
    for line in lines_or_none(path, _NAMES_BYTES) if path is not None else ():
        if line[:1] not in ("\t", "#", ""):
            if in_vendor:
                return ""
            in_vendor = line.startswith(vendor_id.removeprefix("0x") + " ")
        elif in_vendor and line.startswith("\t" + device_id.removeprefix("0x") + " "):
            named = line.split(maxsplit=1)[1]
            return named.partition("[")[2].partition("]")[0] or named
    return ""


def nvidia_gpus() -> tuple[Gpu, ...]:
    """By NVIDIA's library (nvidia-ml-py, an extra); nothing where it is not there or does not answer."""
    try:
        import pynvml
    except ImportError:
        return ()
    return ask_nvidia(pynvml)


def ask_nvidia(nvml: Any) -> tuple[Gpu, ...]:
    """The same with the library as it is given."""
    with contextlib.suppress(nvml.NVMLError):
        nvml.nvmlInit()
        try:
            return tuple(
                _nvidia_gpu(nvml, nvml.nvmlDeviceGetHandleByIndex(index)) for index in range(nvml.nvmlDeviceGetCount())
            )
        finally:
            with contextlib.suppress(nvml.NVMLError):
                nvml.nvmlShutdown()
    return ()


def _nvidia_gpu(nvml: Any, handle: Any) -> Gpu:
    name = nvml.nvmlDeviceGetName(handle)
    memory_bytes = None
    with contextlib.suppress(nvml.NVMLError):
        memory_bytes = int(nvml.nvmlDeviceGetMemoryInfo(handle).total)
    shown = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    return Gpu(plain_name(shown), "NVIDIA", memory_bytes)
