import os
import subprocess
import sys
from pathlib import Path

import pytest

from zkcompanion.base import filelock, usage
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.filelock import locked
from zkcompanion.base.sealed import Limits, SealedStore
from zkcompanion.base.usage import UsageLog, UsageTail

posix = pytest.mark.skipif(sys.platform == "win32", reason="flock, modes")


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, unix_s=1e9, monotonic_s=0.0):
        self.at, self.monotonic = unix_s, monotonic_s

    def unix_s(self):
        return self.at

    def monotonic_s(self):
        return self.monotonic

    def thread_cpu_s(self):
        return 0.0


def store_at(tmp_path, **options):
    return SealedStore(tmp_path / "cache", tmp_path / "data" / "seal.key", **options)


def test_events_are_counted_by_name_across_stores(tmp_path):
    store = store_at(tmp_path)
    assert store.get("a", b"k") is None  # no folder yet: nothing to count in
    store.put("a", b"k", b"12345678")
    other = store_at(tmp_path)
    assert other.get("a", b"k") == b"12345678"
    assert other.get("a", b"l") is None
    assert bytes(other.get_mapped("a", b"k")) == b"12345678"
    used = store.usage()["a"]
    assert (used.hits, used.misses, used.kept, used.evicted, used.damaged) == (2, 1, 1, 0, 0)
    assert (used.read_bytes, used.written_bytes) == (144, 72)


def test_time_saved_is_what_making_cost_less_what_reading_takes(tmp_path):
    clock = SetClock()
    store = store_at(tmp_path, clock=clock)
    store.put("x", b"first", b"")
    for key in (b"one", b"two"):
        assert store.get("a", key) is None
    for key in (b"one", b"two"):  # made one after another
        clock.monotonic += 3
        store.put("a", key, b"made")
    store.put("a", b"told", b"made", cost_s=0.5)
    for key in (b"one", b"two", b"told"):
        assert store.get("a", key) == b"made"
    assert store.usage()["a"].saved_s == pytest.approx(6.5)


@posix
def test_a_clock_that_is_set_back_does_not_change_who_goes_first(tmp_path):
    clock = SetClock(2e9)
    store = store_at(tmp_path, max_entries=3, clock=clock)
    for key in (b"a", b"b", b"c"):
        clock.at -= 1e8
        store.put("k", key, key)
    store.get("k", b"a")
    clock.at = 0
    store.put("k", b"d", b"d")
    store.put("k", b"e", b"e")
    assert [store.get("k", key) for key in (b"a", b"b", b"c", b"d", b"e")] == [b"a", None, None, b"d", b"e"]
    assert store.usage()["k"].evicted == 2


