"""Errors as notices: what happened, what to do, and the details folded away."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.base.errors import BugError, Cancelled, CompanionError, FileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Notice


def error_notice(error: CompanionError, known: Callable[[], None]) -> Notice:
    """The notice for an error; `known` shows what is known about faults, which is offered for ours."""
    if isinstance(error, Cancelled):
        return Notice("info", error.message)
    if isinstance(error, BugError):
        return Notice(
            "bad",
            error.message,
            error.hint or msg("Your files are as they were. What is known about it helps to mend it."),
            action_text=msg("See what is known"),
            action=known,
            key="fault",
            lasting=True,
        )
    return Notice(
        "bad", error.message, error.hint, key=f"error-{error.code}", lasting=True, more=tuple(_details(error))
    )


def _details(error: CompanionError) -> list[Message]:
    details = [msg("Kind of error: {code}", code=error.code)]
    if isinstance(error, FileError):
        details.append(msg("File: {file}", file=error.file))
        if error.section is not None:
            details.append(msg("Section: {section}", section=error.section))
        if error.offset is not None:
            details.append(msg("Byte: {offset}", offset=error.offset))
    return details
