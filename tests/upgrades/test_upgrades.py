"""Files that earlier programs wrote are read by this one, and become files of this one."""

import shutil
from pathlib import Path

import pytest

from tests.support.scripts import load_script
from tests.support.stores import rows
from zkcompanion.app.history import SCHEMA as HISTORY
from zkcompanion.app.history import History
from zkcompanion.app.preferences import SCHEMA as SETTINGS
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.app.run_recorder import RunRecorder
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.run_rows import SCHEMA as RUNS
from zkcompanion.monitoring.series_rows import SCHEMA as MONITOR
from zkcompanion.monitoring.store import MonitorStore

HERE = Path(__file__).parent

#: What each stored file holds, as today's program says it.
SETTINGS_FILES = {
    "settings-0.json": ({"theme": "dark", "threads": 3, "started_before": True}, None),
    "settings-1.sqlite": ({"theme": "dark", "threads": 3}, 2),
}
#: Samples until the end of the blocks, and all.
MONITOR_FILES = {"monitor-1.sqlite": (360, 420)}
#: Verdicts of the proofs in each.
RUN_FILES = {"runs-1.sqlite": ["verified", "verified"]}
HISTORY_FILES = {"history-0.json": [3, 1], "history-1.sqlite": [3, 1]}


def stored(kind):
    return {path.name for path in HERE.glob(f"{kind}-*")}


def lay(name, folder, file_name):
    target = folder / (file_name if name.endswith(".sqlite") else f"{file_name.partition('.')[0]}.json")
    shutil.copyfile(HERE / name, target)


def test_every_version_of_every_schema_has_a_stored_file_and_every_file_a_test():
    assert stored("settings") == set(SETTINGS_FILES) >= {f"settings-{n}.sqlite" for n in range(1, SETTINGS.version + 1)}
    assert stored("history") == set(HISTORY_FILES) >= {f"history-{n}.sqlite" for n in range(1, HISTORY.version + 1)}
    assert stored("monitor") == set(MONITOR_FILES) >= {f"monitor-{n}.sqlite" for n in range(1, MONITOR.version + 1)}
    assert stored("runs") == set(RUN_FILES) >= {f"runs-{n}.sqlite" for n in range(1, RUNS.version + 1)}
    kinds = ("settings", "history", "monitor", "runs")
    assert set(load_script("make_upgrade_fixtures").MAKERS) <= set().union(*map(stored, kinds))


@pytest.mark.parametrize("name", SETTINGS_FILES)
def test_settings_of_every_version_are_read_and_brought_up(tmp_path, name):
    dirs = AppDirs(tmp_path)
    lay(name, dirs.config, SETTINGS.file_name)
    values, depth = SETTINGS_FILES[name]
    for _ in range(2):
        store = PreferenceStore(dirs, EventBus())
        assert {key: getattr(store.current, key) for key in values} == values
        assert (store.recall("learn/groth16", "depth"), store.notice) == (depth, None)
        store.close()
    assert rows(dirs.config / SETTINGS.file_name, "PRAGMA user_version") == [(SETTINGS.version,)]


@pytest.mark.parametrize("name", HISTORY_FILES)
def test_histories_of_every_version_are_read_and_brought_up(tmp_path, name):
    dirs = AppDirs(tmp_path)
    lay(name, dirs.state, HISTORY.file_name)
    for _ in range(2):
        history = History(dirs, EventBus())
        assert [record.id for record in history.records()] == HISTORY_FILES[name]
        assert history.records()[-1].phases == (("witness", 0.25), ("sum-a", 1.0))
        assert history.notice is None
        history.close()
    assert rows(dirs.state / HISTORY.file_name, "PRAGMA user_version") == [(HISTORY.version,)]


def test_the_next_run_gets_the_next_number(tmp_path):
    dirs = AppDirs(tmp_path)
    lay("history-0.json", dirs.state, HISTORY.file_name)
    history = History(dirs, EventBus())
    assert history.add(history.records()[0]).id == 4
    history.close()


@pytest.mark.parametrize("name", MONITOR_FILES)
def test_measurements_of_every_version_are_read_and_brought_up(tmp_path, name):
    dirs = AppDirs(tmp_path)
    lay(name, dirs.state, MONITOR.file_name)
    begin_s = 1_795_694_400
    for writes in (False, True, True):
        store = MonitorStore(lambda: dirs.state, writes=writes)
        assert store.series() == ("machine.processor", "worker.memory/prover-1")
        (points,) = store.curves(["machine.processor"], begin_s, begin_s + 7200, 1000)
        assert (sum(one.count for one in points[:360]), sum(one.count for one in points)) == MONITOR_FILES[name]
        assert [(one.mean, one.unix_s) for one in points[:8]] == [
            (10.0 * (n % 7), begin_s + 10.0 * n) for n in range(8)
        ]
        (hours,) = store.curves(["worker.memory/prover-1"], begin_s, begin_s + 7200, 2)
        assert [one.count for one in hours] == [360, 60]
        assert hours[0].high == pytest.approx(1e9 + 4096 * 3590, rel=2**-13)
        (mark,) = store.marks(begin_s, begin_s + 100.5)
        assert (mark.kind, mark.end_unix_s) == ("sleep", begin_s + 200.5)
        assert (store.notice, store.faults.damaged) == (None, 0)
        store.close()
    assert rows(dirs.state / MONITOR.file_name, "PRAGMA user_version") == [(MONITOR.version,)]


@pytest.mark.parametrize("name", RUN_FILES)
def test_runs_of_every_version_are_read_and_brought_up(tmp_path, name):
    dirs = AppDirs(tmp_path)
    lay(name, dirs.state, RUNS.file_name)
    for _ in range(2):
        recorder = RunRecorder(dirs, EventBus(), SYSTEM_CLOCK)
        (record,) = recorder.records()
        assert [proof.verdict for proof in record.proofs] == RUN_FILES[name]
        (shown,) = recorder.between(record.begin_unix_s, record.end_unix_s)
        assert [span.phase for span in shown.phases] == ["witness"]
        assert recorder.notice is None
        recorder.close()
    assert rows(dirs.state / RUNS.file_name, "PRAGMA user_version") == [(RUNS.version,)]
