"""Text of a machine: to be read, selected and copied, never changed."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

_PADDING_LINES = 2


def code_view(text: str, title: str, *, name: str, lines: int) -> QPlainTextEdit:
    """A field of `lines` lines that scrolls; `title` is what it is called for those who do not see it."""
    made = QPlainTextEdit(text)
    made.setReadOnly(True)
    made.setProperty("kind", "code")
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setTabChangesFocus(True)
    made.ensurePolished()
    made.setFixedHeight(made.fontMetrics().lineSpacing() * (lines + _PADDING_LINES))
    return made
