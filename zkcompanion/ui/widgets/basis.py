"""How sure an answer about this computer is: a word in a chip, and a sentence beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.hardware_views import Confidence
from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.states import Chip
from zkcompanion.ui.widgets.tier_words import CONFIDENCES

#: In which tone each is told, and its icon.
_LOOKS: dict[Confidence, tuple[Tone, str]] = {
    "measured": ("good", "checked"),
    "calibrated": ("good", "checked"),
    "estimated": ("info", "info"),
    "scaled": ("info", "info"),
    "none": ("caution", "help"),
}


class BasisLine(QWidget):
    """Hidden until there is an answer. `name` is the object name of its sentence."""

    def __init__(self, context: WindowContext, *, name: str) -> None:
        super().__init__()
        self._context = context
        self._chip = Chip(context.theme, context.say(CONFIDENCES["none"].text), *_LOOKS["none"])
        self.sentence = Label("", "muted")
        self.sentence.setObjectName(name)
        across = row(self._chip, self.sentence, spacing=context.theme.pixels(Space.S))
        across.setStretch(1, 1)
        self.setLayout(across)
        self.hide()

    def show_basis(self, basis: Confidence) -> None:
        """Say what an answer rests on."""
        words = CONFIDENCES[basis]
        self._chip.set(self._context.say(words.text), *_LOOKS[basis])
        self.sentence.setText(self._context.say(words.meaning))
        self.show()
