"""Values in, changes of alerts out: pure, exact, and the same for every source of values.

What counts: the time between two looks at which the value was beyond the threshold (before an alert opens), or was not
beyond where it is over (before it ends). What does not count, for neither: looks at which the value was missing or no
number, looks that were missed, and the time in which the machine slept (a clock that stands still then needs to be
told of it). Such time does not undo what was counted before, either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from zkcompanion.rules.rule import EVERY, Rule

#: `dropped`: was pending and came to nothing.
Kind = Literal["pending", "dropped", "opened", "worse", "ended"]
#: Sums of whole ticks are exact; those of others must not miss a duration by a rounding.
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert of a rule and a series changed at `at_s`.

    `since_s`: when the value was first seen beyond the threshold. `worst`: the value furthest beyond since then.
    `counted_s`: how long it was seen to last. `unseen`: it ended while nobody could look, so at an unknown moment.
    """

    kind: Kind
    rule: Rule
    series: str
    at_s: float
    since_s: float
    worst: float
    counted_s: float
    unseen: bool = False


@dataclass(slots=True)
class _Instance:
    """A rule on one series, from the first value beyond the threshold until the alert ended."""

    since_s: float
    seen_s: float  # the last look with a value
    worst: float
    open: bool = False
    counted_s: float = 0.0  # seen to last
    clearing_s: float | None = None  # seen to be over, None while it is not
    doubted_s: float = 0.0  # since it was last seen to last
    resumed: bool = False  # from an earlier run of the program, and not looked at yet
    unlooked_s: float = 0.0  # looks without a value, one after the other


