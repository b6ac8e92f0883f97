"""How alerts are said: severities by word, icon and tone, values with their unit, moments."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale

from zkcompanion.app.alert_values import seconds_text, value_text
from zkcompanion.app.alert_views import RuleView
from zkcompanion.app.monitor_views import AlertView, Severity, label_of
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Tone


@dataclass(frozen=True, slots=True)
class SeverityWords:
    """Its word, and the tone of its icon."""

    text: Message
    tone: Tone


SEVERITIES: dict[Severity, SeverityWords] = {
    "critical": SeverityWords(msg("Critical"), "bad"),
    "warning": SeverityWords(msg("Warning"), "caution"),
    "info": SeverityWords(msg("Hint"), "info"),
}


def alert_title(alert: AlertView) -> Message:
    """What is so, and of which device or worker where there are several."""
    label = label_of(alert.series)
    return alert.title if label is None else msg("{title}: {which}", title=alert.title, which=label)


def condition_words(rule: RuleView) -> Message:
    """When the rule's alert opens."""
    value = value_text(rule.threshold, rule.unit)
    if rule.for_s:
        lasting = seconds_text(rule.for_s)
        if rule.comparison == "above":
            return msg("above {value} for {duration}", value=value, duration=lasting)
        return msg("below {value} for {duration}", value=value, duration=lasting)
    return msg("above {value}", value=value) if rule.comparison == "above" else msg("below {value}", value=value)


def moment(unix_s: float) -> str:
    """Day and time, as this system writes them."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(unix_s)), QLocale.FormatType.ShortFormat)
