"""The finished proofs as a table: one row for each record, sorted and searched without touching the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtGui import QIcon

from zkcompanion.app.history import Outcome, ProofRecord
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.words import OUTCOMES, when
from zkcompanion.ui.widgets.records_table import Index, RecordsModel

CIRCUIT, OUTCOME, TIME, CONSTRAINTS, KERNELS, WHEN = range(6)
RECORD_ROLE = Qt.ItemDataRole.UserRole
ICON_PX = 16


class HistoryModel(RecordsModel[ProofRecord]):
    """`records` are all, newest first."""

    titles = (msg("Circuit"), msg("Outcome"), msg("Time"), msg("Constraints"), msg("Kernels"), msg("When"))
    right = frozenset({TIME, CONSTRAINTS})

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context, newest=WHEN)
        self.records: tuple[ProofRecord, ...] = ()
        self._now_s = 0.0
        self._said: dict[int, str] = {}
        self._icons: dict[Outcome, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_records(self, records: Sequence[ProofRecord]) -> None:
        """Show these; "when" is reckoned from now on."""
        self.records = tuple(records)
        self._now_s = self._context.desk.clock.unix_s()
        self._said.clear()
        self.put()

    def all_of_them(self) -> Sequence[ProofRecord]:
        """Records."""
        return self.records

    def row_of(self, record_id: int) -> int | None:
        """Where a record stands."""
        return next((row for row, record in enumerate(self.shown) if record.id == record_id), None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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
                return self.alignment(column)
            case _ if role == RECORD_ROLE:
                return record
        return None

    def _icon(self, outcome: Outcome) -> QIcon:
        if outcome not in self._icons:
            words, theme = OUTCOMES[outcome], self._context.theme
            self._icons[outcome] = theme.icon(words.icon, words.token, theme.pixels(ICON_PX))
        return self._icons[outcome]

    def all_said(self, record: ProofRecord) -> str:
        """All columns but the date, kept because a search asks again with each letter."""
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

    def sort_key(self, record: ProofRecord, column: int) -> tuple[float, str]:
        """Figures by their size, the rest by its words."""
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
        self.look_changed(OUTCOME)


def _exact(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)), QLocale.FormatType.LongFormat)


def _day(unix_s: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)).date(), QLocale.FormatType.ShortFormat)
