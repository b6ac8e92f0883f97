"""What the steps of the first run have in common."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.wizard import Step
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.states import Banner


class StepView(QWidget):
    """A step. Subclasses set the class attributes and fill `self.body`; built when first shown.

    Signals: `done()` when what it is for came to pass; `ready()` when what `first` tells is another widget now;
    `prove_now()` asks for the first proof.
    """

    key: ClassVar[Step]
    title: ClassVar[Message]
    question: ClassVar[Message]
    #: whether it has something to press of its own, which going on without it skips
    own_action: ClassVar[bool] = False

    done = Signal()
    ready = Signal()
    prove_now = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName(f"wizard-step-{self.key}")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(context.theme.pixels(Space.XL))
        self._trouble: Banner | None = None

    def arrive(self) -> None:
        """It is shown."""

    def leave(self) -> None:
        """Another step is shown."""

    def escape(self) -> bool:
        """Stop what it does; whether there was anything."""
        return False

    def first(self) -> QWidget | None:
        """Where the keyboard goes when it is shown; None: to the button that goes on."""
        return None

    def show_trouble(self, error: CompanionError, again: Button) -> None:
        """Say why it cannot be done, with a way to try again; going on stays possible."""
        self.clear_trouble()
        say = self.context.say
        detail = [] if error.hint is None else [say(error.hint)]
        detail.append(say(msg("You can try again, or go on without it.")))
        self._trouble = Banner(
            self.context.theme, "bad", breakable(say(error.message)), "\n".join(detail), action=again
        )
        self.body.insertWidget(0, self._trouble)

    def clear_trouble(self) -> None:
        """It was tried again."""
        if self._trouble is not None:
            self._trouble.hide()
            self._trouble.deleteLater()
            self._trouble = None
