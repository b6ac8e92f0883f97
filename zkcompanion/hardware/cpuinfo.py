"""What `/proc/cpuinfo` says of a processor: a name, a vendor, features. Numbers of ARM's designers are names here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zkcompanion.base.systemfiles import fields

#: Of the identification register MIDR_EL1: who designed a core, and which of theirs it is.
_DESIGNERS = {
    "0x41": "ARM",
    "0x42": "Broadcom",
    "0x46": "Fujitsu",
    "0x48": "HiSilicon",
    "0x4e": "NVIDIA",
    "0x51": "Qualcomm",
    "0x53": "Samsung",
    "0x61": "Apple",
    "0x6d": "Microsoft",
    "0xc0": "Ampere",
}
_CORES = {
    ("0x41", "0xd03"): "Cortex-A53",
    ("0x41", "0xd04"): "Cortex-A35",
    ("0x41", "0xd05"): "Cortex-A55",
    ("0x41", "0xd07"): "Cortex-A57",
    ("0x41", "0xd08"): "Cortex-A72",
    ("0x41", "0xd09"): "Cortex-A73",
    ("0x41", "0xd0a"): "Cortex-A75",
    ("0x41", "0xd0b"): "Cortex-A76",
    ("0x41", "0xd0c"): "Neoverse-N1",
    ("0x41", "0xd0d"): "Cortex-A77",
    ("0x41", "0xd40"): "Neoverse-V1",
    ("0x41", "0xd41"): "Cortex-A78",
    ("0x41", "0xd44"): "Cortex-X1",
    ("0x41", "0xd46"): "Cortex-A510",
    ("0x41", "0xd47"): "Cortex-A710",
    ("0x41", "0xd48"): "Cortex-X2",
    ("0x41", "0xd49"): "Neoverse-N2",
    ("0x41", "0xd4f"): "Neoverse-V2",
    ("0x41", "0xd84"): "Neoverse-V3",
    ("0x41", "0xd85"): "Cortex-X925",
    ("0x41", "0xd87"): "Cortex-A725",
    ("0x41", "0xd8e"): "Neoverse-N3",
    ("0x48", "0xd01"): "TaiShan-v110",
    ("0x48", "0xd02"): "TaiShan-v120",
    ("0xc0", "0xac3"): "Ampere-1",
    ("0xc0", "0xac4"): "Ampere-1a",
}
_MOST_FEATURES = 1024
_VENDORS = {"GenuineIntel": "Intel", "AuthenticAMD": "AMD", "HygonGenuine": "Hygon", "CentaurHauls": "Zhaoxin"}
_BASE = re.compile(r"@\s*([0-9]{1,2}(?:\.[0-9]{1,3})?)\s?GHz")


@dataclass(frozen=True, slots=True)
class CpuInfo:
    """`features` of the first processor, None where nothing is said of any."""

    model: str | None
    vendor: str | None
    architecture: str | None
    features: frozenset[str] | None
    processors: int
    base_hz: float | None


def read_cpuinfo(told: list[str], board: str = "") -> CpuInfo:
    """From the file's lines; `board` is what a computer without a named processor calls itself."""
    first = fields(told)
    words = first.get("flags") or first.get("Features") or first.get("features") or ""
    # on ARM, "model name" says no more than "ARMv8 Processor", if it is there
    model = _arm_model(told, board or first.get("Model", "")) or first.get("model name") or first.get("cpu model")
    return CpuInfo(
        model=plain_name(model) or None,
        vendor=vendor_name(first.get("vendor_id") or _DESIGNERS.get(first.get("CPU implementer", ""), "")),
        architecture=_architecture(first, feature_names(words)),
        features=feature_names(words) or None,
        processors=sum(1 for line in told if re.match(r"processor\s*:", line)),
        base_hz=base_hz_of(model or ""),
    )


def feature_names(words: str) -> frozenset[str]:
    """Of a list with spaces; what no processor has so many or so long of is left out."""
    return frozenset(word for word in words.split(maxsplit=_MOST_FEATURES)[:_MOST_FEATURES] if len(word) <= 40)


def plain_name(name: str | None) -> str:
    """A processor's name without signs of ownership and double spaces, cut to what fits a line."""
    without = re.sub(r"\((?:R|TM|tm|r)\)", "", name or "")
    return " ".join("".join(letter for letter in without if letter.isprintable()).split())[:120]


def canonical_architecture(machine: str) -> str | None:
    """Linux's name of what systems call differently: `x86_64`, `aarch64`."""
    lower = machine.lower()
    return {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}.get(lower, lower) or None


def vendor_name(identification: str) -> str | None:
    """As people call it."""
    return _VENDORS.get(identification, plain_name(identification)) or None


def base_hz_of(model: str) -> float | None:
    """Where the name says it: "... @ 2.60GHz"."""
    found = _BASE.search(model)
    return float(found[1]) * 1e9 if found else None


def _arm_model(told: list[str], board: str) -> str:
    """Its kinds of core, the last first because it is the fastest, and the board that it is on."""
    kinds: dict[str, None] = {}
    designer = ""
    for line in told:
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "CPU implementer":
            designer = value
        elif name == "CPU part":
            core = _CORES.get((designer, value))
            if core is not None:
                kinds[core] = None
    if not designer:
        return ""
    cores = " + ".join(reversed(kinds))
    return f"{cores} ({board})" if cores and board else cores or board


def _architecture(first: dict[str, str], features: frozenset[str]) -> str | None:
    if "flags" in first:
        return "x86_64" if "lm" in features else "x86"
    if "CPU implementer" in first:
        return "aarch64" if "asimd" in features else "arm"
    return None
