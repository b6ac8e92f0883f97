import logging
from collections import UserDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.messages import Message, fits, msg, msg_n, placeholders, render


@pytest.fixture(autouse=True)
def _forget_checks():
    fits.cache_clear()


def test_a_message_is_its_template_filled_in():
    assert str(msg("{n} of {file}", n=3, file="a.zkey")) == "3 of a.zkey"
    assert str(Message("plain")) == "plain"


def test_a_message_inside_a_message_is_rendered_in_the_same_language():
    words = {"Outer: {what}": "Außen: {what}", "inner {n}": "innen {n}"}
    inner = msg("Outer: {what}", what=msg("inner {n}", n=1))
    assert render(inner, words.__getitem__) == "Außen: innen 1"
    assert render(inner) == "Outer: inner 1"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 workers"), (1, "1 worker"), (2, "2 workers"), (-1, "-1 workers")])
def test_english_has_one_form_for_one_and_another_for_the_rest(count, shown):
    assert str(msg_n("{n} worker", "{n} workers", n=count)) == shown


def test_a_count_may_come_with_other_values_and_be_left_out_of_the_singular():
    assert str(msg_n("one file in {place}", "{n} files in {place}", n=1, place="x")) == "one file in x"


def test_a_plural_without_a_count_is_the_plural():
    assert str(Message("one", {}, "many")) == "many"
    assert str(Message("one", {"n": "1"}, "many")) == "many"


def test_a_catalogue_chooses_the_form_by_the_count():
    asked = []

    def translate_count(singular, plural, count):
        asked.append((singular, plural, count))
        return "{n} robotnika"

    assert render(msg_n("{n} worker", "{n} workers", n=3), str, translate_count) == "3 robotnika"
    assert asked == [("{n} worker", "{n} workers", 3)]


def test_without_forms_the_english_form_is_translated():
    words = {"{n} worker": "{n} Arbeiter", "{n} workers": "{n} Arbeitende"}
    assert render(msg_n("{n} worker", "{n} workers", n=2), words.__getitem__) == "2 Arbeitende"


def test_an_empty_sentence_is_never_looked_up():
    # gettext answers the empty id with the file's header
    assert render(Message(""), lambda _: "Project-Id-Version: x") == ""


@pytest.mark.parametrize(
    "translation",
    [
        "ohne",  # lacks a field
        "{x} {y}",  # invents one
        "{x.__class__}",
        "{x!r}",
        "{x:>99999999}",
        "{0}",
        "{",
        "}",
        "{x",
        "{x!}",
    ],
)
def test_a_translation_with_other_fields_gives_english_and_is_logged_once(translation, caplog):
    for _ in range(3):
        assert render(msg("with {x}", x=5), lambda _: translation) == "with 5"
    assert len([record for record in caplog.records if "English is shown" in record.getMessage()]) == 1


def test_forms_of_a_plural_may_leave_the_count_out_and_nothing_else():
    assert fits("einer in {place}", "one in {place}", "{n} in {place}")
    assert fits("{n} in {place}", "one in {place}", "{n} in {place}")
    assert not fits("{n}", "one in {place}", "{n} in {place}")
    assert not fits("einer", "with {n}", None)
    assert not fits("einer", "one {", "{n}")


def test_a_sentence_without_its_values_is_shown_as_it_stands_and_logged(caplog):
    assert str(Message("a {file}")) == "a {file}"
    assert str(Message("a {0}", {"x": 1})) == "a {0}"
    assert str(Message("a {", {"x": 1})) == "a {"
    assert str(Message("{x.y}", {"x": 1})) == "{x.y}"
    assert str(Message("{x:d}", {"x": "text"})) == "{x:d}"
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 5


def test_the_log_of_a_fault_holds_no_value(caplog):
    str(Message("{x:d}", {"x": "the value"}))
    assert "the value" not in caplog.text


def test_placeholders_are_names_with_conversions_and_formats():
    assert placeholders("{a} {b!r:>4} {{c}} {a}") == {("a", "", ""), ("b", "r", ">4")}


TEXTS = st.text(st.sampled_from("ab {}!:.[]0x%"), max_size=24)


@given(TEXTS, TEXTS, st.one_of(st.none(), TEXTS), st.integers(), st.dictionaries(st.sampled_from("abx"), TEXTS))
def test_rendering_never_raises_whatever_a_catalogue_holds(template, translation, plural, count, params):
    params = {**params, "n": count}
    shown = render(Message(template, params, plural), lambda _: translation, lambda *_: translation)
    assert isinstance(shown, str)


@given(st.dictionaries(st.sampled_from("abcd"), st.text(max_size=8), min_size=1))
def test_a_sound_translation_is_used(params):
    template = "first " + " ".join(f"{{{name}}}" for name in params)
    other = " ".join(f"{{{name}}}" for name in reversed(params)) + " second"
    assert render(Message(template, params), {template: other}.__getitem__) == other.format(**params)


def test_a_message_crosses_to_another_process_as_plain_fields():
    sent = msg_n("{n} of {what}", "{n} of {what}s", n=2, what="proof")
    data = msgspec.msgpack.encode(Message(sent.template, dict(sent.params), sent.plural))
    got = msgspec.msgpack.decode(data, type=Message)
    assert (got, str(got)) == (sent, "2 of proofs")


def test_the_parameters_may_be_any_mapping():
    assert render(Message("{a}", UserDict(a=1))) == "1"
