"""Scrolling to what has just appeared."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget


def bring_into_sight(widget: QWidget, margin: int) -> None:
    """Scroll the page around `widget` just as far as needed to see it, its top rather than its end.

    In the next turn of the event loop, when the page knows how high everything is.
    """
    widget.show()  # else it would be shown a turn later, too late
    QTimer.singleShot(0, widget, lambda: _scroll(widget, margin))


def _scroll(widget: QWidget, margin: int) -> None:
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is None or not widget.isVisible():
        return
    page = area.widget()
    if page is None:
        return
    top = widget.mapTo(page, QPoint(0, 0)).y()
    room, bar = area.viewport().height(), area.verticalScrollBar()
    lowest = top + widget.height() + margin - room
    if bar.value() < lowest:
        bar.setValue(min(lowest, top - margin))
    elif bar.value() > top - margin:
        bar.setValue(top - margin)
