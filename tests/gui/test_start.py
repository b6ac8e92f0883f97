"""The program as a desktop starts it: one window, raised by a second start, and a clean end."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.conftest import ROOT

START = (sys.executable, "-P", "-m", "zkcompanion")

#: What no window needs in order to open: it is loaded when it is first used, or in workers only.
NEVER_AT_START = (
    "llvmlite",
    "matplotlib",
    "numpy",
    "pyqtgraph",
    "scipy",
    "wasmtime",
    "zkcompanion.proving.backend",
    "zkcompanion.proving.kernels",
)

WATCHED = """
import sys
sys.argv = ["zkcompanion"]
import zkcompanion.__main__ as start
from zkcompanion.cli import runner
def ended(code):
    print(*sys.modules)
    sys.exit(code)
runner.end_process = ended
start.main()
"""


@pytest.fixture
def environment(home, display):
    return os.environ | {"PYTHONPATH": str(ROOT), "ZKCOMPANION_HOME": str(home)}


def open_once(environment, *words, **more):
    return subprocess.run(
        [*START, *words], env=environment | more, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_opens_and_says_when_it_was_usable(environment):
    done = open_once(environment, ZKCOMPANION_MEASURE_START="1")
    assert (done.returncode, done.stderr) == (0, "")
    marks = json.loads(done.stdout)
    assert list(marks.values()) == sorted(marks.values())
    assert {"imported_s", "application_s", "built_s", "painted_s", "usable_s"} == set(marks)


def test_opening_loads_nothing_that_a_window_does_not_need(environment):
    done = subprocess.run(
        [sys.executable, "-P", "-c", WATCHED],
        env=environment | {"ZKCOMPANION_MEASURE_START": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.splitlines()[-1].split())
    assert "zkcompanion.ui.shell.main_window" in modules
    found = {name for name in NEVER_AT_START if any(m == name or m.startswith(name + ".") for m in modules)}
    assert found == set()


def test_a_worker_that_imports_the_main_module_again_loads_no_qt(environment):
    code = "import sys, runpy; runpy.run_module('zkcompanion', run_name='__mp_main__'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert {name.partition(".")[0] for name in done.stdout.split()} & {"PySide6", "shiboken6", "pyqtgraph"} == set()


def test_a_second_start_raises_the_first_window_and_a_signal_ends_it_with_its_workers(environment, home):
    first = subprocess.Popen(START, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        process = psutil.Process(first.pid)
        wait_until(lambda: process.children(recursive=True) != [])
        workers = process.children(recursive=True)
        second = open_once(environment)
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=10) == 0, first.stdout.read()
        _, alive = psutil.wait_procs(workers, timeout=2)
        assert alive == []
    finally:
        first.kill()
        first.communicate()
    # it ended by itself, so the next start has nothing to tell; and where it was is known
    assert [path.name for path in (home / "state" / "runs").iterdir()] == []
    assert json.loads((home / "state" / "window.json").read_text())["version"] == 1


def test_the_window_opens_after_one_that_was_killed(environment, home):
    first = subprocess.Popen(START, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        process = psutil.Process(first.pid)
        wait_until(lambda: process.children(recursive=True) != [])
        workers = process.children(recursive=True)
    finally:
        first.kill()
        first.communicate()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert alive == []
    done = open_once(environment, ZKCOMPANION_MEASURE_START="1")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["--reset-windows"], ["--reset-window", "--json"]])
def test_other_options_do_not_open_it(environment, words):
    done = open_once(environment, *words)
    assert done.returncode == 2
    assert "is not an option" in done.stderr + done.stdout


def wait_until(condition, seconds=30):
    import threading

    waiting = threading.Event()
    for _ in range(seconds * 20):
        if condition():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not happen in time")


_DIALOG = """
import sys
from zkcompanion.ui.qtapp import make_application
app = make_application()
from PySide6.QtWidgets import QFileDialog
dialog = QFileDialog(None, "", sys.argv[1])
dialog.show()
app.processEvents()
dialog.accept()
del dialog
"""


@pytest.mark.skipif(os.name == "nt", reason="Qt's own dialog is used elsewhere")
def test_a_file_dialog_leaves_no_trace_of_the_folders_that_were_visited(home, tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config), "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        [sys.executable, "-c", _DIALOG, str(tmp_path)],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert list(config.iterdir()) == []
    assert "QSettings" not in ran.stderr
