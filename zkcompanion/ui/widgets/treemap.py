"""What something consists of, as rectangles in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.chart_colours import chart_colour
from zkcompanion.ui.widgets.treemap_layout import squarified

_HEIGHT_PX = 190


@dataclass(frozen=True, slots=True)
class Part:
    """One rectangle: its name, its size in words, and in figures of any unit; `colour` as charts name it."""

    name: str
    words: str
    size: float
    colour: str


class Treemap(QWidget):
    """Drawn by hand; what it shows is its accessible description too, so it takes no focus."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: tuple[Part, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._themed)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is shown."""
        return self._parts

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these."""
        if self._parts != tuple(parts):
            self._parts = tuple(parts)
            self.setAccessibleDescription(", ".join(f"{part.name} {part.words}" for part in self._parts))
            self.update()

    def rectangles(self) -> list[QRectF]:
        """Where the parts are, in their order."""
        boxes = squarified([part.size for part in self._parts], (0.0, 0.0, float(self.width()), float(self.height())))
        return [QRectF(*box) for box in boxes]

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self._theme.pixels(360), self._theme.pixels(_HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        """Narrow, if need be."""
        return QSize(self._theme.pixels(160), self._theme.pixels(_HEIGHT_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Rectangles, with their names where there is room."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(self._theme.pixels(Type.CAPTION))
        painter.setFont(font)
        metrics, pad = QFontMetrics(font), self._theme.pixels(Space.S)
        for part, box in zip(self._parts, self.rectangles(), strict=True):
            if box.isEmpty():
                continue
            colour = chart_colour(self._theme, part.colour)
            ground = QColor(colour)
            ground.setAlpha(60)
            inner = box.adjusted(1, 1, -1, -1)
            painter.setPen(QPen(colour, 1))
            painter.setBrush(ground)
            painter.drawRoundedRect(inner, 3, 3)
            room = inner.adjusted(pad, pad / 2, -pad, -pad / 2)
            if room.height() < metrics.height() or room.width() < metrics.averageCharWidth() * 4:
                continue
            painter.setPen(self._theme.colour("text"))
            name = metrics.elidedText(part.name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
            if room.height() >= 2 * metrics.height():
                room.setTop(room.top() + metrics.lineSpacing())
                painter.setPen(self._theme.colour("muted"))
                words = metrics.elidedText(part.words, Qt.TextElideMode.ElideRight, int(room.width()))
                painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()
