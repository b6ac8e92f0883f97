"""A line where a value with its unit is typed, and what is wrong with it said below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, set_flag

T = TypeVar("T")


class TypedField(QWidget, Generic[T]):
    """A value that is typed: `read` makes one of a text or raises UsageError, `shown` a text of one.

    `chosen` gets the value when Return is pressed or the focus leaves; what is wrong is said below, and not taken.
    """

    def __init__(
        self,
        context: WindowContext,
        name: str,
        *,
        read: Callable[[str], T],
        shown: Callable[[T], str],
        chosen: Callable[[T], object],
    ) -> None:
        super().__init__()
        self._context = context
        self._read, self._shown, self._chosen = read, shown, chosen
        self._value: T | None = None
        self._described = ""  # what the line is for, said again when nothing is wrong any more
        self.line = QLineEdit()
        self.line.setObjectName(name)
        self._wrong = Label("", "bad")
        self._wrong.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.XS))
        layout.addWidget(self.line)
        layout.addWidget(self._wrong)
        self.line.editingFinished.connect(self._finished)

    def show_value(self, value: T) -> None:
        """What holds now; a text that is being typed stays."""
        if value != self._value or not self.line.hasFocus():
            self._value = value
            self.line.setText(self._shown(value))
            self._say(None)

    def _finished(self) -> None:
        text = self.line.text()
        if self._value is not None and text == self._shown(self._value):
            self._say(None)
            return
        try:
            value = self._read(text)
        except UsageError as error:
            self._say(error.message)
            return
        self._value = value
        self.line.setText(self._shown(value))
        self._say(None)
        self._chosen(value)

    def _say(self, wrong: Message | None) -> None:
        text = "" if wrong is None else self._context.say(wrong)
        if not self._wrong.text():
            self._described = self.line.accessibleDescription()
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))
        set_flag(self.line, "wrong", value=bool(text))
        self.line.setAccessibleDescription(text or self._described)
