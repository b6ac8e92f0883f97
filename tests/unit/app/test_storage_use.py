from dataclasses import replace

import pytest

from tests.unit.app.test_history import RECORD
from zkcompanion.app.cache_service import open_store
from zkcompanion.app.history import History
from zkcompanion.app.storage_use import StorageUse, StorageView, Stored
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.store import MonitorStore

NOTHING = Stored(0, 0)


@pytest.fixture
def dirs(tmp_path):
    return AppDirs(tmp_path)


def fill(dirs):
    open_store(dirs).put("kernels", b"a", bytes(1000))
    keys = dirs.data / "keys"
    keys.mkdir()
    (keys / "aa_development.zkey").write_bytes(bytes(3000))
    (keys / "notes.txt").write_bytes(b"the user's own")
    history = History(dirs, EventBus())
    history.add(replace(RECORD))
    history.close()
    monitor = MonitorStore(lambda: dirs.state)
    monitor.add(Sample(1_795_694_400.0, 1.0, {"machine.processor": 1.0}))
    monitor.close()


def test_at_first_there_is_nothing(dirs):
    assert StorageUse(dirs).view() == StorageView(NOTHING, NOTHING, NOTHING)
    assert StorageUse(dirs).clear_development_keys() == 0


def test_each_kind_is_counted_where_the_program_keeps_it(dirs):
    fill(dirs)
    view = StorageUse(dirs).view()
    assert view.development_keys == Stored(1, 3000)
    assert view.history == Stored(1, (dirs.state / "history.sqlite").stat().st_size)
    assert view.monitor == Stored(1, (dirs.state / "monitor.sqlite").stat().st_size)


def test_clearing_frees_what_it_says_and_nothing_else(dirs):
    fill(dirs)
    use = StorageUse(dirs)
    before = use.view()
    assert use.clear_development_keys() == 3000
    assert use.view() == replace(before, development_keys=NOTHING)
    assert (dirs.data / "keys" / "notes.txt").exists()
    assert open_store(dirs).get("kernels", b"a") is not None


def test_folders_that_cannot_be_had_count_as_empty(tmp_path):
    for name in ("cache", "data", "state"):
        (tmp_path / name).write_text("a file in the folder's place")
    use = StorageUse(AppDirs(tmp_path))
    assert use.view() == StorageView(NOTHING, NOTHING, NOTHING)
    assert use.clear_development_keys() == 0


def test_a_key_that_cannot_be_removed_frees_nothing(dirs):
    (dirs.data / "keys" / "a_development.zkey").mkdir(parents=True)
    assert StorageUse(dirs).clear_development_keys() == 0
