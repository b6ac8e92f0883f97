"""What keeps the window from opening is said in words, before Qt could end the process over it."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from zkcompanion.base.errors import BugError, FileError, ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.ui import launch

SECRET = "9876543210987654321"


@pytest.mark.parametrize(
    ("words", "opens"),
    [
        ([], True),
        (["--reset-window"], True),
        (["--debug", "--reset-window"], True),
        (["--no-wizard", "--reset-window"], True),
        (["--help"], False),
        (["--version"], False),
        (["examples"], False),
        (["--reset-window", "examples"], False),
    ],
)
def test_only_its_own_options_open_the_window(words, opens):
    assert launch.wants_window(words) is opens


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"DISPLAY": ":0"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({"QT_QPA_PLATFORM": "vnc:size=1x1"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_where_there_is_a_display_nothing_is_said(environment, platform):
    launch.require_display(environment, platform)


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ""}, {"QT_QPA_PLATFORM": "xcb"}])
def test_without_a_display_it_says_what_to_do(environment):
    with pytest.raises(ResourceError) as caught:
        launch.require_display(environment, "linux")
    assert "display" in str(caught.value)
    assert "zkcompanion --help" in str(caught.value.hint)


def test_a_library_of_the_system_is_named_with_the_command_that_installs_it():
    error = launch.missing_library(
        ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    )
    assert "libEGL.so.1," in str(error)
    assert "apt-get install" in str(error.hint)


def test_a_package_of_python_is_named_with_the_command_that_installs_it():
    error = launch.missing_library(ModuleNotFoundError("No module named 'PySide6'", name="PySide6"))
    assert "PySide6," in str(error)
    assert "-m pip install" in str(error.hint)


def test_what_qt_says_is_passed_on_where_nothing_better_is_known(monkeypatch):
    monkeypatch.setattr(launch, "_missing_in_platform", lambda: "")
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    assert "no such plugin" in str(launch.no_platform("no such plugin\nAvailable: many"))
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", ":4711")
    assert "display :4711" in str(launch.no_platform("no such plugin"))
    monkeypatch.setattr(launch, "_missing_in_platform", lambda: "libxcb-cursor.so.0: cannot open shared object file")
    assert "libxcb-cursor.so.0," in str(launch.no_platform("no such plugin"))


def test_the_platform_of_this_machine_misses_nothing_or_names_it():
    assert launch._missing_in_platform() == "" or ".so" in launch._missing_in_platform()


@pytest.fixture
def fails(monkeypatch, own_home):
    def with_error(error):
        def open_window(**_options):
            raise error

        monkeypatch.setattr(launch, "open_window", open_window)

    return with_error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ResourceError(msg("There is no display."), hint=msg("Find one.")), 4),
        (FileError(msg("this folder belongs to another user."), file="state"), 3),
    ],
)
def test_an_error_is_a_sentence_and_a_code(fails, capsys, error, code):
    fails(error)
    assert launch.run_window([]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert f"\n  {error}\n" in said.err
    assert ("hint: Find one." in said.err) is (error.hint is not None)
    assert said.err.count("\nhint: ") == 1


@pytest.mark.parametrize("error", [ValueError(SECRET), SystemError(SECRET), BugError(msg("Something went wrong."))])
def test_a_fault_of_ours_names_the_report_and_tells_no_value(fails, capsys, own_home, error):
    fails(error)
    assert launch.run_window(["--debug"]) == 5
    said = capsys.readouterr().err
    (report,) = (own_home / "state" / "errors").iterdir()
    assert str(report) in said
    assert SECRET not in said + report.read_text()


def test_an_interrupt_is_no_fault(fails, capsys, own_home):
    fails(KeyboardInterrupt())
    assert launch.run_window([]) == 130
    assert not (own_home / "state" / "errors").exists()


def test_nothing_of_qt_is_imported_to_say_it():
    code = "import sys, zkcompanion.ui.launch; print(*sys.modules)"
    command = [sys.executable, "-P", "-c", code]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} & {"PySide6", "shiboken6", "numpy"} == set()
