"""The tab "Warnings": what of this computer disturbs proofs now, what did, and what that cost."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from zkcompanion.app.monitor_views import AlertView
from zkcompanion.app.warning_costs import DAY_S, WarningView, warning_costs
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.latest import Latest
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.hardware.costs_table import WarningCosts
from zkcompanion.ui.pages.monitor.alert_history import AlertHistory
from zkcompanion.ui.pages.monitor.open_alerts import OpenAlerts
from zkcompanion.ui.tabbed import PageTab
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, row
from zkcompanion.ui.widgets.sight import bring_into_sight
from zkcompanion.ui.widgets.states import Banner

#: Days that are looked at.
_PERIODS: tuple[tuple[int, Message], ...] = (
    (7, msg("The last 7 days")),
    (30, msg("The last 30 days")),
    (365, msg("The last year")),
)
_FIRST = 1


class WarningsTab(PageTab):
    """`arrive(alert=RULE)` brings the open warning of a rule into sight."""

    page = "hardware"
    id = "warnings"
    title = msg("Warnings")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._in_sight = False
        self._off = Banner(
            context.theme,
            "info",
            say(msg("This computer is not watched, so no warning can come.")),
            say(msg("Settings, Monitoring switches it on.")),
        )
        self.opened = OpenAlerts(
            context,
            name="hardware-warning",
            calm=msg("Nothing of this computer disturbs proofs now."),
            wanted=_of_the_computer,
            changed=self._look,
        )
        self.costs = WarningCosts(context)
        self.history = AlertHistory(context, name="hardware-warnings")
        self._period = QComboBox()
        self._period.setObjectName("hardware-warnings-period")
        self._period.setAccessibleName(say(msg("The time that is looked at")))
        for days, text in _PERIODS:
            self._period.addItem(say(text), days)
        self._period.setCurrentIndex(_FIRST)
        self._period.currentIndexChanged.connect(self._look)
        rules = Button(
            say(msg("When a warning comes")),
            "link",
            name="hardware-warnings-rules",
            clicked=lambda: context.shell.go("monitor", tab="alerts", rule="memory-low"),
        )
        head = row(Label(say(msg("How often, and what it cost")), "section"), self._period, rules)
        head.setStretch(0, 1)
        self.body.addWidget(self._off)
        self.body.addWidget(Label(say(msg("Open now")), "section"))
        self.body.addWidget(self.opened)
        self.body.addLayout(head)
        self.body.addWidget(self.costs)
        self.body.addWidget(self.history)
        self.body.addStretch()
        self._latest: Latest[float, tuple[tuple[WarningView, ...], tuple[AlertView, ...]]] = Latest(
            self, self._found, self._show_found, context.shell.show_error
        )
        context.bridge.preferences_changed.connect(self._said)
        self._said()

    def arrive(self, **where: object) -> None:
        """Show what is so now."""
        self._in_sight = True
        self._said()
        self.opened.follow(in_sight=True)
        self._look()
        card = self.opened.card_of(where.get("alert"))
        if card is not None:
            bring_into_sight(card, self.context.theme.pixels(Space.L))

    def leave(self) -> None:
        """Follow nothing any more."""
        self._in_sight = False
        self.opened.follow(in_sight=False)

    def close_tab(self) -> None:
        """What was asked need not be answered."""
        self._latest.drop()

    def keep(self) -> object:
        """The stretch of time that was chosen."""
        return self._period.currentIndex()

    def take_back(self, kept: object) -> None:
        """Choose it again."""
        if isinstance(kept, int):
            self._period.setCurrentIndex(kept)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """What people look for by other names."""
        return (
            Place(
                msg("What slows proofs down on this computer"),
                cls.page,
                (("tab", cls.id),),
                words=(msg("battery"), msg("heat"), msg("throttling"), msg("swap"), msg("disk"), msg("container")),
                icon="bell",
            ),
        )

    @Slot()
    def _look(self) -> None:
        """Count anew, elsewhere: it reads every run that is kept."""
        if self._in_sight:
            self._latest.ask(self._period.currentData() * DAY_S)

    def _found(self, seconds: float) -> tuple[tuple[WarningView, ...], tuple[AlertView, ...]]:
        desk = self.context.desk
        now = desk.clock.unix_s()
        alerts = desk.alerts.history()
        views = warning_costs(alerts, desk.runs.records(), now - seconds, now)
        return views, tuple(one for one in desk.alerts.history(now - seconds, now) if _of_the_computer(one))

    def _show_found(self, found: tuple[tuple[WarningView, ...], tuple[AlertView, ...]]) -> None:
        views, alerts = found
        self.costs.show_costs(views)
        self.history.show_alerts(alerts)

    @Slot(object)
    def _said(self, _event: object = None) -> None:
        self._off.setVisible(not self.context.desk.preferences.current.monitoring)


def _of_the_computer(alert: AlertView) -> bool:
    return alert.environment
