"""A second start raises the first window and ends; what a dead process left behind is no obstacle."""

import os
import signal
import stat
import subprocess
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLockFile
from PySide6.QtNetwork import QLocalSocket

from tests.conftest import ROOT
from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.instance import SingleInstance

FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(AppDirs(Path(sys.argv[1])))
print("first" if instance.claim() else "second", flush=True)
instance.raise_asked.connect(lambda: (print("raised", flush=True), app.quit()))
app.exec()
instance.release()
"""

ONE_OF_TEN = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(AppDirs(Path(sys.argv[1])))
raised = []
def count():
    raised.append(1)
    if len(raised) == 9:
        app.quit()
instance.raise_asked.connect(count)
print("ready", flush=True)
sys.stdin.readline()
place = instance.take_place()
print(place, flush=True)
if place == "first":
    app.exec()
instance.release()
"""


@pytest.fixture
def make(tmp_path, qapp):
    made = []

    def one(home=tmp_path):
        made.append(SingleInstance(AppDirs(home)))
        return made[-1]

    yield one
    for instance in made:
        instance.release()
        instance.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def first_process(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", FIRST, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() == "first\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_start_raises_the_first_window(first_process, make):
    second = make()
    assert not second.claim()
    assert second.take_place() == "second"
    assert first_process.stdout.readline() == "raised\n"
    assert first_process.wait(timeout=10) == 0
    assert make().claim()  # gone, so the next one is the first


def test_what_a_killed_process_left_behind_does_not_count(first_process, make, tmp_path):
    first_process.send_signal(signal.SIGKILL)
    first_process.wait()
    assert (tmp_path / "state" / "window.lock").exists()
    instance = make()
    assert instance.claim()
    assert not make().claim()


def test_the_socket_is_the_users_own(make, tmp_path):
    make().claim()
    (found,) = [path for path in (tmp_path / "state").iterdir() if stat.S_ISSOCK(path.lstat().st_mode)]
    assert stat.S_IMODE(found.lstat().st_mode) == 0o600


def test_a_home_with_a_long_name_works_too(make, tmp_path, qtbot):
    home = tmp_path / ("long" * 40)
    first = make(home)
    assert first.claim()
    assert not make(home).claim()
    socket = QLocalSocket()
    socket.connectToServer(first._address)
    with qtbot.waitSignal(first.raise_asked):
        socket.write(b"raise\n")


def test_strange_words_are_not_obeyed(make, qtbot):
    first = make()
    first.claim()
    asked = []
    first.raise_asked.connect(lambda: asked.append(1))
    socket = QLocalSocket()
    socket.connectToServer(first._address)
    socket.write(b"quit!!\n" * 1000)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert asked == []


def test_a_first_process_that_does_not_answer_is_no_answer(make, tmp_path):
    assert not make().ask_first(patience_ms=50)
    lock = QLockFile(str(AppDirs(tmp_path).state / "window.lock"))
    assert lock.tryLock(0)
    assert make().take_place(patience_s=0.2) == "unanswered"


def test_a_start_between_the_lock_and_the_socket_of_the_first_one_waits_for_it(make, first_process):
    """As when many starts come at once: the lock is taken, and nobody listens yet."""
    second, tries = make(), []
    ask = second.ask_first

    def ask_too_early(patience_ms):
        tries.append(patience_ms)
        return len(tries) > 2 and ask(patience_ms)

    second.ask_first = ask_too_early
    assert second.take_place() == "second"
    assert len(tries) == 3


def test_a_start_while_the_first_one_ends_opens_the_window_itself(make):
    first, second = make(), make()
    assert first.claim()

    def nobody_listens(_patience_ms):
        first.release()
        return False

    second.ask_first = nobody_listens
    assert second.take_place() == "first"


def test_of_ten_starts_at_once_one_opens_the_window_and_nine_leave_it_to_that_one(tmp_path):
    """No window is needed for it: the ten processes have what `qtapp.run` does first, and wait for each other."""
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", ONE_OF_TEN, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for _ in range(10)
    ]
    try:
        assert [process.stdout.readline() for process in started] == ["ready\n"] * 10
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.stdout.readline() for process in started]
        assert sorted(said) == ["first\n", *["second\n"] * 9]
        assert [process.wait(60) for process in started] == [0] * 10
    finally:
        for process in started:
            process.kill()
            process.communicate()
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == []


def test_two_homes_have_a_window_each(make, tmp_path):
    assert make(tmp_path / "one").claim()
    assert make(tmp_path / "two").claim()
