"""The step "Measure": how fast this computer really is, in about twenty seconds."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.hardware_views import CalibrationEnded
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.calibration_card import CalibrationCard
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.wizard.step import StepView


class CalibrateStep(StepView):
    """The same card as on Hardware, and what goes without it."""

    key = "calibrate"
    title = msg("How fast is it really?")
    question = msg("The arithmetic of proofs, timed on one core and on all. The times after that are no guesses.")
    own_action = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        pixels = context.theme.pixels
        #: measured during this visit: done, even where other programs disturbed it, which the card says
        self._just_now = False
        self.card = CalibrationCard(context)
        self.body.addWidget(self.card)
        self._note = QWidget()
        note = row(Icon(context.theme, "info", "muted", size=16), spacing=pixels(Space.S), top=True)
        words = msg("Without it the times are estimates from the processor's description, and are called so.")
        note.addWidget(Label(context.say(words), "caption"), 1)
        self._note.setLayout(note)
        self.body.addWidget(self._note)
        self.card.changed.connect(self._changed)
        context.bridge.calibration_ended.connect(self._ended)

    def arrive(self) -> None:
        """Show what is known by now."""
        self.card.arrive()

    def leave(self) -> None:
        """Who goes on without it does not want it."""
        self.escape()

    def escape(self) -> bool:
        """Stop measuring."""
        if not self.card.running:
            return False
        self.card.cancel()
        return True

    def first(self) -> QWidget | None:
        """What can be pressed here."""
        if self.card.running:
            return self.card.cancel_button
        return None if self._measured else self.card.start_button

    def _changed(self) -> None:
        self._note.setVisible(not self._measured)
        if self._measured:
            self.done.emit()
        self.ready.emit()

    def _ended(self, event: CalibrationEnded) -> None:
        self._just_now = self._just_now or event.found is not None
        self._changed()

    @property
    def _measured(self) -> bool:
        return self.card.measured or (self._just_now and not self.card.running)
