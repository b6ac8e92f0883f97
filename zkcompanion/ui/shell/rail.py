"""The rail at the left: the program's mark, the pages, ways to find and to understand; icons only where narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, row, set_kind
from zkcompanion.ui.widgets.icon import Icon, give_icon

#: Widths at 100 % text size.
WIDE, NARROW = 184, 60
PRODUCT = "ZK Companion"


@dataclass(frozen=True, slots=True)
class RailEntry:
    """A page, or something to do (`run`); `shortcut` in Qt's portable form, `about` for whoever asks what it is."""

    key: str
    title: Message
    icon: str
    shortcut: str
    about: Message
    run: Callable[[], object] | None = None


class Rail(QWidget):
    """`pages` above, `actions` below; `go(key)` is called for a page. Up and Down walk along it."""

    def __init__(
        self,
        context: WindowContext,
        pages: Iterable[RailEntry],
        actions: Iterable[RailEntry],
        go: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._context = context
        self._collapsed = False
        self.setObjectName("rail")
        self.setProperty("kind", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        pixels = context.theme.pixels
        layout.setContentsMargins(pixels(Space.S), pixels(Space.L), pixels(Space.S), pixels(Space.M))
        layout.setSpacing(pixels(Space.XS))
        self._name = Label(PRODUCT, "brand", wrap=False)
        brand = row(Icon(context.theme, "mark", "accent", size=24), self._name, None, spacing=Space.S)
        brand.setContentsMargins(pixels(Space.M) - 2, 0, 0, pixels(Space.L))
        layout.addLayout(brand)
        self._buttons: dict[str, _RailButton] = {}
        for entry in pages:
            button = self._add(layout, entry)
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, key=entry.key: go(key))
            button.toggled.connect(lambda _on, button=button: button.dress())
        layout.addStretch()
        for entry in actions:
            button = self._add(layout, entry)
            if entry.run is not None:
                button.clicked.connect(lambda _checked=False, run=entry.run: run())
        context.theme.changed.connect(self._fit)
        self._fit()

    @property
    def collapsed(self) -> bool:
        """Whether only icons are in sight."""
        return self._collapsed

    def set_collapsed(self, collapsed: bool) -> None:
        """Show icons only, or words too."""
        if collapsed != self._collapsed:
            self._collapsed = collapsed
            self._fit()

    def select(self, page: str) -> None:
        """Mark the page that is shown; one that is not on the rail leaves nothing marked."""
        pages = {key: button for key, button in self._buttons.items() if button.isCheckable()}
        for key, button in pages.items():
            button.setChecked(key == page)
        # Tab stops at the page that is shown, and the arrow keys go on from there
        stop = pages.get(page, next(iter(pages.values())))
        for button in pages.values():
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if button is stop else Qt.FocusPolicy.ClickFocus)

    def button(self, key: str) -> Button:
        """The button of a page or an action."""
        return self._buttons[key]

    def walk(self, button: _RailButton, step: int) -> None:
        """Move the keyboard's focus along the rail."""
        buttons = list(self._buttons.values())
        buttons[(buttons.index(button) + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)

    def take_focus(self) -> None:
        """Put the keyboard's focus on the page that is shown."""
        buttons = list(self._buttons.values())
        chosen = next((button for button in buttons if button.isChecked()), buttons[0])
        chosen.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _add(self, layout: QVBoxLayout, entry: RailEntry) -> _RailButton:
        button = _RailButton(self, self._context, entry)
        layout.addWidget(button)
        self._buttons[entry.key] = button
        return button

    def _fit(self) -> None:
        pixels = self._context.theme.pixels
        self._name.setVisible(not self._collapsed)
        for button in self._buttons.values():
            button.set_collapsed(self._collapsed)
        longest = max(button.sizeHint().width() for button in self._buttons.values()) + 2 * pixels(Space.S)
        self.setFixedWidth(pixels(NARROW) if self._collapsed else max(pixels(WIDE), longest))


class _RailButton(Button):
    def __init__(self, rail: Rail, context: WindowContext, entry: RailEntry) -> None:
        self._words = context.say(entry.title)
        super().__init__(self._words, "rail", name=f"rail-{entry.key}")
        self._rail = rail
        self._context = context
        self._entry = entry
        self.setAccessibleName(self._words)
        self.setAccessibleDescription(context.say(entry.about))
        self._keys = QKeySequence(entry.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self.dress()

    def set_collapsed(self, collapsed: bool) -> None:
        self.setText("" if collapsed else self._words)
        self.setToolTip(f"{self._words} ({self._keys})" if collapsed else self._keys)
        set_kind(self, "rail-narrow" if collapsed else "rail")

    def dress(self) -> None:
        give_icon(self, self._context.theme, self._entry.icon, "accent" if self.isChecked() else "muted")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._rail.walk(self, 1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)
