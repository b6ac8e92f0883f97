"""The tab "This computer": its answer, the offer to measure it, what it is, and what limits proving on it."""

from __future__ import annotations

from PySide6.QtCore import Slot

from zkcompanion.app.hardware_views import Confidence
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.hardware.answers import Answers
from zkcompanion.ui.pages.hardware.calibration_card import CalibrationCard
from zkcompanion.ui.pages.hardware.limits_card import LimitsCard
from zkcompanion.ui.pages.hardware.machine_card import MachineCard
from zkcompanion.ui.pages.hardware.tab import HardwareTab
from zkcompanion.ui.theme.tokens import READING_WIDTH, Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Label, column, row, set_flag
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.sight import bring_into_sight
from zkcompanion.ui.widgets.states import Skeleton

_BASIS: dict[Confidence, Message] = {
    "measured": msg("From proofs that were made on this computer."),
    "calibrated": msg("From this computer's own speed, as it was measured."),
    "estimated": msg("Estimated from the machine's description; measure it for a sharper answer."),
    "scaled": msg("Scaled from what was measured on other computers; measure this one for a sharper answer."),
    "none": msg("Too little is known of this computer; measure it for an answer."),
}


class ComputerTab(HardwareTab):
    """`arrive(calibrate=True)` brings the measuring into sight."""

    id = "computer"
    title = msg("This computer")

    def __init__(self, context: WindowContext, answers: Answers) -> None:
        super().__init__(context, answers)
        say, pixels = context.say, context.theme.pixels
        self._headline = Label("", "hero")
        self._headline.setObjectName("hardware-answer")
        self._basis = Label("", "muted")
        self._basis.setObjectName("hardware-basis")
        self._skeleton = Skeleton(context.theme, say(msg("Working out what this computer can prove")), lines=2)
        self._see = Button(
            say(msg("See what it can prove")),
            "link",
            name="hardware-see-workloads",
            clicked=lambda: context.shell.go("hardware", tab="workloads"),
        )
        set_flag(self._see, "flush", value=True)
        self.body.addLayout(
            column(self._headline, self._basis, self._skeleton, row(self._see, None), spacing=pixels(Space.S))
        )
        self._columns = Columns(context, (3, 2), beside_px=760)
        self.card = MachineCard(context, lambda: answers.look(anew=True))
        self.calibration = CalibrationCard(context)
        self.limits = LimitsCard(context)
        self._columns.parts[0].addWidget(self.card)
        self._columns.parts[1].addWidget(self.calibration)
        self._columns.parts[1].addWidget(self.limits)
        self.body.addWidget(self._columns)
        answers.facts_changed.connect(self._show_facts)
        answers.answer_changed.connect(self._show_answer)
        context.theme.changed.connect(self._fit)
        self._fit()
        self._show_facts()
        self._show_answer()

    def arrive(self, **where: object) -> None:
        """Read when it was measured."""
        self.calibration.arrive()
        if where.get("calibrate"):
            self.calibration.start_button.setFocus()
            bring_into_sight(self.calibration, self.context.theme.pixels(Space.XL))

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """What people look for."""
        return (
            Place(
                msg("Measure this computer"),
                "hardware",
                (("tab", cls.id), ("calibrate", True)),
                words=(msg("calibrate"), msg("calibration"), msg("speed")),
                icon="hardware",
            ),
        )

    def _fit(self) -> None:
        self.setMaximumWidth(self.context.theme.pixels(READING_WIDTH))

    @Slot()
    def _show_facts(self) -> None:
        if self.answers.facts is not None:
            self.card.show_facts(self.answers.facts)

    @Slot()
    def _show_answer(self) -> None:
        answer = self.answers.answer
        for part in (self._headline, self._basis, self._see):
            part.setVisible(answer is not None)
        self._skeleton.setVisible(answer is None)
        if answer is None:
            return
        say = self.context.say
        headline = say(answer.headline)
        if self._headline.text() != headline:
            changed = bool(self._headline.text())
            self._headline.setText(headline)
            if changed and self.isVisible():
                announce(self, headline)
        self._basis.setText(say(_BASIS[answer.basis]))
        self.limits.show_limits(answer.limits)
