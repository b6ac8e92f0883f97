"""The finished proofs as a table: one row for each record, sorted and searched without touching the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QIcon

from zkcompanion.app.history import Outcome, ProofRecord
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.words import OUTCOMES, when

CIRCUIT, OUTCOME, TIME, CONSTRAINTS, KERNELS, WHEN = range(6)
_TITLES = (msg("Circuit"), msg("Outcome"), msg("Time"), msg("Constraints"), msg("Kernels"), msg("When"))
RECORD_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
ICON_PX = 16
_RIGHT = frozenset({TIME, CONSTRAINTS})


class HistoryModel(QAbstractTableModel):
    """`records` are all, newest first; `shown` those that have the words looked for, in the order that was asked for.

    Sorted and searched here and not by a proxy, which would ask for each cell many times over.
    """

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.records: tuple[ProofRecord, ...] = ()
        self.shown: list[ProofRecord] = []
        self._now_s = 0.0
        self._words: tuple[str, ...] = ()
        self._order: tuple[int, bool] = (WHEN, True)
        self._said: dict[int, str] = {}
        self._icons: dict[Outcome, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_records(self, records: Sequence[ProofRecord]) -> None:
        """Show these; "when" is reckoned from now on."""
        self.records = tuple(records)
        self._now_s = self._context.desk.clock.unix_s()
        self._said.clear()
        self._put()

    def set_text(self, text: str) -> None:
        """Show only those in which each of the words occurs somewhere."""
        self._words = tuple(text.casefold().split())
        self._put()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By what stands in a column."""
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self._put()

    def _put(self) -> None:
        column, descending = self._order
        found = [record for record in self.records if all(word in self._all_said(record) for word in self._words)]
        self.beginResetModel()
        self.shown = sorted(found, key=lambda record: self._sort_key(record, column), reverse=descending)
        self.endResetModel()

    def row_of(self, record_id: int) -> int | None:
        """Where a record stands."""
        return next((row for row, record in enumerate(self.shown) if record.id == record_id), None)

    def rowCount(self, parent: _Index | None = None) -> int:
        """Records."""
        return 0 if parent is not None and parent.isValid() else len(self.shown)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Titles of columns."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(_TITLES):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._context.say(_TITLES[section])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What stands in a cell, and what it is sorted by."""
        record = self.shown[index.row()]
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(record, column)
            case Qt.ItemDataRole.DecorationRole if column == OUTCOME:
                return self._icon(record.outcome)
            case Qt.ItemDataRole.ToolTipRole if column == WHEN:
                return _exact(record.unix_s)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case _ if role == RECORD_ROLE:
                return record
        return None

    def _icon(self, outcome: Outcome) -> QIcon:
        if outcome not in self._icons:
            words, theme = OUTCOMES[outcome], self._context.theme
            self._icons[outcome] = theme.icon(words.icon, words.token, theme.pixels(ICON_PX))
        return self._icons[outcome]

    def _all_said(self, record: ProofRecord) -> str:
        """The words of a row, for searching."""
        found = self._said.get(record.id)
        if found is None:
            found = " ".join(self._text(record, column) for column in range(WHEN)).casefold()
            self._said[record.id] = found
        return found

    def _text(self, record: ProofRecord, column: int) -> str:
        say = self._context.say
        match column:
            case 0:
                return say(record.title)
            case 1:
                text = say(OUTCOMES[record.outcome].text)
                if record.proofs > 1:
                    text = say(msg("{outcome}, {count} proofs", outcome=text, count=format_count(record.proofs)))
                return text
            case 2:
                return format_duration(record.seconds) if record.seconds is not None else "\N{EN DASH}"
            case 3:
                return format_count(record.constraints) if record.constraints is not None else "\N{EN DASH}"
            case 4:
                return record.kernels or "\N{EN DASH}"
            case _:
                ago: Message | None = when(record.unix_s, self._now_s)
                return say(ago) if ago is not None else _day(record.unix_s)

    def _sort_key(self, record: ProofRecord, column: int) -> tuple[float, str]:
        match column:
            case 2:
                return (record.seconds if record.seconds is not None else -1.0, "")
            case 3:
                return (record.constraints if record.constraints is not None else -1.0, "")
            case 5:
                return (record.unix_s, "")
            case _:
                return (0.0, self._text(record, column).casefold())

    def _themed(self) -> None:
        self._icons.clear()
        if self.shown:
            self.dataChanged.emit(self.index(0, OUTCOME), self.index(len(self.shown) - 1, OUTCOME))


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _exact(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)), QLocale.FormatType.LongFormat)


def _day(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)).date(), QLocale.FormatType.ShortFormat)
