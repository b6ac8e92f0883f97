"""The step "Look": what this computer is, and a first verdict before anything is measured."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.first_look import FirstLook, first_look
from zkcompanion.app.machine_words import machine_rows
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg
from zkcompanion.ui.after_picture import AfterPicture
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, KeyValues, Label, column, row, set_flag
from zkcompanion.ui.widgets.basis import BasisLine
from zkcompanion.ui.widgets.states import Skeleton
from zkcompanion.ui.wizard.step import StepView

#: What decides most, of all that is known; the rest stands on Hardware.
_SHOWN = {"processor", "cores", "features", "memory", "disk", "inside", "system"}


class LookStep(StepView):
    """See the module."""

    key = "look"
    title = msg("What can this computer prove?")
    question = msg("A zero-knowledge proof shows that a statement is true and keeps the reasons secret.")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._asked: Task | None = None
        self._arrived = False
        self._waiting = Skeleton(context.theme, say(msg("Looking at this computer")), lines=2)
        self._verdict = Label("", "hero")
        self._verdict.setObjectName("wizard-verdict")
        self._basis = BasisLine(context, name="wizard-basis")
        self.prove = Button(say(msg("Prove now")), "primary", name="wizard-prove-now", clicked=self.prove_now.emit)
        self.prove.setAccessibleDescription(say(msg("Goes straight to a first proof.")))
        set_flag(self.prove, "big", value=True)
        self._again = Button(say(msg("Look again")), name="wizard-look-again", clicked=self._look)
        head = column(self._waiting, self._verdict, self._basis, spacing=pixels(Space.M))
        head.addSpacing(pixels(Space.S))
        head.addLayout(row(self.prove, None))
        self._facts = KeyValues(name="wizard-facts")
        self._card = Card(spacing=pixels(Space.M), padding=pixels(Space.XL))
        self._card.body.addWidget(Label(say(msg("What was found")), "section"))
        self._card.body.addWidget(self._facts)
        self._card.body.addWidget(Label(say(msg("Read from the system in a moment; it stays here.")), "caption"))
        self.body.addLayout(head)
        self.body.addWidget(self._card)
        self._verdict.hide()
        self._card.hide()
        context.bridge.calibration_ended.connect(self._measured)

    def arrive(self) -> None:
        """Look, unless that was done."""
        if not self._arrived:
            self._arrived = True
            AfterPicture(self, self._look)
        elif self._asked is None and not self._verdict.text():
            self._look()

    def first(self) -> QWidget | None:
        """A first proof is one press away."""
        return self.prove

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
        say = self.context.say
        first = not self._verdict.text()
        self._waiting.hide()
        self._verdict.setText(say(found.answer.headline))
        self._verdict.show()
        self._basis.show_basis(found.answer.basis)
        rows = [one for one in machine_rows(found.facts) if one.known and one.id in _SHOWN]
        self._facts.set_rows((one.id, say(one.name), say(one.value)) for one in rows)
        self._card.show()
        if first:
            announce(self._verdict, f"{self._verdict.text()} {self._basis.sentence.text()}")
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
