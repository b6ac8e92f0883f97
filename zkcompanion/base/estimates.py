"""Predictions as people read them: no more digits than are known."""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration


def band(low_s: float, high_s: float) -> Message:
    """A prediction of seconds: `1.2 to 1.6 s`; one number where both read the same."""
    low, high = rough_duration(low_s), rough_duration(high_s)
    if low == high:
        return Message("{duration}", {"duration": low})
    low_value, _, low_unit = low.partition(" ")
    if low_unit == high.partition(" ")[2] and " " not in low_unit:
        low = low_value
    return msg("{low} to {high}", low=low, high=high)


def rough_duration(duration_s: float) -> str:
    """Two significant digits, because a prediction knows no more: `62 ms`, `1.2 s`; minutes as they are."""
    if not 0 < duration_s < 99.5:
        return format_duration(max(duration_s, 0.0)) if duration_s > 0 else "0 s"
    if duration_s < 0.0995:
        shown = duration_s * 1e3
        if shown < 0.05:
            return "< 0.1 ms"
        return f"{shown:.0f} ms" if shown >= 9.95 else f"{shown:.1f} ms"
    if duration_s < 0.995:
        return f"{round(duration_s * 1e2) * 10} ms"
    return f"{duration_s:.1f} s" if duration_s < 9.95 else f"{duration_s:.0f} s"
