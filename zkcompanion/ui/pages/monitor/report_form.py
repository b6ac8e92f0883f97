"""What a report is wanted of: its kind, the stretch of time, and its forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QVBoxLayout, QWidget

from zkcompanion.app.report_views import FORM_TITLES, KINDS, FormName, ReportOrder
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, column
from zkcompanion.ui.widgets.flow import FlowRow

#: Days up to now; 0: from one day to another.
_PERIODS: tuple[tuple[int, Message], ...] = (
    (1, msg("Last 24 hours")),
    (7, msg("Last 7 days")),
    (30, msg("Last 30 days")),
    (90, msg("Last 90 days")),
    (365, msg("Last year")),
    (0, msg("From one day to another")),
)
_USUAL_DAYS = 7


class ReportForm(QWidget):
    """Signals: `changed` when something else is wanted."""

    changed = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        say = context.say
        self.kind = QComboBox()
        self.kind.setObjectName("monitor-reports-kind")
        self.kind.setAccessibleName(say(msg("Report about")))
        for kind, title in KINDS.items():
            self.kind.addItem(say(title), kind)
        self.period = QComboBox()
        self.period.setObjectName("monitor-reports-period")
        self.period.setAccessibleName(say(msg("Stretch of time")))
        for days, title in _PERIODS:
            self.period.addItem(say(title), days)
        self.period.setCurrentIndex(self.period.findData(_USUAL_DAYS))
        today = QDate.currentDate()
        self.begin = self._date("monitor-reports-from", say(msg("From")), today.addDays(-_USUAL_DAYS))
        self.end = self._date("monitor-reports-to", say(msg("To, that day included")), today)
        self.forms: dict[FormName, QCheckBox] = {}
        for form, title in FORM_TITLES.items():
            box = self.forms[form] = QCheckBox(say(title))
            box.setObjectName(f"monitor-reports-form-{form}")
            box.setChecked(form == "html")
            box.toggled.connect(self.changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.M))
        what = FlowRow(context.theme, self.kind, self.period, self.begin, self.end)
        layout.addWidget(what)
        layout.addLayout(column(Label(say(msg("Forms")), "caption"), FlowRow(context.theme, *self.forms.values())))
        self.period.currentIndexChanged.connect(self._fit)
        self._fit()

    def order(self, now_unix_s: float, folder: Path | None = None) -> ReportOrder:
        """What is wanted, of a moment. The period may be one that makes no report."""
        begin_unix_s, end_unix_s = self._stretch(now_unix_s)
        return ReportOrder(self.kind.currentData(), begin_unix_s, end_unix_s, self.wanted(), folder)

    def wanted(self) -> tuple[FormName, ...]:
        """The forms that are ticked."""
        return tuple(form for form, box in self.forms.items() if box.isChecked())

    def keep(self) -> object:
        """What was chosen, for the form that takes this one's place in another language."""
        dates = (self.begin.date(), self.end.date())
        return self.kind.currentIndex(), self.period.currentIndex(), dates, self.wanted()

    def take_back(self, kept: object) -> None:
        """What `keep` gave."""
        assert isinstance(kept, tuple)
        kind, period, (begin, end), wanted = kept
        self.kind.setCurrentIndex(kind)
        self.period.setCurrentIndex(period)
        self.begin.setDate(begin)
        self.end.setDate(end)
        for form, box in self.forms.items():
            box.setChecked(form in wanted)

    def _stretch(self, now_unix_s: float) -> tuple[float, float]:
        days = int(self.period.currentData())
        if days:
            return now_unix_s - 86400.0 * days, now_unix_s
        begin, end = _day(self.begin.date()), _day(self.end.date()) + timedelta(days=1)
        return begin.timestamp(), min(end.timestamp(), now_unix_s)

    def _date(self, name: str, title: str, day: QDate) -> QDateEdit:
        made = QDateEdit(day)
        made.setObjectName(name)
        made.setAccessibleName(title)
        made.setDisplayFormat("yyyy-MM-dd")
        made.setCalendarPopup(True)
        made.setMinimumDate(QDate(1970, 1, 2))
        made.setMaximumDate(QDate.currentDate().addDays(1))
        return made

    def _fit(self) -> None:
        own = not self.period.currentData()
        self.begin.setVisible(own)
        self.end.setVisible(own)
        self.changed.emit()


def _day(date: QDate) -> datetime:
    """The local midnight with which a day begins."""
    return datetime(date.year(), date.month(), date.day())  # noqa: DTZ001  # by the clock on the wall
