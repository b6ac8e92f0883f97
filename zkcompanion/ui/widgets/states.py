"""What stands where nothing is yet, where something is on its way, and where something has to be said."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.ui.context import Tone
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import RADIUS, Space, Type
from zkcompanion.ui.widgets.basic import Button, Card, Label, set_kind
from zkcompanion.ui.widgets.icon import Icon

#: The icon of each tone, because a colour alone says nothing to many.
TONE_ICONS: dict[Tone, str] = {"info": "info", "good": "good", "caution": "caution", "bad": "bad"}
#: Work that is done by then never shows that it was waited for.
PATIENCE_MS = 300


class Chip(QFrame):
    """A word and its icon in a tone, for verdicts and states."""

    def __init__(self, theme: Theme, text: str, tone: Tone = "info", icon: str | None = None) -> None:
        super().__init__()
        self._icon = Icon(theme, icon or TONE_ICONS[tone], tone, size=14)
        self._label = Label(text, wrap=False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.S, 2, Space.S + 2, 2)
        layout.setSpacing(Space.XS)
        layout.addWidget(self._icon)
        layout.addWidget(self._label)
        self.set(text, tone, icon)

    def set(self, text: str, tone: Tone, icon: str | None = None) -> None:
        """Say something else."""
        self._label.setText(text)
        self._label.set_kind(f"chip-{tone}")
        self._icon.set_icon(icon or TONE_ICONS[tone], tone)
        set_kind(self, f"chip-{tone}")


class Banner(Card):
    """A sentence across the page in a tone, with more below it in `self.words` and, where given, a button."""

    def __init__(
        self,
        theme: Theme,
        tone: Tone,
        text: str,
        detail: str = "",
        *,
        icon: str | None = None,
        action: Button | None = None,
    ) -> None:
        super().__init__(tone, padding=Space.M)
        across = QHBoxLayout()
        across.setSpacing(Space.M)
        self._icon = Icon(theme, icon or TONE_ICONS[tone], tone)
        across.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        #: below the sentence, for more
        self.words = QVBoxLayout()
        self.words.setSpacing(Space.XS)
        self._text = Label(text, "strong")
        self._detail = Label(detail, "text")
        self._detail.setVisible(bool(detail))
        self.words.addWidget(self._text)
        self.words.addWidget(self._detail)
        across.addLayout(self.words, 1)
        if action is not None:
            across.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(across)

    def set(self, tone: Tone, text: str, detail: str = "", *, icon: str | None = None) -> None:
        """Say something else."""
        self._text.setText(text)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._icon.set_icon(icon or TONE_ICONS[tone], tone)
        self.set_kind(tone)


class EmptyState(QWidget):
    """What will be here, and the one thing to do that fills it."""

    def __init__(self, theme: Theme, icon: str, text: str, action: Button | None = None) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.XL, Space.L, Space.XL)
        layout.setSpacing(Space.M)
        layout.addWidget(Icon(theme, icon, "faint", size=32), 0, Qt.AlignmentFlag.AlignHCenter)
        said = Label(text, "muted")
        said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(said)
        if action is not None:
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)


class Skeleton(QWidget):
    """Pale bars where lines of text will be; they come into sight only after 0.3 s, and stand still.

    `say` is what a screen reader is told, such as "Reading the circuit".
    """

    def __init__(self, theme: Theme, say: str, *, lines: int = 3) -> None:
        super().__init__()
        self._theme = theme
        self._lines = lines
        self._shown = False
        self.setAccessibleName(say)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # what is quick must not flicker
        self._timer = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._timer.timeout.connect(self._appear)
        self._timer.start()
        theme.changed.connect(self.update)

    @property
    def in_sight(self) -> bool:
        """Whether the bars are drawn by now."""
        return self._shown

    def sizeHint(self) -> QSize:
        """As tall as its lines will be."""
        return QSize(320, self._lines * self._theme.pixels(Type.TEXT + Space.M))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Lines of different lengths, the last one short, as text has them."""
        if not self._shown:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("pressed"))
        height = self._theme.pixels(Type.TEXT)
        step = self._theme.pixels(Type.TEXT + Space.M)
        for number in range(self._lines):
            share = 0.4 if number == self._lines - 1 and self._lines > 1 else 0.92 - 0.12 * (number % 2)
            painter.drawRoundedRect(0, number * step, round(self.width() * share), height, RADIUS / 2, RADIUS / 2)
        painter.end()

    def _appear(self) -> None:
        self._shown = True
        self.update()
