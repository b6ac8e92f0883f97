"""The order in which Tab goes: as the window is read, whatever was built first.

Qt goes in the order in which widgets were made, so that rows which come later (a list that was read from a file, a page
that is built when it is first shown) would come last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

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
    inside = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    layout = widget.layout()
    placed = list(_in_layout(layout, inside)) if layout is not None else []
    for child in placed:
        yield from _walk(child)
    for child in inside:
        if child not in placed:
            yield from _walk(child)


def _in_layout(layout: QLayout, widgets: Sequence[QWidget]) -> Iterator[QWidget]:
    """Those of `widgets` that lie in the layout, in its order.

    Items are never asked for: Qt deletes them without telling Python, which then takes what comes to lie in their
    place for the item that was there, and in the end takes the process with it.
    """
    inner = [child for child in layout.children() if isinstance(child, QLayout)]
    found: list[tuple[int, QWidget | QLayout]] = [(layout.indexOf(widget), widget) for widget in widgets]
    found += [(layout.indexOf(one), one) for one in inner]
    parts = [(_cell(layout, number), part) for number, part in found if number >= 0]
    for _, part in sorted(parts, key=itemgetter(0)):
        if isinstance(part, QWidget):
            yield part
        else:
            yield from _in_layout(part, widgets)


def _cell(layout: QLayout, number: int) -> tuple[int, int]:
    if not isinstance(layout, QGridLayout):
        return number, 0
    row, column = layout.getItemPosition(number)[:2]  # type: ignore[index]
    return row, column
