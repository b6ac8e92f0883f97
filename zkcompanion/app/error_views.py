"""Any exception as faces show it: the one place where an exception becomes an error of ours, and that a view.

Command line, window and workers ask here. What is not known is a fault of ours, and its own text is left out, because
it may hold a value of an input (`invalid literal for int(): '1234'`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from zkcompanion.base.errors import (
    BugError,
    Cancelled,
    CompanionError,
    FileError,
    InputError,
    InvalidProofError,
    MissingFileError,
    NotAllowedError,
    ResourceError,
    error_of_system,
)
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.taxonomy import ExitCode, Kind, Whose, kind_of


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error as faces show it. `code` as in `base/taxonomy`, `hint` the error's own (see `advice`).

    `reason`: a stable word for a refused proof or key. `report`: where it is a fault of ours, the path of what is known
    about it, without values. `signal`: the input that the error is about, where it is known.
    """

    code: str
    message: Message
    hint: Message | None = None
    reason: str | None = None
    report: str | None = None
    signal: str | None = None

    @property
    def kind(self) -> Kind:
        """Its row of the taxonomy; that of a fault of ours where the code is not known."""
        return kind_of(self.code)

    @property
    def whose(self) -> Whose:
        """Whose fault it is."""
        return self.kind.whose

    @property
    def title(self) -> Message:
        """A few words, without a full stop."""
        return self.kind.title

    @property
    def advice(self) -> Message | None:
        """What to do: the error's own hint, else what helps with its kind."""
        return self.hint if self.hint is not None else self.kind.advice

    @property
    def article(self) -> str:
        """The page of explanations that belongs to it."""
        return self.kind.article

    @property
    def exit_code(self) -> ExitCode:
        """What the command line returns for it."""
        return self.kind.exit_code


def companion_error(error: BaseException) -> CompanionError:
    """`error` where it is one of ours, else the one that says what it comes to."""
    if isinstance(error, CompanionError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Cancelled()
    if isinstance(error, MemoryError):
        return ResourceError(
            msg("There is not enough memory for this."),
            hint=msg("Close other programs, or use a computer with more memory."),
        )
    known = _of_system(error) if isinstance(error, OSError) else None
    return known or BugError(msg("Something went wrong in this program; the files given are as they were."))


def error_view(error: BaseException, *, report: str | None = None) -> ErrorView:
    """Any exception as faces show it."""
    known = companion_error(error)
    return ErrorView(
        code=known.code,
        message=known.message,
        hint=known.hint,
        reason=known.reason if isinstance(known, InvalidProofError) else None,
        report=report,
        signal=_signal(known),
    )


def _of_system(error: OSError) -> CompanionError | None:
    """What the system refused; None where it says nothing that a user could act on."""
    why = error.strerror or type(error).__name__
    named = error.filename
    file = os.fsdecode(named) if isinstance(named, str | bytes) else ""
    known = error_of_system(error, msg("The system refused: {why}.", why=why), file=file)
    # a file without a name is nothing that anybody could look for
    lost = not file and isinstance(known, MissingFileError | NotAllowedError)
    return None if lost or type(known) is FileError else known


def _signal(error: CompanionError) -> str | None:
    found = error.message.params.get("signal") if isinstance(error, InputError) else None
    return str(found) if found is not None else None
