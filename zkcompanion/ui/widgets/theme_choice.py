"""A theme as a small picture of the window in its colours; one of several holds."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import DARK, LIGHT, RADIUS, THEMES, Space, Tokens

_WIDTH, _HEIGHT = 132, 72


class ThemeChoice(QPushButton):
    """`choice`: `system`, `light`, `dark` or `high-contrast`; `system` shows light and dark, half each."""

    def __init__(self, theme: Theme, choice: str, text: str, *, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._choice = choice
        self._said = text
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setProperty("kind", "picture")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._themed)

    def sizeHint(self) -> QSize:
        """Picture, words and the ring around both."""
        pixels, words = self._theme.pixels, self.fontMetrics()
        width = max(pixels(_WIDTH), words.horizontalAdvance(self._said)) + 2 * pixels(Space.S)
        return QSize(width, pixels(_HEIGHT) + words.height() + pixels(Space.S) * 3)

    def minimumSizeHint(self) -> QSize:
        """It does not shrink."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame by the style sheet, then the picture and the words."""
        super().paintEvent(event)
        pixels = self._theme.pixels
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = pixels(Space.S)
        frame = QRectF(inset, inset, self.width() - 2 * inset, pixels(_HEIGHT))
        if self._choice == "system":
            _window(painter, frame, LIGHT)
            half = QRectF(frame)
            half.setLeft(frame.center().x())
            painter.setClipRect(half)
            _window(painter, frame, DARK)
            painter.setClipping(False)
        else:
            _window(painter, frame, THEMES[self._choice])
        painter.setPen(QPen(self._theme.colour("faint"), 1))
        painter.drawRoundedRect(frame, RADIUS / 2, RADIUS / 2)
        painter.setPen(self._theme.colour("text"))
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        words = QRectF(0, frame.bottom(), self.width(), self.height() - frame.bottom())
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._said)
        painter.end()

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()


def _window(painter: QPainter, frame: QRectF, tokens: Tokens) -> None:
    """A page with its rail, an answer, some lines and a button."""
    outline = QPainterPath()
    outline.addRoundedRect(frame, RADIUS / 2, RADIUS / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(outline, QColor(tokens.window))
    unit = frame.height() / 12
    rail = QRectF(frame.left(), frame.top(), unit * 4, frame.height())
    painter.fillPath(outline.intersected(_path(rail)), QColor(tokens.surface))
    left, top = rail.right() + unit * 1.5, frame.top() + unit * 1.8
    _bar(painter, QRectF(left, top, unit * 9, unit * 1.4), tokens.text)
    _bar(painter, QRectF(left, top + unit * 2.6, unit * 11, unit * 0.8), tokens.muted)
    _bar(painter, QRectF(left, top + unit * 4.2, unit * 8, unit * 0.8), tokens.muted)
    _bar(painter, QRectF(left, top + unit * 6.4, unit * 6, unit * 2.2), tokens.accent)
    for row in range(3):
        colour = tokens.accent if row == 0 else tokens.faint
        _bar(painter, QRectF(frame.left() + unit, top + row * unit * 2.2, unit * 2, unit * 0.8), colour)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _path(rect: QRectF) -> QPainterPath:
    made = QPainterPath()
    made.addRect(rect)
    return made


def _bar(painter: QPainter, rect: QRectF, colour: str) -> None:
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(rect, rect.height() / 3, rect.height() / 3)
