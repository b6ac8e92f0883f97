"""`monitor report` on what a window kept."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.report_sources import record
from tests.support.report_sources import run as proved
from zkcompanion.app.history import History
from zkcompanion.app.run_recorder import leave_runs
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.store import MonitorStore

pytestmark = pytest.mark.integration


@pytest.fixture
def home(tmp_path):
    """Ten minutes of samples, a run and a record of it."""
    dirs = AppDirs(tmp_path / "home")
    # some hours ago, so that steps are left before and after them whatever the time is
    now = SYSTEM_CLOCK.unix_s() - 3 * 3600
    store = MonitorStore(lambda: dirs.state)
    for second in range(600):
        moment = now - 1200 + second
        store.add(Sample(moment, moment, {"machine.processor": 50.0, "machine.memory": 2.0**30}))
    store.close()
    leave_runs(dirs, [proved(1, now - 900, 2.0)])
    history = History(dirs, EventBus())
    history.add(record(0, now - 900))
    history.close()
    return dirs.home


def test_a_report_of_what_a_window_kept(home, tmp_path):
    words = ("monitor", "report", "--days", "1", "--format", "json,md", "--out", tmp_path / "out", "--json")
    first = run(*words, cwd=tmp_path, ZKCOMPANION_HOME=str(home))
    assert first.code == 0, first.err
    data = first.data
    assert [one["form"] for one in data["files"]] == ["md", "json"]
    second = run(*words, cwd=tmp_path, ZKCOMPANION_HOME=str(home)).data
    assert not {one["path"] for one in data["files"]} & {one["path"] for one in second["files"]}
    assert len(list((tmp_path / "out").iterdir())) == 4
    plain = json.loads(Path(data["files"][1]["path"]).read_text())
    figures = {one["id"]: one["value"] for section in plain["sections"] for one in section["figures"]}
    assert (figures["proofs"], figures["verified"], figures["busy"]) == (1, 1, 50.0)
    assert len(plain["gaps"]) == 2  # before the samples, and after them
