"""Details that are folded away until somebody asks for them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.icon import give_icon


class Disclosure(QWidget):
    """A button that unfolds what is below it. Fill `self.body`; `toggled(bool)` tells that it opened or closed."""

    toggled = Signal(bool)

    def __init__(self, theme: Theme, text: str, *, name: str, opened: bool = False) -> None:
        super().__init__()
        self._theme = theme
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        self.button = Button(text, "fold", name=name)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._toggled)
        layout.addWidget(self.button)
        self._content = QWidget()
        #: what is folded
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(Space.XL, 0, 0, 0)
        self.body.setSpacing(Space.S)
        layout.addWidget(self._content)
        self._show(opened)
        self.button.setChecked(opened)

    @property
    def opened(self) -> bool:
        """Whether the details are in sight."""
        return self.button.isChecked()

    def set_opened(self, opened: bool) -> None:
        """Fold or unfold."""
        self.button.setChecked(opened)

    def _toggled(self, opened: bool) -> None:
        self._show(opened)
        self.toggled.emit(opened)

    def _show(self, opened: bool) -> None:
        self._content.setVisible(opened)
        give_icon(self.button, self._theme, "down" if opened else "right", size=16)
