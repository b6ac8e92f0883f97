"""An error as a card says it: what happened, what it means, what to do, and the details folded."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.job_views import ErrorView
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, column, row
from zkcompanion.ui.widgets.code_view import code_view
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.icon import Icon

#: What each kind of error means for somebody who wanted a proof, by the codes of `base/errors`.
_MEANINGS: dict[str, Message] = {
    "unsatisfied-witness": msg(
        "The inputs break a rule of the circuit, so what it states is not true of them and there is nothing to prove."
    ),
    "input": msg("The inputs do not fit the circuit's signals, so no proof was begun."),
    "bad-file": msg("A file is not what it should be, so no proof was begun with it."),
    "unsupported-file": msg("The file is sound, but of a kind that this program does not work with."),
    "resources": msg("This computer had too little of something at that moment. Your files are as they were."),
    "invalid-proof": msg("The finished proof did not pass its own check, so it was thrown away."),
    "insecure-key": msg("Anyone can forge proofs for this key, so a proof under it would show nothing to others."),
    "usage": msg("Something that was asked for does not fit together, so no proof was begun."),
}
_OURS = msg("This is a fault of this program, not yours. The report about it holds no inputs.")
_OTHER = msg("No proof was made.")


class FailureView(QWidget):
    """`name` begins the object names of what is inside; `title` says in a word or two how it ended."""

    def __init__(self, context: WindowContext, error: ErrorView, *, title: Message, name: str) -> None:
        super().__init__()
        say = context.say
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.theme.pixels(Space.M))
        head = row(Icon(context.theme, "state-failed", "bad", size=28), Label(say(title), "answer"), spacing=Space.M)
        head.setStretch(1, 1)
        layout.addLayout(head)
        self.what = Label(breakable(say(error.message)), "strong")
        self.what.setAccessibleName(say(error.message))
        layout.addWidget(self.what)
        layout.addWidget(Label(say(meaning(error))))
        if error.hint is not None:
            layout.addLayout(
                column(Label(say(msg("What to do")), "caption"), Label(breakable(say(error.hint))), spacing=0)
            )
        self.details = Disclosure(context.theme, say(msg("Details")), name=f"{name}-details")
        lines = "\n".join(say(line) for line in _details(error))
        self.details.body.addWidget(code_view(lines, say(msg("Details of the error")), name=f"{name}-error", lines=5))
        layout.addWidget(self.details)


def meaning(error: ErrorView) -> Message:
    """What an error means for the user, in a sentence."""
    if error.ours:
        return _OURS
    return _MEANINGS.get(error.code, _OTHER)


def _details(error: ErrorView) -> list[Message]:
    found = [error.message, msg("Kind of error: {code}", code=error.code)]
    if error.reason is not None:
        found.append(msg("Reason: {reason}", reason=error.reason))
    if error.signal is not None:
        found.append(msg("Input: {signal}", signal=error.signal))
    if error.report is not None:
        found.append(msg("Report: {path}", path=error.report))
    return found
