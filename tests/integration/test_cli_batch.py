"""`zkcompanion batch`, as other programs meet it: proofs for a folder of inputs, whatever happens meanwhile."""

import json
import os
import shutil
import signal
import sys
import time

import psutil
import pytest

from tests.support.cli import BARE, ROOT, check_schema, home_with_kernels, run, start

pytestmark = [pytest.mark.integration, pytest.mark.kernels, pytest.mark.beside]

AGE = ROOT / "resources" / "circuits" / "age-over-18" / "input.json"
SHA256 = ROOT / "resources" / "circuits" / "sha256-preimage" / "input.json"
LIMIT_S = 0.5
ATTEMPTS = 3


def inputs(folder, count, source=AGE):
    folder.mkdir()
    for number in range(count):
        shutil.copy(source, folder / f"p{number}.json")
    return folder


def verifies(folder, name):
    vk = folder / "verification_key.json"
    public, proof = folder / name / "public.json", folder / name / "proof.json"
    return run("groth16", "verify", vk, public, proof, "--allow-insecure-key", cwd=folder).code == 0


def states(data):
    return {proof["name"]: proof["state"] for proof in data["proofs"]}


def test_each_file_of_inputs_gets_a_proof_and_one_that_fails_stops_no_other(tmp_path):
    folder = inputs(tmp_path / "in", 2)
    secret = json.loads(AGE.read_text()) | {"birth_year": 31415926}
    (folder / "odd name.json").write_text(json.dumps(secret))
    (folder / ".hidden.json").write_text("{}")
    (folder / "notes.txt").write_text("no inputs")
    words = ("batch", "age-over-18", folder, "--out", "out", "--json")
    done = run(*words, cwd=tmp_path)
    assert done.code == done.data["proofs"][0]["error"]["exit_code"] != 0
    assert states(done.data) == {"odd name": "failed", "p0": "proved", "p1": "proved"}
    assert "31415926" not in done.out + done.err
    assert all(verifies(tmp_path / "out", name) for name in ("p0", "p1"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["p0", "p1", "verification_key.json"]

    (folder / "odd name.json").unlink()
    os.utime(folder / "p1.json")
    again = run(*words, cwd=tmp_path)
    assert again.code == 0
    assert states(again.data) == {"p0": "skipped", "p1": "proved"}, "its inputs are younger than its proof"
    assert states(run(*words, cwd=tmp_path).data) == {"p0": "skipped", "p1": "skipped"}
    forced = run(*words, "--force", "--min-workers", "1", "--max-workers", "1", cwd=tmp_path)
    assert states(forced.data) == {"p0": "proved", "p1": "proved"}


def test_people_read_how_many_there_are_and_what_failed(tmp_path):
    folder = inputs(tmp_path / "in", 2)
    (folder / "bad.json").write_text("[]")
    done = run("batch", "age-over-18", folder, "--progress", "plain", cwd=tmp_path)
    assert done.code != 0
    assert "2 proofs are made and verified" in done.out
    assert "bad: " in done.out
    assert "1 of 3 proofs" in done.err
    assert (tmp_path / "age-over-18_proofs" / "p0" / "proof.json").is_file()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("age-over-18", "nowhere"), 3),
        (("age-over-18", "empty"), 3),
        (("no-such-circuit", "in"), 2),
        (("age-over-18", "in", "--out", "in/p0.json"), 3),
        (("key.zkey", "in"), 3),
        (("age-over-18",), 2),
        (("age-over-18", "in", "--max-workers", "0"), 2),
    ],
)
def test_what_cannot_begin_is_refused(tmp_path, words, code):
    inputs(tmp_path / "in", 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "key.zkey").write_bytes(b"zkey")
    done = run("batch", *words, "--json", cwd=tmp_path)
    assert done.code == code
    assert done.data["exit_code"] == code


def lines_of(process):
    """The process's words, one by one; it is over when they are."""
    yield from process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_worker_killed_in_the_middle_costs_no_proof(tmp_path):
    folder = inputs(tmp_path / "in", 8, SHA256)
    process = start("batch", "sha256-preimage", folder, "--json", "--progress", "plain", cwd=tmp_path)
    killed = 0
    for line in lines_of(process):
        if " of 8 proofs" in line and killed < 2:
            workers = [
                child
                for child in psutil.Process(process.pid).children()
                if any("spawn_main" in word for word in child.cmdline())
            ]
            max(workers, key=lambda one: sum(one.cpu_times()[:2])).kill()
            killed += 1
    data = json.loads(process.communicate()[0])
    check_schema(data)
    assert killed == 2
    assert process.returncode == 0
    assert data["proved"] == 8
    assert verifies(tmp_path / "sha256-preimage_proofs", "p7")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_what_is_proved_and_the_next_time_goes_on_from_there(tmp_path):
    folder = inputs(tmp_path / "in", 16, SHA256)
    words = ("batch", "sha256-preimage", folder, "--out", "out", "--json", "--progress", "plain")
    home = str(home_with_kernels(tmp_path / "home"))
    times = []
    for attempt in range(ATTEMPTS):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        process = start(*words, cwd=tmp_path, ZKCOMPANION_HOME=home, **BARE)
        for line in lines_of(process):
            if "2 of 16 proofs" in line:
                workers = psutil.Process(process.pid).children(recursive=True)
                begin_s = time.perf_counter()
                process.send_signal(signal.SIGINT)
                break
        process.communicate()
        times.append(time.perf_counter() - begin_s)
        assert process.returncode == 130, attempt
        if times[-1] < LIMIT_S:
            break
    assert min(times) < LIMIT_S, times
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    kept = sorted(path.parent.name for path in (tmp_path / "out").glob("*/proof.json"))
    assert 2 <= len(kept) < 16
    assert list((tmp_path / "out").rglob(".*")) == []
    assert all(verifies(tmp_path / "out", name) for name in kept)
    data = run(*words, cwd=tmp_path, ZKCOMPANION_HOME=home).data
    assert (data["skipped"], data["proved"]) == (len(kept), 16 - len(kept))
