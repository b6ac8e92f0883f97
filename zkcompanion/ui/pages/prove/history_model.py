"""The finished proofs as a table: one row for each record, sorted and searched without touching the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from zkcompanion.app.history import ProofRecord
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.words import OUTCOMES, when

CIRCUIT, OUTCOME, TIME, CONSTRAINTS, KERNELS, WHEN = range(6)
_TITLES = (msg("Circuit"), msg("Outcome"), msg("Time"), msg("Constraints"), msg("Kernels"), msg("When"))
#: What numbers are sorted by; texts by what they show.
SORT_ROLE = Qt.ItemDataRole.UserRole
RECORD_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_RIGHT = frozenset({TIME, CONSTRAINTS})


class HistoryModel(QAbstractTableModel):
    """`records` newest first."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.records: tuple[ProofRecord, ...] = ()
        self._now_s = 0.0
        self._texts: dict[tuple[int, int], str] = {}
        context.theme.changed.connect(self._themed)

    def set_records(self, records: Sequence[ProofRecord]) -> None:
        """Show these; "when" is reckoned from now on."""
        self.beginResetModel()
        self.records = tuple(records)
        self._now_s = self._context.desk.clock.unix_s()
        self._texts.clear()
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        """Records."""
        return 0 if parent is not None and parent.isValid() else len(self.records)

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
        record = self.records[index.row()]
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(index.row(), column)
            case Qt.ItemDataRole.DecorationRole if column == OUTCOME:
                words = OUTCOMES[record.outcome]
                return self._context.theme.icon(words.icon, words.token, 16)
            case Qt.ItemDataRole.ToolTipRole if column == WHEN:
                return _exact(record.unix_s)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case _ if role == SORT_ROLE:
                return self._sort_key(record, index.row(), column)
            case _ if role == RECORD_ROLE:
                return record
        return None

    def said(self, row: int) -> str:
        """All that stands in a row, for searching."""
        return " ".join(self._text(row, column) for column in range(len(_TITLES)))

    def _text(self, row: int, column: int) -> str:
        found = self._texts.get((row, column))
        if found is None:
            found = self._texts[row, column] = self._make_text(self.records[row], column)
        return found

    def _make_text(self, record: ProofRecord, column: int) -> str:
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

    def _sort_key(self, record: ProofRecord, row: int, column: int) -> object:
        match column:
            case 2:
                return record.seconds if record.seconds is not None else -1.0
            case 3:
                return record.constraints if record.constraints is not None else -1
            case 5:
                return record.unix_s
            case _:
                return self._text(row, column).casefold()

    def _themed(self) -> None:
        if self.records:
            self.dataChanged.emit(self.index(0, OUTCOME), self.index(len(self.records) - 1, OUTCOME))


class HistoryFilter(QSortFilterProxyModel):
    """Rows in which each of the words occurs somewhere."""

    def __init__(self, model: HistoryModel) -> None:
        super().__init__()
        self._words: tuple[str, ...] = ()
        self._model = model
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(model)

    def set_text(self, text: str) -> None:
        """Look for these words."""
        self._words = tuple(text.casefold().split())
        self.invalidateFilter()

    def filterAcceptsRow(self, source_row: int, _parent: _Index) -> bool:
        """Whether a row has all of them."""
        if not self._words:
            return True
        said = self._model.said(source_row).casefold()
        return all(word in said for word in self._words)


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _exact(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)), QLocale.FormatType.LongFormat)


def _day(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)).date(), QLocale.FormatType.ShortFormat)
