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
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs

HERE = Path(__file__).parent

#: What each stored file holds, as today's program says it.
SETTINGS_FILES = {
    "settings-0.json": ({"theme": "dark", "threads": 3, "started_before": True}, None),
    "settings-1.sqlite": ({"theme": "dark", "threads": 3}, 2),
}
HISTORY_FILES = {"history-0.json": [3, 1], "history-1.sqlite": [3, 1]}


def stored(kind):
    return {path.name for path in HERE.glob(f"{kind}-*")}


def lay(name, folder, file_name):
    target = folder / (file_name if name.endswith(".sqlite") else f"{file_name.partition('.')[0]}.json")
    shutil.copyfile(HERE / name, target)


def test_every_version_of_every_schema_has_a_stored_file_and_every_file_a_test():
    assert stored("settings") == set(SETTINGS_FILES) >= {f"settings-{n}.sqlite" for n in range(1, SETTINGS.version + 1)}
    assert stored("history") == set(HISTORY_FILES) >= {f"history-{n}.sqlite" for n in range(1, HISTORY.version + 1)}
    assert set(load_script("make_upgrade_fixtures").MAKERS) <= stored("settings") | stored("history")


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
