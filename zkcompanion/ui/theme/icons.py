"""Our own line icons (20 px grid, 1.6 px stroke), drawn in a colour of the theme at run time."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from zkcompanion.base.paths import resource_path

GRID = 20
#: What the files draw with; replaced by the colour asked for.
_INK = "currentColor"


def icon(name: str, colour: str, size: int = GRID) -> QIcon:
    """`resources/icons/NAME.svg` in `colour` (#RRGGBB), of `size` logical pixels, sharp at every scale of a screen."""
    made = QIcon()
    for scale in (1, 2, 3):
        made.addPixmap(pixmap(name, colour, size, scale))
    return made


def pixmap(name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels, the same one each time: what Qt derives from it is kept by it."""
    key = f"zkc/{name}/{colour}/{size}/{scale}"
    kept = QPixmap()
    if QPixmapCache.find(key, kept):
        return kept
    made = _drawn(name, colour, size, scale)
    QPixmapCache.insert(key, made)
    return made


def _drawn(name: str, colour: str, size: int, scale: float) -> QPixmap:
    drawing = QSvgRenderer(QByteArray(_source(name).replace(_INK, colour).encode()))
    made = QPixmap(QSize(round(size * scale), round(size * scale)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    drawing.render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
