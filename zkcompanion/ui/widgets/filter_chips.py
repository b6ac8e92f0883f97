"""A line of small switches, each of which lets some rows through; the arrow keys walk along it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True)
class ChipChoice:
    """`icon` of `resources/icons` in the colour of `token`, or none; `meaning` is the tool tip."""

    key: str
    text: str
    icon: str = ""
    token: str = "muted"
    meaning: str = ""


class FilterChips(FlowRow):
    """`changed()` after a person switched one. None on lets everything through. Buttons are named `NAME-KEY`."""

    changed = Signal()

    def __init__(self, context: WindowContext, *, name: str, accessible: str) -> None:
        super().__init__(context.theme, spacing=Space.XS)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self._theme_of = context.theme
        self._buttons: dict[str, _Chip] = {}

    @property
    def chosen(self) -> frozenset[str]:
        """Keys of those that are on."""
        return frozenset(key for key, button in self._buttons.items() if button.isChecked())

    def set_choices(self, choices: Iterable[ChipChoice]) -> None:
        """These, in their order; those that were there stay on or off."""
        wanted = {one.key: one for one in choices}
        for key, button in self._buttons.items():
            button.setVisible(key in wanted)
            if key not in wanted:
                button.setChecked(False)
        for key, one in wanted.items():
            button = self._buttons.get(key) or self._make(key)
            button.setText(one.text)
            button.setToolTip(one.meaning)
            if one.icon:
                give_icon(button, self._theme_of, one.icon, one.token, size=16)
        self._let_tab_in()

    def choose(self, keys: Iterable[str]) -> None:
        """Let these be on, and no others; tells nobody."""
        wanted = set(keys)
        for key, button in self._buttons.items():
            button.setChecked(key in wanted)

    def step(self, button: _Chip, key: int) -> bool:
        """What a key pressed on a button does; whether it does anything."""
        if key not in _STEPS:
            return False
        shown = [one for one in self._buttons.values() if not one.isHidden()]
        target = shown[(shown.index(button) + _STEPS[Qt.Key(key)]) % len(shown)]
        self._let_tab_in(target)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _make(self, key: str) -> _Chip:
        button = self._buttons[key] = _Chip(self, name=f"{self.objectName()}-{key.replace(' ', '-')}")
        button.clicked.connect(self._clicked)
        self.add(button)
        button.show()
        return button

    def _clicked(self) -> None:
        self.changed.emit()

    def _let_tab_in(self, stop: _Chip | None = None) -> None:
        """Tab stops at one of them; the arrow keys go on from there."""
        shown = [one for one in self._buttons.values() if not one.isHidden()]
        stop = stop if stop is not None else next((one for one in shown if one.hasFocus()), next(iter(shown), None))
        for one in self._buttons.values():
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one is stop else Qt.FocusPolicy.ClickFocus)


class _Chip(Button):
    def __init__(self, owner: FilterChips, *, name: str) -> None:
        super().__init__("", "filter", name=name)
        self.setCheckable(True)
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk; Space and Enter switch."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif not self._owner.step(self, event.key()):
            super().keyPressEvent(event)
