"""What another process leaves is taken in exactly once, whatever lies in its folder."""

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from tests.support.kills import kills as killing
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.storage import spool
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.store import Store

SCHEMA = Schema("notes", (("CREATE TABLE notes (text TEXT NOT NULL) STRICT",),))


@pytest.fixture
def store(tmp_path):
    tmp_path.chmod(0o700)
    with Store(lambda: tmp_path, SCHEMA) as made:
        yield made


def apply(connection, event):
    connection.execute("INSERT INTO notes VALUES (?)", (event.body["text"],))


def take(store, kept=lambda _event: None, apply=apply):
    return store.take_spool(apply, kept, kinds={"note"})


def leave(store, text, kind="note"):
    return spool.spool_event(store.spool_folder, kind, {"text": text})


def texts(store):
    return [row[0] for row in store.read(lambda connection: connection.execute("SELECT text FROM notes").fetchall())]


def test_events_are_taken_in_once_oldest_first(store):
    for number, text in enumerate("abc"):
        path = store.spool_folder / f"{leave(store, text)}.json"
        os.utime(path, (number, number))
        assert path.stat().st_mode & 0o777 == 0o600
    heard = []
    assert take(store, lambda event: heard.append(event.body["text"])) == 3
    assert take(store) == 0
    assert (texts(store), heard) == (["a", "b", "c"], ["a", "b", "c"])
    assert list(store.spool_folder.iterdir()) == []


def test_a_file_that_was_not_removed_in_time_is_not_taken_in_again(store):
    path = store.spool_folder / f"{leave(store, 'a')}.json"
    content = path.read_bytes()
    take(store)
    path.write_bytes(content)
    heard = []
    assert take(store, heard.append) == 0
    assert (texts(store), heard, path.exists()) == (["a"], [], False)
    # and its id is not known for ever
    leave(store, "b")
    take(store)
    leave(store, "c")
    take(store)
    assert len(store.read(lambda connection: connection.execute("SELECT id FROM spool_taken").fetchall())) == 1


def test_a_file_that_is_gone_when_its_turn_comes_is_passed_over(store):
    """Somebody clears the folder meanwhile."""
    for number, text in enumerate("ab"):
        os.utime(store.spool_folder / f"{leave(store, text)}.json", (number, number))

    def apply_and_clear(connection, event):
        apply(connection, event)
        spool.clear(store.spool_folder)

    assert take(store, apply=apply_and_clear) == 1
    assert (texts(store), take(store)) == (["a"], 0)


def test_what_is_done_once_stays_done(store):
    assert store.write(lambda connection: store.once(connection, "import")).result()
    leave(store, "a")
    take(store)
    assert not store.write(lambda connection: store.once(connection, "import")).result()


@pytest.mark.parametrize(
    "bend",
    [
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"x" * (spool.MAX_EVENT_BYTES + 1),
        lambda event: json.dumps(event | {"version": 2}).encode(),
        lambda event: json.dumps(event | {"id": "0" * 32}).encode(),
        lambda event: json.dumps(event | {"kind": "../x"}).encode(),
        lambda event: json.dumps(event | {"body": []}).encode(),
        lambda event: json.dumps(event | {"more": 1}).encode(),
        lambda event: json.dumps(event | {"body": {}}).encode(),
        lambda event: json.dumps(event | {"body": {"text": []}}).encode(),
    ],
)
def test_what_is_no_event_is_set_aside_and_the_others_are_taken(store, bend):
    path = store.spool_folder / f"{leave(store, 'a')}.json"
    path.write_bytes(bend(json.loads(path.read_bytes())))
    leave(store, "b")
    assert take(store) == 1
    assert texts(store) == ["b"]
    assert [one.name for one in (store.spool_folder / "damaged").iterdir()] == [path.name]


