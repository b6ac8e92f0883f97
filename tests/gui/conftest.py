"""The window's tests: a display of their own, a desk on a fresh home, and Qt's warnings as failures.

Run as `python -m pytest -p pytestqt.plugin tests/gui`. Where Xvfb is missing they run without a display, except where
CI=true or ZKC_REQUIRE_XVFB=1, where that is a failure. ZKC_GUI_PLATFORM=offscreen asks for no display.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import psutil
import pytest

from tests.support.display import INSTALL, end_display, must_have_display, start_display

#: Qt messages that may appear without failing a test, each with its reason.
ALLOWED_MESSAGES = (
    # the X server of the tests has no window manager and no settings daemon, which Qt mentions and lives without
    r"qt\.qpa\.theme",
    # without a session bus there is nobody to tell accessibility to
    r"Could not connect to accessibility bus|qt\.accessibility",
    # the offscreen platform has no system hints to pass on
    r"This plugin does not support (propagateSizeHints|raise|lower|grabbing)",
)
#: How long the processes of a closed desk may take to be gone.
PROCESSES_GONE_S = 5.0

_HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without pytest-qt (another suite's run over all tests) there is nothing here that could run."""
    if config.pluginmanager.hasplugin("pytestqt.plugin"):
        return None
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives the window, and fails for a Qt warning."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.gui)
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore(*ALLOWED_MESSAGES, extend=True))


@pytest.fixture(scope="session", autouse=True)
def display():
    """Qt's platform for this run: xcb on an Xvfb of our own; `offscreen` where that cannot be."""
    saved = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    started = None if os.environ.get("ZKC_GUI_PLATFORM") == "offscreen" else start_display()
    if started is None:
        if must_have_display():
            pytest.fail(f"The window's tests need an X server: {INSTALL}", pytrace=False)
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield "offscreen"
    else:
        os.environ.pop("WAYLAND_DISPLAY", None)
        os.environ |= {"DISPLAY": f":{started[1]}", "QT_QPA_PLATFORM": "xcb"}
        yield "xcb"
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    if started is not None:
        from PySide6.QtWidgets import QApplication

        if (app := QApplication.instance()) is not None:
            app.shutdown()  # else Qt ends the process when its display goes
        end_display(started[0])


@pytest.fixture(scope="session")
def qapp_args(display):
    """So that the application begins after the display."""
    return ["zkcompanion"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home; only compiled kernels come from the run's own, so that they are compiled once."""
    shared = Path(os.environ["ZKCOMPANION_HOME"])
    made = tmp_path / "home"
    (made / "data").mkdir(parents=True, mode=0o700)
    (shared / "cache").mkdir(parents=True, mode=0o700, exist_ok=True)
    (made / "cache").symlink_to(shared / "cache")
    seal = shared / "data" / "seal.key"
    if not seal.exists():
        from zkcompanion.base.atomicfile import write_atomic
        from zkcompanion.base.paths import make_private_folder

        make_private_folder(seal.parent)
        write_atomic(seal, os.urandom(32))
    shutil.copy2(seal, made / "data" / "seal.key")
    monkeypatch.setenv("ZKCOMPANION_HOME", str(made))
    return made


@pytest.fixture
def desk(home: Path):
    """The services on a fresh home; closed at the end, and then no process may be left."""
    from zkcompanion.app.desk import Desk

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    made = Desk()
    yield made
    made.close()
    left = _processes_since(before)
    _, alive = psutil.wait_procs(left, timeout=PROCESSES_GONE_S)
    assert [" ".join(child.cmdline()) for child in alive if child.is_running()] == []


def _processes_since(before: set[int]) -> list[psutil.Process]:
    multiprocessing.active_children()  # takes those that are over
    found = []
    for child in psutil.Process().children(recursive=True):
        if child.pid in before:
            continue
        try:
            # serves this whole process, until its end
            if "resource_tracker" not in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def theme(qapp):
    """The light theme, applied."""
    from zkcompanion.ui.theme.theme import Theme

    made = Theme(qapp)
    made.apply("light", 100)
    yield made
    # as the next one begins; without any style sheet Qt forgets to count off the headers of tables that end later
    made.apply("light", 100)
    made.setParent(None)
    made.deleteLater()


@pytest.fixture
def window(desk, theme, qtbot):
    """The main window with all pages, shown and active; its workers are not started (`desk.jobs.start()` does)."""
    from PySide6.QtCore import QCoreApplication, QEvent

    from zkcompanion.ui.pages import PAGES
    from zkcompanion.ui.shell.main_window import MainWindow

    made = MainWindow(desk, theme, PAGES)
    made.resize(1180, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=5000)
    yield made
    made.close_for_good()  # a job that still runs is the desk's to end
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
