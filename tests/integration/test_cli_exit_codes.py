"""What the process returns: other programs depend on these numbers. (130: test_cli_cancel; 3: test_cli_hostile.)"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import COMMAND, environment, run

pytestmark = [pytest.mark.integration, pytest.mark.beside]

FULL = Path("/dev/full")


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit")


def test_0_for_what_is_done_and_for_help(tmp_path):
    for words in (["--quiet"], ["--help"], ["--version"], ["examples"], ["groth16", "--help"], ["g16p", "-h"]):
        done = run(*words, cwd=tmp_path)
        assert done.code == 0
        assert done.out != ""
    assert "opens its window" in run("--threads", "2", cwd=tmp_path).err


def test_1_for_a_proof_and_a_witness_that_do_not_hold(folder, tmp_path):
    values = list(folder.circuit.witness)
    values[-1] += 1
    folder.write_witness(values)
    words = ("--kernels", "reference", "--json")
    done = run("prove", folder.path, *words, cwd=tmp_path)
    assert (done.code, done.data["code"], done.data["exit_code"]) == (1, "unsatisfied-witness", 1)
    assert run("wtns", "check", folder.r1cs, folder.witness, *words, cwd=tmp_path).code == 1


@pytest.mark.parametrize(
    "words",
    ["nonsense", "groth16", "groth16 nonsense", "prove", "prove a b", "file info", "--nonsense", "examples --threads 0",
     "examples --threads", "examples --kernels fast", "plonk prove"],
)  # fmt: skip
def test_2_for_wrong_use(tmp_path, words):
    done = run(*words.split(), "--json", cwd=tmp_path)
    assert (done.code, done.data["code"]) == (2, "usage")
    assert done.err.startswith("error: ")


def test_3_for_a_place_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("prove", folder.path, "--out", "file", "--kernels", "reference", "--json", cwd=tmp_path)
    assert (done.code, done.data["code"]) == (3, "bad-file")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="these systems have a display always")
@pytest.mark.parametrize("display", ["", ":4711"])
def test_4_and_a_sentence_where_the_window_has_no_display(tmp_path, display):
    # a session of a desktop sets neither of the other two
    done = run(cwd=tmp_path, DISPLAY=display, WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("error: This computer lacks what this needs\n  The window ")
    assert "\nhint: " in done.err
    assert len(done.err.splitlines()) == 3


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_4_where_the_result_has_no_room(tmp_path):
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "examples"], cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 4
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


BROKEN = """
import sys
from zkcompanion.app import inspection_service
from zkcompanion.__main__ import main

def broken(self, path):
    raise KeyError("value 1234567")

inspection_service.InspectionService.file = broken
sys.argv = ["zkcompanion", *sys.argv[1:]]
sys.exit(main())
"""


@pytest.mark.parametrize("debug", [False, True])
def test_5_for_a_fault_of_ours_with_a_report_that_holds_no_value(tmp_path, debug):
    words = ["file", "info", "x", *(["--debug"] if debug else [])]
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, *words],
        cwd=tmp_path,
        env=environment(ZKCOMPANION_HOME=str(tmp_path / "home")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert done.stdout == ""
    assert "1234567" not in done.stderr
    (report,) = (tmp_path / "home" / "state" / "errors").iterdir()
    text = report.read_text()
    assert "command: file info" in text
    assert "in broken" in text
    assert "1234567" not in text
    assert str(report) in done.stderr
    assert ("in broken" in done.stderr) is debug
    assert "Something went wrong in this program" in done.stderr
