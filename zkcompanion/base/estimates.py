"""Predictions as people read them: no more digits than are known."""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg


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
    """Two significant digits, because a prediction knows no more: `62 ms`, `1.2 s`, `3.1 min`, `14 min`, `3.2 h`."""
    if not duration_s > 0:
        return "0 s"
    if duration_s < 0.00005:
        return "< 0.1 ms"
    if duration_s >= 99.5 * 60:
        return _two_digits(duration_s / 3600, "h")
    if duration_s >= 99.5:
        return _two_digits(duration_s / 60, "min")
    if duration_s < 0.0995:
        return _two_digits(duration_s * 1e3, "ms")
    if duration_s < 0.995:
        return f"{round(duration_s * 1e2) * 10} ms"
    return _two_digits(duration_s, "s")


def _two_digits(value: float, unit: str) -> str:
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
