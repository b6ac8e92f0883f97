"""Icons that follow the theme: as a picture, and on buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from zkcompanion.ui.theme.icons import GRID, pixmap
from zkcompanion.ui.theme.theme import Theme


class Icon(QWidget):
    """`resources/icons/NAME.svg` in a colour of the theme; grows with the text; decoration, without a name."""

    def __init__(self, theme: Theme, name: str, token: str = "muted", *, size: int = GRID) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._token = token
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self._theme_changed)

    def set_icon(self, name: str, token: str | None = None) -> None:
        """Show another one."""
        self._name = name
        self._token = self._token if token is None else token
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._theme.pixels(self._size), self._theme.pixels(self._size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Sharp at every scale of the screen."""
        colour = self._theme.colour(self._token).name()
        side = self.sizeHint().width()
        drawn = pixmap(self._name, colour, side, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, drawn)
        painter.end()

    def _theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def give_icon(button: QAbstractButton, theme: Theme, name: str, token: str = "muted", *, size: int = GRID) -> None:
    """Put an icon on a button, in the theme's colour as long as the button lives; again for another icon or colour."""
    if (name, token, size) == tuple(button.property(f"zkc-icon{part}") for part in ("", "-token", "-size")):
        return
    button.setProperty("zkc-icon", name)
    button.setProperty("zkc-icon-token", token)
    button.setProperty("zkc-icon-size", size)
    if not button.property("zkc-icon-follows"):
        button.setProperty("zkc-icon-follows", True)
        dresser = _Dresser(button, theme)
        theme.changed.connect(dresser.dress)
    _dress(button, theme)


class _Dresser(QWidget):
    """A child of the button, so that the connection ends with it."""

    def __init__(self, button: QAbstractButton, theme: Theme) -> None:
        super().__init__(button)
        self.hide()
        self._button = button
        self._theme = theme

    def dress(self) -> None:
        _dress(self._button, self._theme)


def _dress(button: QAbstractButton, theme: Theme) -> None:
    side = theme.pixels(int(button.property("zkc-icon-size")))
    button.setIconSize(QSize(side, side))
    button.setIcon(theme.icon(str(button.property("zkc-icon")), str(button.property("zkc-icon-token")), side))
