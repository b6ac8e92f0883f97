"""`zkcompanion engine`, as other programs meet it."""

import pytest

from tests.support.cli import run

pytestmark = pytest.mark.integration


def test_the_workers_are_told_of_in_json_and_in_words(tmp_path):
    data = run("engine", "--json", "--kernels", "reference", "--threads", "1", cwd=tmp_path).data
    assert (data["kernels"], data["cores"]) == ("reference", 1)
    assert [worker["state"] for worker in data["workers"]] == ["ready"] * data["min_workers"]
    for worker in data["workers"]:
        held = worker["accounts"]
        assert 10 << 20 < held["components"]["base"] <= held["resident_bytes"]
        assert 0 <= held["garbage_collection"]["share"] < 1
    data = run(
        "engine", "--json", "--kernels", "reference", "--min-workers", "1", "--max-workers", "3", cwd=tmp_path
    ).data
    assert (len(data["workers"]), data["min_workers"], data["max_workers"]) == (1, 1, 3)
    done = run("engine", "--kernels", "reference", cwd=tmp_path)
    assert done.code == 0
    assert "kernels reference" in done.out
    assert "prover" in done.out
