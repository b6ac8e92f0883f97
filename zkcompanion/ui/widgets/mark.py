"""Icons that stand for a state, beside words and in widgets that paint by hand."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.icons import GRID, pixmap
from zkcompanion.ui.widgets.icon import Icon


class Mark(Icon):
    """An icon beside the words that say what it means."""

    def __init__(self, context: WindowContext, name: str, token: str, size: int = GRID) -> None:
        super().__init__(context.theme, name, token, size=size)


def draw_mark(painter: QPainter, x: float, y: float, size: int, name: str, colour: QColor) -> None:
    """Draw `resources/icons/NAME.svg` with its upper left corner at (x, y), sharp at the screen's scale."""
    scale = painter.device().devicePixelRatioF()
    painter.drawPixmap(round(x), round(y), pixmap(name, colour.name(), size, scale))
