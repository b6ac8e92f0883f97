"""The step "Look": what this computer is, and a first verdict before anything is measured."""

from __future__ import annotations

from zkcompanion.app.first_look import FirstLook, first_look
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, KeyValues, Label, column, row, set_flag
from zkcompanion.ui.widgets.hardware_words import BASIS, machine_rows
from zkcompanion.ui.widgets.states import Chip, Skeleton
from zkcompanion.ui.wizard.step import StepView


class LookStep(StepView):
    """See the module."""

    key = "look"
    short = msg("Look")
    title = msg("What can this computer prove?")
    question = msg("A zero-knowledge proof shows that a statement is true and keeps the reasons secret.")
    help = msg(
        "The program looks at this computer: processor, memory, disk. Nothing is measured yet and nothing leaves it."
    )

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._asked: Task | None = None
        self._waiting = Skeleton(context.theme, say(msg("Looking at this computer")), lines=2)
        self._verdict = Label("", "hero")
        self._verdict.setObjectName("wizard-verdict")
        words = BASIS["estimated"]
        self._chip = Chip(context.theme, say(words.short), words.tone, words.icon)
        self._basis = Label("", "muted")
        self._basis.setObjectName("wizard-basis")
        basis = row(self._chip, self._basis)
        basis.setStretch(1, 1)
        self.prove = Button(say(msg("Prove now")), "primary", name="wizard-prove-now", clicked=self.prove_now.emit)
        self.prove.setAccessibleDescription(say(msg("Goes straight to a first proof.")))
        set_flag(self.prove, "big", value=True)
        self._again = Button(say(msg("Look again")), name="wizard-look-again", clicked=self._look)
        head = column(self._waiting, self._verdict, basis, spacing=pixels(Space.M))
        head.addSpacing(pixels(Space.S))
        head.addLayout(row(self.prove, None))
        self._facts = KeyValues(name="wizard-facts")
        self._card = Card(spacing=pixels(Space.M), padding=pixels(Space.XL))
        self._card.body.addWidget(Label(say(msg("What was found")), "section"))
        self._card.body.addWidget(self._facts)
        self.body.addLayout(head)
        self.body.addWidget(self._card)
        for part in (self._verdict, self._chip, self._basis, self._card):
            part.hide()
        context.bridge.calibration_ended.connect(self._measured)

    def arrive(self) -> None:
        """Look, unless that was done."""
        if self._asked is None and not self._verdict.text():
            self._look()

    def _look(self) -> None:
        self.clear_trouble()
        self._again.setParent(self)
        self._again.hide()
        self._waiting.setVisible(not self._verdict.text())
        if self._asked is not None:
            self._asked.drop()
        desk = self.context.desk
        self._asked = run_task(self, lambda: first_look(desk.hardware), self._found, self._failed)

    def _found(self, found: FirstLook) -> None:
        self._asked = None
        say, words = self.context.say, BASIS[found.answer.basis]
        first = not self._verdict.text()
        self._waiting.hide()
        self._verdict.setText(say(found.answer.headline))
        self._chip.set(say(words.short), words.tone, words.icon)
        self._basis.setText(say(words.long))
        self._facts.set_rows((key, say(name), say(value)) for key, name, value in machine_rows(found.facts))
        for part in (self._verdict, self._chip, self._basis, self._card):
            part.show()
        if first:
            announce(self._verdict, f"{self._verdict.text()} {self._basis.text()}")
            self.done.emit()

    def _failed(self, error: CompanionError) -> None:
        self._asked = None
        self._waiting.hide()
        self._again.show()
        self.show_trouble(error, self._again)

    def _measured(self, _ended: object) -> None:
        """The verdict rests on more now."""
        if self._verdict.text():
            self._look()
