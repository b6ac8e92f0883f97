"""Figures beside a chart, in the colours in which it draws them; painted by hand, because they change each second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space, Type

_SWATCH_PX = 8
_WIDE_PX, _TALL_ROWS = 196, 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A name and its value as they are read; `colour` None where it is not drawn."""

    name: str
    value: str
    colour: QColor | None = None


class Readings(QWidget):
    """A title and figures below it. What stands here is said by the chart's own description, so it takes no focus."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._title = title
        self._figures: tuple[Figure, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self._themed)

    @property
    def title(self) -> str:
        """What they are about."""
        return self._title

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What is shown."""
        return self._figures

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these."""
        if self._figures != tuple(figures):
            self._figures = tuple(figures)
            self.update()

    def sizeHint(self) -> QSize:
        """Room for a title and some figures."""
        return QSize(self._theme.pixels(_WIDE_PX), self._line() * (_TALL_ROWS + 1))

    def minimumSizeHint(self) -> QSize:
        """Room for the title and two figures."""
        return QSize(self._theme.pixels(_WIDE_PX) // 2, self._line() * 3)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The title, then as many figures as have room."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong, plain = self._fonts()
        metrics, line, swatch = QFontMetrics(plain), self._line(), self._theme.pixels(_SWATCH_PX)
        right, gap = self.width() - self._theme.pixels(Space.S), self._theme.pixels(Space.S)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(strong)
        painter.setPen(self._theme.colour("text"))
        title = QFontMetrics(strong).elidedText(self._title, Qt.TextElideMode.ElideRight, right)
        painter.drawText(QRectF(0, 0, right, line), middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.setFont(plain)
        for number, figure in enumerate(self._figures, start=1):
            top = number * line
            if top + line > self.height() + 2:
                break
            if figure.colour is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(figure.colour)
                painter.drawRoundedRect(QRectF(0, top + (line - swatch) / 2, swatch, swatch), 2, 2)
            value_width = metrics.horizontalAdvance(figure.value)
            left = swatch + gap
            room = max(0, right - value_width - gap - left)
            painter.setPen(self._theme.colour("muted"))
            name = metrics.elidedText(figure.name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(left, top, room, line), middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(self._theme.colour("text"))
            painter.drawText(
                QRectF(right - value_width, top, value_width + 1, line),
                middle | Qt.AlignmentFlag.AlignRight,
                figure.value,
            )
        painter.end()

    def _fonts(self) -> tuple[QFont, QFont]:
        strong, plain = QFont(self.font()), QFont(self.font())
        strong.setPixelSize(self._theme.pixels(Type.TEXT))
        strong.setWeight(QFont.Weight.DemiBold)
        plain.setPixelSize(self._theme.pixels(Type.CAPTION))
        plain.setFeature(QFont.Tag("tnum"), 1)
        return strong, plain

    def _line(self) -> int:
        return self._theme.pixels(Type.CAPTION + Space.XS + 2)

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()
