"""Whatever is raised ends as a view that says whose fault it is, and shows no value."""

import errno
import os

import pytest

from zkcompanion.app.error_views import ErrorView, companion_error, error_view
from zkcompanion.base.errors import (
    BugError,
    Cancelled,
    DiskFaultError,
    DiskFullError,
    FileError,
    InputError,
    InvalidProofError,
    MissingFileError,
    NotAllowedError,
    ReadOnlyError,
    ResourceError,
    UsageError,
    error_of_system,
)
from zkcompanion.base.messages import msg
from zkcompanion.base.taxonomy import ExitCode, Whose
from zkcompanion.proving.kernels.jit import KernelsUnavailable
from zkcompanion.storage.errors import ClosedError, DamagedError, OwnedElsewhereError


@pytest.mark.parametrize(
    ("number", "kind", "whose", "code"),
    [
        (errno.ENOSPC, DiskFullError, Whose.MACHINE, 4),
        (errno.EDQUOT, DiskFullError, Whose.MACHINE, 4),
        (errno.ENOENT, MissingFileError, Whose.FILE, 3),
        (errno.ENOTDIR, MissingFileError, Whose.FILE, 3),
        (errno.EACCES, NotAllowedError, Whose.SETTING, 3),
        (errno.EPERM, NotAllowedError, Whose.SETTING, 3),
        (errno.EROFS, ReadOnlyError, Whose.MACHINE, 3),
        (errno.EIO, DiskFaultError, Whose.MACHINE, 3),
        (errno.ENOMEM, ResourceError, Whose.MACHINE, 4),
        (errno.EMFILE, ResourceError, Whose.MACHINE, 4),
        (errno.EINVAL, BugError, Whose.US, 5),
        (errno.ECONNRESET, BugError, Whose.US, 5),
    ],
)
def test_what_the_system_refuses_is_sorted_by_its_number(number, kind, whose, code):
    error = OSError(number, os.strerror(number), "a.zkey")
    known = companion_error(error)
    view = error_view(error)
    assert type(known) is kind
    assert (view.whose, view.exit_code) == (whose, code)
    assert ("a.zkey" in str(view.message)) is (whose is not Whose.US)


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES])
def test_a_missing_file_without_a_name_is_nothing_that_a_user_could_look_for(number):
    assert error_view(OSError(number, os.strerror(number))).whose is Whose.US
    assert error_view(OSError(number, os.strerror(number), 7)).whose is Whose.US


def test_a_disk_is_to_blame_without_a_name_too():
    assert str(error_view(OSError(errno.ENOSPC, "No space left on device")).message) == (
        "The system refused: No space left on device."
    )
    assert str(error_view(OSError(errno.EIO, "")).message) == "The system refused: OSError."
    assert error_view(OSError(errno.ENOMEM, "Cannot allocate memory")).code == "resources"
    assert error_view(FileNotFoundError(errno.ENOENT, "No such file", b"caf\xe9")).code == "missing-file"


def test_an_error_without_number_and_text_is_ours():
    assert error_view(OSError()).whose is Whose.US
    assert error_view(TimeoutError("4321")).whose is Whose.US


@pytest.mark.parametrize("error", [ValueError("4321"), SystemExit("4321"), GeneratorExit("4321"), RecursionError()])
def test_everything_else_is_ours_and_shows_nothing(error):
    view = error_view(error)
    assert (view.code, view.whose, view.exit_code) == ("bug", Whose.US, ExitCode.BUG)
    assert "4321" not in str(view.message) + str(view.hint)


def test_memory_and_an_interrupt_are_not_ours():
    assert (error_view(MemoryError()).code, error_view(MemoryError()).whose) == ("resources", Whose.MACHINE)
    assert error_view(MemoryError()).hint is not None
    assert (error_view(KeyboardInterrupt()).code, error_view(KeyboardInterrupt()).whose) == ("cancelled", Whose.NOBODY)


@pytest.mark.parametrize(
    ("error", "code", "whose"),
    [
        (UsageError(msg("x")), "usage", Whose.REQUEST),
        (InputError(msg("x")), "input", Whose.INPUT),
        (FileError(msg("x"), file="f"), "bad-file", Whose.FILE),
        (Cancelled(), "cancelled", Whose.NOBODY),
        (KernelsUnavailable(msg("x")), "kernels-unavailable", Whose.MACHINE),
        (DamagedError(msg("x"), file="f"), "damaged-store", Whose.MACHINE),
        (OwnedElsewhereError("f"), "store-in-use", Whose.NOBODY),
        (ClosedError(), "store-closed", Whose.NOBODY),
    ],
)
def test_an_error_of_ours_stays_what_it_is(error, code, whose):
    assert companion_error(error) is error
    view = error_view(error)
    assert (view.code, view.whose, view.message, view.exit_code) == (code, whose, error.message, error.exit_code)


def test_a_view_has_reason_signal_report_title_and_article():
    refused = error_view(InvalidProofError(msg("no"), reason="pairing", hint=msg("h")))
    assert (refused.reason, refused.hint, refused.article) == ("pairing", refused.advice, "verification")
    assert str(refused.advice) == "h"
    assert error_view(UsageError(msg("x"))).hint is None
    assert "--help" in str(error_view(UsageError(msg("x"))).advice)
    assert str(refused.title) == "The proof does not hold"
    assert error_view(InputError(msg("{signal} is odd", signal="x"))).signal == "x"
    assert error_view(InputError(msg("odd"))).signal is None
    assert error_view(ValueError(), report="r.txt").report == "r.txt"


def test_a_view_of_a_code_that_is_not_known_is_ours():
    assert ErrorView("unheard-of", msg("x")).whose is Whose.US


def test_a_full_disk_has_the_hint_of_whoever_knows_better():
    error = OSError(errno.ENOSPC, "No space left on device")
    known = error_of_system(error, msg("No."), file="f", hint=msg("Look there."))
    assert (str(known), str(known.hint)) == ("f cannot be written: No space left on device.", "Look there.")
