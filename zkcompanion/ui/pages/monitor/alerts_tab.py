"""The tab "Alerts": what is wrong now, what was, and when an alert opens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from zkcompanion.app.alert_views import RuleView
from zkcompanion.app.monitor_views import AlertView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.alert_cards import AlertCard
from zkcompanion.ui.pages.monitor.alert_history import AlertHistory
from zkcompanion.ui.pages.monitor.alert_rules import RulesPanel
from zkcompanion.ui.pages.monitor.alert_words import alert_title
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label
from zkcompanion.ui.widgets.states import Banner, EmptyState


class AlertsTab(MonitorTab):
    """`arrive(rule=ID)` unfolds a rule, `arrive(alert=RULE)` brings the open alert of a rule into sight."""

    id = "alerts"
    title = msg("Alerts")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._in_sight = False
        self.cards: dict[int, AlertCard] = {}
        self._calm = EmptyState(
            context.theme, "good", say(msg("Nothing is wrong. What is wrong stands here, with what to do about it."))
        )
        self._off = Banner(
            context.theme,
            "info",
            say(msg("This computer is not watched, so no alert can open.")),
            say(msg("Settings, Monitoring switches it on.")),
        )
        self._notice = Banner(context.theme, "caution", "")
        self._place = QVBoxLayout()
        self._place.setSpacing(context.theme.pixels(Space.M))
        self.history = AlertHistory(context)
        self.rules = RulesPanel(context, context.desk.alerts.rules(), change=self._change, restore=self._restore)
        self.body.addWidget(self._off)
        self.body.addWidget(self._notice)
        self.body.addWidget(Label(say(msg("Open now")), "section"))
        self.body.addWidget(self._calm)
        self.body.addLayout(self._place)
        self.body.addWidget(self.history)
        self.body.addWidget(self.rules)
        self.body.addStretch()
        context.bridge.alert_changed.connect(self._alert_changed)
        context.bridge.sample_taken.connect(self._sample_taken)
        context.bridge.preferences_changed.connect(self._said)
        self._show()

    def arrive(self, **where: object) -> None:
        """Show what is so now."""
        self._in_sight = True
        self._show()
        line = self.rules.lines.get(str(where.get("rule")))
        if line is not None:
            line.fold.set_opened(True)
            self._seek(line)
            line.fold.button.setFocus()
        for card in self.cards.values():
            if card.objectName() == f"monitor-alert-{where.get('alert')}":
                self._seek(card)

    def leave(self) -> None:
        """Follow nothing any more."""
        self._in_sight = False

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """The rules, which people look for by what they are about."""
        return (
            Place(
                msg("Monitor: when an alert opens"),
                "monitor",
                (("tab", cls.id), ("rule", "memory-low")),
                words=(msg("rules"), msg("threshold"), msg("warnings"), msg("heat"), msg("swap"), msg("disk")),
                icon="bell",
            ),
        )

    # -- what is shown

    @Slot(object)
    def _alert_changed(self, alert: object) -> None:
        assert isinstance(alert, AlertView)
        if not self._in_sight:
            return
        known = self.cards.get(alert.id)
        if known is not None and alert.state == "open":
            known.show_alert(alert, self._values().get(alert.rule))
            return
        self._show()

    @Slot(object)
    def _sample_taken(self, _sample: object) -> None:
        if not self._in_sight or not self.isVisible():
            return
        rules = self.context.desk.alerts.rules()
        self.rules.show_values(rules)
        values = {rule.id: rule.value for rule in rules}
        for alert in self.context.desk.alerts.open() if self.cards else ():
            if alert.id in self.cards:
                self.cards[alert.id].show_alert(alert, values.get(alert.rule))

    @Slot(object)
    def _said(self, _event: object = None) -> None:
        self._off.setVisible(not self.context.desk.preferences.current.monitoring)
        notice = self.context.desk.alerts.notice
        self._notice.setVisible(notice is not None)
        if notice is not None:
            self._notice.set("caution", self.context.say(notice))

    def _show(self) -> None:
        service = self.context.desk.alerts
        opened, values = service.open(), self._values()
        for number in [number for number in self.cards if number not in {alert.id for alert in opened}]:
            gone = self.cards.pop(number)
            self._place.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, alert in enumerate(opened):
            card = self.cards.get(alert.id)
            if card is None:
                card = AlertCard(self.context, alert, acknowledge=self._acknowledge, snooze=self._snooze)
                self.cards[alert.id] = card
                self._place.insertWidget(place, card)
            card.show_alert(alert, values.get(alert.rule))
        self._calm.setVisible(not opened)
        self.history.show_alerts(service.history())
        self.rules.show_rules(service.rules())
        self._said()

    def _values(self) -> dict[str, float | None]:
        return {rule.id: rule.value for rule in self.context.desk.alerts.rules()}

    def _seek(self, widget: QWidget) -> None:
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)

    # -- what a person decides; the disk is not waited for

    def _decide(self, deed: Callable[[], object], said: Message | None, undo: Callable[[], object] | None) -> None:
        context = self.context

        def done(_result: object) -> None:
            if said is not None:
                action = None if undo is None else lambda: self._decide(undo, None, None)
                text = None if undo is None else msg("Undo")
                context.shell.notify(Notice("good", said, action_text=text, action=action, key="monitor-alerts"))

        run_task(context.bridge, deed, done, context.shell.show_error, in_order=True)

    def _acknowledge(self, number: int) -> None:
        service = self.context.desk.alerts
        self._decide(lambda: service.acknowledge(number), None, None)

    def _snooze(self, number: int, seconds: float | None) -> None:
        service = self.context.desk.alerts
        if seconds == 0:
            self._decide(lambda: service.snooze(number, 0.0), None, None)
            return
        title = alert_title(service.find(number))
        self._decide(
            lambda: service.snooze(number, seconds),
            msg("“{title}” is not shown for now.", title=title),
            lambda: service.snooze(number, 0.0),
        )

    def _change(self, rule_id: str, **changes: object) -> None:
        service = self.context.desk.alerts
        self._decide_rule(lambda: service.change(rule_id, **changes), None)

    def _restore(self, rule_id: str) -> None:
        service = self.context.desk.alerts
        before = next(rule for rule in service.rules() if rule.id == rule_id)

        def undo() -> object:
            return service.change(
                rule_id,
                threshold=before.threshold,
                margin=before.margin,
                for_s=before.for_s,
                clear_for_s=before.clear_for_s,
                severity=before.severity,
                enabled=before.enabled,
            )

        self._decide_rule(lambda: service.restore(rule_id), undo)

    def _decide_rule(self, deed: Callable[[], RuleView], undo: Callable[[], object] | None) -> None:
        context = self.context

        def done(rule: RuleView) -> None:
            self.rules.lines[rule.id].show_rule(rule)
            if undo is not None:
                context.shell.notify(
                    Notice(
                        "good",
                        msg("The rule is as it came."),
                        action_text=msg("Undo"),
                        action=lambda: self._decide(undo, None, None),
                        key="monitor-alerts",
                    )
                )

        run_task(self, deed, done, context.shell.show_error, in_order=True)
