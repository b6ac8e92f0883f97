"""Values with units, as people read them, and scales for the axes of pictures."""

from __future__ import annotations

import math
from typing import Literal

from zkcompanion.base.units import format_count, format_duration, format_size

#: `share` is 0 to 1 of a whole (more where it is beside another value); `per_second` counts events.
Unit = Literal["percent", "bytes", "bytes_per_second", "hertz", "celsius", "seconds", "count", "per_second", "share"]

#: In place of a value that is not known.
UNKNOWN = "\N{EN DASH}"

_BYTES = (("TiB", 1024.0**4), ("GiB", 1024.0**3), ("MiB", 1024.0**2), ("KiB", 1024.0))
_HERTZ = (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3))
_SECONDS = (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3))
#: The least that is shown in each unit of time; below the last it is milliseconds.
_SECONDS_FROM = {"h": 7200.0, "min": 120.0, "s": 1.0}


def quantity(value: float | None, unit: Unit) -> str:
    """`value` in `unit` with three significant digits and the unit's sign; a dash where it is None or not finite."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    match unit:
        case "bytes":
            text = format_size(round(value))
        case "bytes_per_second":
            text = f"{format_size(round(value))}/s"
        case "seconds":
            text = format_duration(value)
        case "count":
            text = format_count(round(value)) if float(value).is_integer() else digits(value)
        case "share":
            text = f"{digits(100 * value)} %"
        case "percent":
            text = f"{digits(value)} %"
        case "celsius":
            text = f"{digits(value)} °C"
        case "hertz":
            sign, factor = _step(_HERTZ, abs(value), ("Hz", 1.0))
            text = f"{digits(value / factor)} {sign}"
        case _:
            text = _rate(value)
    return text


def axis_scale(unit: Unit, most: float) -> tuple[float, str]:
    """What values of an axis that goes up to `most` are divided by, and the sign of what then comes out."""
    match unit:
        case "bytes":
            sign, factor = _step(_BYTES, most, ("bytes", 1.0))
        case "bytes_per_second":
            sign, factor = _step(_BYTES, most, ("bytes", 1.0))
            sign = f"{sign}/s"
        case "hertz":
            sign, factor = _step(_HERTZ, most, ("Hz", 1.0))
        case "seconds":
            sign, factor = next((one for one in _SECONDS if most >= _SECONDS_FROM.get(one[0], 0.0)), ("ms", 1e-3))
        case "share":
            sign, factor = "%", 0.01
        case "percent":
            sign, factor = "%", 1.0
        case "celsius":
            sign, factor = "°C", 1.0
        case "per_second":
            sign, factor = "/s", 1.0
        case _:
            sign, factor = "", 1.0
    return factor, sign


def digits(value: float) -> str:
    """Three significant digits, never in exponent form."""
    size = abs(value)
    if size == 0:
        return "0"
    if size < 0.01:
        return f"{value:.4f}"
    if size < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if size < 99.95 else format_count(round(value))


def _rate(value: float) -> str:
    if value == 0 or abs(value) >= 0.1:
        return f"{digits(value)} /s"
    if abs(value) >= 0.1 / 60:
        return f"{digits(value * 60)} /min"
    return f"{digits(value * 3600)} /h"


def _step(steps: tuple[tuple[str, float], ...], value: float, last: tuple[str, float]) -> tuple[str, float]:
    return next((one for one in steps if value >= one[1]), last)
