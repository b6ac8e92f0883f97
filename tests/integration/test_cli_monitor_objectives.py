"""`zkcompanion monitor objectives`, as other programs meet it."""

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import run

pytestmark = [pytest.mark.integration, pytest.mark.beside]


def by_id(data):
    return {one["id"]: one for one in data["objectives"]}


def test_proofs_of_commands_count_and_nothing_is_written(tmp_path, own_home):
    before = by_id(run("monitor", "objectives", "--json", cwd=tmp_path).data)
    assert [(one["state"], one["on"]) for one in before.values()] == [
        ("few", True),
        ("few", True),
        ("few", True),
        ("off", False),
        ("few", True),
    ]
    folder = make_folder(tmp_path / "circuit")
    arguments = ("prove", folder.path, "--out", "out", "--repeat", "2", "--kernels", "reference", "--threads", "1")
    assert run(*arguments, cwd=tmp_path).code == 0
    done = run("monitor", "objectives", "--json", cwd=tmp_path)
    made = by_id(done.data)["made"]["judged"]
    assert (made["events"], made["bad"], made["share"], made["by_day"][-1]["events"]) == (2, 0, 1.0, 2)
    assert not (own_home / "state" / "runs.sqlite").exists()
    shown = run("monitor", "objectives", cwd=tmp_path)
    assert "2 of 2 proofs: not enough data, 30 are needed" in shown.out
    assert "Proofs that were begun are made: Not enough data" in shown.out
