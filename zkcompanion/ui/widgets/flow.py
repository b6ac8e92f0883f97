"""Controls side by side that go on in the next line where the room ends."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space


class FlowRow(QWidget):
    """Widgets in reading order, each as large as it wants to be.

    Without a theme the gaps do not grow with the text. It places them itself: a layout written in Python holds items
    that Qt deletes without telling Python.
    """

    def __init__(self, theme: Theme | None, *parts: QWidget, spacing: int = Space.S) -> None:
        super().__init__()
        self._theme = theme
        self._spacing = spacing
        self._parts: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for part in parts:
            self.add(part)

    def add(self, part: QWidget) -> None:
        """One more at the end."""
        # a new widget is hidden too, but nobody said so
        wanted_hidden = part.isHidden() and part.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
        part.setParent(self)
        part.setHidden(wanted_hidden)
        self._parts.append(part)
        self._changed()

    def heightForWidth(self, width: int) -> int:
        """As many lines as it takes."""
        return self._place(width, move=False)

    def sizeHint(self) -> QSize:
        """All in one line."""
        shown = [_size(part) for part in self._shown()]
        width = sum(size.width() for size in shown) + self._pixels(self._spacing) * max(0, len(shown) - 1)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSizeHint(self) -> QSize:
        """The widest alone."""
        made = QSize(0, 0)
        for part in self._shown():
            made = made.expandedTo(_least(part))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other lines."""
        super().resizeEvent(event)
        self._place(self.width(), move=True)

    def event(self, event: QEvent) -> bool:
        """One of them is shown, hidden, or of another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._changed()
        return super().event(event)

    def _changed(self) -> None:
        self.updateGeometry()
        self._place(self.width(), move=True)

    def _shown(self) -> list[QWidget]:
        return [part for part in self._parts if not part.isHidden()]

    def _place(self, width: int, *, move: bool) -> int:
        """The height that it takes."""
        gap, line_gap = self._pixels(self._spacing), self._pixels(min(self._spacing, Space.S))
        left, top = 0, 0
        line: list[tuple[QWidget, QRect]] = []
        for part in self._shown():
            size = _size(part)
            taken = min(size.width(), max(width, _least(part).width()))
            if line and left + taken > width:
                top += _settle(line, width, mirrored=self._mirrored(), move=move) + line_gap
                left, line = 0, []
            line.append((part, QRect(left, top, taken, size.height())))
            left += taken + gap
        return top + _settle(line, width, mirrored=self._mirrored(), move=move)

    def _mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _pixels(self, distance: int) -> int:
        return distance if self._theme is None else self._theme.pixels(distance)


def _settle(line: list[tuple[QWidget, QRect]], width: int, *, mirrored: bool, move: bool) -> int:
    """The height of a line, whose parts stand in its middle."""
    height = max((place.height() for _, place in line), default=0)
    for part, place in line if move else ():
        left = width - place.left() - place.width() if mirrored else place.left()
        part.setGeometry(QRect(QPoint(left, place.top() + (height - place.height()) // 2), place.size()))
    return height


def _size(part: QWidget) -> QSize:
    """What a layout would give it."""
    return part.sizeHint().expandedTo(_least(part)).boundedTo(part.maximumSize())


def _least(part: QWidget) -> QSize:
    return part.minimumSizeHint().expandedTo(part.minimumSize())
