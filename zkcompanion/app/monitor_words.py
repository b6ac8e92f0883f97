"""Measured values as people read them, the same in all faces."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.monitoring.metrics import Unit


def value_words(value: float, unit: Unit) -> Message:
    """A value with its unit, three significant figures."""
    words = _WORDS.get(unit)
    return words(value) if words is not None else Message("{count}", {"count": _figures(value)})


def _figures(value: float) -> str:
    if abs(value) >= 99.95 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


_WORDS: dict[Unit, Callable[[float], Message]] = {
    "percent": lambda value: msg("{percent} %", percent=_figures(value)),
    "share": lambda value: msg("{percent} %", percent=_figures(100 * value)),
    "bytes": lambda value: Message("{size}", {"size": format_size(round(value))}),
    "bytes_per_second": lambda value: msg("{size}/s", size=format_size(round(value))),
    "seconds": lambda value: Message("{duration}", {"duration": format_duration(value) if value else "0 s"}),
    "celsius": lambda value: msg("{degrees} °C", degrees=_figures(value)),
    "hertz": lambda value: msg("{frequency} GHz", frequency=f"{value / 1e9:.2f}"),
    "per_second": lambda value: msg("{count} per second", count=_figures(value)),
}
