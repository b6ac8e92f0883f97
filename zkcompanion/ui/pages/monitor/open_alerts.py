"""Alerts that are open, as cards that follow what happens, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.monitor_views import AlertView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.pages.monitor.alert_cards import AlertCard
from zkcompanion.ui.pages.monitor.alert_words import alert_title
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.states import EmptyState


class OpenAlerts(QWidget):
    """`cards` by the number of the alert. Where none is open, `calm` says so.

    Arguments:
        name: begins the names of what can be pressed.
        wanted: which alerts are shown.
        changed: called when one opened, ended or was decided about, while in sight.
    """

    def __init__(
        self,
        context: WindowContext,
        *,
        name: str,
        calm: Message,
        wanted: Callable[[AlertView], bool] = lambda _alert: True,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._context = context
        self._name = name
        self._wanted = wanted
        self._changed = changed
        self._in_sight = False
        self.cards: dict[int, AlertCard] = {}
        self._calm = EmptyState(context.theme, "good", context.say(calm))
        self._place = QVBoxLayout(self)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._place.setSpacing(context.theme.pixels(Space.M))
        self._place.addWidget(self._calm)
        context.bridge.alert_changed.connect(self._alert_changed)
        context.bridge.sample_taken.connect(self._sample_taken)
        self.show_open()

    def follow(self, *, in_sight: bool) -> None:
        """Show what is so now, and from now on; or follow nothing any more."""
        self._in_sight = in_sight
        if in_sight:
            self.show_open()

    def card_of(self, rule_id: object) -> AlertCard | None:
        """The card of a rule's alert, the first of them; None where none is open."""
        return next((card for card in self.cards.values() if card.objectName() == f"{self._name}-{rule_id}"), None)

    def show_open(self) -> None:
        """Those that are open."""
        opened = [alert for alert in self._context.desk.alerts.open() if self._wanted(alert)]
        values = self._values()
        for number in [number for number in self.cards if number not in {alert.id for alert in opened}]:
            gone = self.cards.pop(number)
            self._place.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, alert in enumerate(opened):
            card = self.cards.get(alert.id)
            if card is None:
                card = AlertCard(
                    self._context,
                    alert,
                    name=self._name,
                    acknowledge=self._acknowledge,
                    snooze=self._snooze,
                    dismiss=self._dismiss,
                )
                self.cards[alert.id] = card
                self._place.insertWidget(place, card)
            card.show_alert(alert, values.get(alert.rule))
        self._calm.setVisible(not opened)

    @Slot(object)
    def _alert_changed(self, alert: object) -> None:
        assert isinstance(alert, AlertView)
        if not self._in_sight or not self._wanted(alert):
            return
        known = self.cards.get(alert.id)
        if known is not None and alert.state == "open" and not alert.dismissed:
            known.show_alert(alert, self._values().get(alert.rule))
            return
        self.show_open()
        self._changed()

    @Slot(object)
    def _sample_taken(self, _sample: object) -> None:
        if not self._in_sight or not self.cards or not self.isVisible():
            return
        values = self._values()
        for alert in self._context.desk.alerts.open():
            if alert.id in self.cards:
                self.cards[alert.id].show_alert(alert, values.get(alert.rule))

    def _values(self) -> dict[str, float | None]:
        return {rule.id: rule.value for rule in self._context.desk.alerts.rules()}

    # -- what a person decides; the disk is not waited for

    def decide(self, deed: Callable[[], object], said: Message | None, undo: Callable[[], object] | None) -> None:
        """Do it elsewhere; say so, and offer to undo it, where there are words for that."""
        context = self._context

        def done(_result: object) -> None:
            if said is not None:
                action = None if undo is None else lambda: self.decide(undo, None, None)
                text = None if undo is None else msg("Undo")
                context.shell.notify(Notice("good", said, action_text=text, action=action, key="monitor-alerts"))

        run_task(context.bridge, deed, done, context.shell.show_error, in_order=True)

    def _acknowledge(self, number: int) -> None:
        service = self._context.desk.alerts
        self.decide(lambda: service.acknowledge(number), None, None)

    def _snooze(self, number: int, seconds: float | None) -> None:
        service = self._context.desk.alerts
        if seconds == 0:
            self.decide(lambda: service.snooze(number, 0.0), None, None)
            return
        self.decide(
            lambda: service.snooze(number, seconds),
            msg("“{title}” is not shown for now.", title=alert_title(service.find(number))),
            lambda: service.snooze(number, 0.0),
        )

    def _dismiss(self, number: int) -> None:
        service = self._context.desk.alerts
        self.decide(
            lambda: service.dismiss(number),
            msg("“{title}” is dismissed. It stays in the history.", title=alert_title(service.find(number))),
            lambda: service.dismiss(number, again=True),
        )
