"""A small two-dimensional input as cells to type in: a sudoku, a matrix."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from zkcompanion.app.input_values import read_array
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext

#: Most rows and columns that are shown as cells.
MOST_CELLS_ACROSS = 9
_CELL = 28
_MOST_UNDO = 100
_TYPED = re.compile(r"[0-9a-fA-FxX-]")
_BETWEEN = re.compile(r"[\s,;\[\]\"]+")
_HIDDEN = "\N{BULLET}"
_Index = QModelIndex | QPersistentModelIndex


class GridModel(QAbstractTableModel):
    """Texts of cells. Assistive technology may set them too."""

    edited = Signal()

    def __init__(self, context: WindowContext, rows: int, columns: int) -> None:
        super().__init__()
        self._context = context
        self.rows, self.columns = rows, columns
        self.cells = [""] * (rows * columns)
        self.masked = False
        self._undo: list[list[str]] = []

    def rowCount(self, parent: _Index | None = None) -> int:
        """Rows."""
        return 0 if parent is not None and parent.isValid() else self.rows

    def columnCount(self, parent: _Index | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else self.columns

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text of a cell, its place in words for a screen reader."""
        text = self.cells[index.row() * self.columns + index.column()]
        shown = _HIDDEN if self.masked and text else text
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return shown
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._context.say(
                msg("Row {row}, column {column}: {value}", row=index.row() + 1, column=index.column() + 1, value=shown)
            )
        return None

    def setData(self, index: _Index, value: object, _role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Set a cell."""
        self.write(index.row() * self.columns + index.column(), [str(value)])
        return True

    def flags(self, _index: _Index) -> Qt.ItemFlag:
        """All may be edited."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def write(self, first: int, texts: Sequence[str]) -> None:
        """Set cells from `first` on, as far as there are cells."""
        texts = texts[: len(self.cells) - first]
        after = self.cells[:first] + list(texts) + self.cells[first + len(texts) :]
        if after != self.cells:
            self._undo = [*self._undo[1 - _MOST_UNDO :], self.cells]
            self._put(after)

    def undo(self) -> None:
        """Take back the last change."""
        if self._undo:
            self._put(self._undo.pop())

    def set_masked(self, masked: bool) -> None:
        """Show dots for values."""
        self.masked = masked
        self._tell()

    def _put(self, cells: list[str]) -> None:
        self.cells = cells
        self._tell()
        self.edited.emit()

    def _tell(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(self.rows - 1, self.columns - 1))


class _CellDelegate(QStyledItemDelegate):
    """Paints a cell: hairlines, heavier ones around the boxes of a 9 by 9 grid, and the cell that keys go to."""

    def __init__(self, view: GridView, context: WindowContext) -> None:
        super().__init__(view)
        self._view = view
        self._context = context

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self._context.theme
        rect: QRect = option.rect
        model = self._view.grid
        wrong = index.row() * model.columns + index.column() == self._view.wrong_place
        current = index == self._view.currentIndex() and self._view.hasFocus()
        background = theme.colour("bad_soft" if wrong else "accent_soft" if current else "surface")
        painter.fillRect(rect, background)
        boxes = model.rows == model.columns == MOST_CELLS_ACROSS
        hairline = theme.tokens.line
        for at, vertical in ((index.column(), True), (index.row(), False)):
            if at:
                heavy = boxes and at % 3 == 0
                colour = theme.colour("muted" if heavy else "hairline")
                side = QRect(rect)
                side.setWidth(hairline) if vertical else side.setHeight(hairline)
                painter.fillRect(side, colour)
        text = str(index.data() or "")
        # zeros step back: in most grids they are what is not there
        painter.setPen(theme.colour("bad" if wrong else "faint" if text == "0" else "text"))
        inner = rect.adjusted(2, 1, -2, -1)
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, text)
        if current:
            painter.setPen(QColor(theme.colour("accent")))
            for inset in range(theme.tokens.ring):
                painter.drawRect(rect.adjusted(inset, inset, -inset - 1, -inset - 1))


class GridView(QTableView):
    """One stop for Tab; arrows move, typing replaces, Backspace and Delete clear, whole grids can be pasted.

    Signals: `edited()`, `left()` when the focus goes elsewhere.
    """

    edited = Signal()
    left = Signal()

    def __init__(self, context: WindowContext, rows: int, columns: int) -> None:
        super().__init__()
        self._context = context
        self.wrong_place = -1
        self._typing = False
        self.grid = GridModel(context, rows, columns)
        self.grid.setParent(self)
        self.grid.edited.connect(self.edited)
        self.setModel(self.grid)
        self.setItemDelegate(_CellDelegate(self, context))
        self.setProperty("kind", "grid")
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setMinimumSectionSize(1)
            header.hide()
        self.setCurrentIndex(self.grid.index(0, 0))
        self.selectionModel().currentChanged.connect(self._moved)
        context.theme.changed.connect(self._fit)
        self._fit()

    def set_wrong(self, place: int) -> None:
        """Mark a cell; -1 marks none."""
        if place != self.wrong_place:
            self.wrong_place = place
            self.viewport().update()

    def sizeHint(self) -> QSize:
        """All cells."""
        side, frame = self._side(), 2 * self._context.theme.tokens.line
        return QSize(self.grid.columns * side + frame, self.grid.rows * side + frame)

    def minimumSizeHint(self) -> QSize:
        """All cells."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Typing changes the cell, everything else moves."""
        index = self.currentIndex()
        place = index.row() * self.grid.columns + index.column()
        if event.matches(QKeySequence.StandardKey.Paste):
            self._paste(place)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.grid.undo()
        elif event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Space}:
            self.grid.write(place, [""])
        elif event.key() == Qt.Key.Key_Backspace:
            self.grid.write(place, [self.grid.cells[place][:-1]])
            self._typing = True
        elif _is_typed(event):
            before = self.grid.cells[place] if self._typing else ""
            self._typing = True
            self.grid.write(place, [before + event.text()])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            event.ignore()  # the page's
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Colours are painted by hand."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_typed(event):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which cell keys go to."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What is wrong may be said now."""
        super().focusOutEvent(event)
        self._typing = False
        self.viewport().update()
        self.left.emit()

    def _paste(self, place: int) -> None:
        text = QGuiApplication.clipboard().text()
        whole = read_array(text, (self.grid.rows, self.grid.columns))
        if whole.problem is None:
            self.grid.write(0, whole.values)
        else:
            self.grid.write(place, [part for part in _BETWEEN.split(text) if part])

    def _copy(self) -> None:
        if self.grid.masked:
            return  # as a line of dots is not copied either
        across = self.grid.columns
        rows = [self.grid.cells[i : i + across] for i in range(0, len(self.grid.cells), across)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in rows))

    def _moved(self) -> None:
        self._typing = False

    def _side(self) -> int:
        return self._context.theme.pixels(_CELL)

    def _fit(self) -> None:
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setDefaultSectionSize(self._side())
        self.updateGeometry()
        self.viewport().update()


def _is_typed(event: QKeyEvent) -> bool:
    held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    return not held and _TYPED.fullmatch(event.text()) is not None
