"""The log on the disk: private, bounded, whole lines of several processes, and nothing in it that names a value."""

import logging
import os
import re
import subprocess
import sys

import pytest

from zkcompanion.base import logfile
from zkcompanion.base.errors import FileError
from zkcompanion.base.filelock import locked
from zkcompanion.base.logfile import FILE_NAME, LogFile, keep_log, last_lines, log_files
from zkcompanion.base.logs import ROOT_NAME, get_logger
from zkcompanion.base.messages import msg

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
SECRET = 21888242871839275222246405745257275088548364400416034343698204186575808495610


@pytest.fixture
def log(tmp_path):
    """`log(**options)` opens a log file; `log.say(text)` is a record to all of them."""
    opened, logger = [], get_logger("zkcompanion.test_logfile")
    logger.propagate, level = False, logger.level
    logger.setLevel(logging.INFO)

    def make(folder=lambda: tmp_path, **options):
        opened.append(LogFile(folder, **options))
        logger.addHandler(opened[-1])
        return opened[-1]

    make.say = logger.info
    make.logger = logger
    yield make
    for one in opened:
        logger.removeHandler(one)
        one.close()
    logger.propagate = True
    logger.setLevel(level)


def test_nothing_is_made_before_the_first_record(log, tmp_path):
    handler = log()
    assert list(tmp_path.iterdir()) == []
    log.say("hello")
    handler.close()
    log.say("hello again")
    assert [line.partition(": ")[2] for line in last_lines(tmp_path, 9)] == ["hello", "hello again"]
    assert [line.partition(": ")[2] for line in last_lines(tmp_path, 1)] == ["hello again"]


@posix
def test_the_file_is_its_owner_s_alone(log, tmp_path):
    (tmp_path / FILE_NAME).touch(mode=0o644)
    log()
    log.say("hello")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_no_value_and_no_path_is_kept(log, tmp_path):
    log()
    log.say("value %s %x [%d, 2, 3, 4] of %s", SECRET, SECRET, 1, "/srv/anna/a.zkey")
    try:
        raise ValueError("1234")
    except ValueError:
        log.logger.exception("failed")
    text = (tmp_path / FILE_NAME).read_text()
    assert "zkcompanion.test_logfile: value [redacted] [redacted] [[redacted]] of [path]" in text
    assert "ValueError\n  tests/unit/base/test_logfile.py, line " in text
    assert not re.search(r"\d{5}|anna", text)


def test_it_turns_over_by_size_and_keeps_some(log, tmp_path):
    log(max_bytes=500, kept=2)
    for number in range(40):
        log.say("record %d", number)
        assert all(path.stat().st_size < 600 for path in tmp_path.iterdir())
    names = [path.name for path in log_files(tmp_path)]
    assert {path.name for path in tmp_path.iterdir()} - set(names) == {"zkcompanion.log.lock"}
    assert len(names) == 3
    numbers = [int(line.rpartition(" ")[2]) for line in last_lines(tmp_path, 100)]
    assert numbers == list(range(numbers[0], 40))
    assert len(numbers) > 10


WRITER = """
import sys
from pathlib import Path
from zkcompanion.base.logfile import LogFile
from zkcompanion.base.logs import get_logger
handler = LogFile(lambda: Path(sys.argv[1]), max_bytes=4000, kept=50)
logger = get_logger("writer")
logger.addHandler(handler)
logger.setLevel("INFO")
logger.propagate = False
for number in range(300):
    logger.info("%s %d end", sys.argv[2], number)
"""


def test_lines_of_several_processes_stay_whole_while_it_turns_over(tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], stderr=subprocess.PIPE)
        for name in ("a", "b")
    ]
    assert [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers] == [(b"", 0)] * 2
    files = [path for path in tmp_path.iterdir() if path.name != "zkcompanion.log.lock"]
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert len(files) > 5
    assert sorted(line.partition(": ")[2] for line in lines) == sorted(
        f"{name} {number} end" for name in "ab" for number in range(300)
    )


@posix
@pytest.mark.parametrize("kind", ["link", "second-name", "folder", "pipe"])
def test_what_is_no_file_of_ours_is_not_written(log, tmp_path, kind):
    path, other = tmp_path / "state" / FILE_NAME, tmp_path / "other"
    path.parent.mkdir()
    other.write_text("mine")
    match kind:
        case "link":
            path.symlink_to(other)
        case "second-name":
            path.hardlink_to(other)
        case "folder":
            path.mkdir()
        case _:
            os.mkfifo(path)
    log(lambda: path.parent)
    log.say("hello")
    assert other.read_text() == "mine"


