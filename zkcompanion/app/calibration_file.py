"""A calibration as it is kept: `calibration.json` in the state folder, and what faces show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from zkcompanion.app.hardware_views import CalibrationView, RateView
from zkcompanion.base.messages import Message, msg
from zkcompanion.costs.rates import KINDS, Kind, Rates, rates_from_plain, rates_to_plain
from zkcompanion.hardware.facts import Family
from zkcompanion.hardware.speeds import Calibration, MachineSpeeds

MAX_BYTES = 256 << 10
_VERSION = 1
#: More than any memory or disk.
_MOST = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class KeptCalibration:
    """What was measured, and what the fingerprint of its environment is made of (`hardware/fingerprint.basis`)."""

    found: Calibration
    basis: Mapping[str, object]
    #: resident bytes of the process that measured, its kernels loaded and nothing done yet
    base_bytes: int

    @property
    def name(self) -> str:
        """By which predictions made with it are known."""
        return f"{self.found.unix_s:.0f}"

    @property
    def rates(self) -> Rates:
        """What was measured."""
        return self.found.rates


def to_plain(found: Calibration, basis: Mapping[str, object], base_bytes: int) -> dict[str, object]:
    """Fit for JSON."""
    speeds = found.speeds
    return {
        "version": _VERSION,
        "unix_s": found.unix_s,
        "seconds": found.seconds,
        "quiet": found.quiet,
        "rates": rates_to_plain(found.rates),
        "memory": [speeds.memory_one, speeds.memory_all],
        "disk": [speeds.disk_write, speeds.disk_read],
        "basis": dict(basis),
        "base_bytes": base_bytes,
    }


def from_plain(plain: Mapping[str, object]) -> KeptCalibration | None:
    """What `to_plain` made; None for anything else."""
    rates, basis, base = rates_from_plain(plain.get("rates")), plain.get("basis"), _number(plain.get("base_bytes"))
    times = [_number(plain.get(name)) for name in ("unix_s", "seconds", "quiet")]
    memory, disk = _pair(plain.get("memory")), _pair(plain.get("disk"))
    if plain.get("version") != _VERSION or rates is None or not isinstance(basis, dict):
        return None
    if rates.kernels not in get_args(Family) or set(rates.one) != set(KINDS):
        return None  # it could not be compared with other kernels, or would tell too little of a proof
    unix_s, seconds, quiet = times
    if unix_s is None or seconds is None or quiet is None or base is None:
        return None
    if memory is None or disk is None or None in memory:
        return None
    speeds = MachineSpeeds(memory[0] or 0.0, memory[1] or 0.0, *disk)
    return KeptCalibration(Calibration(unix_s, seconds, rates, speeds, quiet), basis, int(base))


def _number(value: object) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < _MOST else None  # type: ignore[arg-type, operator]


def _pair(value: object) -> tuple[float | None, float | None] | None:
    """Two numbers, either of which may be None."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    found = [_number(one) for one in value]
    return None if any(a is None and b is not None for a, b in zip(found, value, strict=True)) else (found[0], found[1])


def view_of(kept: KeptCalibration, stale: Message | None) -> CalibrationView:
    """What faces show."""
    found = kept.found
    rates = [view for kind, (name, title) in _SHOWN.items() if (view := _rate_view(kind, name, title, found.rates))]
    speeds = found.speeds
    rates.append(
        RateView("memory", msg("Memory, read and written"), speeds.memory_one, speeds.memory_all, "bytes_per_second")
    )
    for name, title, speed in (
        ("disk-read", msg("Disk, read"), speeds.disk_read),
        ("disk-write", msg("Disk, written"), speeds.disk_write),
    ):
        if speed is not None:
            rates.append(RateView(name, title, speed, speed, "bytes_per_second"))
    return CalibrationView(found.unix_s, found.seconds, tuple(rates), stale)


#: Kinds that are shown: the id, and what people read.
_SHOWN: Mapping[Kind, tuple[str, Message]] = {
    "g1": ("g1", msg("Additions in G1")),
    "g2": ("g2", msg("Additions in G2")),
    "transforms": ("transforms", msg("Multiplications in transforms")),
    "check": ("check", msg("Terms of constraints checked")),
}


def _rate_view(kind: Kind, name: str, title: Message, rates: Rates) -> RateView | None:
    """By the largest size that was measured."""
    if kind not in rates.one:
        return None
    work, seconds = rates.one[kind].points[-1]
    return RateView(name, title, work / seconds, work / rates.seconds(kind, work, rates.threads), "per_second")
