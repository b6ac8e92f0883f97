"""A second start raises the first window and ends; what a dead process left behind is no obstacle."""

import os
import signal
import stat
import subprocess
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
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
    assert second.ask_first()
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


def test_a_first_process_that_does_not_answer_is_no_answer(make):
    assert not make().ask_first(patience_ms=50)


def test_two_homes_have_a_window_each(make, tmp_path):
    assert make(tmp_path / "one").claim()
    assert make(tmp_path / "two").claim()
