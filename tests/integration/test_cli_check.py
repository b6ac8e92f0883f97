"""`check` as a process: soon, with a schema, and hostile files end as elsewhere."""

import resource
import sys

import pytest

from tests.support.cli import BARE, home_with_kernels, run

pytestmark = [pytest.mark.integration, pytest.mark.beside]


def test_the_first_verdict_comes_before_any_calibration_and_is_labelled(tmp_path):
    home = {"ZKCOMPANION_HOME": str(home_with_kernels(tmp_path / "home"))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("check", "sha256-preimage", cwd=tmp_path, **home, **BARE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.code == 0
    assert done.out.startswith("Fits ")
    assert "An estimate: this computer was not measured yet." in done.err
    # of processor time, because others use the processors too
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
    assert not list((tmp_path / "home").glob("**/*.zkey"))


def test_the_catalogue_as_json(tmp_path):
    found = run("check", "--json", "--group", "hash", cwd=tmp_path).data
    assert found["answer"]["largest_power"] >= 10
    assert {row["group"] for row in found["answer"]["workloads"]} == {"hash"}
    assert found["machine"]["memory_bytes"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads a device as a file")
def test_a_hostile_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "bad.zkey").write_bytes(b"zkey" + b"\xff" * 5000)
    done = run("check", "bad.zkey", "--json", cwd=tmp_path)
    assert (done.code, done.data["whose"]) == (3, "file")
