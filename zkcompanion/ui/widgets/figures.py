"""Numbers of a run as people read them."""

from __future__ import annotations

from zkcompanion.base.estimates import band, rough_duration
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration

__all__ = ["band", "breakable", "rough_duration", "running_duration", "short_count", "size_band"]


def size_band(low_bytes: float, high_bytes: float) -> Message:
    """A prediction of memory: `1.2 to 1.4 GiB`; one size where both read the same."""
    low, high = _rough_size(low_bytes), _rough_size(high_bytes)
    if low == high:
        return Message("{size}", {"size": low})
    if low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return msg("{low} to {high}", low=low, high=high)


def _rough_size(size_bytes: float) -> str:
    """Two significant digits, and all of those before the point."""
    value, unit = max(0.0, size_bytes) / 1024**2, "MiB"
    if value >= 999.5:
        value, unit = value / 1024, "GiB"
    if value >= 999.5:
        value, unit = value / 1024, "TiB"
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def running_duration(duration_s: float) -> str:
    """A duration that grows while one looks at it: tenths of a second, so that nothing flickers."""
    return f"{duration_s:.1f} s" if duration_s < 119.5 else format_duration(duration_s)


def short_count(count: int) -> str:
    """A large count with three significant digits: `842`, `12.3 k`, `4.56 M`."""
    value, unit = float(count), ""
    for larger in ("k", "M", "G", "T"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    if not unit:
        return str(count)
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


#: Longer words are given places to break at; no word of a language is.
_LONG_WORD = 28


def breakable(text: str) -> str:
    """`text` with invisible places to break its longest words at (signal names, paths, numbers), for labels that wrap.

    Only for showing: whoever copies gets the text itself from somewhere else.
    """
    return " ".join(_breakable_word(word) if len(word) > _LONG_WORD else word for word in text.split(" "))


def _breakable_word(word: str) -> str:
    made, since = [], 0
    for letter in word:
        made.append(letter)
        since += 1
        if letter in "./_[]-:," or since >= _LONG_WORD:
            made.append("\N{ZERO WIDTH SPACE}")
            since = 0
    return "".join(made)
