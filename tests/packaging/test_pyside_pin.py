"""PySide6 6.12.0 aborts the interpreter after some thousand calls that return None, on Python before 3.12."""

import importlib.metadata
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
CALLS = 20_000


def qt_requirements():
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return [need for need in map(Requirement, lines) if need.name == "PySide6-Essentials"]


@pytest.mark.parametrize(("python", "allowed"), [("3.11", False), ("3.12", True), ("3.13", True)])
def test_the_bad_release_is_excluded_where_it_aborts(python, allowed):
    (need,) = [need for need in qt_requirements() if need.marker.evaluate({"python_version": python})]
    assert need.specifier.contains("6.12.0") is allowed
    assert need.specifier.contains("6.11.3")


def test_the_installed_release_is_the_one_that_is_locked():
    installed = importlib.metadata.version("PySide6-Essentials")
    for lock in ("requirements.lock", "requirements-test.lock"):
        assert f"\npyside6-essentials=={installed} \\\n" in (ROOT / lock).read_text()


@pytest.mark.gui
def test_the_installed_release_survives_many_calls_that_return_none():
    code = (
        "import sys\nfrom PySide6.QtCore import QObject\nthing = QObject()\n"
        f"for _ in range({CALLS}):\n    assert thing.setObjectName('x') is None\n"
        "from PySide6.QtWidgets import QApplication, QLabel\napplication = QApplication([])\nlabel = QLabel()\n"
        f"for _ in range({CALLS}):\n    assert label.setText('x') is None\n"
        "print('alive')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