@posix
def test_a_file_of_another_user_is_not_written(log, tmp_path, monkeypatch):
    (tmp_path / FILE_NAME).write_text("theirs")
    monkeypatch.setattr(logfile.os, "geteuid", lambda: 4711)
    log()
    log.say("hello")
    assert (tmp_path / FILE_NAME).read_text() == "theirs"


def test_a_folder_that_cannot_be_had_costs_the_record_alone(log, tmp_path):
    def refuse():
        raise FileError(msg("no"), file="state")

    log(refuse)
    log.say("hello")
    assert last_lines(tmp_path, 5) == []


def test_a_file_that_was_removed_is_begun_anew(log, tmp_path):
    log()
    log.say("one")
    (tmp_path / FILE_NAME).unlink()
    log.say("two")
    assert len(last_lines(tmp_path, 9)) == 1


@posix
def test_whoever_comes_second_turns_nothing_over(log, tmp_path, monkeypatch):
    log(max_bytes=10)

    @logfile.contextlib.contextmanager
    def busy(path):
        yield None

    monkeypatch.setattr(logfile, "locked", busy)
    log.say("a record")
    log.say("a record")
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@posix
def test_a_file_that_another_process_turned_over_meanwhile_is_left_to_it(log, tmp_path, monkeypatch):
    log(max_bytes=40)
    real = logfile.locked

    @logfile.contextlib.contextmanager
    def late(path):
        with real(path) as held:
            (tmp_path / FILE_NAME).rename(tmp_path / "by another")
            yield held

    monkeypatch.setattr(logfile, "locked", late)
    log.say("a record")
    log.say("a record")
    assert not (tmp_path / f"{FILE_NAME}.1").exists()
    monkeypatch.undo()
    log.say("the last")
    assert "the last" in (tmp_path / f"{FILE_NAME}.1").read_text()


def test_keeping_the_log_hears_what_is_worth_keeping(tmp_path):
    root = logging.getLogger(ROOT_NAME)
    before = root.level
    try:
        for level in (logging.NOTSET, logging.ERROR, logging.DEBUG):
            root.setLevel(level)
            handler = keep_log(lambda: tmp_path)
            assert root.level == (logging.DEBUG if level == logging.DEBUG else logging.INFO)
            get_logger("tool").info("kept")
            get_logger("tool").debug("not kept")
            root.removeHandler(handler)
            handler.close()
    finally:
        root.setLevel(before)
    assert [line.partition(": ")[2] for line in last_lines(tmp_path, 9)] == ["kept"] * 3


def test_a_logger_without_our_filter_keeps_no_text_of_an_exception(tmp_path):
    handler, logger = LogFile(lambda: tmp_path), logging.Logger("plain")
    logger.addHandler(handler)
    try:
        raise ValueError("1234")
    except ValueError:
        logger.exception("failed")
    handler.close()
    text = (tmp_path / FILE_NAME).read_text()
    assert "ValueError\n" in text
    assert "1234\n" not in text


@pytest.mark.parametrize("name", [f"{FILE_NAME}.1", f"{FILE_NAME}.2", f"{FILE_NAME}.lock"])
def test_a_folder_in_the_place_of_an_older_one_or_of_the_lock_leaves_it_bounded(log, tmp_path, name):
    (tmp_path / name / "x").mkdir(parents=True)
    log(max_bytes=2000)
    for _ in range(200):
        log.say("some words, and some more, so that it is long")
        assert sum(path.stat().st_size for path in log_files(tmp_path)[:1] if path.exists()) < 4 * 2000 + 100


@posix
def test_a_lock_that_a_stopped_process_holds_is_waited_for_seldom(log, tmp_path, monkeypatch):
    monkeypatch.setattr("zkcompanion.base.filelock._TRIES", 1)
    asked = []
    monkeypatch.setattr(logfile, "locked", lambda path: asked.append(path) or locked(path))
    with locked(tmp_path / f"{FILE_NAME}.lock"):
        log(max_bytes=2000)
        for _ in range(100):
            log.say("some words, and some more, so that it is long")
            assert (tmp_path / FILE_NAME).stat().st_size < 4 * 2000 + 100
    assert 3 <= len(asked) <= 12


def test_a_record_that_cannot_be_put_together_costs_nobody_anything(log, tmp_path):
    class Odd:
        def __str__(self):
            raise RuntimeError

    log()
    log.logger.info("%d", "x")
    log.logger.info("%s", Odd())
    assert [line.rpartition(":")[2] for line in last_lines(tmp_path, 9)] == [
        f" A record cannot be put together ({name})." for name in ("TypeError", "RuntimeError")
    ]
