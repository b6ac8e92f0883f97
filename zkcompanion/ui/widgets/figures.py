"""Numbers of a run as people read them."""

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
