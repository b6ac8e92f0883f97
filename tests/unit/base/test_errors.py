import pytest

from zkcompanion.base import errors
from zkcompanion.base.errors import (
    BugError,
    Cancelled,
    CompanionError,
    FileError,
    InputError,
    InsecureKeyError,
    InvalidProofError,
    KnownError,
    ResourceError,
    UnsatisfiedWitnessError,
    UnsupportedFileError,
    UsageError,
)
from zkcompanion.base.messages import Message, msg, render


def every_error():
    found = [CompanionError]
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (UsageError, 2),
        (InputError, 2),
        (FileError, 3),
        (UnsupportedFileError, 3),
        (ResourceError, 4),
        (BugError, 5),
        (UnsatisfiedWitnessError, 1),
        (InvalidProofError, 1),
        (InsecureKeyError, 1),
        (Cancelled, 130),
    ],
)
def test_exit_codes_are_those_that_other_programs_depend_on(kind, exit_code):
    assert kind.exit_code == exit_code


def test_every_error_has_a_code_of_its_own():
    codes = [kind.code for kind in every_error()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "a.zkey: it ends early."),
        ({"section": "2 (header)"}, "a.zkey, section 2 (header): it ends early."),
        ({"section": "2 (header)", "offset": 12}, "a.zkey, section 2 (header), byte 12: it ends early."),
        ({"offset": 0}, "a.zkey, byte 0: it ends early."),
    ],
)
def test_a_file_error_says_where(place, text):
    error = FileError(msg("it ends early."), file="a.zkey", **place)
    assert str(error) == text
    assert isinstance(error, KnownError)


def test_an_error_keeps_message_hint_and_reason():
    error = InvalidProofError(msg("The proof does not hold."), reason="pairing", hint=msg("Check the key."))
    assert (error.reason, str(error.message), str(error.hint)) == (
        "pairing",
        "The proof does not hold.",
        "Check the key.",
    )
    assert str(Cancelled()) == "Cancelled."


def test_a_message_is_formatted_last_and_in_the_reader_s_language():
    message = msg("{n} of {all}", n=1, all=2)
    assert str(message) == render(message) == "1 of 2"
    assert render(message, {"{n} of {all}": "{all}: {n}"}.__getitem__) == "2: 1"
    assert str(Message("plain")) == "plain"
    with pytest.raises(TypeError):
        message.params["n"] = 3


def test_a_message_inside_a_message_is_rendered_in_the_same_language():
    catalogue = {"{what} here": "hier {what}", "an error": "ein Fehler"}
    message = msg("{what} here", what=msg("an error"))
    assert str(message) == "an error here"
    assert render(message, catalogue.__getitem__) == "hier ein Fehler"
