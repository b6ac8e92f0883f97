"""The theme in force: follows the user's choice and the system, and tells whoever paints by hand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QStyle

from zkcompanion.ui.theme.icons import GRID, icon
from zkcompanion.ui.theme.style import palette, style_sheet
from zkcompanion.ui.theme.tokens import DARK, HIGH_CONTRAST, LIGHT, MOTION_MS, THEMES, Tokens


class Theme(QObject):
    """Signals: `changed` after colours or sizes are other ones; whoever paints by hand repaints then."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        if app.style().name() != "fusion":
            app.setStyle("Fusion")  # the same on every system; the style sheet draws over it
        self._choice = "system"
        self.text_percent = 100
        self.tokens = LIGHT
        # both are kept, because the second ends in Python with the last name for the first
        self._hints = app.styleHints()
        self._contrast = self._hints.accessibility() if hasattr(self._hints, "accessibility") else None  # from Qt 6.10
        self._hints.colorSchemeChanged.connect(self._system_changed)
        if self._contrast is not None:
            self._contrast.contrastPreferenceChanged.connect(self._system_changed)

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

    def icon(self, name: str, token: str = "muted", size: int = GRID) -> QIcon:
        """`resources/icons/NAME.svg` in a colour of the theme; for a button that follows it, `give_icon`."""
        return icon(name, getattr(self.tokens, token), size)

    def pixels(self, size: int) -> int:
        """A distance or type size at the user's text size."""
        return round(size * self.text_percent / 100)

    @property
    def motion_ms(self) -> int:
        """How long a motion may take; 0 where the system asks for less of it."""
        asked = self._app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        return min(MOTION_MS, asked)

    def _chosen(self) -> Tokens:
        if self._choice in THEMES:
            return THEMES[self._choice]
        if self._contrast is not None and self._contrast.contrastPreference() is Qt.ContrastPreference.HighContrast:
            return HIGH_CONTRAST
        return DARK if self._hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.apply(self._choice, self.text_percent)
