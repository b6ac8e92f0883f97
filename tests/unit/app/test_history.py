import errno
import json
import math
import secrets
import threading
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.app.history import History, HistoryChanged, ProofRecord
from zkcompanion.app.job_views import ExpectationView
from zkcompanion.base.errors import BugError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.paths import AppDirs

RECORD = ProofRecord(
    id=0,
    unix_s=1_795_000_000.25,
    circuit="funds-above-threshold",
    title=msg("Funds above a threshold"),
    source="funds-above-threshold",
    fingerprint="3f" * 24,
    outcome="verified",
    proofs=2,
    seconds=1.5,
    phases=(("witness", 0.25), ("sum-a", 1.0)),
    constraints=1347,
    kernels="ifma",
    threads=2,
    key="development",
    peak_rss_bytes=300 << 20,
)


def open_history(home, bus=None, **options):
    return History(AppDirs(home), bus or EventBus(), **options)


def history_file(home):
    return home / "state" / "history.json"


def write_history(home, content):
    path = history_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def counted(bus):
    heard = []
    bus.subscribe(HistoryChanged, heard.append)
    return heard


def test_at_first_there_is_nothing_and_nothing_is_written(tmp_path):
    history = open_history(tmp_path)
    assert (history.records(), history.notice) == ((), None)
    assert not history_file(tmp_path).exists()


def test_records_are_numbered_listed_newest_first_and_come_back(tmp_path):
    bus = EventBus()
    heard = counted(bus)
    history = open_history(tmp_path, bus)
    first = history.add(RECORD)
    second = history.add(replace(RECORD, outcome="failed", seconds=None, phases=(), error_code="bad-file"))
    assert first == replace(RECORD, id=1)
    assert history.records() == (second, first)
    assert len(heard) == 2
    again = open_history(tmp_path)
    assert again.records() == (second, first)
    assert again.notice is None
    assert history_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_ids_are_never_used_twice(tmp_path):
    history = open_history(tmp_path)
    history.add(RECORD)
    history.remove(history.add(RECORD).id)
    assert open_history(tmp_path).add(RECORD).id == 3
    history = open_history(tmp_path)
    history.clear()
    assert open_history(tmp_path).add(RECORD).id == 4


def test_a_removed_record_can_be_put_back_in_its_place(tmp_path):
    bus = EventBus()
    history = open_history(tmp_path, bus)
    for _ in range(3):
        history.add(RECORD)
    heard = counted(bus)
    removed = history.remove(2)
    assert [record.id for record in history.records()] == [3, 1]
    history.restore(removed)
    history.restore(removed)
    assert [record.id for record in open_history(tmp_path).records()] == [3, 2, 1]
    assert len(heard) == 2
    assert history.remove(9) is None
    history.restore(replace(RECORD, id=0))
    assert len(heard) == 2


def test_an_undo_after_a_restart_keeps_its_number_to_itself(tmp_path):
    history = open_history(tmp_path)
    removed = replace(RECORD, id=7)
    history.restore(removed)
    assert history.add(RECORD).id == 8


def test_only_so_many_are_kept_the_oldest_go(tmp_path):
    history = open_history(tmp_path, keep=3)
    for _ in range(5):
        history.add(RECORD)
    assert [record.id for record in history.records()] == [5, 4, 3]
    assert [record.id for record in open_history(tmp_path, keep=2).records()] == [5, 4]


def test_nothing_is_kept_where_the_user_wants_none(tmp_path):
    wanted = [False]
    bus = EventBus()
    heard = counted(bus)
    history = open_history(tmp_path, bus, wanted=lambda: wanted[0])
    assert history.add(replace(RECORD, id=5)).id == 0
    assert (history.records(), heard) == ((), [])
    assert not history_file(tmp_path).exists()
    wanted[0] = True
    assert history.add(RECORD).id == 1


def test_clearing_forgets_all_even_what_was_set_aside(tmp_path):
    write_history(tmp_path, b"{")
    bus = EventBus()
    history = open_history(tmp_path, bus)
    assert "set aside" in str(history.notice)
    history.add(RECORD)
    heard = counted(bus)
    history.clear()
    assert (history.records(), history.notice, len(heard)) == ((), None, 1)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["history.json"]
    assert b"funds" not in history_file(tmp_path).read_bytes()


# -- what earlier proofs lead to expect


def add_runs(history, seconds, **changes):
    for one in seconds:
        history.add(replace(RECORD, seconds=one, phases=(("witness", one / 4), ("sum-a", one / 2)), **changes))


def expect(history, **changes):
    asked = {"kernels": "ifma", "threads": 2, **changes}
    return history.expectation(RECORD.fingerprint, **asked)


