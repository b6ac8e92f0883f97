import contextlib
import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bounds import bounded
from zkcompanion.base.errors import FileError
from zkcompanion.base.strictjson import MAX_DEPTH, MAX_INTEGER_DIGITS, MOST, load_json


def load(data, max_bytes=1 << 20):
    return load_json(data, file="input.json", max_bytes=max_bytes)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**150), 10**150)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children),
    max_leaves=20,
)


@given(json_values, st.booleans())
def test_what_is_sound_is_read_as_by_the_standard_parser(value, ascii_only):
    assert load(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_as_a_file_error(data):
    with contextlib.suppress(FileError):
        load(data)


@pytest.mark.parametrize(
    ("data", "words", "offset"),
    [
        (b"", "not JSON", 0),
        (b"{", "not JSON", 1),
        (b'{"a":1,}', "not JSON", 7),
        (b"[1] x", "not JSON", 4),
        ('["é", ?]'.encode(), "not JSON", 7),
        (b'["\xff"]', "not UTF-8", 2),
        (b"\xef\xbb\xbf{}", "not JSON", 0),
        (b'{"a":1,"b":{"c":1,"c":1}}', "'c' is given twice", None),
        (b"[NaN]", "NaN is not a JSON number", None),
        (b"[-Infinity]", "-Infinity is not a JSON number", None),
        (b"[1e999]", "too large", None),
        (b"[" + b"9" * (MAX_INTEGER_DIGITS + 1) + b"]", "161 digits", None),
        (b"[" + b"9" * 100_000 + b"]", "100000 digits", None),
        (b'["\\ud800"]', "surrogate", None),
        (b'{"\\udc00": 1}', "surrogate", None),
    ],
)
def test_what_has_no_single_meaning_is_refused_with_the_place(data, words, offset):
    with pytest.raises(FileError) as caught:
        load(data)
    assert words in str(caught.value)
    assert str(caught.value).startswith("input.json")
    assert caught.value.offset == offset


def test_depth_is_bounded_with_the_offset_of_the_bracket():
    good = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert load(good) is not None
    with pytest.raises(FileError, match="levels of brackets") as caught:
        load(b'["' + b"[" * 50 + b'\\"[",' + b"[" * 500_000)
    assert caught.value.offset == 2 + 50 + 5 + MAX_DEPTH - 1


def test_brackets_in_texts_do_not_count_as_depth():
    assert load(json.dumps(["[" * 100, '{"\\"[' * 50]).encode()) == ["[" * 100, '{"\\"[' * 50]


def test_an_unclosed_text_full_of_escapes_is_refused_quickly():
    with pytest.raises(FileError, match="not JSON"):
        load(b"[" * 31 + b'{"' + b"\\" * 900_001)


def test_the_size_limit_is_exact():
    assert load(b"[1]", max_bytes=3) == [1]
    with pytest.raises(FileError, match="4 bytes are more than the 3 allowed"):
        load(b"[12]", max_bytes=3)


def test_a_long_name_is_shortened_and_escaped():
    name = "\x1b[31m" + "x" * 10_000
    with pytest.raises(FileError) as caught:
        load(json.dumps({"k": 0})[:-1].encode() + f", {json.dumps(name)}: 1, {json.dumps(name)}: 2}}".encode())
    assert len(str(caught.value)) < 120
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "data", [b'{"secret": "4242424242", }', b'{"s": 4242424242, "s": 4242424242}', b'["4242424242\\ud800"]']
)
def test_the_error_holds_no_value_of_the_file(data):
    with pytest.raises(FileError) as caught:
        load(data)
    assert caught.value.__context__ is None
    assert "4242424242" not in "".join(traceback.format_exception(caught.value))


#: Small files that would grow to gigabytes, or keep the parser busy for a minute.
SWOLLEN = {
    "lists": b"[" + b"[]," * (1 << 20) + b"[]]",
    "objects": b"[" + b"{}," * (1 << 20) + b"{}]",
    "unclosed lists": b"[" * (2 << 20),
    "names": b"{" + b",".join(b'"%d":1' % i for i in range((1 << 17) + 1)) + b"}",
    "values": b"[" + b"0," * (1 << 22) + b"0,0]",
}


@pytest.mark.parametrize("name", SWOLLEN)
def test_a_file_of_too_many_parts_is_refused_before_it_is_parsed(name):
    with bounded(seconds=1, mebibytes=20), pytest.raises(FileError, match=r"more than \d+ times the character "):
        load(SWOLLEN[name], max_bytes=64 << 20)


@pytest.mark.slow
@pytest.mark.parametrize("share", [4, pytest.param(1, marks=pytest.mark.nightly)])
def test_as_many_parts_as_are_taken_cost_little(share):
    """Counting memory takes most of the time, so the short form takes a quarter of them, within a quarter."""
    names = b"{" + b",".join(b'"%d":1' % i for i in range(MOST[b":"] // share)) + b"}"
    lists = b"[" + b"[]," * (MOST[b"["] // share - 2) + b"[]]"
    for data in (names, lists):
        with bounded(seconds=10, mebibytes=150 / share, covered=False):
            load(data, max_bytes=64 << 20)


def test_exactly_as_many_parts_as_are_taken_are_not_too_many():
    for character, most in MOST.items():
        with pytest.raises(FileError, match="not JSON"):
            load(b"}" + character * most, max_bytes=64 << 20)
        with pytest.raises(FileError, match="more than"):
            load(b"}" + character * (most + 1), max_bytes=64 << 20)


def test_closing_brackets_alone_are_no_work():
    with bounded(seconds=1, mebibytes=20), pytest.raises(FileError, match="not JSON"):
        load(b"[]" * 40 + b"]" * 8_000_000, max_bytes=64 << 20)


def test_looking_for_brackets_is_linear_whatever_stands_between_them():
    head = b"[" * 31 + b"{}" * 9
    for tail in (b" " * 4_000_000, b'"' + b"a" * 4_000_000, b'"\\' * 1_000_000, b'""' * 1_000_000, b"\\" * 2_000_000):
        with bounded(seconds=3, mebibytes=40), pytest.raises(FileError, match="not JSON"):
            load(head + tail, max_bytes=64 << 20)


def test_a_value_in_a_names_place_is_not_shown():
    with pytest.raises(FileError, match=r"the name '\[redacted\]' is given twice") as caught:
        load(b'{"20888242871839275111246405745157": 1, "20888242871839275111246405745157": 2}')
    assert "2088" not in str(caught.value)
