"""Alerts that were, as a table: sorted and searched without touching the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from zkcompanion.app.alert_values import seconds_text, value_text
from zkcompanion.app.monitor_views import AlertView, Severity
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.alert_words import SEVERITIES, alert_title, moment
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.records_table import Index, RecordsModel, records_table, search_line
from zkcompanion.ui.widgets.states import TONE_ICONS, EmptyState

BEGIN, SEVERITY, TITLE, DURATION, WORST = range(5)
_ORDER: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
_ICON_PX, _MOST_ROWS = 16, 10
_WIDTHS = {BEGIN: 160, SEVERITY: 110, DURATION: 110, WORST: 120}


class AlertModel(RecordsModel[AlertView]):
    """`alerts` are all of them."""

    titles = (msg("Began"), msg("Severity"), msg("Alert"), msg("Lasted"), msg("Worst"))
    right = frozenset({DURATION, WORST})

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context, newest=BEGIN)
        self.alerts: tuple[AlertView, ...] = ()
        self._icons: dict[Severity, QIcon] = {}
        context.theme.changed.connect(self._themed)

    def set_alerts(self, alerts: Sequence[AlertView]) -> None:
        """Show these."""
        self.alerts = tuple(alerts)
        self.put()

    def all_of_them(self) -> Sequence[AlertView]:
        """Alerts."""
        return self.alerts

    def all_said(self, record: AlertView) -> str:
        """All columns."""
        return " ".join(self._text(record, column) for column in range(5)).casefold()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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
                return self.alignment(column)
        return None

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
                if alert.state == "ended":
                    return seconds_text(alert.seconds)
                return say(msg("dismissed") if alert.dismissed else msg("still open"))
            case _:
                return value_text(alert.worst, alert.unit)

    def sort_key(self, record: AlertView, column: int) -> tuple[float, float, str]:
        """Severities by their weight, figures by their size, the rest by its words."""
        match column:
            case 1:
                return (_ORDER[record.severity], record.begin_unix_s, "")
            case 3:
                return (record.seconds, record.begin_unix_s, "")
            case 0:
                return (record.begin_unix_s, record.id, "")
            case 4:
                return (0.0, record.worst, record.unit)
            case _:
                return (0.0, 0.0, self._text(record, column).casefold())

    def _icon(self, severity: Severity) -> QIcon:
        if severity not in self._icons:
            theme, tone = self._context.theme, SEVERITIES[severity].tone
            self._icons[severity] = theme.icon(TONE_ICONS[tone], tone, theme.pixels(_ICON_PX))
        return self._icons[severity]

    def _themed(self) -> None:
        self._icons.clear()
        self.look_changed(SEVERITY)


class AlertHistory(QWidget):
    """The table with its search; says what will be here where nothing was yet. `name` begins the names of both."""

    def __init__(self, context: WindowContext, *, name: str = "monitor-alerts") -> None:
        super().__init__()
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self._name = name
        self.model = AlertModel(context)
        self.model.setParent(self)
        self.search = search_line(
            context,
            name=f"{name}-search",
            placeholder=say(msg("Search")),
            accessible=say(msg("Search the alerts that were")),
        )
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
        table = records_table(
            self._context,
            self.model,
            name=f"{self._name}-history",
            accessible=self._context.say(msg("Alerts that were")),
            newest=BEGIN,
            stretch=TITLE,
        )
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
