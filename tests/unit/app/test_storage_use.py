from dataclasses import replace

import pytest

from tests.unit.app.test_history import RECORD
from zkcompanion.app.application import Application
from zkcompanion.app.history import History
from zkcompanion.app.settings import Settings
from zkcompanion.app.storage_use import StorageUse, StorageView, Stored
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs

NOTHING = Stored(0, 0)


@pytest.fixture
def dirs(tmp_path):
    return AppDirs(tmp_path)


def fill(dirs):
    with Application(Settings(threads=1), dirs=dirs) as app:
        app.code_store.put("kernels", b"a", bytes(1000))
        app.code_store.put("kernels", b"b", bytes(500))
    keys = dirs.data / "keys"
    keys.mkdir()
    (keys / "aa_development.zkey").write_bytes(bytes(3000))
    (keys / "notes.txt").write_bytes(b"the user's own")
    history = History(dirs, EventBus())
    history.add(replace(RECORD))
    history.close()


def test_at_first_there_is_nothing(dirs):
    assert StorageUse(dirs).view() == StorageView(NOTHING, NOTHING, NOTHING)
    assert StorageUse(dirs).clear_code_cache() == 0
    assert StorageUse(dirs).clear_development_keys() == 0


def test_each_kind_is_counted_where_the_program_keeps_it(dirs):
    fill(dirs)
    view = StorageUse(dirs).view()
    assert view.code.entries == 2
    assert 1500 < view.code.size_bytes < 1700
    assert view.development_keys == Stored(1, 3000)
    assert view.history == Stored(1, (dirs.state / "history.sqlite").stat().st_size)


def test_clearing_frees_what_it_says_and_nothing_else(dirs):
    fill(dirs)
    use = StorageUse(dirs)
    before = use.view()
    assert use.clear_code_cache() == before.code.size_bytes
    assert use.view() == replace(before, code=NOTHING)
    assert use.clear_development_keys() == 3000
    assert use.view() == replace(before, code=NOTHING, development_keys=NOTHING)
    assert (dirs.data / "keys" / "notes.txt").exists()
    assert (dirs.data / "seal.key").exists()


def test_folders_that_cannot_be_had_count_as_empty(tmp_path):
    for name in ("cache", "data", "state"):
        (tmp_path / name).write_text("a file in the folder's place")
    use = StorageUse(AppDirs(tmp_path))
    assert use.view() == StorageView(NOTHING, NOTHING, NOTHING)
    assert use.clear_code_cache() == use.clear_development_keys() == 0


def test_a_key_that_cannot_be_removed_frees_nothing(dirs):
    (dirs.data / "keys" / "a_development.zkey").mkdir(parents=True)
    assert StorageUse(dirs).clear_development_keys() == 0
