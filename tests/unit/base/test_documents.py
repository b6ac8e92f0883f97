import errno
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base import documents
from zkcompanion.base.documents import read_document, set_aside, write_document
from zkcompanion.base.errors import FileError, ResourceError

MOST = 1 << 16


def read(path):
    return read_document(path, max_bytes=MOST)


def test_what_is_written_is_read_and_private(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"version": 1, "name": "ä\N{SNOWMAN}", "list": [1, 2.5, None, True]})
    found = read(path)
    assert found.data == {"version": 1, "name": "ä\N{SNOWMAN}", "list": [1, 2.5, None, True]}
    assert found.notice is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_an_empty_document(tmp_path):
    found = read(tmp_path / "a.json")
    assert (found.data, found.notice) == ({}, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xff",
        b"[" * 100_000,
        b" " * (MOST + 1),
        b"1" * 5000,
    ],
)
def test_what_is_no_document_is_set_aside_and_said(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    found = read(path)
    assert found.data == {}
    assert str(found.notice) == "a.json was damaged. It was set aside as a.damaged-1.json."
    assert not path.exists()
    assert (tmp_path / "a.damaged-1.json").read_bytes() == content


def test_earlier_damage_is_kept_and_the_ninth_is_replaced(tmp_path):
    path = tmp_path / "a.json"
    for number in range(11):
        path.write_text(str(number))
        set_aside(path)
    kept = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert kept == {f"a.damaged-{n}.json": str(n - 1) for n in range(1, 9)} | {"a.damaged-9.json": "10"}


def test_a_folder_in_the_file_s_place_is_set_aside_too(tmp_path):
    (tmp_path / "a.json").mkdir()
    assert "set aside as" in str(read(tmp_path / "a.json").notice)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
@pytest.mark.parametrize("writer", [False, True])
def test_a_pipe_or_a_device_in_the_file_s_place_is_not_waited_for(tmp_path, writer):
    path = tmp_path / "a.json"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR) if writer else None
    assert "set aside as" in str(read(path).notice)
    if held is not None:
        os.close(held)
    path.symlink_to("/dev/zero")
    assert "set aside as" in str(read(path).notice)


def test_what_cannot_be_set_aside_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("{")
    monkeypatch.setattr(documents.Path, "replace", failing(errno.EROFS))
    assert str(read(path).notice) == "a.json is damaged and could not be set aside."
    assert path.read_text() == "{"


def failing(number):
    def fail(*arguments, **keywords):
        raise OSError(number, "as the test wants it")

    return fail


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, ResourceError),
        (errno.EDQUOT, ResourceError),
        (errno.EROFS, FileError),
        (errno.EACCES, FileError),
        (errno.EIO, FileError),
    ],
)
def test_a_disk_that_refuses_is_an_error_of_ours_and_the_old_file_stays(tmp_path, monkeypatch, number, kind):
    path = tmp_path / "a.json"
    write_document(path, {"a": 1})
    monkeypatch.setattr("zkcompanion.base.atomicfile.os.fsync", failing(number))
    with pytest.raises(kind, match="as the test wants it"):
        write_document(path, {"a": 2})
    assert read(path).data == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_an_error_without_words_is_named_by_its_kind(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError

    monkeypatch.setattr(documents, "write_atomic", fail)
    with pytest.raises(FileError, match="OSError"):
        write_document(tmp_path / "a.json", {})


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner), max_leaves=12
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), TREES, max_size=6))
def test_every_document_comes_back(quick_folder, data):
    path = quick_folder() / "a.json"
    write_document(path, data)
    found = read(path)
    assert (found.data, found.notice) == (data, None)
    write_document(path, data, indent=None)
    assert json.loads(path.read_bytes()) == data
