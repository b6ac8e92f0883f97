"""What each kind of warning was in a stretch of time: how often, for how long, and what it cost, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.warning_costs import WarningView
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.records_table import Index, RecordsModel, records_table, search_line
from zkcompanion.ui.widgets.states import EmptyState

TITLE, TIMES, SECONDS, SHARE, COST = range(5)
_WIDTHS = {TITLE: 260, TIMES: 90, SECONDS: 110, SHARE: 90}
_LEAST_SHARE = 0.001


class CostsModel(RecordsModel[WarningView]):
    """`warnings` are all of them."""

    titles = (msg("Warning"), msg("Times"), msg("Lasted"), msg("Of the time"), msg("What it cost"))
    right = frozenset({TIMES, SECONDS, SHARE})

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context, newest=SECONDS)
        self.warnings: tuple[WarningView, ...] = ()

    def set_warnings(self, warnings: Sequence[WarningView]) -> None:
        """Show these."""
        self.warnings = tuple(warnings)
        self.put()

    def all_of_them(self) -> Sequence[WarningView]:
        """Kinds of warnings."""
        return self.warnings

    def all_said(self, record: WarningView) -> str:
        """All columns."""
        return " ".join(self.text(record, column) for column in range(5)).casefold()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What stands in a cell; the sentence at length where a pointer rests."""
        record, column = self.shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self.text(record, column)
            case Qt.ItemDataRole.ToolTipRole if column == COST:
                return self._cost(record)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.alignment(column)
        return None

    def text(self, record: WarningView, column: int) -> str:
        """A cell in words."""
        match column:
            case 0:
                return self._context.say(record.title)
            case 1:
                return format_count(record.times)
            case 2:
                return format_duration(record.seconds)
            case 3:
                return "< 0.1 %" if 0 < record.share < _LEAST_SHARE else f"{100 * record.share:.1f} %"
            case _:
                return self._cost(record)

    def sort_key(self, record: WarningView, column: int) -> tuple[float, str]:
        """Figures by their size, costs by the time that was lost, the rest by its words."""
        figures = {1: float(record.times), 2: record.seconds, 3: record.share, 4: record.cost.lost_s or 0.0}
        return figures.get(column, 0.0), self.text(record, column).casefold()

    def _cost(self, record: WarningView) -> str:
        say = self._context.say
        return say(record.sentence) + ("" if record.caution is None else " " + say(record.caution))


class WarningCosts(QWidget):
    """The table with its search, and what the figures mean."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        say, pixels = context.say, context.theme.pixels
        self._pixels = pixels
        self.model = CostsModel(context)
        self.model.setParent(self)
        self.search = search_line(
            context,
            name="hardware-warnings-search",
            placeholder=say(msg("Search")),
            accessible=say(msg("Search the kinds of warnings")),
        )
        self.search.textChanged.connect(self._searched)
        self.table = records_table(
            context,
            self.model,
            name="hardware-warnings-costs",
            accessible=say(msg("What each kind of warning cost")),
            newest=SECONDS,
            stretch=COST,
        )
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, pixels(width))
        self._ring = context.theme.tokens.ring
        self._empty = EmptyState(
            context.theme, "good", say(msg("In this time nothing of the computer was worth a warning."))
        )
        meant = Label(
            say(
                msg(
                    "A proof that was made while a warning was there is compared with one of the same circuit, kernels "
                    "and threads without any. The figures say what went together, with an interval that holds the "
                    "true one in 95 of 100 cases; they do not say that the one caused the other."
                )
            ),
            "faint",
        )
        self._tools = QWidget()
        self._tools.setLayout(row(self.search, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.S))
        for widget in (self._tools, self.table, self._empty, meant):
            layout.addWidget(widget)
        self._fit()

    def show_costs(self, warnings: Sequence[WarningView]) -> None:
        """All kinds that there were."""
        self.model.set_warnings(warnings)
        self._fit()

    def _searched(self, text: str) -> None:
        self.model.set_text(text)
        self._fit()

    def _fit(self) -> None:
        shown = len(self.model.shown)
        self._tools.setVisible(bool(self.model.warnings))
        self.table.setVisible(shown > 0)
        self._empty.setVisible(not self.model.warnings)
        header = self.table.horizontalHeader().sizeHint().height()
        rows = shown * self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(rows + header + 2 * self._ring)
