"""A row of choices of which one holds; the arrow keys walk along it. Where the room ends it goes on below."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup

from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.flow import FlowRow

_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
}


class Tabs(FlowRow):
    """`choices`: (key, text) from left to right; the first holds. `kind`: `tab` (underlined), `step` (the
    same with an icon before each) or `segment` (a bar).

    `chosen(key)` tells of a change, by a person or by `choose`. Each button is named `NAME-KEY`. One of them has the
    keyboard's focus, and Home, End and the arrow keys choose another, as in every system's tabs.
    """

    chosen = Signal(str)

    def __init__(self, choices: Iterable[tuple[str, str]], *, name: str, kind: str = "tab") -> None:
        super().__init__(None, spacing=0 if kind == "tab" else Space.XS)
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        for key, text in choices:
            button = _Choice(text, kind, name=f"{name}-{key}", tabs=self)
            self._group.addButton(button)
            self.add(button)
            self._buttons[key] = button
            button.toggled.connect(lambda on, key=key: self._toggled(key, on))
        self._current = next(iter(self._buttons))
        self._buttons[self._current].setChecked(True)
        self._take_focus_policy()

    @property
    def current(self) -> str:
        """The key of the choice that holds."""
        return self._current

    def choose(self, key: str) -> None:
        """Let another choice hold."""
        self._buttons[key].setChecked(True)

    def button(self, key: str) -> Button:
        """The button of a choice."""
        return self._buttons[key]

    def step(self, button: Button, key: int) -> bool:
        """What a key pressed on a button does; whether it does anything."""
        buttons = list(self._buttons.values())
        if key in _STEPS:
            target = buttons[(buttons.index(button) + _STEPS[Qt.Key(key)]) % len(buttons)]
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            target = buttons[0 if key == Qt.Key.Key_Home else -1]
        else:
            return False
        target.setChecked(True)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _toggled(self, key: str, on: bool) -> None:
        if on and key != self._current:
            self._current = key
            self._take_focus_policy()
            self.chosen.emit(key)

    def _take_focus_policy(self) -> None:
        """Tab reaches the choice that holds, and goes on from there."""
        for key, button in self._buttons.items():
            policy = Qt.FocusPolicy.StrongFocus if key == self._current else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)


class _Choice(Button):
    def __init__(self, text: str, kind: str, *, name: str, tabs: Tabs) -> None:
        super().__init__(text, kind, name=name)
        self.setCheckable(True)
        self._tabs = tabs

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys, Home and End choose."""
        if not self._tabs.step(self, event.key()):
            super().keyPressEvent(event)
