"""Ctrl-C and SIGTERM end every phase of every command within half a second, with exit code 130 and no file left."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.support.cli import BARE, ROOT, check_schema, home_with_kernels, start

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

SHA256 = ROOT / "resources" / "circuits" / "sha256-preimage"
LIMIT_S = 0.5
#: One signal may be heard late because the machine is busy with something else; not three times in a row.
ATTEMPTS = 3


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("circuit.r1cs", "circuit.sym", "circuit.wasm", "input.json"):
        shutil.copy(SHA256 / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A key of the SHA-256 example."""
    path = tmp_path_factory.mktemp("key") / "circuit_final.zkey"
    process = start("groth16", "setup", "--development", SHA256 / "circuit.r1cs", path, cwd=path.parent)
    process.communicate()
    assert process.returncode == 0
    return path


def wait_for(process, phase):
    """Read progress until the phase has begun."""
    for line in process.stderr:
        if line.startswith("{"):
            event = json.loads(line)
            if event["event"] == "phase-started" and event["phase"] == phase:
                return
    pytest.fail(f"no phase {phase}: exit code {process.wait()}")


def cancelled_s(words, phase, cwd, number=signal.SIGINT, **environment):
    """Seconds from the signal in `phase` to the end of the process."""
    process = start(*words, "--progress", "json", "--json", cwd=cwd, **environment)
    try:
        wait_for(process, phase)
        begin_s = time.perf_counter()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        seconds = time.perf_counter() - begin_s
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    error = json.loads(out)
    check_schema(error)
    assert error["code"] == "cancelled"
    return seconds


def assert_quick(words, phase, cwd, number=signal.SIGINT, **environment):
    before = sorted(cwd.rglob("*"))
    times = []
    for _ in range(ATTEMPTS):
        times.append(cancelled_s(words, phase, cwd, number, **environment))
        assert sorted(cwd.rglob("*")) == before
        if times[-1] < LIMIT_S:
            return
    pytest.fail(f"{phase}: {times}")


PROVING = ["load", "witness", "check", "constraints", "transforms", "sum-a", "sum-b1", "sum-b2", "sum-c", "sum-h"]


@pytest.mark.parametrize("phase", [*PROVING, "assemble", "verify"])
def test_a_proof_ends_in_every_phase(work, key, phase):
    # so many proofs that the run is never over before the signal comes
    words = ["prove", work, "--zkey", key, "--repeat", "100000", "--out", work / "out"]
    assert_quick(words, phase, work)


def test_sigterm_and_a_hang_up_do_the_same(work, key):
    words = ["prove", work, "--zkey", key, "--repeat", "100000", "--out", work / "out"]
    assert_quick(words, "sum-h", work, signal.SIGTERM)
    assert_quick(words, "sum-h", work, signal.SIGHUP)


def test_making_a_key_ends(work):
    assert_quick(["groth16", "setup", "--development"], "setup", work)


def test_making_the_key_of_an_example_ends_and_leaves_no_half_key(work, tmp_path):
    home = home_with_kernels(tmp_path / "home")
    assert_quick(["prove", "sha256-preimage", "--out", work / "out"], "setup", work, ZKCOMPANION_HOME=str(home))
    assert list((home / "data" / "keys").iterdir()) == []


def test_compiling_the_kernels_ends(work, key, tmp_path):
    times = []
    for attempt in range(ATTEMPTS):
        home = tmp_path / f"home{attempt}"
        words = ["groth16", "prove", key, "circuit.wtns"]
        times.append(cancelled_s(words, "compile", work, ZKCOMPANION_HOME=str(home)))
        if times[-1] < LIMIT_S:
            return
    pytest.fail(f"compile: {times}")


def test_calculating_and_checking_a_witness_end(work):
    assert_quick(["wtns", "calculate"], "load", work)
    assert_quick(["wtns", "calculate"], "witness", work)


def test_waiting_for_standard_input_ends(work, key):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "zkcompanion", "groth16", "prove", str(key), "-", "--progress", "json"],
        cwd=work,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    wait_for(process, "witness")
    begin_s = time.perf_counter()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert time.perf_counter() - begin_s < 2 * LIMIT_S
    process.communicate()


def test_at_any_moment_of_the_start_there_is_no_traceback(work):
    # Coverage starts in a process before our first line, and swallows an interrupt there.
    for delay_s in (0.01, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3):
        process = start("prove", "funds-above-threshold", "--repeat", "100000", cwd=work, **BARE)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(delay_s)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
        finally:
            process.kill()
            process.communicate()
        assert out == ""
        if "Traceback" in err:  # the interpreter was still on its way to our first line
            assert not re.search(r'__main__\.py", line \d+, in main', err)  # `site` has a main too
        else:  # until the command listens, the signal ends the process as it ends any
            assert process.returncode in {130, -signal.SIGINT}
