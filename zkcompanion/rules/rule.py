"""A rule: which value is too high or too low, for how long, and what that means."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg

Comparison = Literal["above", "below"]
Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
#: Stands for every label: `worker.memory/*` is `worker.memory/a` and `worker.memory/b`, each by itself.
EVERY = "*"
#: What a rule's values and thresholds may be at the most, and its durations.
MOST_VALUE, MOST_S = 1e18, 86400.0
#: What a person may change of a rule.
CHANGEABLE = ("threshold", "margin", "for_s", "clear_for_s", "severity", "enabled")

_ID = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
_SERIES = re.compile(r"[a-z][a-z0-9_.]{0,63}(/(\*|[^/*]{1,200}))?\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert opens when the value was beyond `threshold` for `for_s` seconds, and ends when it was not beyond `clear`
    for `clear_for_s` seconds.

    Arguments:
        title, meaning, advice: what people read: that it is so, what it means, what to do.
        series: what is looked at; with the label `*` each label is an alert of its own.
        of: None compares the value itself, in `unit`; else the value is the series in percent of the sum of these.
        unseen_s: an alert whose value was missing at every look for so long is over, at an unknown moment.
        margin: how far beyond the threshold, to the good side, the value has to go before the alert ends (0 or more).
        environment: whether it is about the computer on which proofs are made, and not about the proofs.
        standing: what it tells of does not pass by itself: its alert goes on however long nobody looked, and is
            told once.
    """

    id: str
    title: Message
    meaning: Message
    advice: Message
    series: str
    comparison: Comparison
    threshold: float
    unit: str
    margin: float = 0.0
    for_s: float = 0.0
    clear_for_s: float = 0.0
    severity: Severity = "warning"
    enabled: bool = True
    of: tuple[str, ...] = ()
    unseen_s: float = 60.0
    environment: bool = False
    standing: bool = False

    def __post_init__(self) -> None:
        """Raises: UsageError for what is no rule."""
        if not _ID.match(self.id):
            raise UsageError(msg("{name} is no name of a rule.", name=ascii(self.id)[1:-1]))
        for series in (self.series, *self.of):
            if not _SERIES.match(series):
                raise UsageError(msg("{name} is no name of a series.", name=ascii(series)[1:-1]))
        if self.comparison not in COMPARISONS or self.severity not in SEVERITIES:
            raise UsageError(msg("A rule is above or below, and one of {words}.", words=", ".join(SEVERITIES)))
        if not (_within(self.threshold, -MOST_VALUE, MOST_VALUE) and _within(self.margin, 0.0, MOST_VALUE)):
            raise UsageError(msg("A threshold is a number, and the way back from it is 0 or more."))
        if not all(_within(one_s, 0.0, MOST_S) for one_s in (self.for_s, self.clear_for_s, self.unseen_s)):
            raise UsageError(msg("A duration is from 0 seconds to {most} hours.", most=int(MOST_S / 3600)))

    @property
    def clear(self) -> float:
        """The value at which the alert is over."""
        return self.threshold - self.margin if self.comparison == "above" else self.threshold + self.margin

    def begins(self, value: float) -> bool:
        """Whether the value is beyond the threshold."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold

    def lasts(self, value: float) -> bool:
        """Whether the value is still beyond where the alert is over."""
        return value > self.clear if self.comparison == "above" else value < self.clear

    def worse(self, value: float, than: float) -> bool:
        """Whether one value is further beyond the threshold than another."""
        return value > than if self.comparison == "above" else value < than

    def changed(self, **changes: object) -> Rule:
        """The rule as a person wants it. Raises: UsageError for what cannot be changed, or not so."""
        for name, value in changes.items():
            if name not in CHANGEABLE:
                raise UsageError(msg("{name} of a rule cannot be changed.", name=ascii(name)[1:-1]))
            fits = {"severity": isinstance(value, str), "enabled": isinstance(value, bool)}
            if not fits.get(name, isinstance(value, int | float) and not isinstance(value, bool)):
                raise UsageError(msg("This value does not fit {name} of a rule.", name=name))
        numbers = {name: float(cast("float", value)) for name, value in changes.items() if name in CHANGEABLE[:4]}
        return replace(self, **{**changes, **numbers})  # type: ignore[arg-type]


def _within(value: float, least: float, most: float) -> bool:
    return math.isfinite(value) and least <= value <= most
