"""The step "What you can prove": a ladder of real workloads, with the line where this computer stops."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.first_look import FirstLook, first_look
from zkcompanion.app.hardware_views import WorkloadView
from zkcompanion.app.ladder import ladder
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, Label, column, row, set_flag
from zkcompanion.ui.widgets.basis import BasisLine
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.states import Skeleton
from zkcompanion.ui.wizard.ladder_view import LadderView
from zkcompanion.ui.wizard.step import StepView


class AnswerStep(StepView):
    """See the module."""

    key = "answer"
    title = msg("What this computer can prove")
    question = msg("Real uses of proofs, from the lightest to the heaviest. Choose one to read what decides it.")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._read: FirstLook | None = None
        self._waiting = Skeleton(context.theme, say(msg("Working out what this computer can prove")), lines=8)
        self._headline = Label("", "section")
        self._basis = BasisLine(context, name="wizard-answer-basis")
        self.ladder = LadderView(context)
        self.ladder.pointed.connect(self._pointed)
        self._what = Label("", "text")
        self._name = Label("", "section")
        self._sentence = Label("", "strong")
        self._source = Label("", "caption")
        card = Card(spacing=pixels(Space.L), padding=pixels(Space.XL))
        card.body.addLayout(column(self._headline, self._basis, spacing=pixels(Space.S)))
        card.body.addWidget(self._waiting)
        self._about = Card("raised", spacing=pixels(Space.S), padding=pixels(Space.L))
        for part in (self._name, self._sentence, self._what, self._source):
            self._about.body.addWidget(part)
        across = Columns(context, (3, 2), beside_px=640, space=Space.L)
        across.parts[0].addWidget(self.ladder)
        across.parts[1].addWidget(self._about)
        card.body.addWidget(across)
        all_of_them = Button(
            say(msg("The whole catalogue")),
            "link",
            name="wizard-catalogue",
            clicked=self._more,
        )
        set_flag(all_of_them, "flush", value=True)
        card.body.addLayout(row(all_of_them, None))
        self._again = Button(say(msg("Try again")), name="wizard-answer-again", clicked=self._ask)
        self._again.hide()
        self.body.addWidget(card)
        self.ladder.hide()
        self._about.hide()

    def arrive(self) -> None:
        """Answer anew: something may have been measured meanwhile."""
        self._ask()

    def first(self) -> QWidget | None:
        """On with the button; the ladder is read by who wants to."""
        return None

    def _ask(self) -> None:
        self._again.setParent(self)
        self._again.hide()
        self.clear_trouble()
        desk = self.context.desk
        run_task(self, lambda: first_look(desk.hardware), self._found, self._failed)

    def _found(self, found: FirstLook) -> None:
        self._waiting.hide()
        if found != self._read:
            self._read = found
            self._show(found)
        self.done.emit()

    def _show(self, found: FirstLook) -> None:
        self._headline.setText(self.context.say(found.answer.headline))
        self._basis.show_basis(found.answer.basis)
        chosen = ladder(found.answer.workloads)
        self.ladder.show_ladder(chosen)
        self.ladder.setVisible(bool(chosen.rungs))
        self._about.setVisible(bool(chosen.rungs))

    def _pointed(self, rung: WorkloadView) -> None:
        say = self.context.say
        self._name.setText(say(rung.name))
        self._sentence.setText(say(rung.verdict.sentence))
        self._what.setText(say(rung.what))
        self._source.setText(say(_source(rung)))

    def _more(self) -> None:
        """The table, at what is read here."""
        rung = self.ladder.current
        where = {} if rung is None else {"workload": rung.id}
        self.context.shell.go("hardware", tab="workloads", **where)

    def _failed(self, error: CompanionError) -> None:
        self._waiting.hide()
        self._again.show()
        self.show_trouble(error, self._again)


def _source(rung: WorkloadView) -> Message:
    """What the figures rest on."""
    if rung.runs_here:
        return msg("This program makes this proof; the time is worked out for this computer.")
    if rung.source is None:
        return msg("There are no sourced figures for it.")
    if rung.source.date is None:
        return msg("Made by {prover}. Figures: {title}.", prover=rung.prover, title=rung.source.title)
    return msg(
        "Made by {prover}. Figures: {title}, {date}.",
        prover=rung.prover,
        title=rung.source.title,
        date=rung.source.date,
    )