def test_links_and_strange_names_are_not_followed(store, tmp_path):
    leave(store, "a")
    target = tmp_path / "target"
    target.write_bytes(b"{}")
    (store.spool_folder / f"{'1' * 32}.json").symlink_to(target)
    (store.spool_folder / "other.json").write_bytes(b"{}")
    (store.spool_folder / f"{'2' * 32}.json").mkdir()
    assert take(store) == 1
    assert target.read_bytes() == b"{}"
    assert (store.spool_folder / "other.json").exists()


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_folders_in_the_place_of_events_take_no_descriptor_and_no_place_of_what_is_set_aside(store):
    leave(store, "a")
    aside = store.spool_folder / "damaged"
    for folder in (store.spool_folder / f"{1:032x}.json", *(aside / f"{number:032x}.json" for number in range(9))):
        (folder / "full").mkdir(parents=True)
        os.utime(folder, (0, 0))
    take(store)
    before = open_descriptors()
    for number in range(11, 14):
        (store.spool_folder / f"{number:032x}.json").write_bytes(b"x")
        take(store)
    assert open_descriptors() == before
    assert sum(one.is_file() for one in aside.iterdir()) == 3


def test_of_what_is_set_aside_only_the_last_are_kept(store):
    leave(store, "a")
    for number in range(20):
        (store.spool_folder / f"{number:032x}.json").write_bytes(b"x")
    take(store)
    assert len(list((store.spool_folder / "damaged").iterdir())) == 9
    spool.clear(store.spool_folder)
    assert list((store.spool_folder / "damaged").iterdir()) == []


def test_what_cannot_be_set_aside_is_removed(store):
    leave(store, "a")
    (store.spool_folder / "damaged").write_bytes(b"a file in the folder's place")
    (store.spool_folder / f"{1:032x}.json").write_bytes(b"x")
    take(store)
    assert spool.waiting(store.spool_folder) == []


def test_an_event_of_a_newer_program_waits_for_it(store):
    leave(store, "a", kind="mood")
    leave(store, "b")
    assert take(store) == 1
    assert len(spool.waiting(store.spool_folder)) == 1


def test_nothing_is_taken_while_another_process_writes(store, tmp_path):
    leave(store, "a")
    assert store.open()
    with Store(lambda: tmp_path, SCHEMA) as other, pytest.raises(ResourceError):
        take(other)
    assert take(store) == 1


def test_a_store_that_cannot_be_written_keeps_the_events_for_later(store):
    leave(store, "a")

    def refused(connection, event):
        raise FileError(None, file="x")

    with pytest.raises(FileError):
        take(store, apply=refused)
    assert take(store) == 1


def test_a_spool_has_bounds(store, monkeypatch):
    with pytest.raises(ValueError, match="not a kind"):
        leave(store, "a", kind="../x")
    with pytest.raises(ResourceError, match="too much"):
        leave(store, "x" * spool.MAX_EVENT_BYTES)
    monkeypatch.setattr(spool, "MAX_WAITING", 2)
    leave(store, "a")
    leave(store, "b")
    with pytest.raises(ResourceError, match="Too many"):
        leave(store, "c")
    monkeypatch.setattr("zkcompanion.base.atomicfile.os.fsync", _full)
    monkeypatch.setattr(spool, "MAX_WAITING", 9)
    with pytest.raises(ResourceError, match="No space"):
        leave(store, "c")


def _full(_descriptor):
    raise OSError(28, "No space left on device")


def test_a_watch_hears_what_is_left_and_a_fault_does_not_end_it(store):
    heard = threading.Semaphore(0)

    def hear():
        heard.release()
        raise ValueError("x")

    watch = spool.SpoolWatch(store.spool_folder, hear, every_s=0.01)
    leave(store, "a")
    assert heard.acquire(timeout=60)
    assert heard.acquire(timeout=60)
    watch.close()
    watch.close()


@pytest.mark.parametrize("kills", [10, pytest.param(250, marks=[pytest.mark.nightly, pytest.mark.timeout(3600)])])
def test_writers_that_are_killed_lose_tear_and_double_nothing(tmp_path, kills):
    tally = killing.store_kills(tmp_path / "store", kills)
    assert (tally.kills, tally.faults) == (kills, 0), tally
    assert tally.acknowledged >= kills
