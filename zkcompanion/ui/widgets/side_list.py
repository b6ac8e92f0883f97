"""Sections of a page as a list at its side, or as a line above where the room is short."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.flow import FlowRow

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


class SideList(QWidget):
    """`choices`: (key, text); buttons are named `NAME-KEY`. `chosen(key)` tells of a change; arrow keys walk along."""

    chosen = Signal(str)

    def __init__(self, context: WindowContext, choices: Iterable[tuple[str, str]], *, name: str) -> None:
        super().__init__()
        self.setObjectName(f"{name}-list")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._list = QVBoxLayout()
        self._list.setSpacing(context.theme.pixels(Space.XS))
        self._line = FlowRow(context.theme, spacing=Space.XS)
        outer.addLayout(self._list)
        outer.addWidget(self._line)
        self._upright: bool | None = None
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        for key, text in choices:
            button = _Item(text, "rail", name=f"{name}-{key}", owner=self)
            self._group.addButton(button)
            self._buttons[key] = button
            button.toggled.connect(lambda on, key=key: self.chosen.emit(key) if on else None)
        next(iter(self._buttons.values())).setChecked(True)
        self.set_upright(upright=True)

    def choose(self, key: str) -> None:
        """Let another one hold."""
        self._buttons[key].setChecked(True)

    def set_upright(self, *, upright: bool) -> None:
        """A list, or a line."""
        if upright == self._upright:
            return
        self._upright = upright
        self._line.setVisible(not upright)
        for button in self._buttons.values():
            if upright:
                self._list.addWidget(button)
            else:
                self._line.add(button)
            button.show()
        across = QSizePolicy.Policy.Fixed if upright else QSizePolicy.Policy.Preferred
        policy = QSizePolicy(across, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(not upright)
        self.setSizePolicy(policy)

    def step(self, button: Button, key: int) -> bool:
        """What a key pressed on a button does; whether it does anything."""
        if key not in _STEPS:
            return False
        buttons = list(self._buttons.values())
        target = buttons[(buttons.index(button) + _STEPS[Qt.Key(key)]) % len(buttons)]
        target.setChecked(True)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        return True


class _Item(Button):
    def __init__(self, text: str, kind: str, *, name: str, owner: SideList) -> None:
        super().__init__(text, kind, name=name)
        self.setCheckable(True)
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._owner.step(self, event.key()):
            super().keyPressEvent(event)
