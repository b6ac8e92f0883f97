"""The order in which Tab goes: as the window is read, whatever was built first.

Qt goes in the order in which widgets were made, so that rows which come later (a list that was read from a file, a page
that is built when it is first shown) would come last.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QWidget


def tab_stops(root: QWidget) -> list[QWidget]:
    """All widgets in sight that Tab stops at: layouts in their order, grids by row, what lies over them last."""
    return [widget for widget in _walk(root) if _stops(widget)]


def step_focus(root: QWidget, *, forward: bool) -> bool:
    """Move the keyboard to the next stop, round and round, and bring it into sight; whether there is one."""
    stops = tab_stops(root)
    if not stops:
        return False
    now: QWidget | None = root.focusWidget()
    while now is not None and now not in stops and now is not root:
        now = now.parentWidget()  # inside something that is one stop, such as a spin box
    if now in stops:
        target = stops[(stops.index(now) + (1 if forward else -1)) % len(stops)]
    else:
        target = stops[0 if forward else -1]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    target.setFocus(reason)
    bring_into_sight(target)
    return True


def bring_into_sight(widget: QWidget) -> None:
    """Scroll whatever holds it, so that it can be seen."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def _stops(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return takes and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def _walk(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    layout = widget.layout()
    placed = list(_in_layout(layout)) if layout is not None else []
    for child in placed:
        yield from _walk(child)
    for found in widget.children():
        if isinstance(found, QWidget) and not found.isWindow() and found not in placed:
            yield from _walk(found)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    numbers = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        numbers.sort(key=lambda number: _cell(layout, number))
    for number in numbers:
        item = layout.itemAt(number)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _in_layout(inner)


def _cell(layout: QGridLayout, number: int) -> tuple[int, int]:
    row, column = layout.getItemPosition(number)[:2]  # type: ignore[index]
    return row, column
