"""`zkcompanion cache`, as other programs meet it: a circuit that was warmed is found by the next process."""

import os

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import run

pytestmark = [pytest.mark.integration, pytest.mark.beside]

REFERENCE = ("--json", "--kernels", "reference", "--threads", "1")


def test_what_a_command_warmed_the_next_process_finds(tmp_path, own_home):
    folder = make_folder(tmp_path / "circuit")
    data = run("cache", "warm", folder.path, *REFERENCE, cwd=tmp_path).data
    assert {part["part"]: part["state"] for part in data["circuits"][0]["parts"]} == {
        "key": "prepared",
        "constraints": "prepared",
    }
    done = run("prove", folder.path, "--out", "out", *REFERENCE, cwd=tmp_path)
    assert done.code == 0, done.err
    after = run("cache", "stats", "--json", cwd=tmp_path).data
    assert [kind["entries"] for kind in after["kinds"]] == [0, 0, 1, 1, 0]
    assert [kind["hits"] for kind in after["kinds"]] == [0, 0, 1, 1, 0]
    (entry,) = (own_home / "cache" / "code").glob("prepared-key-*")
    entry.write_bytes(entry.read_bytes()[:-1])
    checked = run("cache", "verify", "--json", cwd=tmp_path)
    assert (checked.code, checked.data["good"], checked.data["removed"]) == (0, 1, 1)
    assert "warning:" in checked.err
    cleared = run("cache", "clear", "--json", cwd=tmp_path).data
    assert (cleared["removed"], run("cache", "stats", "--json", cwd=tmp_path).data["total"]["entries"]) == (1, 0)


def test_wrong_use_and_folders_that_cannot_be_had_end_as_everywhere(tmp_path, own_home):
    assert run("cache", "clear", "--kind", "nothing", cwd=tmp_path).code == 2
    assert run("cache", "warm", "no-such-example", cwd=tmp_path).code == 2
    home = tmp_path / "broken"
    home.mkdir()
    (home / "cache").write_text("a file in the folder's place")
    for command in ("stats", "verify", "clear"):
        done = run("cache", command, "--json", cwd=tmp_path, ZKCOMPANION_HOME=os.fspath(home))
        assert (done.code, done.data["code"]) == (3, "bad-file")
