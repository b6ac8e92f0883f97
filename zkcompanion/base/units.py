"""Sizes, durations and counts as people read and type them, without locale and without loss of meaning.

Sizes are binary throughout (1 KiB = 1024 bytes), because memory is what they are compared with.
"""

from __future__ import annotations

import math
import re

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg

_SIZE_STEPS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
_SIZE_PATTERN = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
_SIZE_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def format_size(size_bytes: int) -> str:
    """`size_bytes` with three significant digits and a binary unit: `0 bytes`, `1.5 KiB`, `23.8 GiB`."""
    value = float(size_bytes)
    step = 0
    # 1023.5 rounds to 1024, which belongs to the next unit
    while abs(value) >= 1023.5 and step < len(_SIZE_STEPS) - 1:
        value /= 1024
        step += 1
    if step == 0:
        return "1 byte" if size_bytes == 1 else f"{size_bytes} bytes"
    return f"{_three_digits(value)} {_SIZE_STEPS[step]}"


def parse_size(text: str) -> int:
    """Bytes of what a user types for a size: `1500000`, `512M`, `1.5 GiB`; K, M, G, T are powers of 1024.

    Raises: UsageError where `text` is not a positive size below 2^63.
    """
    match = _SIZE_PATTERN.fullmatch(text.strip())
    if match is not None:
        size = float(match[1]) * 1024 ** _SIZE_POWER[match[2].upper()]
        if 1 <= size < 2**63:
            return int(size)
    raise UsageError(msg("{text} is not a size; write bytes or a number with K, M, G or T, such as 4G.", text=text))


def format_duration(duration_s: float) -> str:
    """`duration_s` with three significant digits: `850 us`, `12.3 ms`, `4.56 s`; from two minutes on `2 min 05 s`."""
    if not math.isfinite(duration_s):
        return "unknown"
    sign = "-" if duration_s < 0 else ""
    value = abs(duration_s)
    # each bound is where three digits would round up into the next unit
    if value < 0.0009995:
        return f"{sign}{_three_digits(value * 1e6)} us"
    if value < 0.9995:
        return f"{sign}{_three_digits(value * 1e3)} ms"
    if value < 119.5:
        return f"{sign}{_three_digits(value)} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours} h {minutes:02d} min" if hours else f"{sign}{minutes} min {seconds:02d} s"


def format_count(count: int) -> str:
    """`count` with a thin separator that no locale reads as a decimal mark: `131 072`."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _three_digits(value: float) -> str:
    """`value` >= 0 with three significant digits, and never in exponent form."""
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
