"""`monitor history` on what a window kept."""

import csv
import io

import pytest

from tests.support.cli import run
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.store import MonitorStore

pytestmark = pytest.mark.integration

#: Of a day in ten points.
STEP_S = 10800.0


@pytest.fixture
def home(tmp_path):
    """Ten minutes of samples, some in blocks and some in none yet, of a window that is still open."""
    dirs = AppDirs(tmp_path / "home")
    # some hours ago, so that no border of a step lies between them
    begin = SYSTEM_CLOCK.unix_s() // STEP_S * STEP_S - STEP_S + 600
    store = MonitorStore(lambda: dirs.state)
    for second in range(600):
        moment = begin + second
        store.add(Sample(moment, moment, {"machine.processor": float(second % 10), "machine.memory": 2.0**30}))
        if second == 400:
            store.pack()
    store.add(Sample(begin + 700, begin + 700, {"machine.processor": 100.0}))
    store._write_tail(store._ids)
    store._store.write(lambda _: None).result()
    yield dirs.home
    store.close()


def history(home, *words):
    return run("monitor", "history", *words, cwd=home, ZKCOMPANION_HOME=str(home))


def test_what_a_window_kept_is_told_while_it_is_open(home):
    data = history(home, "--json").data
    memory, processor = data["series"]
    assert (memory["name"], memory["unit"]) == ("machine.memory", "bytes")
    (point,) = processor["points"]
    assert (point["count"], point["low"], point["high"]) == (601, 0.0, 100.0)
    steps = history(home, "--series", "machine.processor", "--points", "200", "--json").data["series"][0]["points"]
    assert sum(one["count"] for one in steps) == 601
    said = history(home)
    assert "machine.memory" in said.out
    assert "1.00 GiB" in said.out


def test_all_that_is_kept_comes_as_csv(home):
    said = history(home, "--csv", "--series", "machine.processor")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert len(rows) == 601
    assert {row["unit"] for row in rows} == {"percent"}
    assert sum(float(row["mean"]) for row in rows) == 600 * 4.5 + 100
    assert len(history(home, "--csv", "--points", "10").out.splitlines()) == 3


def test_what_is_not_there_is_said(home, tmp_path):
    assert "machine.swap" in history(home, "--series", "machine.swap").err
    assert history(home, "--from", "2026-01-02", "--to", "2026-01-01").code == 2
    assert history(home, "--csv", "--json").code == 2
    assert "Nothing was kept" in history(home, "--to", "2020-01-01").out
    (tmp_path / "new").mkdir()
    assert "Nothing was kept" in history(tmp_path / "new").out
