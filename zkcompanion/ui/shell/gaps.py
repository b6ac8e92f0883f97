"""Distances between what is in the window already, when the text gets another size."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout, QWidget

from zkcompanion.ui.theme.theme import Theme

#: Of a layout: the gaps it has, before they were rounded to pixels.
_EXACT = "exactGaps"


class Gaps(QObject):
    """Lets the gaps and margins of everything in `root` grow with the text.

    To be made before what is in `root`: whoever fits its own gaps to the theme does so later, and what it says counts.
    """

    def __init__(self, root: QWidget, theme: Theme) -> None:
        super().__init__(root)
        self._root = root
        self._theme = theme
        self._percent = theme.text_percent
        theme.changed.connect(self._fit)

    def _fit(self) -> None:
        before, self._percent = self._percent, self._theme.text_percent
        if before == self._percent:
            return
        layouts = [one for one in self._root.findChildren(QLayout) if isinstance(one, QBoxLayout | QGridLayout)]
        # all are read before one is changed: a layout without a gap of its own has that of the one around it
        grown = [[gap * self._percent / before for gap in _exact(layout)] for layout in layouts]
        for layout, gaps in zip(layouts, grown, strict=True):
            _set(layout, gaps)


def _exact(layout: QBoxLayout | QGridLayout) -> list[float]:
    """Steps of ten percent would lose four pixels in rounding; what somebody else set since counts as it is."""
    now, kept = _gaps(layout), layout.property(_EXACT)
    return kept if kept is not None and [round(gap) for gap in kept] == now else now


def _set(layout: QBoxLayout | QGridLayout, gaps: list[float]) -> None:
    layout.setProperty(_EXACT, gaps)
    left, top, right, bottom, *between = (round(gap) for gap in gaps)
    layout.setContentsMargins(left, top, right, bottom)
    if isinstance(layout, QGridLayout):
        layout.setHorizontalSpacing(between[0])
        layout.setVerticalSpacing(between[1])
    else:
        layout.setSpacing(between[0])


def _gaps(layout: QBoxLayout | QGridLayout) -> list[float]:
    margins = layout.contentsMargins()
    around: list[float] = [margins.left(), margins.top(), margins.right(), margins.bottom()]
    if isinstance(layout, QGridLayout):
        return [*around, layout.horizontalSpacing(), layout.verticalSpacing()]
    return [*around, layout.spacing()]
