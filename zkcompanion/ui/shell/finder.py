"""The search for anything: pages, examples, places of the settings and things to do, by some letters of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from zkcompanion.base.messages import msg, msg_n
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.shell.ranking import rank
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Label

#: At 100 % text size.
WIDTH, MOST_HEIGHT, TOP = 600, 380, 64
_ICON = 18
_HINT = Qt.ItemDataRole.UserRole
_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True)
class Found:
    """Something to find, in the user's language. `hint`: where it lies or its keys; `words`: found by these too."""

    title: str
    hint: str
    icon: str
    open: Callable[[], object]
    words: tuple[str, ...] = ()


class Finder(QWidget):
    """Covers `area` while it is open, so that a click beside it closes it. `entries` are asked for at each opening."""

    def __init__(self, context: WindowContext, area: QWidget, entries: Callable[[], Sequence[Found]]) -> None:
        super().__init__(area)
        self._context = context
        self._area = area
        self._ask = entries
        self._entries: Sequence[Found] = ()
        self._before: QWidget | None = None
        self.setObjectName("finder")
        say, theme = context.say, context.theme
        self._box = QFrame(self)
        self._box.setProperty("kind", "overlay")
        layout = QVBoxLayout(self._box)
        layout.setContentsMargins(*[theme.pixels(Space.M)] * 4)
        layout.setSpacing(theme.pixels(Space.S))
        self._field = QLineEdit()
        self._field.setObjectName("finder-text")
        self._field.setPlaceholderText(say(msg("Find a page, an example, a setting or something to do")))
        self._field.setAccessibleName(say(msg("Find anything")))
        self._field.setAccessibleDescription(
            say(msg("Type some letters, choose with the arrow keys, open with Enter."))
        )
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        layout.addWidget(self._field)
        self._list = QListWidget()
        self._list.setObjectName("finder-results")
        self._list.setProperty("kind", "plain")
        self._list.setAccessibleName(say(msg("What was found")))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(_Rows(context, self._list))
        self._list.setUniformItemSizes(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys reach it from the field
        self._list.itemClicked.connect(self._open)
        layout.addWidget(self._list)
        self._count = Label("", "faint", wrap=False)
        layout.addWidget(self._count)
        area.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show it, empty, with everything below; or close it where it is open."""
        if self.isVisible():
            self.close_finder()
            return
        self._before = self.window().focusWidget()
        self.set_entries(self._ask())
        self._field.clear()
        self._place()
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_entries(self, entries: Sequence[Found]) -> None:
        """Others to choose from, while it is open too."""
        self._entries = entries
        self._filter(self._field.text())

    def close_finder(self) -> None:
        """Close it; the keyboard goes on where it was."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
            self._before = None

    def titles(self) -> list[str]:
        """What is listed now, from top to bottom."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that choose, typed in the field; and a new size of the window."""
        if watched is self._area and event.type() == QEvent.Type.Resize:
            self._place()
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside it."""
        if not self._box.geometry().contains(event.position().toPoint()):
            self.close_finder()

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_finder()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open(self._list.currentItem())
        elif key in _KEYS:
            self._step(key)
        else:
            # there is nothing else in here that Tab could reach
            return key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
        return True

    def _step(self, key: int) -> None:
        count = self._list.count()
        if not count:
            return
        page = max(1, self._list.height() // max(1, self._list.sizeHintForRow(0)) - 1)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}[Qt.Key(key)]
        row = self._list.currentRow() + step
        self._list.setCurrentRow(row % count if abs(step) == 1 else min(max(row, 0), count - 1))
        # the keyboard stays in the field, so a screen reader would not hear of it
        announce(self._list, str(self._list.currentItem().data(Qt.ItemDataRole.AccessibleTextRole)))

    def _open(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        found = self._entries[int(item.data(Qt.ItemDataRole.UserRole + 1))]
        self._before = None  # the keyboard goes where it leads
        self.hide()
        found.open()

    def _filter(self, text: str) -> None:
        theme = self._context.theme
        self._list.clear()
        for index in rank(text, [(found.title, *found.words, found.hint) for found in self._entries]):
            found = self._entries[index]
            item = QListWidgetItem(theme.icon(found.icon, "muted", theme.pixels(_ICON)), found.title)
            item.setData(_HINT, found.hint)
            item.setData(Qt.ItemDataRole.UserRole + 1, index)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{found.title}, {found.hint}" if found.hint else found.title
            )
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        count = self._list.count()
        said = msg_n("{n} result", "{n} results", n=count) if count else msg("Nothing is called so")
        self._count.setText(self._context.say(said))

    def _place(self) -> None:
        pixels = self._context.theme.pixels
        self.setGeometry(self._area.rect())
        width = min(pixels(WIDTH), self.width() - 2 * pixels(Space.L))
        top = min(pixels(TOP), self.height() // 8)
        height = min(pixels(MOST_HEIGHT), self.height() - top - pixels(Space.L))
        self._box.setGeometry((self.width() - width) // 2, top, width, height)


class _Rows(QStyledItemDelegate):
    """A row: icon, name, and at the right where it lies."""

    def __init__(self, context: WindowContext, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = context.theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As wide as the list."""
        return QSize(0, self._theme.pixels(Type.TEXT + Space.XL))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """All of it as plain text; the name is shortened first."""
        rect: QRect = option.rect
        theme, gap = self._theme, self._theme.pixels(Space.S)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            # the line is a mark that is seen where colours of areas are not
            painter.setPen(QPen(theme.colour("accent"), theme.tokens.line))
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 6, 6)
        side = theme.pixels(_ICON)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        icon.paint(painter, rect.left() + gap, rect.top() + (rect.height() - side) // 2, side, side)
        metrics: QFontMetrics = option.fontMetrics
        hint = metrics.elidedText(str(index.data(_HINT) or ""), Qt.TextElideMode.ElideRight, rect.width() // 2)
        across = metrics.horizontalAdvance(hint)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour("muted"))
        painter.drawText(rect.adjusted(0, 0, -gap, 0), flags | Qt.AlignmentFlag.AlignRight, hint)
        words = rect.adjusted(gap * 2 + side, 0, -across - 2 * gap, 0)
        title = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, words.width())
        painter.setPen(theme.colour("text"))
        painter.drawText(words, flags | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
