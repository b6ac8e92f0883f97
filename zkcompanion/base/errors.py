"""One error tree: each class names its code, and `taxonomy` says of the code whose fault it is and what it exits with.

`KnownError` is shown to the user: a sentence in words, a hint that says what to do. `BugError` is ours: it opens a
report. Neither may carry a witness value, an input value or any other secret.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.taxonomy import TAXONOMY, ExitCode

__all__ = [
    "BugError",
    "Cancelled",
    "CompanionError",
    "DiskFaultError",
    "DiskFullError",
    "ExitCode",
    "FileError",
    "InputError",
    "InsecureKeyError",
    "InvalidProofError",
    "KnownError",
    "MissingFileError",
    "NotAllowedError",
    "ReadOnlyError",
    "ResourceError",
    "UnsatisfiedWitnessError",
    "UnsupportedFileError",
    "UsageError",
    "error_of_system",
]


class CompanionError(Exception):
    """Root of every error that this program raises on purpose. `exit_code` is that of its `code` in the taxonomy."""

    code = "error"
    exit_code: ClassVar[ExitCode] = TAXONOMY["error"].exit_code

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.exit_code = TAXONOMY[cls.code].exit_code

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.hint = hint


class KnownError(CompanionError):
    """Something the user can act on."""

    code = "known"


class BugError(CompanionError):
    """Something that must not happen; the user did nothing wrong."""

    code = "bug"


class Cancelled(CompanionError):
    """The user asked us to stop; not a fault."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__(msg("Cancelled."))


class UsageError(KnownError):
    """The words of a command, or values that the user chose, do not fit."""

    code = "usage"


class InputError(KnownError):
    """The circuit's inputs do not fit its signals; names the signal, never a value."""

    code = "input"


class FileError(KnownError):
    """A file that is not what it should be: where, and what stands there.

    `file` is the name shown (empty where it is not known), `section` a section's number and name or None, `offset` the
    byte offset of the field that was refused, or None where the whole file is meant (missing, not readable).
    """

    code = "bad-file"

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
        super().__init__(msg("{place}: {what}", place=place, what=message) if place else message, hint=hint)
        self.file = file
        self.section = section
        self.offset = offset


class UnsupportedFileError(FileError):
    """A sound file of a scheme, curve or version that this program does not work with; the message names it."""

    code = "unsupported-file"


class MissingFileError(FileError):
    """A file or folder that is not there."""

    code = "missing-file"


class NotAllowedError(FileError):
    """A file that this user may not read or write."""

    code = "not-allowed"


class ReadOnlyError(FileError):
    """A disk or folder that lets nobody write."""

    code = "read-only"


class DiskFaultError(FileError):
    """The disk, or what stands for it, fails."""

    code = "disk-fault"


class ResourceError(KnownError):
    """Not enough memory, disk or time for what was asked."""

    code = "resources"


class NoRoomError(ResourceError):
    """By what was predicted it does not fit into memory or onto the disk, so it was not begun."""

    code = "no-room"


class DiskFullError(ResourceError):
    """No room on the disk, or none left of what this user may take of it."""

    code = "disk-full"


class UnsatisfiedWitnessError(KnownError):
    """The witness breaks a constraint, or the circuit's own assertion stopped its calculation."""

    code = "unsatisfied-witness"


class InvalidProofError(KnownError):
    """A proof that does not hold; `reason` is a stable word such as `pairing` or `not-canonical`."""

    code = "invalid-proof"

    def __init__(self, message: Message, *, reason: str, hint: Message | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class InsecureKeyError(InvalidProofError):
    """A key under which anyone can forge; `reason` says which weakness."""

    code = "insecure-key"


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TOO_LITTLE = frozenset({errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN})
_OF_FILES: dict[int, type[FileError]] = {
    errno.ENOENT: MissingFileError,
    errno.ENOTDIR: MissingFileError,
    errno.EACCES: NotAllowedError,
    errno.EPERM: NotAllowedError,
    errno.EROFS: ReadOnlyError,
    errno.EIO: DiskFaultError,
}


def error_of_system(
    error: OSError, sentence: Message, *, file: str, hint: Message | None = None
) -> FileError | ResourceError:
    """What the system refused, as an error of ours: the class by its number, `sentence` about `file` ("": unnamed)."""
    if error.errno in _NO_ROOM:
        why = error.strerror or type(error).__name__
        return DiskFullError(
            msg("{file} cannot be written: {why}.", file=file, why=why) if file else sentence,
            hint=hint or msg("Make room on the disk, or choose another place."),
        )
    if error.errno in _TOO_LITTLE:
        return ResourceError(msg("{file}: {what}", file=file, what=sentence) if file else sentence, hint=hint)
    return _OF_FILES.get(error.errno or 0, FileError)(sentence, file=file, hint=hint)
