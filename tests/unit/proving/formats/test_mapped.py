import os
import sys
from pathlib import Path

import numpy as np
import pytest

from zkcompanion.base.errors import ExitCode, FileError
from zkcompanion.proving.formats import mapped
from zkcompanion.proving.formats.mapped import MappedFile, read_bounded

both = pytest.mark.parametrize("open_it", [read_bounded, MappedFile])


def test_a_file_is_mapped_and_read_with_the_same_content(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"some content")
    with MappedFile(path, max_bytes=12) as file:
        assert file.file == str(path)
        assert bytes(file.data) == b"some content"
    assert file.data == b""
    assert read_bounded(path, max_bytes=12) == b"some content"


def test_an_empty_file_is_empty_data(tmp_path):
    path = tmp_path / "a"
    path.touch()
    with MappedFile(path, max_bytes=1) as file:
        assert file.data == b""
    assert read_bounded(path, max_bytes=1) == b""


@both
def test_a_file_above_the_limit_is_refused_with_both_sizes(tmp_path, open_it):
    path = tmp_path / "a"
    path.write_bytes(bytes(13))
    with pytest.raises(FileError, match="13 bytes; at most 12") as caught:
        open_it(path, max_bytes=12)
    assert caught.value.exit_code == ExitCode.BAD_FILE
    assert caught.value.file == str(path)


@both
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, open_it):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, "/dev/zero"):
        with pytest.raises(FileError, match="regular file"):
            open_it(path, max_bytes=100)


@both
def test_a_missing_file_is_a_file_error(tmp_path, open_it):
    with pytest.raises(FileError, match="No such file"):
        open_it(tmp_path / "no", max_bytes=100)


@both
def test_a_name_that_is_none_is_a_file_error(open_it):
    with pytest.raises(FileError, match="not a file name"):
        open_it("a\0b", max_bytes=100)


def test_an_array_outlives_the_closed_map(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(16)))
    with MappedFile(path, max_bytes=16) as file:
        array = np.frombuffer(file.data, dtype=np.uint8)
    file.close()
    assert array.tolist() == list(range(16))


def test_a_file_that_cannot_be_mapped_is_a_file_error(tmp_path, monkeypatch):
    def no_map(*arguments, **keywords):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mapped.mmap, "mmap", no_map)
    path = tmp_path / "a"
    path.write_bytes(b"x")
    with pytest.raises(FileError, match="cannot be mapped"):
        MappedFile(path, max_bytes=16)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_file_that_grows_or_cannot_be_read_is_a_file_error():
    # files of /proc claim to be empty
    with pytest.raises(FileError, match="changed while it was read"):
        read_bounded("/proc/self/status", max_bytes=16)
    with pytest.raises(FileError, match="cannot be read"):
        read_bounded("/proc/self/mem", max_bytes=16)


def test_no_descriptor_is_left_open(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(13))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for open_it in (read_bounded, MappedFile):
        for name in (path, tmp_path):
            with pytest.raises(FileError):
                open_it(name, max_bytes=12)
    read_bounded(path, max_bytes=13)
    MappedFile(path, max_bytes=13).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