class Evaluator:
    """Takes all values of a moment at a time, in order.

    Arguments:
        longest_step_s: two looks that are further apart have something missing between them.
    """

    def __init__(self, rules: Iterable[Rule], *, longest_step_s: float = 1.5) -> None:
        self._longest_step_s = longest_step_s
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rules}
        self._instances: dict[tuple[str, str], _Instance] = {}
        self._now_s: float | None = None
        self._slept = False
        self._values: dict[str, float] = {}

    @property
    def values(self) -> Mapping[str, float]:
        """By rule, what was compared at the last look; of several labels the worst."""
        return self._values

    def lasted_s(self, rule_id: str, series: str) -> float:
        """How long an alert that is open or pending was seen to last; 0 for none."""
        found = self._instances.get((rule_id, series))
        return 0.0 if found is None else found.counted_s

    def resume(self, rule_id: str, series: str, at_s: float, *, worst: float, counted_s: float) -> bool:
        """An alert was open when an earlier run ended: its next value says whether it goes on. False where its rule is
        not there any more or is off.
        """
        rule = self._rules.get(rule_id)
        if rule is None or not rule.enabled:
            return False
        self._instances[rule_id, series] = _Instance(at_s, at_s, worst, open=True, counted_s=counted_s, resumed=True)
        return True

    def change(self, rule: Rule, at_s: float) -> list[Transition]:
        """Put a rule in the place of the one with its id. What was counted towards opening is dropped; an open alert
        goes on by the new rule, and ends where that is off.
        """
        self._rules[rule.id] = rule
        changes = []
        for (rule_id, series), instance in list(self._instances.items()):
            if rule_id == rule.id and (not instance.open or not rule.enabled):
                del self._instances[rule_id, series]
                changes.append(_told("ended" if instance.open else "dropped", rule, series, at_s, instance))
        if not rule.enabled:
            self._values.pop(rule.id, None)
        return changes

    def take(self, now_s: float, values: Mapping[str, float], *, slept: bool = False) -> list[Transition]:
        """What changes with the values of this moment. `now_s` never goes back; `slept`: the machine did since then."""
        self._slept = slept
        step_s = 0.0 if self._now_s is None else self._counts(now_s - self._now_s)
        self._now_s = now_s
        changes: list[Transition] = []
        for rule in self._rules.values():
            if not rule.enabled:
                continue
            self._values.pop(rule.id, None)
            for series, value in _compared(rule, values):
                worst = self._values.get(rule.id)
                if worst is None or rule.worse(value, worst):
                    self._values[rule.id] = value
                self._look(rule, series, now_s, value, changes)
        if self._instances:
            self._miss(now_s, step_s, changes)
        return changes

    def _look(self, rule: Rule, series: str, now_s: float, value: float, changes: list[Transition]) -> None:
        found = self._instances.get((rule.id, series))
        if found is None:
            if not rule.begins(value):
                return
            found = self._instances[rule.id, series] = _Instance(now_s, now_s, value)
            if rule.for_s > 0:
                changes.append(_told("pending", rule, series, now_s, found))
        counts = self._counts(now_s - found.seen_s)
        found.seen_s, found.unlooked_s = now_s, 0.0
        if not found.open:
            self._wait(rule, series, value, counts, found, changes)
        elif found.resumed and not rule.lasts(value):
            self._end(rule, series, found, changes, unseen=True)
        else:
            found.resumed = False
            self._last(rule, series, value, counts, found, changes)

    def _wait(
        self, rule: Rule, series: str, value: float, counts: float, found: _Instance, changes: list[Transition]
    ) -> None:
        if not rule.begins(value):
            del self._instances[rule.id, series]
            changes.append(_told("dropped", rule, series, found.seen_s, found))
            return
        found.counted_s += counts
        if rule.worse(value, found.worst):
            found.worst = value
        if found.counted_s >= rule.for_s - _ROUNDING_S:
            found.open = True
            changes.append(_told("opened", rule, series, found.seen_s, found))

    def _last(
        self, rule: Rule, series: str, value: float, counts: float, found: _Instance, changes: list[Transition]
    ) -> None:
        if rule.lasts(value):
            found.counted_s += counts + found.doubted_s  # what looked like its end was none
            found.clearing_s, found.doubted_s = None, 0.0
            if rule.worse(value, found.worst):
                found.worst = value
                changes.append(_told("worse", rule, series, found.seen_s, found))
            return
        found.doubted_s += counts
        found.clearing_s = 0.0 if found.clearing_s is None else found.clearing_s + counts
        if found.clearing_s >= rule.clear_for_s - _ROUNDING_S:
            self._end(rule, series, found, changes)

    def _miss(self, now_s: float, step_s: float, changes: list[Transition]) -> None:
        """Those that had no value now."""
        for (rule_id, series), found in list(self._instances.items()):
            if found.seen_s == now_s and not found.resumed:
                continue
            found.unlooked_s += step_s
            rule = self._rules[rule_id]
            if found.unlooked_s >= rule.unseen_s - _ROUNDING_S:
                if found.open:
                    self._end(rule, series, found, changes, unseen=True)
                else:
                    del self._instances[rule_id, series]
                    changes.append(_told("dropped", rule, series, now_s, found))

    def _counts(self, step_s: float) -> float:
        return 0.0 if self._slept or step_s > self._longest_step_s else step_s

    def _end(
        self, rule: Rule, series: str, found: _Instance, changes: list[Transition], *, unseen: bool = False
    ) -> None:
        del self._instances[rule.id, series]
        changes.append(_told("ended", rule, series, found.seen_s, found, unseen=unseen))


def _compared(rule: Rule, values: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Each series of the rule that has a value, with what is compared."""
    if rule.series.endswith(EVERY):
        begin = rule.series[: -len(EVERY)]
        names: Iterable[str] = [name for name in values if name.startswith(begin)]
    else:
        names = (rule.series,)
    for name in names:
        value = values.get(name, math.nan)
        if rule.of:
            value = _percent(value, [values.get(_labelled(one, name), math.nan) for one in rule.of])
        if math.isfinite(value):
            yield name, value


def _labelled(series: str, like: str) -> str:
    return series[: -len(EVERY)] + like.partition("/")[2] if series.endswith(EVERY) else series


def _percent(value: float, of: list[float]) -> float:
    """Nothing of nothing is 0 percent; something of nothing is no number."""
    total = sum(of)
    if total == 0:
        return 0.0 if value == 0 else math.nan
    return 100.0 * value / total


def _told(kind: Kind, rule: Rule, series: str, at_s: float, found: _Instance, *, unseen: bool = False) -> Transition:
    return Transition(kind, rule, series, at_s, found.since_s, found.worst, found.counted_s, unseen)
