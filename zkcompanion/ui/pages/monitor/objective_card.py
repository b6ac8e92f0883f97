"""One objective: how it stands, what is left of its budget, how fast that burns, and its days."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from zkcompanion.app import objective_words as words
from zkcompanion.app.objective_service import Incident, Judgement, Objective
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.pages.home_model import when
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, KeyValues, Label, clear, column, row
from zkcompanion.ui.widgets.budget_bar import BudgetBar, Day, DayBars
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.row_button import RowButton
from zkcompanion.ui.widgets.states import Chip
from zkcompanion.ui.widgets.typed_field import TypedField

_FIELD_PX = 240
_TONES: dict[words.Standing, Tone] = {
    "met": "good",
    "burning": "caution",
    "missed": "bad",
    "few": "info",
    "off": "info",
}


class ObjectiveCard(Card):
    """`change(**changes)` and `reset()` are called for what a person does, `go(begin, end)` to see an incident."""

    def __init__(
        self,
        context: WindowContext,
        objective: Objective,
        *,
        change: Callable[..., object],
        reset: Callable[[], object],
        go: Callable[[float, float], object],
    ) -> None:
        super().__init__(spacing=context.theme.pixels(Space.M))
        self._context = context
        self._change, self._go = change, go
        say, name = context.say, f"monitor-objectives-{objective.id}"
        self.setObjectName(name)
        self._title = Label(say(objective.title), "section")
        self._chip = Chip(context.theme, say(words.STANDINGS["few"]), "info")
        self._wanted = Label("", "muted")
        self._attained = Label("", "strong")
        self._bar = BudgetBar(context)
        self._budget = Label("", "text")
        self._burns = KeyValues(name=f"{name}-burns")
        self._days = DayBars(context, f"{name}-days")
        self._days_caption = Label("", "caption")
        head = row(spacing=context.theme.pixels(Space.M))
        head.addLayout(column(self._title, self._wanted, spacing=2), 1)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self._figures = Columns(context, (1, 1), beside_px=640, space=Space.XL)
        left, right = self._figures.parts
        left.addLayout(column(self._attained, self._bar, self._budget))
        right.addLayout(column(self._days, self._days_caption, spacing=2))
        for part in (self._days, self._days_caption):
            part.hide()
        self.body.addWidget(self._figures)
        self._more = Disclosure(
            context.theme, say(msg("Burn rate, incidents, what did not count")), name=f"{name}-more"
        )
        self._worst = QVBoxLayout()
        self._worst.setSpacing(context.theme.pixels(Space.XS))
        self._apart = Label("", "text")
        self._more.body.addWidget(Label(say(msg("How fast the budget burns")), "caption"))
        self._more.body.addWidget(self._burns)
        self._months = KeyValues(name=f"{name}-months")
        self._more.body.addWidget(Label(say(msg("By month")), "caption"))
        self._more.body.addWidget(self._months)
        self._more.body.addWidget(Label(say(msg("Worst incidents")), "caption"))
        self._more.body.addLayout(self._worst)
        self._more.body.addWidget(Label(say(msg("Not counted")), "caption"))
        self._more.body.addWidget(self._apart)
        self.body.addWidget(self._more)
        self._edit = Disclosure(context.theme, say(msg("Change")), name=f"{name}-change")
        self._edit.button.setAccessibleName(say(msg("Change: {title}", title=objective.title)))
        self._more.button.setAccessibleName(
            say(msg("Burn rate, incidents, what did not count: {title}", title=objective.title))
        )
        self._editor = _Editor(context, objective, name, change=change, reset=reset)
        self._edit.body.addWidget(self._editor)
        self.body.addWidget(self._edit)
        self._incidents: tuple[Incident, ...] | None = None
        self.show_objective(objective)

    def show_objective(self, objective: Objective) -> None:
        """What holds now, before anything is known of how it stands."""
        self._wanted.setText(self._context.say(words.wanted(objective)))
        self._editor.show_objective(objective)
        for part in (self._figures, self._more):
            part.setVisible(objective.on)
        if not objective.on:
            self._chip.set(self._context.say(words.STANDINGS["off"]), "info", "state-stopped")

    def show_judgement(self, judged: Judgement) -> None:
        """How it stands."""
        say = self._context.say
        standing = words.standing(judged)
        tone = _TONES[standing]
        self._chip.set(say(words.STANDINGS[standing]), tone)
        self._attained.setText(say(words.attained(judged)))
        budget = say(words.budget(judged))
        self._budget.setText(say(msg("Error budget: {budget}", budget=words.budget(judged))))
        self._bar.show_share(judged.left_share, "good" if tone == "info" else tone, budget)
        self._burns.set_rows(
            (str(burn.window_s), say(words.window(burn.window_s)), say(words.burn(burn)))
            for burn in words.burns(judged)
        )
        self._months.set_rows(
            (month.name, month.name, say(words.of_month(month))) for month in reversed(judged.months) if month.events
        )
        self._show_days(judged)
        self._show_incidents(judged)
        apart = [words.excluded(one) for one in judged.excluded]
        unknown = words.unknown(judged)
        lines = [say(one) for one in (*apart, *(() if unknown is None else (unknown,)))]
        self._apart.setText("\n".join(lines) or say(msg("Every proof of these days counts.")))

    def _show_days(self, judged: Judgement) -> None:
        say = self._context.say
        days = [
            Day(
                day.events,
                day.bad,
                say(
                    msg_n(
                        "{day}: {bad} of {n} proof bad",
                        "{day}: {bad} of {count} proofs bad",
                        n=day.events,
                        day=day.name,
                        bad=day.bad,
                        count=format_count(day.events),
                    )
                ),
            )
            for day in judged.days
        ]
        title = msg("Proofs of each day, the bad ones at the foot: {title}", title=judged.objective.title)
        self._days.show_days(days, say(title))
        busiest = max((day.events for day in judged.days), default=0)
        for part in (self._days, self._days_caption):
            part.setVisible(busiest > 0)
        self._days_caption.setText(
            say(
                msg_n(
                    "{first} to today; at most {n} proof in a day",
                    "{first} to today; at most {count} proofs in a day",
                    n=busiest,
                    first=judged.days[0].name,
                    count=format_count(busiest),
                )
            )
        )

    def _show_incidents(self, judged: Judgement) -> None:
        if judged.worst == self._incidents:
            return
        self._incidents = judged.worst
        clear(self._worst)
        say = self._context.say
        if not judged.worst:
            self._worst.addWidget(Label(say(msg("Nothing went wrong within these days.")), "text"))
        for number, one in enumerate(judged.worst, 1):
            lasted = format_duration(one.end_unix_s - one.begin_unix_s)
            self._worst.addWidget(
                RowButton(
                    self._context,
                    name=f"{self.objectName()}-incident-{number}",
                    left=Icon(self._context.theme, "bad", "bad"),
                    first=say(msg_n("{n} bad proof", "{n} bad proofs one after another", n=one.events)),
                    second=say(
                        msg(
                            "{when}, within {lasted}",
                            when=when(one.begin_unix_s, judged.unix_s),
                            lasted=lasted,
                        )
                    ),
                    right=(say(msg("Show in the charts")), ""),
                    clicked=lambda one=one: self._go(one.begin_unix_s, one.end_unix_s),  # type: ignore[misc]
                )
            )


class _Editor(QWidget):
    """Target, window, bound, on or off, and the way back; each holds as soon as it is entered."""

    def __init__(
        self,
        context: WindowContext,
        objective: Objective,
        name: str,
        *,
        change: Callable[..., object],
        reset: Callable[[], object],
    ) -> None:
        super().__init__()
        say = context.say
        self._on = QCheckBox(say(msg("Watch this objective")))
        self._on.setObjectName(f"{name}-on")
        self._on.setAccessibleDescription(say(objective.title))
        self._on.clicked.connect(lambda on: change(on=on))
        self._target = TypedField[float](
            context,
            f"{name}-target",
            read=_read_percent,
            shown=words.percent,
            chosen=lambda share: change(target=share),
        )
        self._days = TypedField[int](
            context, f"{name}-window", read=_read_days, shown=str, chosen=lambda days: change(days=days)
        )
        lines = [
            _named(say(msg("Share of proofs that are to be good, from 50 % to 99.99 %")), self._target),
            _named(say(msg("Days that count, from 1 to 365")), self._days),
        ]
        self._bound: TypedField[float] | None = None
        self._times = objective.bound_times is not None
        if objective.indicator == "fast":
            asked = msg("Times the usual time, from 1 to 100") if self._times else msg("Seconds")
            self._bound = TypedField[float](
                context,
                f"{name}-bound",
                read=_read_number,
                shown=lambda value: f"{value:g}",
                chosen=lambda value: change(**{"bound_times" if self._times else "bound_s": value}),
            )
            lines.append(_named(say(asked), self._bound))
        self._back = Button(say(msg("Back to what is shipped")), "plain", name=f"{name}-reset", clicked=reset)
        layout = column(self._on, *lines, row(self._back, None), spacing=context.theme.pixels(Space.M))
        self.setLayout(layout)

    def show_objective(self, objective: Objective) -> None:
        """What holds now."""
        self._on.setChecked(objective.on)
        self._target.show_value(objective.target)
        self._days.show_value(objective.days)
        bound = objective.bound_times if self._times else objective.bound_s
        if self._bound is not None and bound is not None:
            self._bound.show_value(bound)


def _named(text: str, field: TypedField[float] | TypedField[int]) -> QVBoxLayout:
    label = Label(text, "muted")
    label.setBuddy(field.line)
    field.setMaximumWidth(_FIELD_PX)
    field.line.setAccessibleName(text)
    return column(label, field, spacing=2)


def _read_percent(text: str) -> float:
    """Raises: UsageError."""
    return round(_read_number(text.replace("%", "")) / 100, 6)


def _read_days(text: str) -> int:
    """Raises: UsageError."""
    number = _read_number(text)
    if number != int(number):
        raise UsageError(_WHOLE)
    return int(number)


def _read_number(text: str) -> float:
    """Raises: UsageError."""
    plain = "".join(text.split()).replace(",", ".")
    if (
        len(plain) <= 12
        and plain.count(".") <= 1
        and plain.replace(".", "").isascii()
        and plain.replace(".", "").isdigit()
    ):
        return float(plain)
    raise UsageError(_NUMBER)


_WHOLE: Message = msg("A whole number of days.")
_NUMBER: Message = msg("A number, such as 99.5.")
