"""What strangers call their files does not move what is read."""

import pytest

from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.visible import shortened, tamed, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.r1cs", "plain name.r1cs"),
        ("Größe 5\N{NO-BREAK SPACE}423 …", "Größe 5\N{NO-BREAK SPACE}423 …"),
        ("a\nb\tc\r\x1b[31m", "a\\nb\\tc\\r\\x1b[31m"),
        ("evil\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{LEFT-TO-RIGHT ISOLATE}", "evil\\u202egpj.exe\\u2066"),
        ("\N{ARABIC LETTER MARK}\N{RIGHT-TO-LEFT MARK}\N{LINE SEPARATOR}", "\\u061c\\u200f\\u2028"),
        ("c\udcff", "c\\udcff"),
    ],
)
def test_what_moves_or_reorders_text_is_spelt_out(text, shown):
    assert visible(text) == shown


def test_long_texts_lose_their_middle():
    assert shortened("a" * 400) == "a" * 400
    found = shortened("a" * 4000 + "end")
    assert len(found) < 410
    assert found.startswith("aaa")
    assert found.endswith("end")


def test_sentences_keep_their_own_lines_and_numbers_and_tame_what_stands_in_them():
    inner = msg("{file}: no", file="x\ny")
    told = tamed(msg_n("{n} file\n{what}", "{n} files\n{what}", n=2, what=inner, share=0.5))
    assert str(told) == "2 files\nx\\ny: no"
    assert (told.params["n"], told.params["share"]) == (2, 0.5)
