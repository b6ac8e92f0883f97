"""Alerts that were, as a table: sorted and searched without touching the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

from zkcompanion.app.alert_values import seconds_text, value_text
from zkcompanion.app.monitor_views import AlertView, Severity
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.alert_words import SEVERITIES, alert_title, moment
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.states import TONE_ICONS, EmptyState

BEGIN, SEVERITY, TITLE, DURATION, WORST = range(5)
_TITLES = (msg("Began"), msg("Severity"), msg("Alert"), msg("Lasted"), msg("Worst"))
_RIGHT = frozenset({DURATION, WORST})
_ORDER: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
_Index = QModelIndex | QPersistentModelIndex
_ICON_PX, _ROW_PX, _MOST_ROWS = 16, 34, 10
_WIDTHS = {BEGIN: 160, SEVERITY: 110, DURATION: 110, WORST: 120}


class AlertModel(QAbstractTableModel):
    """`alerts` are all; `shown` those that have the words looked for, in the order that was asked for."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.alerts: tuple[AlertView, ...] = ()
        self.shown: list[AlertView] = []
        self._words: tuple[str, ...] = ()
        self._order: tuple[int, bool] = (BEGIN, True)
        self._icons: dict[Severity, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_alerts(self, alerts: Sequence[AlertView]) -> None:
        """Show these."""
        self.alerts = tuple(alerts)
        self._put()

    def set_text(self, text: str) -> None:
        """Show only those in which each of the words occurs somewhere."""
        self._words = tuple(text.casefold().split())
        self._put()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By what stands in a column."""
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self._put()

    def rowCount(self, parent: _Index | None = None) -> int:
        """Alerts."""
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
        """What stands in a cell."""
        alert, column = self.shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(alert, column)
            case Qt.ItemDataRole.DecorationRole if column == SEVERITY:
                return self._icon(alert.severity)
            case Qt.ItemDataRole.ToolTipRole if column == TITLE:
                return self._context.say(alert.meaning)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
        return None

    def _put(self) -> None:
        column, descending = self._order
        found = [
            alert
            for alert in self.alerts
            if all(word in " ".join(self._text(alert, one) for one in range(5)).casefold() for word in self._words)
        ]
        self.beginResetModel()
        self.shown = sorted(found, key=lambda alert: self._sort_key(alert, column), reverse=descending)
        self.endResetModel()

    def _text(self, alert: AlertView, column: int) -> str:
        say = self._context.say
        match column:
            case 0:
                return moment(alert.begin_unix_s)
            case 1:
                return say(SEVERITIES[alert.severity].text)
            case 2:
                return say(alert_title(alert))
            case 3:
                return seconds_text(alert.seconds) if alert.state == "ended" else say(msg("still open"))
            case _:
                return value_text(alert.worst, alert.unit)

    def _sort_key(self, alert: AlertView, column: int) -> tuple[float, float, str]:
        match column:
            case 1:
                return (_ORDER[alert.severity], alert.begin_unix_s, "")
            case 3:
                return (alert.seconds, alert.begin_unix_s, "")
            case 0:
                return (alert.begin_unix_s, alert.id, "")
            case 4:
                return (0.0, alert.worst, alert.unit)
            case _:
                return (0.0, 0.0, self._text(alert, column).casefold())

    def _icon(self, severity: Severity) -> QIcon:
        if severity not in self._icons:
            theme, tone = self._context.theme, SEVERITIES[severity].tone
            self._icons[severity] = theme.icon(TONE_ICONS[tone], tone, theme.pixels(_ICON_PX))
        return self._icons[severity]

    def _themed(self) -> None:
        self._icons.clear()
        if self.shown:
            self.dataChanged.emit(self.index(0, SEVERITY), self.index(len(self.shown) - 1, SEVERITY))


class AlertHistory(QWidget):
    """The table with its search; says what will be here where nothing was yet."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self.model = AlertModel(context)
        self.model.setParent(self)
        self.search = QLineEdit()
        self.search.setObjectName("monitor-alerts-search")
        self.search.setPlaceholderText(say(msg("Search")))
        self.search.setAccessibleName(say(msg("Search the alerts that were")))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(pixels(260))
        find = QAction(self.search)
        find.setIcon(context.theme.icon("search", "faint", 16))
        self.search.addAction(find, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._searched)
        self.table = self._build_table()
        self._note = Label("", "faint")
        self._empty = EmptyState(
            context.theme, "bell", say(msg("Alerts will be listed here: when, how long, and how bad it became."))
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(pixels(Space.S))
        self._tools = QWidget()
        self._tools.setLayout(row(self.search, None))
        for widget in (Label(say(msg("What was")), "section"), self._tools, self.table, self._note, self._empty):
            layout.addWidget(widget)
        self._fit()

    def show_alerts(self, alerts: Sequence[AlertView]) -> None:
        """All that are known, open ones too."""
        self.model.set_alerts(alerts)
        self._fit()

    def _build_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("monitor-alerts-history")
        table.setProperty("kind", "records")
        table.setAccessibleName(self._context.say(msg("Alerts that were")))
        table.setModel(self.model)
        table.setSortingEnabled(True)
        table.sortByColumn(BEGIN, Qt.SortOrder.DescendingOrder)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self._context.theme.pixels(_ROW_PX))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, self._context.theme.pixels(width))
        return table

    def _searched(self, text: str) -> None:
        self.model.set_text(text)
        self._fit()

    def _fit(self) -> None:
        count, shown = len(self.model.alerts), len(self.model.shown)
        self._tools.setVisible(count > 0)
        self.table.setVisible(shown > 0)
        self._empty.setVisible(count == 0)
        self._note.setVisible(count > 0)
        found = msg_n("{count} alert", "{count} alerts", n=shown, count=format_count(shown))
        if shown < count:
            found = msg("{shown} of {count} alerts", shown=format_count(shown), count=format_count(count))
        self._note.setText(self._context.say(found))
        header = self.table.horizontalHeader().sizeHint().height()
        rows = min(shown, _MOST_ROWS) * self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(rows + header + 2 * self._context.theme.tokens.ring)


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
