"""Columns that stand beside each other, or below each other where the room is short."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space


class Columns(QWidget):
    """Fill `parts`, from left to right.

    Arguments:
        stretch: how the width is divided; its length is the number of columns.
        beside_px: from this width on (at 100 % text size) they stand beside each other.
        space: between them, one of `Space`.
    """

    def __init__(
        self,
        context: WindowContext,
        stretch: tuple[int, ...] = (3, 2),
        *,
        beside_px: int = 720,
        space: int = Space.XL,
    ) -> None:
        super().__init__()
        self._context = context
        self._stretch = stretch
        self._beside_px = beside_px
        self._beside: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(context.theme.pixels(space))
        self._widgets = tuple(QWidget() for _ in stretch)
        #: the columns
        self.parts = tuple(_filled(widget, context, space) for widget in self._widgets)
        self._arrange(beside=True)
        context.theme.changed.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange by the room there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._arrange(beside=self.width() >= self._context.theme.pixels(self._beside_px))

    def _arrange(self, *, beside: bool) -> None:
        if beside == self._beside:
            return
        self._beside = beside
        for widget in self._widgets:
            self._grid.removeWidget(widget)
        for number, widget in enumerate(self._widgets):
            across, down = (number, 0) if beside else (0, number)
            self._grid.addWidget(widget, down, across, Qt.AlignmentFlag.AlignTop)
            self._grid.setColumnStretch(number, self._stretch[number] if beside or number == 0 else 0)


def _filled(part: QWidget, context: WindowContext, space: int) -> QVBoxLayout:
    made = QVBoxLayout(part)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(context.theme.pixels(space))
    return made
