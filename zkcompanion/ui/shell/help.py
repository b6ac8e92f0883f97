"""The panel at the right that F1 opens: what the thing under the keyboard is, and what the page answers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, KeyValues, Label, column, line, row
from zkcompanion.ui.widgets.icon import give_icon

#: Width at 100 % text size.
WIDTH = 320
_MOST_SHARE = 0.6


class HelpPanel(QFrame):
    """Follows the keyboard's focus while it is open. `closed` tells that it was closed by its button or Esc."""

    closed = Signal()

    def __init__(self, context: WindowContext, shortcuts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("help")
        self.setProperty("kind", "panel")
        say, pixels = context.say, context.theme.pixels
        self.setAccessibleName(say(msg("Help")))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pixels(Space.L), pixels(Space.L), pixels(Space.S), pixels(Space.L))
        outer.setSpacing(pixels(Space.M))
        self.close_button = Button("", "icon", name="help-close", clicked=self.closed.emit)
        self.close_button.setAccessibleName(say(msg("Close the help")))
        self.close_button.setToolTip(say(msg("Close the help")))
        give_icon(self.close_button, context.theme, "close", size=16)
        outer.addLayout(row(Label(say(msg("Help")), "section", wrap=False), None, self.close_button))
        holder = QWidget()
        self._thing = Label("", "strong")
        self._thing_words = Label("")
        self._rule = line()
        self._page = Label("", "strong")
        self._page_words = Label("")
        keys = KeyValues(((keys, keys, text) for text, keys in shortcuts), name="help-keys")
        words = column(
            self._thing,
            self._thing_words,
            self._rule,
            self._page,
            self._page_words,
            line(),
            Label(say(msg("Keys")), "strong"),
            keys,
            None,
            spacing=pixels(Space.M),
        )
        words.setContentsMargins(0, 0, pixels(Space.S), 0)
        holder.setLayout(words)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(holder)
        outer.addWidget(scroll, 1)
        self.hide()

    def explain(self, widget: QWidget | None, page: Page) -> None:
        """Show what `widget` says of itself, and the help of the page."""
        found = help_for(widget, page)
        for shown in (self._thing, self._thing_words, self._rule):
            shown.setVisible(found is not None)
        if found is not None:
            self._thing.setText(found[0])
            self._thing_words.setText(found[1])
        self._page.setText(self._context.say(msg("This page: {title}", title=page.title)))
        self._page_words.setText(self._context.say(page.help))

    def fit(self, room: int) -> None:
        """Take a fair part of the `room` that page and help have together, in pixels."""
        self.setFixedWidth(min(self._context.theme.pixels(WIDTH), round(room * _MOST_SHARE)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def help_for(widget: QWidget | None, page: QWidget) -> tuple[str, str] | None:
    """(name, words) of the nearest widget, from `widget` up to the page, that says something of itself.

    A widget says it by its property `help`, else its accessible description, else its tool tip.
    """
    name = ""
    while widget is not None and widget is not page and not widget.isWindow():
        name = name or _name(widget)
        words = widget.property("help") or widget.accessibleDescription() or widget.toolTip()
        if words and words != name:
            return name or words, words if name else ""
        widget = widget.parentWidget()
    return None


def _name(widget: QWidget) -> str:
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return widget.text().replace("&", "")
    return widget.text() if isinstance(widget, QLabel) else ""
