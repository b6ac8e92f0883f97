"""The theme in force: follows the user's choice and the system, and tells whoever paints by hand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from zkcompanion.ui.theme.style import palette, style_sheet
from zkcompanion.ui.theme.tokens import DARK, LIGHT, THEMES, Tokens


class Theme(QObject):
    """Signals: `changed` after colours or sizes are other ones; whoever paints by hand repaints then."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._choice = "system"
        self.text_percent = 100
        self.tokens = LIGHT
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    def apply(self, choice: str, text_percent: int) -> None:
        """`choice`: `system`, `light`, `dark` or `high-contrast`."""
        self._choice = choice
        tokens = self._chosen()
        if (tokens, text_percent) == (self.tokens, self.text_percent) and self._app.styleSheet():
            return
        self.tokens, self.text_percent = tokens, text_percent
        self._app.setPalette(palette(tokens))
        self._app.setStyleSheet(style_sheet(tokens, text_percent))
        self.changed.emit()

    def colour(self, token: str) -> QColor:
        """A colour by its token's name."""
        return QColor(getattr(self.tokens, token))

    def pixels(self, size: int) -> int:
        """A distance or type size at the user's text size."""
        return round(size * self.text_percent / 100)

    def _chosen(self) -> Tokens:
        if self._choice in THEMES:
            return THEMES[self._choice]
        return DARK if self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.apply(self._choice, self.text_percent)
