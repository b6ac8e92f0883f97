"""Controls side by side that go on in the next line where the room ends."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space


class FlowRow(QWidget):
    """Widgets in reading order, each as large as it wants to be.

    It places them itself: a layout written in Python holds items that Qt deletes without telling Python.
    """

    def __init__(self, theme: Theme, *parts: QWidget, spacing: int = Space.S) -> None:
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
        width = sum(size.width() for size in shown) + self._theme.pixels(self._spacing) * max(0, len(shown) - 1)
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
        left, top, line = 0, 0, 0
        gap, line_gap = self._theme.pixels(self._spacing), self._theme.pixels(Space.S)
        for part in self._shown():
            size = _size(part)
            taken = min(size.width(), max(width, _least(part).width()))
            if left > 0 and left + taken > width:
                left, top, line = 0, top + line + line_gap, 0
            if move:
                part.setGeometry(QRect(QPoint(left, top), QSize(taken, size.height())))
            left += taken + gap
            line = max(line, size.height())
        return top + line


def _size(part: QWidget) -> QSize:
    """What a layout would give it."""
    return part.sizeHint().expandedTo(_least(part)).boundedTo(part.maximumSize())


def _least(part: QWidget) -> QSize:
    return part.minimumSizeHint().expandedTo(part.minimumSize())
