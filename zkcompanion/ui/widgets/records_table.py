"""A table of records that is sorted and searched: how it looks and behaves, wherever one stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView

from zkcompanion.base.messages import Message
from zkcompanion.ui.context import WindowContext

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex

_ROW_PX, _SEARCH_PX = 34, 260


class RecordsModel(QAbstractTableModel, Generic[T]):
    """`shown` are those of all records that have the words looked for, in the order that was asked for.

    Sorted and searched here and not by a proxy, which would ask for each cell many times over. Subclasses say what the
    columns are called (`titles`), which of them stand at the right, and the three methods below.
    """

    titles: ClassVar[tuple[Message, ...]]
    right: ClassVar[frozenset[int]]

    def __init__(self, context: WindowContext, *, newest: int) -> None:
        super().__init__()
        self._context = context
        self.shown: list[T] = []
        self._words: tuple[str, ...] = ()
        self._order: tuple[int, bool] = (newest, True)

    def all_of_them(self) -> Sequence[T]:
        """The records, whether or not they are shown."""
        raise NotImplementedError

    def all_said(self, record: T) -> str:
        """The words of a row, for searching; without capitals."""
        raise NotImplementedError

    def sort_key(self, record: T, column: int) -> Any:
        """What it is sorted by in a column."""
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Show only those in which each of the words occurs somewhere."""
        self._words = tuple(text.casefold().split())
        self.put()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By what stands in a column."""
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self.put()

    def put(self) -> None:
        """Choose and sort anew."""
        column, descending = self._order
        words = self._words
        found = [one for one in self.all_of_them() if not words or all(word in self.all_said(one) for word in words)]
        self.beginResetModel()
        self.shown = sorted(found, key=lambda one: self.sort_key(one, column), reverse=descending)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Records."""
        return 0 if parent is not None and parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Titles of columns."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self.titles):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._context.say(self.titles[section])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self.alignment(section)
        return None

    def alignment(self, column: int) -> int:
        """Figures stand at the right, words at the left."""
        side = Qt.AlignmentFlag.AlignRight if column in self.right else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    def look_changed(self, column: int) -> None:
        """What a column draws, and does not say, is another now."""
        if self.shown:
            self.dataChanged.emit(self.index(0, column), self.index(len(self.shown) - 1, column))


class RecordsView(QTableView):
    """Rows that grow with the text."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._theme = context.theme
        context.theme.changed.connect(self._fit_rows)
        self._fit_rows()

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._theme.pixels(_ROW_PX))


def records_table(
    context: WindowContext, model: QAbstractItemModel, *, name: str, accessible: str, newest: int, stretch: int
) -> QTableView:
    """The view, a row chosen at a time. `newest`: the column by which it is sorted first, downwards; `stretch`: the one
    that takes the room that is left.
    """
    table = RecordsView(context)
    table.setObjectName(name)
    table.setProperty("kind", "records")
    table.setAccessibleName(accessible)
    table.setModel(model)
    table.setSortingEnabled(True)
    table.sortByColumn(newest, Qt.SortOrder.DescendingOrder)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    return table


def search_line(context: WindowContext, *, name: str, placeholder: str, accessible: str) -> QLineEdit:
    """Where one types what is looked for in such a table."""
    line = QLineEdit()
    line.setObjectName(name)
    line.setPlaceholderText(placeholder)
    line.setAccessibleName(accessible)
    line.setClearButtonEnabled(True)
    line.setMaximumWidth(context.theme.pixels(_SEARCH_PX))
    find = QAction(line)
    find.setIcon(context.theme.icon("search", "faint", 16))
    line.addAction(find, QLineEdit.ActionPosition.LeadingPosition)
    return line
