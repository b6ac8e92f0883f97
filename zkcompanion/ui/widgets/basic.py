"""The small parts that everything is made of. They say what they are (`kind`); the style sheet says how that looks.

All text is plain: names in strangers' files are shown, never rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.ui.theme.tokens import Space


class Label(QLabel):
    """Plain text that wraps. `kind`: answer, section, strong, text, muted, caption, faint, good, caution, bad, code."""

    def __init__(self, text: str = "", kind: str = "text", *, wrap: bool = True, selectable: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wrap)
        self.setProperty("kind", kind)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )

    def set_kind(self, kind: str) -> None:
        """Become another kind."""
        set_kind(self, kind)


class Button(QPushButton):
    """`kind`: primary, plain, danger, link, ghost. `name` is its object name, for tests and the contract."""

    def __init__(
        self, text: str, kind: str = "plain", *, name: str, clicked: Callable[[], object] | None = None
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if clicked is not None:
            # a lambda, because Qt hands over whether it is checked
            self.clicked.connect(lambda _checked=False: clicked())


class Card(QFrame):
    """A surface with a hairline; `kind` may be a tone (good, caution, bad, info) or `raised`. Fill `self.body`."""

    def __init__(self, kind: str = "card", *, spacing: int = Space.M, padding: int = Space.L) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(spacing)

    def set_kind(self, kind: str) -> None:
        """Become another kind."""
        set_kind(self, kind)


def set_kind(widget: QWidget, kind: str) -> None:
    """Change what a widget is, and how it looks with it."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        restyle(widget)


def set_flag(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet asks for (`over`, `wrong`)."""
    widget.setProperty(name, "true" if value else "false")
    restyle(widget)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def row(*parts: QWidget | QLayout | None, spacing: int = Space.S, top: bool = False) -> QHBoxLayout:
    """Parts side by side; None is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    _fill(made, parts, top=top)
    return made


def column(*parts: QWidget | QLayout | None, spacing: int = Space.S) -> QVBoxLayout:
    """Parts from top to bottom; None is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    _fill(made, parts)
    return made


def line() -> QFrame:
    """A hairline across."""
    made = QFrame()
    made.setProperty("kind", "line")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, for good."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


def _fill(made: QHBoxLayout | QVBoxLayout, parts: Iterable[QWidget | QLayout | None], *, top: bool = False) -> None:
    for part in parts:
        if part is None:
            made.addStretch()
        elif isinstance(part, QWidget):
            if top:
                made.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
            else:
                made.addWidget(part)
        else:
            made.addLayout(part)
