import faulthandler
import io
import logging
import os
import re
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zkcompanion.app import crashmarks, health
from zkcompanion.app.diagnostics import Diagnostics
from zkcompanion.app.health import cache_lines, kernel_lines, storage_lines
from zkcompanion.app.preferences import SCHEMA as SETTINGS
from zkcompanion.base.errors import FileError
from zkcompanion.base.logfile import LogFile
from zkcompanion.base.logs import get_logger, start_logging
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import SealedStore
from zkcompanion.storage.store import Store

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class StoppedClock:
    def __init__(self, now_s=1_795_000_000.0):
        self.now_s = now_s

    def unix_s(self):
        return self.now_s


@pytest.fixture
def open_diagnostics(tmp_path):
    opened = []

    def make(**options):
        opened.append(Diagnostics(AppDirs(tmp_path), clock=StoppedClock(), **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def caught(error):
    try:
        raise error
    except type(error) as raised:
        return raised


# -- the report


def test_a_report_says_what_is_installed_on_what_machine(open_diagnostics):
    text = open_diagnostics(settings=lambda: {"theme": "dark", "threads": 2}).report()
    assert text.startswith("ZK Companion 0.1.0, 2026-11-18 ")
    for part in ("numpy ", "llvmlite ", "PySide6_Essentials ", "Python 3.", "Processor: ", "Memory: ", " GiB"):
        assert part in text
    assert "  theme: dark\n  threads: 2\n" in text
    assert text.endswith("Log\n")


def test_a_report_has_the_last_log_records_and_faults(open_diagnostics):
    diagnostics = open_diagnostics()
    get_logger("zkcompanion.test").warning("something odd")
    path = diagnostics.record(caught(ValueError("1234")), "prove page")
    text = diagnostics.report()
    assert "WARNING zkcompanion.test: something odd" in text
    assert f"Fault {path.name}" in text
    assert "command: prove page" in text
    assert "builtins.ValueError" in text
    assert "1234" not in text.partition("Fault ")[2]


def test_only_the_last_three_faults_go_into_a_report(tmp_path):
    clock = StoppedClock()
    diagnostics = Diagnostics(AppDirs(tmp_path), clock=clock)
    names = []
    for _ in range(5):
        clock.now_s += 1
        names.append(diagnostics.record(caught(ValueError()), "x").name)
    text = diagnostics.report()
    assert [name in text for name in names] == [False, False, True, True, True]
    diagnostics.close()


def test_a_secret_that_slipped_into_log_error_or_setting_is_not_in_the_report(open_diagnostics):
    secret = secrets.randbelow(1 << 253) | 1 << 252
    diagnostics = open_diagnostics(settings=lambda: {"odd": secret})
    get_logger("zkcompanion.test").error("value %d, %x, %s", secret, secret, f"a{secret}b")
    diagnostics.record(caught(ValueError(secret)), f"page {secret}")
    text = diagnostics.report()
    assert "[redacted]" in text
    for form in (str(secret), f"{secret:x}", f"{secret:X}", str(secret)[:20], str(secret)[-20:]):
        assert form not in text


def test_the_user_s_name_is_not_in_the_report(open_diagnostics, monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "anna")
    diagnostics = open_diagnostics(settings=lambda: {"odd": tmp_path / "anna" / "b"})
    get_logger("zkcompanion.test").warning("cannot read %s", tmp_path / "anna" / "a.zkey")
    text = diagnostics.report()
    assert "cannot read [path]" in text
    assert "odd: ~/b" in text
    assert "anna" not in text


def test_a_home_that_is_the_root_or_unknown_changes_nothing(open_diagnostics, monkeypatch):
    diagnostics = open_diagnostics(settings=lambda: {"odd": Path("/a/b")})
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert "odd: /a/b" in diagnostics.report()

    def unknown():
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", unknown)
    assert "odd: /a/b" in diagnostics.report()


def without_memory(report):
    """Free memory changes from one report to the next."""
    return [line for line in report.splitlines() if not line.endswith(" free")]


def test_what_was_read_is_what_is_saved(open_diagnostics, tmp_path):
    diagnostics = open_diagnostics()
    path = tmp_path / "report.txt"
    diagnostics.save(path, "as it was read\n")
    assert path.read_text() == "as it was read\n"
    assert path.stat().st_mode & 0o777 == 0o600
    diagnostics.save(path)
    assert without_memory(path.read_text()) == without_memory(diagnostics.report())


def test_a_place_that_cannot_be_written_is_said(open_diagnostics, tmp_path):
    with pytest.raises(FileError, match="The report cannot be written"):
        open_diagnostics().save(tmp_path / "nowhere" / "report.txt", "x")


def test_a_fault_that_cannot_be_written_down_is_no_second_fault(open_diagnostics, tmp_path):
    (tmp_path / "state").write_text("")
    diagnostics = open_diagnostics()
    assert diagnostics.record(caught(ValueError()), "x") is None
    assert "Fault" not in diagnostics.report()
    assert diagnostics.last_crash() is None
    diagnostics.dismiss_crash()
    diagnostics.watch_crashes()
    assert "Crashes cannot be watched (FileError)." in diagnostics.report()
    diagnostics.forget()


def test_a_fault_that_cannot_be_read_is_left_out(open_diagnostics, tmp_path):
    diagnostics = open_diagnostics()
    path = diagnostics.record(caught(ValueError()), "x")
    path.unlink()
    path.mkdir()
    assert "Fault" not in diagnostics.report()


def test_closing_lets_go_of_the_log(open_diagnostics):
    before = list(logging.getLogger("zkcompanion").handlers)
    diagnostics = open_diagnostics()
    assert len(logging.getLogger("zkcompanion").handlers) == len(before) + 1
    diagnostics.close()
    diagnostics.close()
    assert logging.getLogger("zkcompanion").handlers == before


def test_it_hears_the_log_of_a_face_that_began_before(open_diagnostics):
    root = logging.getLogger("zkcompanion")
    before, level = list(root.handlers), root.level
    try:
        start_logging(io.StringIO())
        diagnostics = open_diagnostics()
        get_logger("zkcompanion.test").info("hello")
        assert "hello" in diagnostics.report()
    finally:
        for handler in list(root.handlers):
            root.removeHandler(handler)
        for handler in before:
            root.addHandler(handler)
        root.setLevel(level)


# -- how the last run ended

RUN = """
import faulthandler, os, signal, sys
from pathlib import Path
from zkcompanion.app.diagnostics import Diagnostics
from zkcompanion.base.paths import AppDirs

def break_down():
    {what}

diagnostics = Diagnostics(AppDirs(Path(sys.argv[1])))
diagnostics.watch_crashes()
break_down()
"""


def run(home, what):
    return subprocess.run(
        [sys.executable, "-c", RUN.format(what=what), str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def marks(home):
    return sorted(path.name.partition("-")[0] for path in (home / "state" / "runs").iterdir())


def test_a_clean_end_leaves_no_mark(tmp_path, open_diagnostics):
    assert run(tmp_path, "diagnostics.close()").returncode == 0
    assert marks(tmp_path) == []
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    assert diagnostics.last_crash() is None


@pytest.mark.parametrize("was_on", [True, False])
def test_python_s_own_fault_handler_is_as_it_was_before(open_diagnostics, monkeypatch, was_on):
    calls = []
    monkeypatch.setattr(faulthandler, "is_enabled", lambda: was_on)
    monkeypatch.setattr(faulthandler, "enable", lambda file, **_: calls.append(file))
    monkeypatch.setattr(faulthandler, "disable", lambda: calls.append("off"))
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    diagnostics.close()
    assert calls[1:] == ([sys.__stderr__] if was_on else ["off"])


TRAP_AFTER_WATCHING = """
import sys
from pathlib import Path
import wasmtime
from zkcompanion.app.diagnostics import Diagnostics
from zkcompanion.base.paths import AppDirs

def trap():
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, '(module (func (export "f") unreachable))')
    try:
        wasmtime.Instance(store, module, []).exports(store)["f"](store)
    except wasmtime.Trap:
        print("trapped", flush=True)

trap()
diagnostics = Diagnostics(AppDirs(Path(sys.argv[1])))
diagnostics.watch_crashes()
trap()
diagnostics.close()
trap()
"""


@posix
def test_traps_of_a_circuit_are_still_heard_after_watching_for_crashes(tmp_path):
    """Once all later tests of witnesses ended the process with SIGILL: watching had taken wasmtime's handler away."""
    command = [sys.executable, "-X", "faulthandler", "-c", TRAP_AFTER_WATCHING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "trapped\n" * 3), done.stderr


@posix
@pytest.mark.parametrize(
    ("what", "code", "title"),
    [
        ("faulthandler._sigsegv()", -signal.SIGSEGV, "Segmentation fault"),
        ("os.abort()", -signal.SIGABRT, "Aborted"),
        ("faulthandler._sigfpe()", -signal.SIGFPE, "Floating point exception"),
    ],
)
def test_a_crash_of_native_code_is_told_at_the_next_start_with_its_frames(
    tmp_path, open_diagnostics, what, code, title
):
    done = run(tmp_path, what)
    assert done.returncode == code
    assert done.stderr == "", "the frames go into the file"
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    crash = diagnostics.last_crash()
    assert (crash.ending, crash.version) == ("crash", "0.1.0")
    assert f"Fatal Python error: {title}" in crash.trace
    assert "in break_down" in crash.trace
    assert abs(crash.unix_s - crash.started_unix_s) < 60
    assert "was not closed: crash" in diagnostics.report()
    assert "in break_down" in diagnostics.report()


@posix
def test_a_run_that_was_killed_is_told_until_it_is_dismissed(tmp_path, open_diagnostics):
    assert run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL
    for _ in range(2):
        diagnostics = open_diagnostics()
        diagnostics.watch_crashes()
        crash = diagnostics.last_crash()
        assert (crash.ending, crash.trace, crash.unix_s) == ("killed", "", None)
        diagnostics.close()
    diagnostics.dismiss_crash()
    assert diagnostics.last_crash() is None
    assert marks(tmp_path) == []


@posix
def test_the_last_of_several_is_told(tmp_path, open_diagnostics):
    run(tmp_path, "os.abort()")
    run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    run(tmp_path, "faulthandler._sigsegv()")
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    assert "Segmentation fault" in diagnostics.last_crash().trace
    assert marks(tmp_path) == ["ended", "ended", "ended", "run"]


def test_a_run_that_is_alive_has_not_crashed(tmp_path, open_diagnostics):
    process = subprocess.Popen(
        [sys.executable, "-c", RUN.format(what="print(1, flush=True); input(); diagnostics.close()"), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "1\n"
        second = open_diagnostics()
        second.watch_crashes()
        assert second.last_crash() is None
        assert marks(tmp_path) == ["run", "run"]
        second.close()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(60) == 0
    assert marks(tmp_path) == []


def test_two_in_one_process_do_not_take_each_other_for_dead(tmp_path, open_diagnostics):
    first, second = open_diagnostics(), open_diagnostics()
    first.watch_crashes()
    first.watch_crashes()
    second.watch_crashes()
    assert (first.last_crash(), second.last_crash()) == (None, None)
    assert marks(tmp_path) == ["run", "run"]


@posix
def test_a_process_that_this_one_started_does_not_keep_its_mark_alive(tmp_path, open_diagnostics):
    started = (
        "import subprocess; child = subprocess.Popen(['sleep', '60'], stdout=-3, stderr=-3)"
        "; print(child.pid, flush=True); os.abort()"
    )
    done = run(tmp_path, started)
    try:
        diagnostics = open_diagnostics()
        diagnostics.watch_crashes()
        assert diagnostics.last_crash() is not None
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_only_the_last_five_are_remembered(tmp_path, open_diagnostics):
    folder = tmp_path / "state" / "runs"
    folder.mkdir(parents=True)
    for number in range(8):
        path = folder / f"run-{number}.txt"
        path.write_text(f"zkcompanion 0.1.0\nstarted {number}\n")
        os.utime(path, (number, number))
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    assert [name for name in marks(tmp_path) if name == "ended"] == ["ended"] * 5
    assert diagnostics.last_crash().started_unix_s == 7.0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"zkcompanion", b"started x\nstarted y\n", b"\n\n\n"])
def test_a_mark_that_was_cut_short_is_a_run_that_was_killed(tmp_path, open_diagnostics, content):
    folder = tmp_path / "state" / "runs"
    folder.mkdir(parents=True)
    path = folder / "run-1.txt"
    path.write_bytes(content)
    os.utime(path, (5, 5))
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    crash = diagnostics.last_crash()
    assert (crash.ending, crash.started_unix_s) == ("killed", 5.0)


def test_long_numbers_in_a_trace_are_struck_out(tmp_path, open_diagnostics):
    folder = tmp_path / "state" / "runs"
    folder.mkdir(parents=True)
    (folder / "run-1.txt").write_text("zkcompanion 0.1.0\nstarted 1\nThread 0x00007f1d5395 of 12345678901234567890\n")
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    assert "1234567890" not in diagnostics.last_crash().trace


def test_a_mark_that_goes_away_while_it_is_looked_at_is_no_crash(tmp_path, open_diagnostics, monkeypatch):
    folder = tmp_path / "state" / "runs"
    folder.mkdir(parents=True)
    (folder / "run-1.txt").write_text("")
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()

    def gone(*arguments, **keywords):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "open", gone)
    assert diagnostics.last_crash() is None
    monkeypatch.undo()
    monkeypatch.setattr(Path, "stat", gone)
    assert crashmarks._changed_ns(folder / "run-1.txt") == 0


def test_a_mark_that_cannot_be_locked_leaves_nothing_behind(tmp_path, open_diagnostics, monkeypatch):
    def refuse(descriptor):
        raise OSError

    monkeypatch.setattr(crashmarks, "_lock", refuse)
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    assert marks(tmp_path) == []
    assert "Crashes cannot be watched (OSError)." in diagnostics.report()


def test_past_faults_and_crashes_are_deleted_when_the_user_says_so(open_diagnostics, tmp_path):
    folder = tmp_path / "state" / "errors"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"error-{number}.txt").write_text("")
    (folder / "error-x.txt").mkdir()
    diagnostics = open_diagnostics()
    diagnostics.watch_crashes()
    (tmp_path / "state" / "runs" / "ended-1.txt").write_text("zkcompanion 0.1.0\nstarted 1\n")
    assert diagnostics.last_crash() is not None
    diagnostics.forget()
    assert diagnostics.last_crash() is None
    assert marks(tmp_path) == ["run"], "this one runs on"
    assert [path.name for path in folder.iterdir()] == ["error-x.txt"], "what cannot be deleted stays"
    assert "Fault " not in diagnostics.report()


# -- the log of all processes, and how things are


def test_what_other_processes_kept_stands_before_what_this_one_saw(open_diagnostics, tmp_path):
    state = AppDirs(tmp_path).state
    lines = [f"2026-11-18 10:00:00,{number:03} WARNING zkcompanion.other: line {number}" for number in range(300)]
    (state / "zkcompanion.log.1").write_text("\n".join(lines[:290]) + "\n")
    (state / "zkcompanion.log").write_text("\n".join(lines[290:]) + "\n")
    diagnostics = open_diagnostics()
    handler = LogFile(lambda: state)
    logger = get_logger("zkcompanion.test")
    logger.addHandler(handler)
    logger.warning("of this process")
    logger.removeHandler(handler)
    handler.close()
    logger.warning("not kept")
    log = diagnostics.report().partition("\nLog\n")[2].splitlines()
    assert len(log) == 201
    assert log[0].endswith("line 101")
    assert [line.partition(": ")[2] for line in log[-3:]] == ["line 299", "of this process", "not kept"]


def test_forgetting_deletes_the_log_too(open_diagnostics, tmp_path):
    state = AppDirs(tmp_path).state
    for name in ("zkcompanion.log", "zkcompanion.log.1"):
        (state / name).write_text("a line of an earlier run\n")
    diagnostics = open_diagnostics()
    assert "earlier run" in diagnostics.report()
    diagnostics.forget()
    assert list(state.glob("zkcompanion.log*")) == []
    assert "earlier run" not in diagnostics.report()


def test_a_report_says_how_kernels_limits_stores_and_cache_are(open_diagnostics, tmp_path):
    dirs = AppDirs(tmp_path)
    SealedStore(dirs.cache / "code", dirs.data / "seal.key").put("kernels", b"key", b"data")
    with Store(lambda: dirs.config, SETTINGS) as store:
        assert store.open()
    text = open_diagnostics(settings=lambda: {"kernels": "ifma"}, kernels=lambda: "scalar").report()
    for part in (
        "  chosen: ifma\n  loaded: scalar\n",
        "  core dumps: ",
        "  state: private, writable, ",
        "  history: nothing",
    ):
        assert part in text
    assert re.search(r"settings: sound, version 1 of 1, [\d.]+ \w+\n", text)
    assert re.search(r"\nCache\n  1 entries, .* at most 512, 1.00 GiB\n  kernels: 0 hits, .* 1 kept", text)


def test_what_is_damaged_or_cannot_be_had_is_told_and_stops_nothing(tmp_path, monkeypatch):
    dirs = AppDirs(tmp_path)
    (dirs.config / "settings.sqlite").write_bytes(b"SQLite format 3\0" + bytes(9000))
    (dirs.config / "settings.sqlite").chmod(0o600)
    (dirs.config / "settings.damaged-1.sqlite").write_text("")
    (dirs.state / "history.sqlite").symlink_to(dirs.config / "settings.sqlite")
    lines = dict(line.strip().partition(": ")[::2] for line in storage_lines(dirs))
    assert lines["settings"].startswith("unusable: ")
    assert lines["history"] == f"unusable: {dirs.state / 'history.sqlite'}: this is a link or a device, not a file."
    (tmp_path / "config" / "settings.sqlite").unlink()
    lines = dict(line.strip().partition(": ")[::2] for line in storage_lines(dirs))
    assert lines["settings"] == "nothing kept yet; 1 damaged set aside"
    (tmp_path / "other").write_text("")
    monkeypatch.setattr(health, "_LANES", "no-such-feature")
    nowhere = AppDirs(tmp_path / "other")
    assert all("unusable: " in line for line in storage_lines(nowhere))
    assert ["unusable: " in line for line in cache_lines(nowhere)] == [True]
    assert "does not show" in list(kernel_lines("auto", None))[-1]


def test_a_folder_that_lets_others_in_is_told(tmp_path):
    tmp_path.chmod(0o755)
    assert health._folder(tmp_path).startswith("open to others, writable, ")
    tmp_path.chmod(0o700)


def test_a_damaged_store_is_told(tmp_path):
    with Store(lambda: tmp_path, SETTINGS) as store:
        assert store.open()
    path = tmp_path / "settings.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 + 3 : 4096 + 5] = b"\xff\xff"
    path.write_bytes(data)
    path.chmod(0o600)
    assert health._told(lambda: health._store(tmp_path, SETTINGS)).startswith(("damaged", "unusable: DatabaseError"))
