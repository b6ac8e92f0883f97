"""The wheel holds what the checkout holds, and the program that is installed from it works."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.processes import run_bare
from zkcompanion import __version__

ROOT = Path(__file__).parents[2]
OFFLINE = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    options = [*OFFLINE, "--no-build-isolation", "--wheel-dir", folder]
    done = run_bare(sys.executable, "-m", "pip", "wheel", *options, ROOT, cwd=folder)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Python of a new environment with the wheel in it; the libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    done = run_bare(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    assert done.returncode == 0, done.stderr
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    done = run_bare(sys.executable, "-m", "pip", "--python", python, "install", *OFFLINE, wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    for other in (path for path in sys.path if path.endswith("site-packages")):
        # as plain folders behind its own: their .pth files, which name this checkout, are not read
        with (site / "libraries.pth").open("a") as stream:
            stream.write(other + "\n")
    return python


def shipped_files():
    """Files that git keeps under the three folders of the wheel, as (path in the checkout, path in the wheel)."""
    listed = run_bare("git", "ls-files", "-z", "zkcompanion", "resources", "content", cwd=ROOT)
    assert listed.returncode == 0, listed.stderr
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            yield name, name if name.startswith("zkcompanion/") else f"zkcompanion/_data/{name}"


def test_every_file_of_the_program_its_resources_and_its_content_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        for name, inside in shipped_files():
            assert inside in packed
            assert archive.read(inside) == (ROOT / name).read_bytes()


def test_nothing_else_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {tuple(name.split("/")[:2]) for name in archive.namelist()}
    assert {top for top, _ in tops} == {"zkcompanion", next(top for top, _ in tops if top.endswith(".dist-info"))}
    assert not {second for _, second in tops} & {"tests", "scripts", "docs"}


def test_the_installed_program_runs_without_the_checkout(installed, tmp_path):
    code = "import zkcompanion.base.paths as p; print(p.__file__); print(p.content_path('README.md').is_file())"
    where = run_bare(installed, "-c", code, cwd=tmp_path)
    file, has_content = where.stdout.splitlines()
    assert not Path(file).is_relative_to(ROOT)
    assert has_content == "True"
    version = run_bare(
        installed.with_name("zkcompanion"), "--version", cwd=tmp_path, ZKCOMPANION_HOME=str(tmp_path / "home")
    )
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.strip().endswith(__version__)


def test_the_installed_program_passes_its_own_test(installed, tmp_path):
    home = os.environ.get("ZKC_TEST_HOME") or str(tmp_path / "home")
    done = run_bare(installed.with_name("zkcompanion"), "self-test", cwd=tmp_path, ZKCOMPANION_HOME=home)
    assert done.returncode == 0, done.stdout + done.stderr
