"""The tab "Alerts": what is wrong now, what was, and when an alert opens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot

from zkcompanion.app.alert_views import RuleView
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.alert_cards import AlertCard
from zkcompanion.ui.pages.monitor.alert_history import AlertHistory
from zkcompanion.ui.pages.monitor.alert_rules import RulesPanel
from zkcompanion.ui.pages.monitor.open_alerts import OpenAlerts
from zkcompanion.ui.pages.monitor.tab import MonitorTab
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label
from zkcompanion.ui.widgets.sight import bring_into_sight
from zkcompanion.ui.widgets.states import Banner


class AlertsTab(MonitorTab):
    """`arrive(rule=ID)` unfolds a rule, `arrive(alert=RULE)` brings the open alert of a rule into sight."""

    id = "alerts"
    title = msg("Alerts")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._in_sight = False
        self.opened = OpenAlerts(
            context,
            name="monitor-alert",
            calm=msg("Nothing is wrong. What is wrong stands here, with what to do about it."),
            changed=self._show,
        )
        self._off = Banner(
            context.theme,
            "info",
            say(msg("This computer is not watched, so no alert can open.")),
            say(msg("Settings, Monitoring switches it on.")),
        )
        self._notice = Banner(context.theme, "caution", "")
        self.history = AlertHistory(context)
        self.rules = RulesPanel(context, context.desk.alerts.rules(), change=self._change, restore=self._restore)
        self.body.addWidget(self._off)
        self.body.addWidget(self._notice)
        self.body.addWidget(Label(say(msg("Open now")), "section"))
        self.body.addWidget(self.opened)
        self.body.addWidget(self.history)
        self.body.addWidget(self.rules)
        self.body.addStretch()
        context.bridge.sample_taken.connect(self._sample_taken)
        context.bridge.preferences_changed.connect(self._said)
        self._show()

    @property
    def cards(self) -> dict[int, AlertCard]:
        """Of open alerts, by their numbers."""
        return self.opened.cards

    def arrive(self, **where: object) -> None:
        """Show what is so now."""
        self._in_sight = True
        self.opened.follow(in_sight=True)
        self._show()
        margin = self.context.theme.pixels(Space.L)
        line = self.rules.lines.get(str(where.get("rule")))
        if line is not None:
            line.fold.set_opened(True)
            bring_into_sight(line, margin)
            line.fold.button.setFocus()
        card = self.opened.card_of(where.get("alert"))
        if card is not None:
            bring_into_sight(card, margin)

    def leave(self) -> None:
        """Follow nothing any more."""
        self._in_sight = False
        self.opened.follow(in_sight=False)

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
    def _sample_taken(self, _sample: object) -> None:
        if not self._in_sight or not self.isVisible():
            return
        self.rules.show_values(self.context.desk.alerts.rules())

    @Slot(object)
    def _said(self, _event: object = None) -> None:
        self._off.setVisible(not self.context.desk.preferences.current.monitoring)
        notice = self.context.desk.alerts.notice
        self._notice.setVisible(notice is not None)
        if notice is not None:
            self._notice.set("caution", self.context.say(notice))

    def _show(self) -> None:
        service = self.context.desk.alerts
        self.history.show_alerts(service.history())
        self.rules.show_rules(service.rules())
        self._said()

    # -- what a person decides; the disk is not waited for

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
                        action=lambda: self.opened.decide(undo, None, None),
                        key="monitor-alerts",
                    )
                )

        run_task(self, deed, done, context.shell.show_error, in_order=True)
