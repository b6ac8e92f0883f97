"""Colours of what is drawn over time, by name."""

from __future__ import annotations

from PySide6.QtGui import QColor

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.widgets.phase_words import PHASE_WORDS

_ORDER = {name: number for number, name in enumerate(PHASE_WORDS)}


def chart_colour(theme: Theme, name: str) -> QColor:
    """A token of the theme, `series/2`, or `phase/sum-a`: a phase's own colour of the series, neighbours differ."""
    series = theme.tokens.series
    kind, slash, which = name.partition("/")
    if not slash:
        return theme.colour(name)
    number = int(which) if kind == "series" else _ORDER.get(which, 0)
    return QColor(series[number % len(series)])
