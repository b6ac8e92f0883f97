"""A secret input stays in memory, and nothing leaves the machine: proved with a canary and an audit hook."""

import json
import subprocess
import sys

import pytest

from tests.support.cli import ROOT, environment, home_with_kernels
from zkcompanion.proving.fields import FR

pytestmark = [pytest.mark.integration, pytest.mark.kernels]

FUNDS = ROOT / "resources" / "circuits" / "funds-above-threshold"

WATCHED = """
import socket, sys
def hook(event, args):
    if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6) or event in (
        "socket.connect", "socket.getaddrinfo", "socket.bind"
    ):
        sys.stderr.write("SOCKET\\n")
sys.addaudithook(hook)
from zkcompanion.cli.main import main
code = main(sys.argv[1:])
qt = {name.partition(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "pyqtgraph"}
sys.exit(100 if qt else code)
"""


def watched(*words, cwd, home, stdin=b""):
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, words)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=120,
        env=environment(ZKCOMPANION_HOME=str(home)),
        check=False,
    )


def forms(secret):
    """The ways in which a field element could be written down by accident."""
    for value in (secret, FR.to_mont(secret)):
        yield str(value).encode()
        yield f"{value:x}".encode()
        yield f"{value:X}".encode()
        yield value.to_bytes(32, "little")
        yield value.to_bytes(32, "big")


def leaks(folder, secret):
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if any(form in content for form in forms(secret)):
                yield path.name


@pytest.fixture
def home(tmp_path):
    return home_with_kernels(tmp_path / "home")


@pytest.fixture
def canary():
    """Inputs of the example: its salt is the secret, the rest follows from it in the bundled file."""
    inputs = json.loads((FUNDS / "input.json").read_text())
    return int(inputs["salt"]), json.dumps(inputs).encode()


def test_a_secret_input_is_nowhere_after_a_proof(tmp_path, home, canary):
    secret, inputs = canary
    words = ("prove", "funds-above-threshold", "--input", "-", "--debug", "--progress", "plain", "--json")
    work = tmp_path / "work"
    work.mkdir()
    done = watched(*words, cwd=work, home=home, stdin=inputs)
    assert done.returncode == 0, done.stderr.decode()
    assert b"SOCKET" not in done.stderr
    assert not any(form in done.stdout + done.stderr for form in forms(secret))
    assert list(leaks(tmp_path, secret)) == []


def test_a_secret_input_is_in_no_message_when_things_go_wrong(tmp_path, home, canary):
    secret, inputs = canary
    work = tmp_path / "work"
    work.mkdir()
    wrong = [
        inputs.replace(b'"threshold": "100000"', b'"threshold": "999999999"'),
        inputs.replace(b'"commitment"', b'"comitment"'),
        inputs[:-1],
        inputs.replace(b'"balance": "184250"', b'"balance": [[1, "x"]]'),
    ]
    for text in wrong:
        assert text != inputs
        done = watched("prove", "funds-above-threshold", "--input", "-", "--debug", cwd=work, home=home, stdin=text)
        assert done.returncode in {1, 2, 3}
        assert not any(form in done.stdout + done.stderr for form in forms(secret))
    assert list(leaks(tmp_path, secret)) == []


def test_the_search_for_leaks_can_fail(tmp_path, canary):
    secret, inputs = canary
    (tmp_path / "input.json").write_bytes(inputs)
    assert list(leaks(tmp_path, secret)) == ["input.json"]
