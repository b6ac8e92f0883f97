"""A circuit as a card that can be chosen, and a set of such cards that the arrow keys walk through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.base.visible import shortened, visible
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.icon import Icon

_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class CircuitCard(QPushButton):
    """Icon, title, a sentence and a line of facts. Checked while its circuit is the one to prove.

    Signals: `stepped(key)` for an arrow key; `focused()`.
    """

    stepped = Signal(int)
    focused = Signal()

    def __init__(self, context: WindowContext, *, name: str, icon: str, title: str, sentence: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "card")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        pixels = context.theme.pixels
        self._name = title
        self._title = Label(title, "strong")
        self._sentence = Label(sentence, "caption")
        self._facts = Label("", "faint")
        self._compact = False
        words = QVBoxLayout()
        words.setSpacing(pixels(2))
        for label in (self._title, self._sentence, self._facts):
            words.addWidget(label)
        words.addStretch()
        drawn = Icon(context.theme, icon, "accent")
        across = row(drawn, words, spacing=pixels(Space.M))
        across.setAlignment(drawn, Qt.AlignmentFlag.AlignTop)
        across.setStretch(1, 1)
        across.setContentsMargins(pixels(Space.M), pixels(Space.M), pixels(Space.M), pixels(Space.M))
        self.setLayout(across)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._speak()

    def set_facts(self, text: str) -> None:
        """Size, and what it is expected to cost."""
        self._facts.setText(text)
        self._speak()

    def set_title(self, text: str) -> None:
        """Be called otherwise, perhaps as a stranger called a file."""
        self._name = visible(shortened(text))
        self._title.setText(breakable(self._name))
        self._speak()

    def set_compact(self, compact: bool) -> None:
        """Leave the sentence out."""
        self._compact = compact
        self._speak()

    def nextCheckState(self) -> None:
        """A click chooses; it never takes the choice back."""
        self.setChecked(True)

    def sizeHint(self) -> QSize:
        """What stands in it."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """What stands in it."""
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()

    def heightForWidth(self, width: int) -> int:
        """Its words wrap."""
        layout = self.layout()
        return layout.heightForWidth(width) if layout is not None else super().heightForWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go to another card, Enter chooses like Space."""
        if event.key() in _ARROWS:
            self.stepped.emit(event.key())
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the others."""
        super().focusInEvent(event)
        self.focused.emit()

    def _speak(self) -> None:
        self._sentence.setVisible(bool(self._sentence.text()) and not self._compact)
        self._facts.setVisible(bool(self._facts.text()))
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(". ".join(filter(None, (self._sentence.text(), self._facts.text()))))


class CardGrid(QWidget):
    """Cards in one or more columns; Tab reaches one of them, the arrow keys the others."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._cards: list[CircuitCard] = []
        self._columns = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(context.theme.pixels(Space.S))

    def put(self, cards: Sequence[CircuitCard], chosen: Callable[[CircuitCard], None]) -> None:
        """These cards; `chosen` is called with the one that a person chooses."""
        self._cards = list(cards)
        for number, card in enumerate(self._cards):
            card.stepped.connect(lambda key, number=number: self._step(number, key))
            card.focused.connect(lambda number=number: self._rove(number))
            card.clicked.connect(lambda _checked=False, card=card: chosen(card))
        self._rove(0)
        self._arrange()

    def set_columns(self, columns: int) -> None:
        """How many stand beside each other."""
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def check(self, card: CircuitCard | None) -> None:
        """Only this one is chosen."""
        for number, other in enumerate(self._cards):
            other.setChecked(other is card)
            if other is card:
                self._rove(number)

    def _arrange(self) -> None:
        for card in self._cards:
            self._grid.removeWidget(card)
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // self._columns, number % self._columns)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)

    def _step(self, number: int, key: int) -> None:
        down, across = _ARROWS[Qt.Key(key)]
        target = number + down * self._columns + across
        if 0 <= target < len(self._cards):
            self._cards[target].setFocus(Qt.FocusReason.TabFocusReason)

    def _rove(self, number: int) -> None:
        for at, card in enumerate(self._cards):
            policy = Qt.FocusPolicy.StrongFocus if at == number else Qt.FocusPolicy.ClickFocus
            card.setFocusPolicy(policy)
