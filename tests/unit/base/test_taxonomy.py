import re

import pytest

from zkcompanion.base.errors import CompanionError, KnownError
from zkcompanion.base.messages import msg
from zkcompanion.base.taxonomy import TAXONOMY, ExitCode, Whose, kind_of, whose_words


@pytest.mark.parametrize("kind", TAXONOMY.values(), ids=TAXONOMY)
def test_a_row_has_what_a_face_shows(kind):
    assert TAXONOMY[kind.code] is kind is kind_of(kind.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.article)
    assert re.fullmatch(r"[A-Z].{5,60}[a-z]", str(kind.title)), "a few words without a full stop"
    assert str(kind.meaning).endswith(".")
    assert kind.exit_code is not ExitCode.OK
    assert (kind.advice is None) is (kind.code == "cancelled"), "there is something to do, or nothing went wrong"


def test_a_fault_of_ours_exits_with_5_and_whoever_is_cancelled_with_130():
    for kind in TAXONOMY.values():
        assert (kind.whose is not Whose.US) or (kind.exit_code is ExitCode.BUG)
    assert TAXONOMY["kernels-unavailable"].whose is Whose.MACHINE
    assert TAXONOMY["kernels-unavailable"].exit_code is ExitCode.BUG
    assert [code for code, kind in TAXONOMY.items() if kind.exit_code is ExitCode.CANCELLED] == ["cancelled"]


def test_whose_fault_it_is_has_words_and_every_one_is_used():
    assert {kind.whose for kind in TAXONOMY.values()} == set(Whose)
    assert len({str(whose_words(whose)) for whose in Whose}) == len(Whose)
    assert str(whose_words(Whose.US)) == "This is a fault of this program, not yours."


def test_a_code_that_is_not_known_is_a_fault_of_ours():
    assert kind_of("of-a-newer-program").whose is Whose.US
    assert kind_of("of-a-newer-program").exit_code is ExitCode.BUG


def test_a_class_takes_its_exit_code_from_the_table_and_without_a_row_there_is_no_class():
    assert KnownError.exit_code is TAXONOMY["known"].exit_code
    assert CompanionError(msg("x")).exit_code is TAXONOMY["error"].exit_code
    with pytest.raises(KeyError):
        type("Stray", (KnownError,), {"code": "stray"})
