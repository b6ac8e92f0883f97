"""Small files of the system: what is read of them, and what is no value."""

import os

import pytest

from zkcompanion.base.systemfiles import fields, lines, lines_or_none, number, numbers_of, text, whole, whole_of


def test_no_more_is_read_than_the_bound_and_nothing_is_waited_for(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"ab\ncd\xff\n")
    assert lines(path) == ["ab", "cd\ufffd"]
    assert lines(path, 2) == ["ab"]
    path.write_bytes(b"")
    assert (lines(path), text(path)) == ([""], "")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert (lines(pipe), text(pipe)) == ([""], ""), "a pipe is empty until somebody writes"
    assert lines_or_none(tmp_path) == lines_or_none(tmp_path / "none") == []
    assert text(tmp_path) == ""
    with pytest.raises(OSError):
        lines(tmp_path)


def test_a_link_is_followed(tmp_path):
    (tmp_path / "file").write_text("7\n")
    (tmp_path / "link").symlink_to("file")
    assert (number(tmp_path / "link"), whole(tmp_path / "link")) == (7.0, 7)


@pytest.mark.parametrize(
    ("word", "value"), [("0", 0), ("12", 12), ("", None), ("-1", None), ("1.5", None), ("٣", None), ("9" * 20, None)]
)
def test_plain_numbers(word, value):
    assert whole_of(word) == value


@pytest.mark.parametrize(
    ("ranges", "numbers"),
    [
        ("0-3,8", {0, 1, 2, 3, 8}),
        ("5", {5}),
        ("", set()),
        ("3-1", set()),
        ("0-9999999", set()),
        ("a", set()),
        ("0-", {0}),
        ("1,,2", set()),
    ],
)
def test_lists_of_processors(ranges, numbers):
    assert numbers_of(ranges) == numbers


def test_fields_are_the_first_of_their_name():
    assert fields(["a : 1", "b", "a: 2", "c:x:y"]) == {"a": "1", "c": "x:y"}
    assert fields(["low 3"], " ") == {"low": "3"}
