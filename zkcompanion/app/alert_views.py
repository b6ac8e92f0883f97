"""Rules and alerts as the faces see them, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.app.monitor_views import Severity
from zkcompanion.base.messages import Message
from zkcompanion.rules.rule import Comparison


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as it holds. `threshold`, `clear`, `margin` and `value` are in `unit`; `changed`: not as it came.

    `value`: what was compared at the last look, None where nothing was. `snoozed_until_unix_s`: its alerts are not
    shown until then. `of`: where there are any, the value is `series` in percent of their sum. `environment`: it is
    about the computer on which proofs are made.
    """

    id: str
    title: Message
    meaning: Message
    advice: Message
    series: str
    of: tuple[str, ...]
    comparison: Comparison
    unit: str
    threshold: float
    margin: float
    clear: float
    for_s: float
    clear_for_s: float
    severity: Severity
    enabled: bool
    changed: bool
    environment: bool = False
    value: float | None = None
    snoozed_until_unix_s: float | None = None


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """Event: a rule is another one now, or is snoozed."""

    rule: str