def test_half_a_line_of_a_killed_process_does_not_count(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    with (tmp_path / "cache" / usage.USAGE_FILE).open("ab") as stream:
        stream.write(b"a hit 1 65 0 deadbe")
    store.get("a", b"k")
    assert store.usage()["a"].hits == 1


@pytest.mark.parametrize(
    "body", [b"", b"a hit", b"\xff hit 1 1 1", b"a hit 1 1", b"a hit 1 1 1 1", b"a hit 1 1 " + b"9" * 400]
)
def test_a_line_that_means_nothing_stops_nobody_though_its_check_is_right(tmp_path, monkeypatch, body):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    with (tmp_path / "cache" / usage.USAGE_FILE).open("ab") as stream:
        stream.write(body + b" " + usage._check(body) + b"\n")
    assert store.usage()["a"].kept == 1
    monkeypatch.setattr(usage, "_MOST_BYTES", 70)
    assert store.get("a", b"k") == b"1"
    assert (store.usage()["a"].kept, store.usage()["a"].hits) == (1, 1)


@posix
@pytest.mark.parametrize("held", [False, True])
def test_a_pipe_in_place_of_our_files_is_not_waited_for(tmp_path, held):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    ends = []
    for name in (usage.LOCK_FILE, usage.USAGE_FILE, ".limits"):
        path = tmp_path / "cache" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        if held:
            ends.append(os.open(path, os.O_RDWR))
    store.put("a", b"l", b"2")
    assert store.get("a", b"k") == b"1"
    assert store.limits() == Limits()
    assert held or store.usage() == {}
    for end in ends:
        os.close(end)


def test_lines_are_summed_up_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(usage, "_MOST_BYTES", 400)
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    for _ in range(50):
        store.get("a", b"k")
    assert store.usage()["a"].hits == 50
    assert (tmp_path / "cache" / usage.USAGE_FILE).stat().st_size < 600


@posix
def test_who_holds_the_lock_for_ever_stops_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(filelock, "_TRIES", 2)
    store = store_at(tmp_path, max_entries=1)
    store.put("a", b"k", b"1")
    with locked(tmp_path / "cache" / usage.LOCK_FILE):
        assert store.put("a", b"l", b"2")
        assert store.get("a", b"l") == b"2"
        assert store.get("a", b"m") is None
    assert store.size()[0] == 2  # swept by the next one
    assert store.usage()["a"].hits == 0
    store.put("a", b"m", b"3")
    assert store.size()[0] == 1


@posix
def test_a_link_in_place_of_our_files_is_not_followed(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    for name in (usage.LOCK_FILE, usage.USAGE_FILE):
        path = tmp_path / "cache" / name
        path.unlink()
        path.symlink_to(target)
    assert store.get("a", b"k") == b"1"
    assert store.usage() == {}
    assert target.read_bytes() == b"mine"


def test_counting_begins_anew(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    log = UsageLog(tmp_path / "cache", SYSTEM_CLOCK)
    assert log.totals()["a"].kept == 1
    log.clear()
    log.clear()
    assert log.totals() == {}


def test_limits_hold_for_every_process_at_once(tmp_path):
    store = store_at(tmp_path)
    for number in range(5):
        store.put("a", bytes([number]), b"x")
    assert store.limits() == Limits()
    store_at(tmp_path).set_limits(Limits(entries=2, size_bytes=1000))
    assert store.limits() == Limits(2, 1000)
    assert store.size()[0] == 2
    (tmp_path / "cache" / ".limits").write_text("0 nonsense")
    assert store.limits() == Limits()
    (tmp_path / "file").touch()
    SealedStore(tmp_path / "file", tmp_path / "data" / "seal.key").set_limits(Limits())  # says so in the log only


def test_verifying_removes_what_is_damaged_foreign_or_refused(tmp_path):
    store = store_at(tmp_path)
    assert store.verify() == (0, 0)
    for name in ("good", "bad", "refused"):
        store.put(name, b"k", name.encode())
    path = store._path("bad", b"k")
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "cache" / "old-entry.sealed").write_bytes(b"of another version")
    assert store.verify(lambda name, data: name != "refused" or data != b"refused") == (1, 3)
    assert store.get("good", b"k") == b"good"
    assert store.size()[0] == 1


def test_verifying_passes_over_what_cannot_be_read(tmp_path, monkeypatch):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")

    def refuse(*_args, **_options):
        raise PermissionError(13, "no")

    monkeypatch.setattr(SealedStore, "_read", refuse)
    assert store.verify() == (0, 0)


def test_an_entry_of_an_older_version_is_the_first_to_go(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    old = tmp_path / "cache" / "old-entry.sealed"
    old.write_bytes(b"x")
    os.utime(old, (2e9, 2e9))
    store.put("a", b"l", b"2")
    assert not old.exists()
    assert store.size()[0] == 2


@posix
def test_drafts_of_killed_writers_are_swept_and_those_of_the_living_are_not(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    folder = tmp_path / "cache"
    dead, alive = folder / ".1-2.zkc-tmp", folder / ".3-4.zkc-tmp"
    for path in (dead, alive):
        path.write_bytes(b"half")
        os.utime(path, (SYSTEM_CLOCK.unix_s() - 60,) * 2)
    with locked(alive) as held:
        assert held is not None
        store.put("a", b"l", b"1")
    assert (dead.exists(), alive.exists()) == (False, True)
    store.clear()
    assert not alive.exists()


@posix
def test_an_entry_in_use_stays_valid_when_another_process_evicts_it(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"x" * 100_000)
    view = store.get_mapped("a", b"k")
    code = (
        "import sys; from pathlib import Path; from zkcompanion.base.sealed import SealedStore;"
        "h = Path(sys.argv[1]); print(SealedStore(h / 'cache', h / 'data' / 'seal.key').clear()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=True, text=True)
    assert done.stdout == "1\n"
    assert store.get("a", b"k") is None
    assert bytes(view) == b"x" * 100_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_keeps_nothing_and_stops_nothing(tmp_path, monkeypatch):
    store = store_at(tmp_path)
    store.put("a", b"k", b"1")
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flags, *rest: real("/dev/full" if str(path).endswith("tmp") else path, flags & ~os.O_EXCL, *rest),
    )
    assert not store.put("a", b"l", b"x" * 100_000)
    monkeypatch.undo()
    assert store.get("a", b"k") == b"1"
    assert store.get("a", b"l") is None


def test_damage_is_counted_and_events_of_other_versions_are_passed_over(tmp_path):
    store = store_at(tmp_path)
    store.put("a", b"k", b"12345678")
    (entry,) = (tmp_path / "cache").glob("*.sealed")
    data = bytearray(entry.read_bytes())
    data[-1] ^= 1
    entry.write_bytes(data)
    assert store.get("a", b"k") is None
    with (tmp_path / "cache" / usage.USAGE_FILE).open("ab") as file:
        file.write(usage._line("a", "of-a-later-version", usage._Sum(3)))
    assert (store.usage()["a"].damaged, store.usage()["a"].hits) == (1, 0)


@pytest.mark.parametrize("written", ["0 5", "5 0", "-1 -1", "", "a b", "1 2 3"])
def test_limits_that_nobody_can_have_set_do_not_hold(tmp_path, written):
    store = store_at(tmp_path)
    store.set_limits(Limits(7, 1000))
    (tmp_path / "cache" / ".limits").write_text(written)
    assert store.limits() == Limits()


def test_one_who_asks_often_reads_what_was_added_only(tmp_path, monkeypatch):
    store = store_at(tmp_path)
    tail = UsageTail(tmp_path / "cache")
    assert tail.counts() == {}
    store.put("a", b"1", b"x")
    store.get("a", b"1")
    assert tail.counts() == {"kept": 1, "hit": 1}
    parsed = []
    real = usage._parsed
    monkeypatch.setattr(usage, "_parsed", lambda content: parsed.append(len(content)) or real(content))
    assert tail.counts() == {"kept": 1, "hit": 1}
    assert parsed == []
    store.get("a", b"2")
    assert tail.counts() == {"kept": 1, "hit": 1, "miss": 1}
    assert parsed[0] < (tmp_path / "cache" / ".usage").stat().st_size / 2


def test_lines_that_were_summed_up_count_once_and_damaged_ones_not(tmp_path, monkeypatch):
    store = store_at(tmp_path)
    tail = UsageTail(tmp_path / "cache")
    store.put("a", b"1", b"x")
    assert tail.counts() == {"kept": 1}
    inode = (tmp_path / "cache" / ".usage").stat().st_ino
    monkeypatch.setattr(usage, "_MOST_BYTES", 40)
    store.get("a", b"1")
    assert (tmp_path / "cache" / ".usage").stat().st_ino != inode, "it was summed up"
    assert tail.counts() == {"kept": 1, "hit": 1}
    with (tmp_path / "cache" / ".usage").open("ab") as stream:
        stream.write(b"\na hit 5 0 0 00000000\n")
    assert tail.counts() == {"kept": 1, "hit": 1}
    (tmp_path / "cache" / ".usage").write_bytes(b"")
    assert tail.counts() == {}
