"""A bar that says how much of an error budget is left, and days side by side with what was bad on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.widgets.basic import plain_tip

_BAR_HEIGHT, _DAYS_HEIGHT = 12, 48
_WIDEST_DAY = 28
#: However few bad proofs a day had among many, one sees that there were some.
_LEAST_BAD = 3.0


class BudgetBar(QWidget):
    """`share`: what is left, 1 to 0 (below 0 is drawn as nothing left); None: nothing is known yet.

    The label beside it says the same in words, so it takes no focus.
    """

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._share: float | None = None
        self._tone: Tone = "info"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.theme.changed.connect(self._themed)

    def show_share(self, share: float | None, tone: Tone, words: str) -> None:
        """What is left; `words` for who cannot see it."""
        self._share, self._tone = share, tone
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it gets."""
        return QSize(self._context.theme.pixels(240), self._context.theme.pixels(_BAR_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """What is left, from the left."""
        theme = self._context.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        radius = whole.height() / 2
        painter.setBrush(theme.colour("pressed"))
        painter.drawRoundedRect(whole, radius, radius)
        if self._share is not None and self._share > 0:
            left = QRectF(whole)
            left.setWidth(max(whole.height(), whole.width() * min(1.0, self._share)))
            painter.setBrush(theme.colour(self._tone))
            painter.drawRoundedRect(left, radius, radius)
        painter.end()

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()


@dataclass(frozen=True, slots=True)
class Day:
    """`events` of one day and how many were bad; `words` say the same."""

    events: int
    bad: int
    words: str


class DayBars(QWidget):
    """A bar for each day: its height is the number of proofs, and the part at its foot those that were bad.

    What one points at is said in a tool tip; the accessible description says all of it.
    """

    def __init__(self, context: WindowContext, name: str) -> None:
        super().__init__()
        self._context = context
        self._days: tuple[Day, ...] = ()
        self.setObjectName(name)
        self.setProperty("data", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.theme.changed.connect(self._themed)

    def show_days(self, days: Sequence[Day], words: str) -> None:
        """Oldest first; `words` name the whole."""
        self._days = tuple(days)
        self.setAccessibleName(words)
        self.setAccessibleDescription("; ".join(day.words for day in self._days if day.events))
        self.update()

    def sizeHint(self) -> QSize:
        """Low, and as wide as it gets."""
        return QSize(self._context.theme.pixels(240), self._context.theme.pixels(_DAYS_HEIGHT))

    def rectangles(self) -> list[QRectF]:
        """Where each day stands, whatever its height."""
        if not self._days:
            return []
        step = min(self.width() / len(self._days), float(self._context.theme.pixels(_WIDEST_DAY)))
        gap = min(2.0, step / 4)
        left = self.width() - step * len(self._days)  # today is at the right
        return [
            QRectF(left + step * number + gap / 2, 0, step - gap, self.height()) for number in range(len(self._days))
        ]

    def event(self, event: QEvent) -> bool:
        """A tool tip for the day below the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for day, place in zip(self._days, self.rectangles(), strict=True):
                if place.left() <= event.pos().x() <= place.right():
                    QToolTip.showText(event.globalPos(), plain_tip(day.words), self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Days without proofs are a line at the foot."""
        theme = self._context.theme
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        most = max((day.events for day in self._days), default=0)
        for day, place in zip(self._days, self.rectangles(), strict=True):
            foot = place.bottom()
            if not day.events:
                painter.fillRect(QRectF(place.left(), foot - 1, place.width(), 1), theme.colour("hairline"))
                continue
            height = max(2.0, place.height() * day.events / most)
            bad = min(height, max(_LEAST_BAD, height * day.bad / day.events)) if day.bad else 0.0
            painter.fillRect(QRectF(place.left(), foot - height, place.width(), height - bad), theme.colour("good"))
            painter.fillRect(QRectF(place.left(), foot - bad, place.width(), bad), theme.colour("bad"))
        painter.end()

    def _themed(self) -> None:
        self.updateGeometry()
        self.update()
