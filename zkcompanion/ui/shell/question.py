"""A question that stands in the window's way without a window of its own: a sentence and two verbs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column, row
from zkcompanion.ui.widgets.icon import Icon

#: At 100 % text size.
_BESIDE_PX = 640


class Question(QFrame):
    """Shown by `ask`; Esc means no. The keyboard begins at no, because yes cannot be undone."""

    def __init__(self, context: WindowContext, name: str) -> None:
        super().__init__()
        self._answer: Callable[[bool], object] = bool
        self.setObjectName(name)
        self.setProperty("kind", "question")
        pixels = context.theme.pixels
        self._context = context
        self._layout = layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        layout.setContentsMargins(pixels(Space.XL), pixels(Space.M), pixels(Space.XL), pixels(Space.M))
        layout.setSpacing(pixels(Space.M))
        self._text = Label("", "strong")
        self._detail = Label("")
        self.yes_button = Button("", "danger", name=f"{name}-yes", clicked=lambda: self._close(said=True))
        self.no_button = Button("", "plain", name=f"{name}-no", clicked=lambda: self._close(said=False))
        words = row(Icon(context.theme, "caution", "caution"), spacing=pixels(Space.M))
        words.addLayout(column(self._text, self._detail, spacing=2), 1)
        layout.addLayout(words, 1)
        layout.addLayout(row(None, self.no_button, self.yes_button, spacing=pixels(Space.M)))
        self.hide()

    def ask(self, text: str, detail: str, yes: str, no: str, answer: Callable[[bool], object]) -> None:
        """Ask; `answer` hears it once. Asked again meanwhile, the former question is answered with no."""
        if self.isVisible():
            self._close(said=False)
        self._answer = answer
        self._text.setText(text)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.setAccessibleName(f"{text} {detail}".strip())
        self.yes_button.setText(yes)
        self.no_button.setText(no)
        self.show()
        self.no_button.setFocus(Qt.FocusReason.PopupFocusReason)

    def refuse(self) -> bool:
        """Answer no where it is open; whether it was."""
        if not self.isVisible():
            return False
        self._close(said=False)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The verbs stand below the sentence where there is no room beside it."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._context.theme.pixels(_BESIDE_PX)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._layout.setDirection(direction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc means no."""
        if event.key() == Qt.Key.Key_Escape:
            self._close(said=False)
        else:
            super().keyPressEvent(event)

    def _close(self, *, said: bool) -> None:
        self.hide()
        answer, self._answer = self._answer, bool
        answer(said)
