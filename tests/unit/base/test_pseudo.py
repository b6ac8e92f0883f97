from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.messages import Message, placeholders, render
from zkcompanion.base.pseudo import pseudo_translate


def test_letters_get_accents_and_sentences_brackets():
    assert pseudo_translate("Prove it").startswith("⟦Þŕöṽé îţ")
    assert pseudo_translate("Prove it").endswith("⟧")
    assert pseudo_translate("") == "⟦⟧"


def test_every_letter_has_an_accent_of_its_own():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    shown = pseudo_translate(letters)[1 : len(letters) + 1]
    assert len(set(shown)) == len(letters)
    assert not any(letter.isascii() for letter in shown)
    assert all(letter.isalpha() for letter in shown)


def test_sentences_grow_by_about_a_third():
    for length in (10, 40, 200):
        text = "x" * length
        assert 1.25 < len(pseudo_translate(text)) / length <= 1.6


def test_fields_stay_as_they_are_with_conversions_formats_and_doubled_braces():
    shown = pseudo_translate("a {label:<14} {{b}} {value!r:>4}")
    assert shown.startswith("⟦å {label:<14} {{ƀ}} {value!r:>4}")


def test_what_is_no_template_stays_as_it_is():
    assert pseudo_translate("a { b") == "a { b"


PIECES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="{}"), max_size=12),
        st.sampled_from(["{a}", "{b!r}", "{c:>8}", "{a!s:<3}", "{{", "}}", "{{{a}}}"]),
    ),
    max_size=8,
)


@given(PIECES)
def test_all_fields_are_kept_so_that_the_sentence_can_be_filled_in(pieces):
    template = "".join(["x", *pieces])
    shown = pseudo_translate(template)
    assert placeholders(shown) == placeholders(template)
    params = {"a": "A", "b": 2, "c": "C"}
    filled = render(Message(template, params), pseudo_translate)
    assert filled.startswith("⟦")
    assert filled.endswith("⟧")
    for piece, value in (("{a}", "A"), ("{b!r}", "2"), ("{c:>8}", "       C")):
        assert template.count(piece) == 0 or value in filled
