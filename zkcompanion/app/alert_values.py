"""Values of alerts and rules with their units, as people read and type them."""

from __future__ import annotations

import re
from typing import cast

from zkcompanion.app.monitor_views import Unit
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_duration, parse_size
from zkcompanion.reports.quantities import quantity

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?\Z")
_PART = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(us|ms|s|min|h|d)?")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
#: What may stand behind a number of each unit.
_SIGNS = {"percent": "%", "share": "%", "celsius": "°C", "per_second": "/s", "count": "", "hertz": "Hz"}


def value_text(value: float | None, unit: str) -> str:
    """`value` with its unit; a dash where there is none."""
    return "0 s" if unit == "seconds" and value == 0 else quantity(value, cast("Unit", unit))


def seconds_text(seconds: float) -> str:
    """A duration; `0 s` for none."""
    return format_duration(seconds) if seconds else "0 s"


def parse_value(text: str, unit: str) -> float:
    """What a person typed for a value in this unit. Raises: UsageError."""
    given = text.strip()
    if unit == "seconds":
        return parse_seconds(given)
    if unit in {"bytes", "bytes_per_second"}:
        size = given.removesuffix("/s") if unit == "bytes_per_second" else given
        bare = size.removesuffix("bytes").removesuffix("byte").strip()
        return 0.0 if bare == "0" else float(parse_size(bare))
    sign = _SIGNS.get(unit, "")
    bare = given.removesuffix(sign).strip() if sign else given
    bare = re.sub(r"(?<=[0-9])[\s\N{NO-BREAK SPACE}](?=[0-9]{3})", "", bare)
    if not _NUMBER.match(bare):
        raise UsageError(msg("{text} is no value here; write it as {example}.", text=text, example=_example(unit)))
    return float(bare) / (100.0 if unit == "share" else 1.0)


def parse_seconds(text: str) -> float:
    """Seconds of `90`, `500 ms`, `10 s`, `2 min 30 s`, `1 h`, `1 d`. Raises: UsageError."""
    total, place = 0.0, 0
    given = text.strip()
    while place < len(given):
        found = _PART.match(given, place)
        if found is None or (not found[2] and (place or found.end() < len(given))):
            break
        total += float(found[1]) * _SECONDS[found[2] or ""]
        place = found.end()
    if not given or place < len(given):
        raise UsageError(msg("{text} is no duration; write it as 10 s, 2 min or 1 h.", text=text))
    return total


def _example(unit: str) -> str:
    return value_text(10.0 if unit != "share" else 1.5, unit)
