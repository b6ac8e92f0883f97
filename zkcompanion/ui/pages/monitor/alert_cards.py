"""Alerts that are open: what is so, what that means, what to do, and what a person decides about it."""

from __future__ import annotations

import math
from collections.abc import Callable

from zkcompanion.app.alert_values import seconds_text, value_text
from zkcompanion.app.monitor_views import AlertView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.alert_words import SEVERITIES, alert_title, moment
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, row, tabular
from zkcompanion.ui.widgets.states import Chip

#: What a snooze may be: key, what stands on the button, seconds (None: until the alert ends).
SNOOZES: tuple[tuple[str, Message, float | None], ...] = (
    ("hour", msg("Snooze 1 hour"), 3600.0),
    ("day", msg("Snooze 1 day"), 86400.0),
    ("end", msg("Snooze until it ends"), None),
)


class AlertCard(Card):
    """Its buttons do `acknowledge(id)`, `snooze(id, seconds)` (0 seconds shows the alert again) and `dismiss(id)`.

    It is called `NAME-RULE`, and its buttons begin so.
    """

    def __init__(
        self,
        context: WindowContext,
        alert: AlertView,
        *,
        name: str,
        acknowledge: Callable[[int], object],
        snooze: Callable[[int, float | None], object],
        dismiss: Callable[[int], object],
    ) -> None:
        super().__init__(SEVERITIES[alert.severity].tone)
        self._context = context
        say = context.say
        words = SEVERITIES[alert.severity]
        name = f"{name}-{alert.rule}"
        self.setObjectName(name)
        title = say(alert_title(alert))
        self.setAccessibleName(say(msg("{severity}: {title}", severity=words.text, title=title)))
        chip = Chip(context.theme, say(words.text), words.tone)
        self._state = Label("", "muted", wrap=False)
        head = row(Label(title, "strong"), self._state, chip, spacing=Space.M)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self._facts = Label("", "muted")
        tabular(self._facts)
        self.body.addWidget(self._facts)
        self.body.addWidget(Label(say(alert.meaning)))
        self.body.addWidget(Label(say(alert.advice)))
        self._seen = Button(
            say(msg("Acknowledge")), "plain", name=f"{name}-acknowledge", clicked=lambda: acknowledge(alert.id)
        )
        self._again = Button(
            say(msg("Show again")), "plain", name=f"{name}-again", clicked=lambda: snooze(alert.id, 0.0)
        )
        self._snoozes = [
            Button(say(text), "ghost", name=f"{name}-snooze-{key}", clicked=_later(snooze, alert.id, seconds))
            for key, text, seconds in SNOOZES
        ]
        gone = Button(say(msg("Dismiss")), "ghost", name=f"{name}-dismiss", clicked=lambda: dismiss(alert.id))
        for button in (self._seen, self._again, *self._snoozes, gone):
            button.setAccessibleName(f"{button.text()}: {title}")
        self.body.addLayout(row(self._seen, self._again, *self._snoozes, gone, None))
        self.show_alert(alert)

    def show_alert(self, alert: AlertView, value: float | None = None) -> None:
        """What is known of it now; `value`: what was measured last, where it was."""
        say, unit = self._context.say, alert.unit
        worst, threshold = value_text(alert.worst, unit), value_text(alert.threshold, unit)
        since, lasts = moment(alert.begin_unix_s), seconds_text(alert.seconds)
        self._facts.setText(
            say(
                msg(
                    "Now {value}, at worst {worst}; the threshold is {threshold}. "
                    "Since {since}, true for {duration} of it.",
                    value=value_text(value, unit),
                    worst=worst,
                    threshold=threshold,
                    since=since,
                    duration=lasts,
                )
            )
        )
        until = alert.snoozed_until_unix_s
        if until is not None:
            text = say(
                msg("not shown until it ends")
                if until == math.inf
                else msg("not shown until {time}", time=moment(until))
            )
        else:
            text = say(msg("acknowledged")) if alert.acknowledged else ""
        self._state.setText(text)
        self._state.setVisible(bool(text))
        self._seen.setVisible(not alert.acknowledged)
        self._again.setVisible(until is not None)
        for button in self._snoozes:
            button.setVisible(until is None)


def _later(snooze: Callable[[int, float | None], object], number: int, seconds: float | None) -> Callable[[], object]:
    return lambda: snooze(number, seconds)
