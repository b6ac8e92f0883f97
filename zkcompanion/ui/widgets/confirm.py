"""A button whose act cannot be undone: it asks in its own place, with the verb, and no window in between."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from zkcompanion.ui.widgets.basic import Button


class ConfirmButton(QWidget):
    """Arguments: what the button says, what it asks to do when pressed, how to say no, and what yes does.

    `name` is the button's; the two that ask are `NAME-yes` and `NAME-no`. Esc says no.
    """

    def __init__(self, text: str, yes: str, no: str, *, name: str, confirmed: Callable[[], object]) -> None:
        super().__init__()
        self._confirmed = confirmed
        self._first = Button(text, "plain", name=name, clicked=self._ask)
        self._yes = Button(yes, "danger", name=f"{name}-yes", clicked=self._agree)
        self._no = Button(no, "plain", name=f"{name}-no", clicked=self.forget)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch()
        for button in (self._first, self._no, self._yes):
            across.addWidget(button)
        self.setFocusProxy(self._first)
        self._show(asking=False)

    def set_yes(self, text: str) -> None:
        """Say what would be done now."""
        self._yes.setText(text)

    def set_enabled(self, enabled: bool) -> None:
        """Whether there is anything to do."""
        self._first.setEnabled(enabled)
        if not enabled:
            self._show(asking=False)

    def forget(self) -> None:
        """Do nothing after all."""
        had_focus = self._yes.hasFocus() or self._no.hasFocus()
        self._show(asking=False)
        if had_focus:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc says no."""
        if event.key() == Qt.Key.Key_Escape and not self._first.isVisibleTo(self):
            self.forget()
            return
        super().keyPressEvent(event)

    def _ask(self) -> None:
        self._show(asking=True)
        self._no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _agree(self) -> None:
        self.forget()
        self._confirmed()

    def _show(self, *, asking: bool) -> None:
        # shown before others are hidden, so that the focus never falls to another part of the window
        for button in (self._no, self._yes) if asking else (self._first,):
            button.show()
        for button in (self._first,) if asking else (self._no, self._yes):
            button.hide()
