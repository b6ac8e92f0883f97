"""Errors as notices: what happened, what to do, and the details folded away."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.app.error_views import error_view
from zkcompanion.base.errors import Cancelled, CompanionError, FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.taxonomy import Whose, whose_words
from zkcompanion.ui.context import Notice


def error_notice(error: CompanionError, known: Callable[[], None]) -> Notice:
    """The notice for an error; `known` shows what is known about faults, which is offered for ours."""
    if isinstance(error, Cancelled):
        return Notice("info", error.message)
    view = error_view(error)
    if view.whose is Whose.US:
        return Notice(
            "bad",
            error.message,
            view.advice,
            action_text=msg("See what is known"),
            action=known,
            key="fault",
            lasting=True,
        )
    return Notice(
        "bad", error.message, view.advice, key=f"error-{error.code}", lasting=True, more=tuple(_details(error))
    )


def _details(error: CompanionError) -> list[Message]:
    view = error_view(error)
    details = [view.title, whose_words(view.whose), msg("Kind of error: {code}", code=view.code)]
    if isinstance(error, FileError):
        details.append(msg("File: {file}", file=error.file))
        if error.section is not None:
            details.append(msg("Section: {section}", section=error.section))
        if error.offset is not None:
            details.append(msg("Byte: {offset}", offset=error.offset))
    return details