def test_an_expectation_comes_from_the_last_ten_verified_runs_alike(tmp_path):
    history = open_history(tmp_path)
    assert expect(history) is None
    add_runs(history, [100.0, *range(1, 11)])
    add_runs(history, [50.0], kernels="scalar")
    add_runs(history, [51.0], threads=1)
    add_runs(history, [52.0], fingerprint="00")
    add_runs(history, [53.0], outcome="cancelled")
    history.add(replace(RECORD, seconds=None, phases=()))
    assert expect(history) == ExpectationView(1.0, 10.0, 10, (("witness", 5.5 / 4), ("sum-a", 5.5 / 2)))
    assert expect(history, kernels="scalar").low_s == 50.0
    assert expect(history, threads=1).proofs == 1
    assert history.expectation("11", kernels="ifma", threads=2) is None


def test_phases_that_only_some_runs_had_have_the_median_of_those(tmp_path):
    history = open_history(tmp_path)
    history.add(replace(RECORD, phases=(("setup", 9.0), ("sum-a", 3.0))))
    history.add(replace(RECORD, phases=(("witness", 1.0), ("sum-a", 1.0))))
    assert expect(history).phases == (("witness", 1.0), ("sum-a", 2.0), ("setup", 9.0))


# -- faults


def test_a_damaged_file_is_set_aside_and_said(tmp_path):
    write_history(tmp_path, b"[]")
    history = open_history(tmp_path)
    assert str(history.notice) == "history.json was damaged. It was set aside as history.damaged-1.json."
    history.add(RECORD)
    assert len(open_history(tmp_path).records()) == 1


def rows_of(home):
    return json.loads(history_file(home).read_bytes())["records"]


def drop(name):
    return lambda row: {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    "bend",
    [
        lambda _: "text",
        drop("title"),
        drop("circuit"),
        lambda row: row | {"id": 0},
        lambda row: row | {"id": 1 << 41},
        lambda row: row | {"id": True},
        lambda row: row | {"outcome": "won"},
        lambda row: row | {"seconds": -1},
        lambda row: row | {"seconds": "1"},
        lambda row: row | {"unix_s": 1e300},
        lambda row: row | {"phases": [["a"]]},
        lambda row: row | {"phases": None},
        lambda row: row | {"title": {"template": "x", "params": {"y": []}}},
        lambda row: row | {"threads": 1 << 60},
        lambda row: row | {"id": 1},
    ],
)
def test_one_wrong_record_is_left_out_and_the_file_set_aside(tmp_path, bend):
    history = open_history(tmp_path)
    first, second = history.add(RECORD), history.add(RECORD)
    content = json.loads(history_file(tmp_path).read_bytes())
    content["records"].append(bend(dict(content["records"][-1], id=3)))
    write_history(tmp_path, content)
    found = open_history(tmp_path)
    assert {record.id for record in found.records()} == {first.id, second.id}
    assert "set aside" in str(found.notice)
    assert open_history(tmp_path).records() == found.records()
    assert open_history(tmp_path).notice is None
    assert found.add(RECORD).id == 3


@pytest.mark.parametrize("next_id", [None, "x", -5, 0, 10**30, 2.5])
def test_a_next_number_that_is_none_is_found_again(tmp_path, next_id):
    open_history(tmp_path).add(RECORD)
    write_history(tmp_path, json.loads(history_file(tmp_path).read_bytes()) | {"next_id": next_id})
    assert open_history(tmp_path).add(RECORD).id == 2


@pytest.mark.parametrize("content", [{"records": []}, {"version": "x"}, {"version": 1, "records": {}}, {"version": 0}])
def test_an_object_of_another_form_can_be_lived_with(tmp_path, content):
    write_history(tmp_path, content)
    history = open_history(tmp_path)
    assert history.records() == ()
    assert history.add(RECORD).id == 1
    assert len(open_history(tmp_path).records()) == 1


def test_a_file_of_a_newer_version_is_read_and_left_as_it_is(tmp_path):
    open_history(tmp_path).add(RECORD)
    content = json.loads(history_file(tmp_path).read_bytes())
    content["version"] = 2
    content["records"] += [content["records"][0] | {"id": 2, "mood": "good"}, {"id": 3, "changed": True}]
    write_history(tmp_path, content)
    before = history_file(tmp_path).read_bytes()
    history = open_history(tmp_path)
    assert [record.id for record in history.records()] == [2, 1]
    assert "newer version" in str(history.notice)
    history.add(RECORD)
    history.remove(1)
    assert [record.id for record in history.records()] == [3, 2]
    assert history_file(tmp_path).read_bytes() == before
    history.clear()
    assert (open_history(tmp_path).records(), history.notice) == ((), None)


def test_the_file_may_be_damaged_at_any_byte(tmp_path):
    history = open_history(tmp_path)
    history.add(RECORD)
    path = history_file(tmp_path)
    sound = path.read_bytes()
    for at in range(len(sound)):
        for content in (sound[:at], sound[:at] + bytes([sound[at] ^ 0x80]) + sound[at + 1 :]):
            path.write_bytes(content)
            found = open_history(tmp_path)
            assert found.records() == () or found.notice is None
            for aside in path.parent.glob("history.damaged-*"):
                aside.unlink()


