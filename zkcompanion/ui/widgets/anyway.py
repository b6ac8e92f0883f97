"""The offer to have tried what is predicted not to fit: what may come of it, and a button that asks once more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, row
from zkcompanion.ui.widgets.confirm import ConfirmButton


class AnywayOffer(QWidget):
    """`confirmed` is called when a person insists; the figures stand above it, in the error or the reason to wait."""

    def __init__(self, context: WindowContext, *, name: str, confirmed: Callable[[], object]) -> None:
        super().__init__()
        say = context.say
        meant = Label(
            say(
                msg(
                    "The prediction may be wrong. If it is right, the system may end the proof or slow everything "
                    "down; this window and your files stay as they are. What comes of it is noted beside it."
                )
            ),
            "caption",
        )
        button = ConfirmButton(
            say(msg("Run anyway")), say(msg("Yes, try it")), say(msg("No")), name=name, confirmed=confirmed
        )
        across = row(meant, button, spacing=context.theme.pixels(Space.M))
        across.setStretch(0, 1)
        self.setLayout(across)
