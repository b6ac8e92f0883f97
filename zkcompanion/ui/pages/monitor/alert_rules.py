"""Rules that a person may change in place, each with the value that is measured now beside its threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from zkcompanion.app.alert_values import parse_seconds, parse_value, seconds_text, value_text
from zkcompanion.app.alert_views import RuleView
from zkcompanion.app.monitor_views import metric_of
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.monitor.alert_words import SEVERITIES, condition_words
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, line, row, tabular
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.states import Chip
from zkcompanion.ui.widgets.typed_field import TypedField

Change = Callable[..., object]


class RuleLine(QWidget):
    """A rule in one line; unfolded, all of it can be changed.

    `change(rule, **changes)` and `restore(rule)` are asked to keep what a person chose.
    """

    def __init__(self, context: WindowContext, rule: RuleView, *, change: Change, restore: Change) -> None:
        super().__init__()
        self._context = context
        self._change, self._restore = change, restore
        self._id = rule.id
        #: as it was shown last
        self.rule = rule
        say = context.say
        self._name = f"monitor-rule-{rule.id}"
        self._fields: _Fields | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.XS))
        self.fold = Disclosure(context.theme, say(rule.title), name=self._name)
        self.fold.toggled.connect(self._unfolded)
        self._now = Label("", "muted", wrap=False)
        self._now.setProperty("data", True)
        tabular(self._now)
        self._when = Label("", "caption", wrap=False)
        self._chip = Chip(context.theme, "", "info")
        head = row(self._when, None, self._now, self._chip, spacing=Space.M)
        head.setContentsMargins(context.theme.pixels(Space.XL), 0, 0, 0)
        layout.addWidget(self.fold)
        layout.addLayout(head)
        self.show_rule(rule)

    def show_rule(self, rule: RuleView) -> None:
        """What holds now, and what is measured."""
        say = self._context.say
        self.rule = rule
        said = condition_words(rule)
        self._when.setText(say(msg("{condition}, changed by you", condition=said) if rule.changed else said))
        words = SEVERITIES[rule.severity]
        if rule.enabled:
            self._chip.set(say(words.text), words.tone)
        else:
            self._chip.set(say(msg("Off")), "info", "pause")
        self.show_value(rule.value)
        if self._fields is not None:
            self._fields.show_rule(rule)

    def show_value(self, value: float | None) -> None:
        """What is measured now."""
        now = msg("now {value}", value=value_text(value, self.rule.unit))
        text = self._context.say(now if value is not None else msg("not measured now"))
        if self._now.text() != text:
            self._now.setText(text)

    def _unfolded(self, opened: bool) -> None:
        if opened and self._fields is None:
            self._fields = _Fields(
                self._context, self._name, self.rule, partial(self._change, self._id), partial(self._restore, self._id)
            )
            self.fold.body.addWidget(self._fields)


class _Fields(QWidget):
    """What can be changed of a rule."""

    def __init__(
        self, context: WindowContext, name: str, rule: RuleView, change: Change, restore: Callable[[], object]
    ) -> None:
        super().__init__()
        self._context = context
        say, unit = context.say, rule.unit
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, context.theme.pixels(Space.S))
        grid.setHorizontalSpacing(context.theme.pixels(Space.L))
        grid.setVerticalSpacing(context.theme.pixels(Space.S))
        grid.setColumnStretch(1, 1)
        self._grid, self._rows = grid, 0
        self._on = QCheckBox(say(msg("Look at it")))
        self._on.setObjectName(f"{name}-enabled")
        self._on.clicked.connect(lambda on: change(enabled=on))
        self._threshold = self._value(f"{name}-threshold", unit, lambda value: change(threshold=value))
        self._margin = self._value(f"{name}-margin", unit, lambda value: change(margin=value))
        self._for = self._seconds(f"{name}-for", lambda value: change(for_s=value))
        self._clear_for = self._seconds(f"{name}-clear-for", lambda value: change(clear_for_s=value))
        self._severity = QComboBox()
        self._severity.setObjectName(f"{name}-severity")
        for key, words in SEVERITIES.items():
            self._severity.addItem(say(words.text), key)
        self._severity.currentIndexChanged.connect(lambda index: change(severity=self._severity.itemData(index)))
        self._back = Button(say(msg("Back to default")), "plain", name=f"{name}-default", clicked=restore)
        self._back.setAccessibleName(f"{self._back.text()}: {say(rule.title)}")
        meaning = msg("{meaning} {advice}", meaning=rule.meaning, advice=rule.advice)
        grid.addWidget(Label(say(meaning), "muted"), self._next(), 0, 1, 2)
        looked = msg("What is looked at: {metric}.", metric=metric_of(rule.series).title)
        if rule.of:
            looked = msg(
                "What is looked at: {metric}, as a share of {others}.",
                metric=metric_of(rule.series).title,
                others=" + ".join(say(metric_of(one).title) for one in rule.of),
            )
        grid.addWidget(Label(say(looked), "caption"), self._next(), 0, 1, 2)
        grid.addWidget(self._on, self._next(), 0, 1, 2)
        above = rule.comparison == "above"
        self._add(msg("Opens above") if above else msg("Opens below"), self._threshold, self._threshold.line)
        self._add(msg("For at least"), self._for, self._for.line)
        self._add(msg("Ends this far below") if above else msg("Ends this far above"), self._margin, self._margin.line)
        self._add(msg("For at least, before it ends"), self._clear_for, self._clear_for.line)
        self._add(msg("Severity"), self._severity, self._severity)
        grid.addLayout(row(self._back, None), self._next(), 0, 1, 2)
        self.show_rule(rule)

    def show_rule(self, rule: RuleView) -> None:
        """Let the controls say what holds."""
        self._on.setChecked(rule.enabled)
        self._threshold.show_value(rule.threshold)
        self._margin.show_value(rule.margin)
        self._for.show_value(rule.for_s)
        self._clear_for.show_value(rule.clear_for_s)
        with QSignalBlocker(self._severity):
            self._severity.setCurrentIndex(self._severity.findData(rule.severity))
        self._back.setEnabled(rule.changed)

    def _value(self, name: str, unit: str, chosen: Callable[[float], object]) -> TypedField[float]:
        return TypedField[float](
            self._context,
            name,
            read=lambda text: parse_value(text, unit),
            shown=lambda value: value_text(value, unit),
            chosen=chosen,
        )

    def _seconds(self, name: str, chosen: Callable[[float], object]) -> TypedField[float]:
        return TypedField[float](self._context, name, read=parse_seconds, shown=seconds_text, chosen=chosen)

    def _add(self, title: Message, field: QWidget, focus: QWidget) -> None:
        text = self._context.say(title)
        focus.setAccessibleName(text)
        number = self._next()
        self._grid.addWidget(Label(text, "muted", wrap=False), number, 0)
        field.setMaximumWidth(self._context.theme.pixels(260))
        self._grid.addWidget(field, number, 1)

    def _next(self) -> int:
        self._rows += 1
        return self._rows - 1


class RulesPanel(Card):
    """All rules."""

    def __init__(self, context: WindowContext, rules: tuple[RuleView, ...], *, change: Change, restore: Change) -> None:
        super().__init__(spacing=context.theme.pixels(Space.S))
        self.body.addWidget(Label(context.say(msg("When an alert opens")), "section"))
        self.lines: dict[str, RuleLine] = {}
        for number, rule in enumerate(rules):
            if number:
                self.body.addWidget(line())
            made = self.lines[rule.id] = RuleLine(context, rule, change=change, restore=restore)
            self.body.addWidget(made)

    def show_rules(self, rules: tuple[RuleView, ...]) -> None:
        """What holds now."""
        for rule in rules:
            self.lines[rule.id].show_rule(rule)

    def show_values(self, rules: tuple[RuleView, ...]) -> None:
        """What is measured now; a rule that somebody changed elsewhere is shown anew."""
        for rule in rules:
            shown = self.lines[rule.id]
            if replace(rule, value=shown.rule.value) == shown.rule:
                shown.show_value(rule.value)
            else:
                shown.show_rule(rule)
