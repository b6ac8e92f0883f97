import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from zkcompanion.base import atomicfile
from zkcompanion.base.atomicfile import (
    TEMPORARY_SUFFIX,
    own_temporaries,
    process_token,
    remove_stale_temporaries,
    remove_temporaries,
    temporary_beside,
    write_atomic,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes, links and devices")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("data", [b"", b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_the_file_holds_the_data_and_nothing_else_is_left(tmp_path, data):
    write_atomic(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == bytes(data)
    assert names(tmp_path) == ["a"]


def test_a_function_may_write_the_data_in_pieces(tmp_path):
    def fill(stream):
        stream.write(b"tail")
        stream.seek(0)
        stream.write(b"T")

    write_atomic(tmp_path / "a", fill)
    assert (tmp_path / "a").read_bytes() == b"Tail"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_mode_is_exact_whatever_the_umask(tmp_path, mode):
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "a", b"", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "a").write_bytes(b"old")

    def fail(stream):
        stream.write(b"half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_atomic(tmp_path / "a", fail)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_failing_rename_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomic(tmp_path / "folder", b"x")
    assert names(tmp_path) == ["folder"]


@posix
def test_a_full_disk_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    code = (
        "import resource, signal, sys, pathlib\n"
        "from zkcompanion.base.atomicfile import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))\n"
        "code = 0\n"
        "try:\n    write_atomic(pathlib.Path(sys.argv[1]), bytes(100_000))\n"
        "except OSError:\n    code = 7\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=False, timeout=60)
    assert done.returncode == 7
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_name_as_long_as_the_system_allows_works(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomic(path, b"1")
    assert path.read_bytes() == b"1"


@posix
def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("real/file")
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"new"


@posix
@pytest.mark.parametrize("target", ["file", "nothing", "/dev/null"])
def test_a_link_is_replaced_where_links_are_not_followed(tmp_path, target):
    (tmp_path / "file").write_bytes(b"precious")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomic(link, b"new", follow_links=False)
    assert not link.is_symlink()
    assert link.read_bytes() == b"new"
    assert (tmp_path / "file").read_bytes() == b"precious"
    assert names(tmp_path) == ["file", "link"]


@posix
def test_a_device_is_written_and_not_replaced(tmp_path):
    before = Path("/dev/null").stat().st_rdev
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    write_atomic(link, b"gone")
    write_atomic(Path("/dev/null"), b"gone")
    assert Path("/dev/null").stat().st_rdev == before
    assert link.is_symlink()


@posix
def test_a_pipe_is_written_in_place(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomic(pipe, b"through")
    reader.join(timeout=30)
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_standard_output_may_be_named(tmp_path):
    code = (
        "import pathlib\nfrom zkcompanion.base.atomicfile import write_atomic\n"
        "write_atomic(pathlib.Path('/dev/stdout'), b'{}')\n"
    )
    with (tmp_path / "out").open("wb") as stream:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=stream, timeout=60)
    assert (tmp_path / "out").read_bytes() == b"{}"


@posix
def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path):
    atomicfile.sync_folder(tmp_path / "missing")


def test_a_reader_sees_one_whole_version_or_another(tmp_path):
    path = tmp_path / "a"
    versions = [bytes([n]) * 200_000 for n in range(8)]
    write_atomic(path, versions[0])
    stop = threading.Event()
    bad = []

    def read():
        while not stop.is_set():
            content = path.read_bytes()
            if content not in versions:
                bad.append(content)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        for version in versions:
            write_atomic(path, version)
    stop.set()
    reader.join(timeout=30)
    assert bad == []


def test_a_process_knows_its_own_temporary_files(tmp_path):
    target = tmp_path / ("n" * 255)
    own = [temporary_beside(target) for _ in range(3)]
    for path in own[:2]:
        path.write_bytes(b"")
    (tmp_path / f".another{TEMPORARY_SUFFIX}").write_bytes(b"")
    target.write_bytes(b"")
    assert own_temporaries(tmp_path) == {path.name for path in own[:2]}
    assert own_temporaries(tmp_path / "none") == set()


def test_stale_temporary_files_go_whoever_left_them_and_others_stay(tmp_path):
    found = (f".old{TEMPORARY_SUFFIX}", f".new{TEMPORARY_SUFFIX}", f"visible{TEMPORARY_SUFFIX}", "old.json")
    for name in found:
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (0, 0))
    os.utime(tmp_path / found[1], (5000, 5000))
    remove_stale_temporaries(tmp_path, 5000.0)
    assert {path.name for path in tmp_path.iterdir()} == set(found[1:])
    remove_stale_temporaries(tmp_path / "none", 5000.0)


def test_what_a_killed_process_left_is_removed_by_its_token(tmp_path):
    mine = temporary_beside(tmp_path / "a")
    other = tmp_path / f".0123abcd-0{TEMPORARY_SUFFIX}"
    for path in (mine, other, tmp_path / "kept"):
        path.write_bytes(b"x")
    remove_temporaries(tmp_path, "0123abcd")
    assert names(tmp_path) == sorted([mine.name, "kept"])
    assert own_temporaries(tmp_path) == {mine.name}
    remove_temporaries(tmp_path, process_token())
    remove_temporaries(tmp_path / "none", process_token())
    assert names(tmp_path) == ["kept"]


def test_at_the_end_of_a_process_no_file_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(atomicfile, "_ending", threading.Event())
    monkeypatch.setattr(atomicfile.threading, "Event", lambda: Waits)
    write_atomic(tmp_path / "a", b"1")
    atomicfile.begin_no_more()
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "b", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


class Waits:
    @staticmethod
    def wait():
        raise KeyboardInterrupt
