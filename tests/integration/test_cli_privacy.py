"""A secret input stays in memory, and nothing leaves the machine: proved with a canary and an audit hook."""

import json
import signal
import subprocess
import sys

import pytest

from tests.support.canary import DISTURBED, forms, leaks
from tests.support.cli import ROOT, environment, home_with_kernels

pytestmark = [pytest.mark.integration, pytest.mark.kernels, pytest.mark.beside]

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


def watched(*words, cwd, home, stdin=b"", program=WATCHED):
    temporary = cwd.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=120,
        env=environment(ZKCOMPANION_HOME=str(home), TMPDIR=str(temporary)),
        preexec_fn=_allow_core_dumps,
        check=False,
    )


def _allow_core_dumps():
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with the key that the first proof makes; it is searched after each test."""
    folder = tmp_path_factory.mktemp("private")
    home = home_with_kernels(folder / "home")
    work = folder / "work"
    work.mkdir()
    assert watched("prove", "funds-above-threshold", cwd=work, home=home).returncode == 0
    return home


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
    assert [*leaks(tmp_path, secret), *leaks(home, secret)] == []


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
    assert [*leaks(tmp_path, secret), *leaks(home, secret)] == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("what", "where", "codes"),
    [
        ("SIGINT", "witness", {130}),
        ("SIGINT", "check", {130}),
        ("SIGINT", "transforms", {130}),
        ("SIGTERM", "sum-b2", {130}),
        ("SIGABRT", "witness", {-signal.SIGABRT}),
        ("SIGSEGV", "sum-a", {-signal.SIGSEGV}),
        ("SIGQUIT", "verify", {-signal.SIGQUIT}),
        ("SIGKILL", "assemble", {-signal.SIGKILL}),
        ("ValueError", "values", {5}),
        ("SystemExit", "values", {5}),
        ("MemoryError", "values", {4}),
    ],
)
def test_a_secret_input_is_nowhere_when_a_proof_ends_early(tmp_path, home, canary, what, where, codes):
    secret, inputs = canary
    work = tmp_path / "work"
    work.mkdir()
    words = (what, where, "prove", "funds-above-threshold", "--input", "-", "--debug", "--json")
    done = watched(*words, cwd=work, home=home, stdin=inputs, program=DISTURBED)
    assert done.returncode in codes, done.stderr.decode()
    assert not any(form in done.stdout + done.stderr for form in forms(secret))
    assert [*leaks(tmp_path, secret), *leaks(home, secret)] == []
    assert list(work.iterdir()) == [], "neither a part of a proof nor a core dump"


def test_a_witness_that_breaks_a_constraint_shows_none_of_its_values(tmp_path, home, canary):
    secret, inputs = canary
    work, kept = tmp_path / "work", tmp_path / "kept"
    work.mkdir()
    kept.mkdir()
    witness = kept / "w.wtns"
    assert watched("wc", FUNDS / "circuit.wasm", "-", witness, cwd=work, home=home, stdin=inputs).returncode == 0
    data = bytearray(witness.read_bytes())
    for at in range(len(data) - 300 * 32, len(data), 32):
        data[at] ^= 1
    witness.unlink()
    words = ("wchk", FUNDS / "circuit.r1cs", "-", "--debug", "--json")
    done = watched(*words, cwd=work, home=home, stdin=bytes(data))
    assert done.returncode == 1
    assert b"does not hold" in done.stderr + done.stdout
    assert not any(form in done.stdout + done.stderr for form in forms(secret))
    assert [*leaks(tmp_path, secret), *leaks(home, secret)] == []


def test_the_search_for_leaks_can_fail(tmp_path, canary):
    secret, inputs = canary
    (tmp_path / "input.json").write_bytes(inputs)
    assert list(leaks(tmp_path, secret)) == ["input.json"]
