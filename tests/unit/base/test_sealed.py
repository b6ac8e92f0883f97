import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zkcompanion.base import sealed, sealkey
from zkcompanion.base.sealed import SealedStore

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and owners")


@pytest.fixture
def store(tmp_path):
    return SealedStore(tmp_path / "cache", tmp_path / "data" / "seal.key")


def entry_of(folder):
    (entry,) = folder.glob("*.sealed")
    return entry


def reopened(tmp_path, **limits):
    return SealedStore(tmp_path / "cache", tmp_path / "data" / "seal.key", **limits)


@given(data=st.binary(max_size=2000), key=st.binary(max_size=100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_is_got_back_by_another_process_of_this_install(tmp_path, data, key):
    assert reopened(tmp_path).put("kernels", key, data)
    assert reopened(tmp_path).get("kernels", key) == data


def test_name_and_key_both_select(store):
    store.put("a", b"k", b"1")
    store.put("b", b"k", b"2")
    store.put("a", b"l", b"3")
    assert [store.get("a", b"k"), store.get("b", b"k"), store.get("a", b"l"), store.get("c", b"k")] == [
        b"1",
        b"2",
        b"3",
        None,
    ]


def test_a_new_value_replaces_the_old(store):
    store.put("a", b"k", b"1")
    store.put("a", b"k", b"2")
    assert store.get("a", b"k") == b"2"
    assert store.size() == (1, 65)


def test_an_empty_store_and_a_missing_folder_are_misses(store, tmp_path):
    assert store.get("a", b"k") is None
    assert store.size() == (0, 0)
    assert store.clear() == (0, 0)
    assert not (tmp_path / "cache").exists()


@posix
def test_files_are_private_and_the_key_is_32_random_bytes(store, tmp_path):
    store.put("a", b"k", b"1")
    for folder in (tmp_path / "cache", tmp_path / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (entry_of(tmp_path / "cache"), tmp_path / "data" / "seal.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len((tmp_path / "data" / "seal.key").read_bytes()) == 32
    other = SealedStore(tmp_path / "cache", tmp_path / "data2" / "seal.key")
    other.put("b", b"k", b"1")
    assert (tmp_path / "data2" / "seal.key").read_bytes() != (tmp_path / "data" / "seal.key").read_bytes()


def test_every_changed_bit_and_every_length_is_a_miss_and_removed(store, tmp_path):
    store.put("a", b"k", b"code")
    path = entry_of(tmp_path / "cache")
    good = path.read_bytes()
    broken = [good[:n] for n in range(len(good))] + [good + b"\0"]
    for position in range(len(good)):
        flipped = bytearray(good)
        flipped[position] ^= 1 << (position % 8)
        broken.append(bytes(flipped))
    for content in broken:
        path.write_bytes(content)
        path.chmod(0o600)
        assert store.get("a", b"k") is None
        assert not path.exists()
    path.write_bytes(good)
    path.chmod(0o600)
    assert store.get("a", b"k") == b"code"


def test_an_entry_moved_to_another_key_is_a_miss(store, tmp_path):
    store.put("a", b"k", b"1")
    first = entry_of(tmp_path / "cache")
    content = first.read_bytes()
    first.unlink()
    store.put("a", b"l", b"2")
    second = entry_of(tmp_path / "cache")
    second.write_bytes(content)
    assert store.get("a", b"l") is None
    assert not second.exists()


def test_an_entry_of_another_install_is_a_miss(store, tmp_path):
    other = SealedStore(tmp_path / "cache", tmp_path / "other" / "seal.key")
    other.put("a", b"k", b"foreign")
    assert store.get("a", b"k") is None
    assert store.size() == (0, 0)


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_may_write_is_a_miss_and_removed(store, tmp_path, mode):
    store.put("a", b"k", b"1")
    entry_of(tmp_path / "cache").chmod(mode)
    assert store.get("a", b"k") is None
    assert store.size() == (0, 0)


@posix
def test_entries_in_a_folder_that_others_may_write_are_not_read(store, tmp_path):
    store.put("a", b"k", b"1")
    (tmp_path / "cache").chmod(0o777)
    assert store.get("a", b"k") is None
    assert store.put("a", b"k", b"2")  # closes the folder again
    assert store.get("a", b"k") == b"2"


@posix
def test_another_users_files_are_never_used(store, tmp_path, monkeypatch):
    store.put("a", b"k", b"1")
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert store.get("a", b"k") is None
    assert not store.put("a", b"k", b"2")
    assert not sealkey.ours_alone((tmp_path / "data" / "seal.key").stat(), 0o077)


@posix
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_regular_file_is_a_miss(store, tmp_path, kind):
    store.put("a", b"k", b"1")
    path = entry_of(tmp_path / "cache")
    if kind == "link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.unlink()
        os.mkfifo(path) if kind == "pipe" else path.mkdir()
    assert store.get("a", b"k") is None
    assert path.is_dir() == (kind == "folder")
    if kind == "link":
        assert not path.is_symlink()
        assert (tmp_path / "elsewhere").exists()


def test_an_unreadable_entry_is_a_miss(store, tmp_path, monkeypatch):
    store.put("a", b"k", b"1")

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sealed.os, "open", refuse)
    assert store.get("a", b"k") is None


@posix
def test_damage_anywhere_in_a_large_entry_is_seen(store, tmp_path):
    data = bytes(range(256)) * 64
    store.put("kernels", b"key", data)
    entry = entry_of(tmp_path / "cache")
    good = entry.read_bytes()
    for position in (*range(0, len(good), 1009), len(good) // 2, len(good) - 1):
        entry.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        assert reopened(tmp_path).get("kernels", b"key") is None, position
    assert store.put("kernels", b"key", data)
    assert store.get("kernels", b"key") == data


@pytest.mark.parametrize("damage", ["short", "readable", "link"])
def test_a_key_that_is_not_ours_alone_is_replaced_and_its_entries_are_misses(store, tmp_path, damage):
    store.put("a", b"k", b"1")
    key_file = tmp_path / "data" / "seal.key"
    old = key_file.read_bytes()
    if damage == "short":
        key_file.write_bytes(old[:31])
    elif damage == "readable":
        key_file.chmod(0o640)
    else:
        key_file.rename(tmp_path / "stolen.key")
        key_file.symlink_to(tmp_path / "stolen.key")
    again = reopened(tmp_path)
    assert again.get("a", b"k") is None
    assert again.put("a", b"k", b"2")
    assert again.get("a", b"k") == b"2"
    assert key_file.read_bytes() != old
    assert stat.S_IMODE(key_file.lstat().st_mode) == 0o600


def test_without_a_key_nothing_is_read_or_kept(store, tmp_path):
    store.put("a", b"k", b"1")
    (tmp_path / "file").write_bytes(b"")
    broken = SealedStore(tmp_path / "cache", tmp_path / "file" / "seal.key")
    assert broken.get("a", b"k") is None
    assert not broken.put("a", b"k", b"2")


def test_a_key_file_that_does_not_stay_is_no_key(store, monkeypatch):
    monkeypatch.setattr(sealkey, "_read_key", lambda _path: None)
    assert not store.put("a", b"k", b"1")


def test_a_file_system_without_links_still_gets_its_key(store, monkeypatch):
    def refuse(self, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert store.put("a", b"k", b"1")
    assert store.get("a", b"k") == b"1"


def test_the_key_of_the_process_that_was_first_is_taken(tmp_path, monkeypatch):
    key_file = tmp_path / "data" / "seal.key"
    first = SealedStore(tmp_path / "cache", key_file)
    real = sealkey._make_key

    def late(path):
        assert first.put("a", b"k", b"first")
        real(path)

    second = SealedStore(tmp_path / "cache", key_file)
    with monkeypatch.context() as patched:
        patched.setattr(sealkey, "_make_key", lambda path: (patched.undo(), late(path)))
        assert second.put("b", b"k", b"second")
    assert second.get("a", b"k") == b"first"
    assert first.get("b", b"k") == b"second"


def test_a_sound_key_that_appears_between_two_looks_is_not_removed(tmp_path, monkeypatch):
    key_file = tmp_path / "data" / "seal.key"
    first = SealedStore(tmp_path / "cache", key_file)
    real = sealkey._read_key

    def read_then_appear(path):
        found = real(path)
        monkeypatch.setattr(sealkey, "_read_key", real)
        first.put("a", b"k", b"first")
        return found

    second = SealedStore(tmp_path / "cache", key_file)
    monkeypatch.setattr(sealkey, "_read_key", read_then_appear)
    assert second.put("b", b"k", b"second")
    assert first.get("b", b"k") == b"second"


def test_the_entry_longest_unused_goes_first(tmp_path):
    store = reopened(tmp_path, max_entries=3)
    for number in range(3):
        store.put("a", bytes([number]), b"x")
        path = store._path("a", bytes([number]))
        os.utime(path, ns=(number * 10**9, number * 10**9))
    assert store.get("a", b"\0") == b"x"  # used now
    store.put("a", b"\3", b"x")
    assert [store.get("a", bytes([n])) for n in range(4)] == [b"x", None, b"x", b"x"]


def test_bytes_are_bounded_and_the_newest_stays(tmp_path):
    store = reopened(tmp_path, max_bytes=1000)
    for number in range(10):
        assert store.put("a", bytes([number]), bytes(400))
        os.utime(store._path("a", bytes([number])), ns=(number, number))
    assert store.size() == (2, 928)
    assert store.put("a", b"big", bytes(1000 - 64))
    assert store.size() == (1, 1000)
    assert not store.put("a", b"too big", bytes(1000 - 63))
    assert store.get("a", b"big") == bytes(936)


def test_an_entry_larger_than_the_cache_may_be_is_not_read(tmp_path):
    reopened(tmp_path).put("a", b"k", bytes(2000))
    assert reopened(tmp_path, max_bytes=1000).get("a", b"k") is None


def test_temporary_files_of_killed_writers_are_removed_when_stale(store, tmp_path):
    store.put("a", b"k", b"1")
    old, new = tmp_path / "cache" / ".1.zkc-tmp", tmp_path / "cache" / ".2.zkc-tmp"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    store.put("a", b"l", b"1")
    assert (old.exists(), new.exists()) == (False, True)


def test_removing_and_clearing(store):
    store.put("a", b"k", b"1")
    store.put("a", b"l", b"1")
    store.remove("a", b"k")
    store.remove("a", b"k")
    assert store.get("a", b"k") is None
    store.put("b", b"k", b"12")
    assert store.clear(lambda name: name == "b") == (1, 66)
    assert store.get("a", b"l") == b"1"
    assert store.clear() == (1, 65)
    assert store.get("a", b"l") is None


@pytest.mark.parametrize("name", ["", "A", "../a", "a/b", "a" * 65, ".a"])
def test_a_name_that_is_no_plain_file_name_is_a_fault_of_the_caller(store, name):
    with pytest.raises(ValueError, match="not an entry name"):
        store.get(name, b"k")


@pytest.mark.parametrize("limits", [{"max_entries": 0}, {"max_bytes": 0}])
def test_a_store_without_room_is_a_fault_of_the_caller(tmp_path, limits):
    with pytest.raises(ValueError, match="room"):
        reopened(tmp_path, **limits)


def _work(home, number, done):
    store = SealedStore(Path(home) / "cache", Path(home) / "data" / "seal.key", max_entries=8)
    bad = 0
    for turn in range(40):
        key = bytes([turn % 12])
        store.put("a", key, key * 5000)
        found = store.get("a", bytes([(turn + number) % 12]))
        bad += found not in (None, bytes([(turn + number) % 12]) * 5000)
    done.put((number, bad, store._load_key()))


@pytest.mark.integration
def test_several_processes_share_one_store_from_its_first_moment(tmp_path):
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    workers = [context.Process(target=_work, args=(str(tmp_path), number, done)) for number in range(4)]
    for worker in workers:
        worker.start()
    results = [done.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
        assert worker.exitcode == 0
    done.close()
    done.join_thread()
    assert [bad for _, bad, _ in results] == [0, 0, 0, 0]
    assert len({key for _, _, key in results}) == 1
    entries, _ = reopened(tmp_path).size()
    assert entries <= 9  # two writers may trim at the same moment
    assert not list((tmp_path / "cache").glob("*.zkc-tmp"))


def test_while_the_key_cannot_be_had_no_entry_is_removed(tmp_path):
    store = reopened(tmp_path)
    store.put("a", b"k", b"1")
    folder, aside = tmp_path / "data", tmp_path / "aside"
    folder.rename(aside)
    folder.write_text("no folder")
    assert reopened(tmp_path).get("a", b"k") is None
    assert not reopened(tmp_path).put("a", b"l", b"1")
    folder.unlink()
    aside.rename(folder)
    assert reopened(tmp_path).get("a", b"k") == b"1"


WRITER = """
import sys
from pathlib import Path
from zkcompanion.base.sealed import SealedStore
store = SealedStore(Path(sys.argv[1]) / "cache", Path(sys.argv[1]) / "data" / "seal.key")
while True:
    for i in range(4):
        for content in (b"a", b"b"):
            store.put("k", bytes([i]), content * 300_000)
            print(flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_writer_killed_at_any_moment_leaves_whole_entries_and_drafts_only(tmp_path):
    for kill in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        # another moment of another write each time
        for _ in range(1 + kill):
            writer.stdout.readline()
        writer.kill()
        writer.communicate()
        store = reopened(tmp_path)
        found = [store.get("k", bytes([i])) for i in range(4)]
        assert found[0] is not None
        assert all(data is None or data in (b"a" * 300_000, b"b" * 300_000) for data in found)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["seal.key"]
    names = [path.name for path in (tmp_path / "cache").iterdir()]
    assert len([name for name in names if name.endswith(".sealed")]) == sum(data is not None for data in found)
    assert all(name.endswith((".sealed", ".zkc-tmp", ".lock", ".usage")) for name in names)