def test_a_full_disk_keeps_the_records_until_the_end_and_says_so(tmp_path, monkeypatch):
    bus = EventBus()
    heard = counted(bus)
    history = open_history(tmp_path, bus)
    history.add(RECORD)

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("zkcompanion.base.atomicfile.os.fsync", full)
        history.add(RECORD)
        history.remove(1)
        assert [record.id for record in history.records()] == [2]
        assert "cannot be saved" in str(history.notice)
        assert len(heard) == 3
        assert [record.id for record in open_history(tmp_path).records()] == [1]
    history.add(RECORD)
    assert history.notice is None
    assert [record.id for record in open_history(tmp_path).records()] == [3, 2]


def test_a_folder_that_cannot_be_had_keeps_the_records_until_the_end(tmp_path):
    (tmp_path / "state").write_text("a file in the folder's place")
    history = open_history(tmp_path)
    assert "cannot be saved" in str(history.notice)
    history.add(RECORD)
    history.clear()
    assert history.records() == ()
    assert "cannot be saved" in str(history.notice)


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": math.nan},
        {"seconds": math.inf},
        {"threads": "2"},
        {"phases": (("a", None),)},
        {"outcome": "won"},
        {"constraints": 2**254},
    ],
)
def test_a_record_that_is_none_is_a_fault_of_ours_and_nothing_changes(tmp_path, changes):
    history = open_history(tmp_path)
    with pytest.raises(BugError):
        history.add(replace(RECORD, **changes))
    assert history.records() == ()
    assert history.add(RECORD).id == 1


def test_threads_that_add_and_remove_at_once_lose_nothing(tmp_path):
    history = open_history(tmp_path)
    start = threading.Barrier(3)
    kept = []

    def work():
        start.wait(10)
        for turn in range(10):
            record = history.add(RECORD)
            if turn % 2:
                history.remove(record.id)
            else:
                kept.append(record.id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [record.id for record in history.records()] == sorted(kept, reverse=True)
    assert open_history(tmp_path).records() == history.records()


# -- what a record may hold


def test_a_record_has_no_place_for_inputs_signals_or_proofs():
    # whoever adds a field says here that nothing secret can be in it
    assert {one.name for one in fields(ProofRecord)} == {
        "id",
        "unix_s",
        "circuit",
        "title",
        "source",
        "fingerprint",
        "outcome",
        "proofs",
        "seconds",
        "phases",
        "constraints",
        "kernels",
        "threads",
        "key",
        "peak_rss_bytes",
        "error_code",
    }


def test_a_field_element_in_a_title_is_nowhere_in_the_file(tmp_path):
    secret = secrets.randbelow(1 << 253) | 1 << 252
    history = open_history(tmp_path)
    inner = msg("of {value:x}", value=secret)
    kept = history.add(replace(RECORD, title=msg("{n} {hex} {inner}", n=secret, hex=f"{secret:x}", inner=inner)))
    content = history_file(tmp_path).read_text()
    for form in (str(secret), f"{secret:x}", str(secret)[:20]):
        assert form not in content
        assert form not in repr(history.records())
    assert "[redacted]" in str(kept.title)


def test_names_that_are_no_text_are_kept_as_escapes(tmp_path):
    history = open_history(tmp_path)
    kept = history.add(replace(RECORD, source="caf\udce9.zkey", title=msg("{file}", file="caf\udce9")))
    assert kept.source == "caf\\udce9.zkey"
    assert open_history(tmp_path).records() == (kept,)


TEXTS = st.text(max_size=10)
TITLES = st.one_of(
    st.builds(Message, TEXTS),
    st.builds(lambda text, value: msg("{a} " + text.replace("{", "").replace("}", ""), a=value), TEXTS, TEXTS),
    st.builds(lambda n: msg_n("{n} proof", "{n} proofs", n=n), st.integers(0, 99)),
)
RECORDS = st.builds(
    ProofRecord,
    id=st.just(0),
    unix_s=st.floats(0, 4e9),
    circuit=TEXTS,
    title=TITLES,
    source=TEXTS,
    fingerprint=TEXTS,
    outcome=st.sampled_from(["verified", "failed", "cancelled"]),
    proofs=st.integers(0, 1000),
    seconds=st.none() | st.floats(0, 1e6),
    phases=st.lists(st.tuples(TEXTS, st.floats(0, 1e6)), max_size=3).map(tuple),
    constraints=st.none() | st.integers(0, 2**32),
    kernels=TEXTS,
    threads=st.integers(0, 4096),
    key=TEXTS,
    peak_rss_bytes=st.integers(0, 2**44),
    error_code=st.none() | TEXTS,
)


@given(st.lists(RECORDS, max_size=4))
def test_every_record_comes_back(tmp_path_factory, records):
    home = tmp_path_factory.mktemp("history")
    history = open_history(home)
    for record in records:
        history.add(record)
    again = open_history(home)
    assert again.records() == history.records()
    assert again.notice is None
    assert [record.id for record in again.records()] == list(range(len(records), 0, -1))
