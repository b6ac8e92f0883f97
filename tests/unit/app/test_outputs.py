import errno
import os
import sys
import threading

import pytest

from zkcompanion.app.outputs import Outputs, require_writable
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX, write_atomic
from zkcompanion.base.errors import FileError, ResourceError

not_as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may write anywhere"
)


def test_public_files_are_written_with_the_users_own_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        outputs = Outputs()
    finally:
        os.umask(mask)
    path = tmp_path / "new" / "folder" / "proof.json"
    outputs.write_public({path: b"{}"})
    assert path.read_bytes() == b"{}"
    assert path.stat().st_mode & 0o777 == 0o640


def test_building_it_leaves_the_file_mask_as_it_was():
    before = os.umask(0o022)
    try:
        Outputs()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_an_abrupt_end_takes_away_what_is_half_written_and_nothing_else(tmp_path):
    outputs = Outputs()
    kept = tmp_path / "kept.json"
    kept.write_text("old")
    foreign = [tmp_path / f".of-another-process-{number}{TEMPORARY_SUFFIX}" for number in range(2)]
    foreign[0].write_text("")
    begun, go_on = threading.Event(), threading.Event()

    def slow(stream):
        stream.write(b"half")
        stream.flush()
        begun.set()
        go_on.wait(10)

    def work():
        with outputs.writing(kept):
            write_atomic(kept, slow)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(10)
        assert len(list(tmp_path.iterdir())) == 3
        # another process writes into the same folder, and began later than we
        foreign[1].write_text("")
        outputs.abandon()
        assert {path.name for path in tmp_path.iterdir()} == {"kept.json", *(path.name for path in foreign)}
        assert kept.read_text() == "old"
    finally:
        # its rename fails now, as the draft is gone
        threading.excepthook, former = (lambda _: None), threading.excepthook
        go_on.set()
        thread.join()
        threading.excepthook = former


def test_after_an_abrupt_end_was_announced_no_file_is_begun(tmp_path):
    outputs = Outputs()
    outputs.abandon()
    thread = threading.Thread(target=lambda: outputs.write_public({tmp_path / "late.json": b""}), daemon=True)
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_is_a_matter_of_resources(tmp_path, number):
    with (
        pytest.raises(ResourceError, match=r"proof\.json cannot be written"),
        Outputs().writing(tmp_path / "proof.json"),
    ):
        raise OSError(number, os.strerror(number))


def test_other_errors_of_the_system_name_the_file(tmp_path):
    path = tmp_path / "proof.json"
    with pytest.raises(FileError, match="cannot be written: Permission denied") as caught, Outputs().writing(path):
        raise PermissionError(errno.EACCES, "Permission denied")
    assert caught.value.file == str(path)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(FileError):
        Outputs().write_public({tmp_path / "out" / "proof.json": b""})


def test_a_place_is_looked_at_before_the_work(tmp_path):
    require_writable(tmp_path / "a" / "b" / "proof.json")
    (tmp_path / "file").write_text("")
    require_writable(tmp_path / "file")
    with pytest.raises(FileError, match="is not a folder"):
        require_writable(tmp_path / "file" / "proof.json")
    with pytest.raises(FileError, match="there is a folder of this name"):
        require_writable(tmp_path)
    assert not (tmp_path / "a").exists()


@not_as_root
def test_a_read_only_folder_is_refused_before_the_work(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="is read-only"):
            require_writable(tmp_path / "proof.json")
    finally:
        tmp_path.chmod(0o700)
