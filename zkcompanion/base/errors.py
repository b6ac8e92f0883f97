"""One error tree, sorted by whose fault it is and by what the command line exits with.

`KnownError` is shown to the user: a title-less sentence in words, a hint that says what to do, a stable code.
`BugError` is ours: it opens a report. Neither may carry a witness value, an input value or any other secret.
"""

from __future__ import annotations

from enum import IntEnum

from zkcompanion.base.messages import Message, msg


class ExitCode(IntEnum):
    """What the process returns; other programs depend on these numbers."""

    OK = 0
    INVALID = 1
    USAGE = 2
    BAD_FILE = 3
    RESOURCES = 4
    BUG = 5
    REGRESSION = 6
    CANCELLED = 130


class CompanionError(Exception):
    """Root of every error that this program raises on purpose."""

    code = "error"
    exit_code = ExitCode.BUG

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.hint = hint


class KnownError(CompanionError):
    """Something the user can act on."""

    code = "known"
    exit_code = ExitCode.USAGE


class BugError(CompanionError):
    """Something that must not happen; the user did nothing wrong."""

    code = "bug"
    exit_code = ExitCode.BUG


class Cancelled(CompanionError):
    """The user asked us to stop; not a fault."""

    code = "cancelled"
    exit_code = ExitCode.CANCELLED

    def __init__(self) -> None:
        super().__init__(msg("Cancelled."))


class UsageError(KnownError):
    """The words of a command, or values that the user chose, do not fit."""

    code = "usage"
    exit_code = ExitCode.USAGE


class InputError(KnownError):
    """The circuit's inputs do not fit its signals; names the signal, never a value."""

    code = "input"
    exit_code = ExitCode.USAGE


class FileError(KnownError):
    """A file that is not what it should be: where, and what stands there.

    `file` is the name shown, `section` a section's number and name or None, `offset` the byte offset of the field that
    was refused, or None where the whole file is meant (missing, not readable).
    """

    code = "bad-file"
    exit_code = ExitCode.BAD_FILE

    def __init__(
        self,
        message: Message,
        *,
        file: str,
        section: str | None = None,
        offset: int | None = None,
        hint: Message | None = None,
    ) -> None:
        place = file
        if section is not None:
            place += f", section {section}"
        if offset is not None:
            place += f", byte {offset}"
        super().__init__(msg("{place}: {what}", place=place, what=message), hint=hint)
        self.file = file
        self.section = section
        self.offset = offset


class UnsupportedFileError(FileError):
    """A sound file of a scheme, curve or version that this program does not work with; the message names it."""

    code = "unsupported-file"


class ResourceError(KnownError):
    """Not enough memory, disk or time for what was asked."""

    code = "resources"
    exit_code = ExitCode.RESOURCES


class UnsatisfiedWitnessError(KnownError):
    """The witness breaks a constraint, or the circuit's own assertion stopped its calculation."""

    code = "unsatisfied-witness"
    exit_code = ExitCode.INVALID


class InvalidProofError(KnownError):
    """A proof that does not hold; `reason` is a stable word such as `pairing` or `not-canonical`."""

    code = "invalid-proof"
    exit_code = ExitCode.INVALID

    def __init__(self, message: Message, *, reason: str, hint: Message | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class InsecureKeyError(InvalidProofError):
    """A key under which anyone can forge; `reason` says which weakness."""

    code = "insecure-key"
