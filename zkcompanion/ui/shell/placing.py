"""Puts a window where it was, and remembers where it is."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.shell.placement import (
    Placement,
    Rect,
    centred,
    clamp,
    forget_placement,
    read_placement,
    write_placement,
)


def take_place(window: QWidget, dirs: AppDirs, *, reset: bool = False) -> None:
    """Before it is shown: its last place, on the screens that there are now; the middle for the first time."""
    if reset:
        forget_placement(dirs)
    screens = [_rect(screen.availableGeometry()) for screen in QGuiApplication.screens()]
    place = read_placement(dirs)
    if place is None:
        place = centred(screens[0] if screens else Rect(0, 0, 1280, 800))  # the first is the primary one
    place = clamp(place, screens)
    window.move(place.x, place.y)
    window.resize(place.width, place.height)
    if place.maximized:
        window.showMaximized()


def keep_place(window: QWidget, dirs: AppDirs) -> None:
    """At its end: where it is when it is not maximised, and whether it is."""
    whole = window.isMaximized() or window.isFullScreen()
    place, size = (
        (window.normalGeometry().topLeft(), window.normalGeometry().size()) if whole else (window.pos(), window.size())
    )
    write_placement(dirs, Placement(place.x(), place.y(), size.width(), size.height(), whole))


def _rect(rect: QRect) -> Rect:
    return Rect(rect.x(), rect.y(), rect.width(), rect.height())
