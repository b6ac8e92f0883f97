"""The launcher: quick when nothing changed, one line when it cannot go on, from any folder, one set-up at a time."""

import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import run_bare
from zkcompanion import __version__

ROOT = Path(__file__).parents[2]
COPIED = (
    "pyproject.toml",
    "requirements.lock",
    "scripts/zkcompanion",
    "scripts/setup_environment.sh",
    "LICENSE",
    "NOTICE",
)

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def run(*command, cwd, **env):
    return run_bare(*command, cwd=cwd, **({"ZKC_NO_SYSTEM_PACKAGES": "1"} | env))


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose .venv is set up: a new environment that sees this one's libraries, and its stamp."""
    root = tmp_path / "check out"
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    shutil.copytree(ROOT / "zkcompanion", root / "zkcompanion", ignore=shutil.ignore_patterns("__pycache__"))
    made = run(sys.executable, "-m", "venv", "--without-pip", root / ".venv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    (site,) = (root / ".venv" / "lib").glob("python3*/site-packages")
    libraries = [str(root), *(path for path in sys.path if path.endswith("site-packages"))]
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n")
    stamp(root)
    return root


def shell(root, script, **env):
    return run("bash", "-euc", f'source "$0/scripts/setup_environment.sh"\n{script}', root, cwd=root.parent, **env)


def stamp(root):
    done = shell(root, 'zkc_stamp requirements.lock > "$ZKC_ROOT/.venv/.zkc-requirements.lock.stamp"')
    assert done.returncode == 0, done.stderr


def test_it_runs_from_any_folder_and_through_links(checkout, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "one").symlink_to("../check out/scripts/zkcompanion")
    (tmp_path / "bin" / "two").symlink_to(tmp_path / "bin" / "one")
    for command, folder in ((checkout / "scripts" / "zkcompanion", "/"), (tmp_path / "bin" / "two", tmp_path)):
        done = run(command, "--version", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert __version__ in done.stdout


def test_modules_of_the_folder_it_is_called_from_are_not_loaded(checkout, tmp_path):
    for name in ("zkcompanion", "json", "platformdirs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the current folder')\n")
    done = run(checkout / "scripts" / "zkcompanion", "--version", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_arguments_and_exit_codes_pass_through(checkout, tmp_path):
    done = run(checkout / "scripts" / "zkcompanion", "no such command", "", "*", cwd=tmp_path)
    assert done.returncode == 2
    assert "no such command" in done.stderr


def test_when_nothing_changed_the_set_up_takes_under_a_tenth_of_a_second(checkout):
    def seconds_of(script):
        start = time.monotonic()
        assert shell(checkout, script).returncode == 0
        return time.monotonic() - start

    # the quickest of several: what the set-up costs, not what else the machine does
    assert min(seconds_of("zkc_setup requirements.lock") for _ in range(7)) < 0.1


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml", "zkcompanion/__init__.py"])
def test_a_change_of_what_is_installed_asks_for_a_new_set_up(checkout, changed):
    assert shell(checkout, "zkc_is_ready requirements.lock").returncode == 0
    with (checkout / changed).open("a") as stream:
        stream.write("\n")
    assert shell(checkout, "zkc_is_ready requirements.lock").returncode == 1


def test_a_checkout_that_was_moved_asks_for_a_new_set_up(checkout, tmp_path):
    checkout.rename(tmp_path / "moved")
    assert shell(tmp_path / "moved", "zkc_is_ready requirements.lock").returncode == 1


def test_a_set_up_that_fails_says_so_on_standard_error_and_ends_with_4(checkout, tmp_path):
    (checkout / "requirements.lock").write_text("numpy==0.0.1 --hash=sha256:" + "0" * 64 + "\n")
    done = run(
        checkout / "scripts" / "zkcompanion", "--version", cwd=tmp_path, PIP_NO_INDEX="1", ZKC_PYTHON=sys.executable
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.splitlines()[-1] == "zkcompanion: could not install what requirements.lock names (see above)"
    assert shell(checkout, "zkc_is_ready requirements.lock").returncode == 1


def test_without_a_suitable_python_one_line_names_the_package(checkout, tmp_path):
    shutil.rmtree(checkout / ".venv")
    done = shell(checkout, "zkc_setup requirements.lock", ZKC_PYTHON=str(tmp_path / "no-python"))
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.splitlines()[1:] == [
        "zkcompanion: Python 3.11 or newer with the venv module is needed; install it, on Debian with: "
        "apt-get install python3 python3-venv"
    ]


def test_missing_window_libraries_are_named_in_one_line_and_stop_nothing(checkout):
    done = shell(
        checkout,
        "zkc_missing_qt_libraries() { printf 'libEGL.so.1\\nlibxcb.so.1\\n'; }\nzkc_install_qt_libraries; echo on",
    )
    assert done.stdout == "on\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "zkcompanion: the window lacks libEGL.so.1, libxcb.so.1; install them, on Debian with: apt-get install "
    )
    assert {"libegl1", "libxcb-cursor0", "libxkbcommon-x11-0"} <= set(line.split())


def test_a_missing_display_for_the_tests_is_named_in_one_line_and_stops_nothing(checkout):
    done = shell(checkout, "zkc_lacks_display() { return 0; }\nzkc_setup_display; echo on")
    assert done.stdout == "on\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "zkcompanion: the tests of the window lack a display or letters; install them, on Debian with: "
    )
    assert {"xvfb", "fonts-wqy-zenhei"} <= set(line.split())


def test_a_display_for_the_tests_is_looked_for_by_program_and_font(checkout, tmp_path):
    (tmp_path / "bin").mkdir()
    home = tmp_path / "someone"
    (home / ".local" / "share" / "fonts").mkdir(parents=True)
    script = 'find() { command find "$HOME/.local/share/fonts" "${@:4}"; }\nzkc_lacks_display && echo lacks || echo has'
    for name in ("bash", "sed", "dirname", "find"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    answers = []
    path = str(tmp_path / "bin")
    answers.append(shell(checkout, script, HOME=str(home), PATH=path).stdout)
    (tmp_path / "bin" / "Xvfb").symlink_to(shutil.which("true"))
    answers.append(shell(checkout, script, HOME=str(home), PATH=path).stdout)
    (home / ".local" / "share" / "fonts" / "NotoSansCJK-Regular.ttc").touch()
    answers.append(shell(checkout, script, HOME=str(home), PATH=path).stdout)
    assert answers == ["lacks\n", "lacks\n", "has\n"]


def test_two_first_runs_at_once_take_turns(checkout):
    script = (
        "work() { echo begin >>turns; for i in 1 2 3 4 5; do sed -n 1p turns >/dev/null; done; echo end >>turns; }\n"
        "for n in 1 2 3 4; do zkc_locked work & done; wait"
    )
    done = shell(checkout, script)
    assert done.returncode == 0, done.stderr
    turns = (checkout.parent / "turns").read_text().split()
    assert turns == ["begin", "end"] * 4
