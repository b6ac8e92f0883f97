"""An error as a card says it: what happened, whose fault it is, what to do, and the details folded."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.error_views import ErrorView
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.taxonomy import whose_words
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, column, row
from zkcompanion.ui.widgets.code_view import code_view
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.icon import Icon


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
        self.what = Label(breakable(say(error.message)))
        self.what.setAccessibleName(say(error.message))
        layout.addWidget(Label(say(error.title), "strong"))
        layout.addWidget(self.what)
        layout.addLayout(column(Label(say(whose_words(error.whose))), Label(say(error.kind.meaning)), spacing=0))
        if error.advice is not None:
            layout.addLayout(
                column(Label(say(msg("What to do")), "caption"), Label(breakable(say(error.advice))), spacing=0)
            )
        self.details = Disclosure(context.theme, say(msg("Details")), name=f"{name}-details")
        lines = "\n".join(say(line) for line in _details(error))
        self.details.body.addWidget(code_view(lines, say(msg("Details of the error")), name=f"{name}-error", lines=5))
        layout.addWidget(self.details)


def _details(error: ErrorView) -> list[Message]:
    found = [error.message, msg("Kind of error: {code}", code=error.code)]
    if error.reason is not None:
        found.append(msg("Reason: {reason}", reason=error.reason))
    if error.signal is not None:
        found.append(msg("Input: {signal}", signal=error.signal))
    if error.report is not None:
        found.append(msg("Report: {path}", path=error.report))
    return found
