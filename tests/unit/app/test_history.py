import json
import math
import secrets
import threading
from concurrent.futures import Future
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stores import Starts, bend, rows, starts
from zkcompanion.app.history import History, HistoryChanged, ProofRecord, leave_run
from zkcompanion.app.history_rows import to_plain
from zkcompanion.app.job_views import ExpectationView
from zkcompanion.base.errors import BugError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.paths import AppDirs
from zkcompanion.storage import spool
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.errors import DamagedError

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


def make_history(home, bus=None, **options):
    return History(AppDirs(home), bus or EventBus(), **options)


open_history = starts(make_history)


def history_file(home):
    return home / "state" / "history.sqlite"


def old_file(home):
    return home / "state" / "history.json"


def kept(home):
    """The ids in the file, newest first."""
    return [row[0] for row in rows(history_file(home), "SELECT id FROM runs ORDER BY id DESC")]


def write_old(home, content):
    path = old_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def counted(bus):
    heard = []
    bus.subscribe(HistoryChanged, heard.append)
    return heard


def test_at_first_there_is_nothing_and_nothing_is_written(tmp_path, open_history):
    history = open_history(tmp_path)
    assert (history.records(), history.notice) == ((), None)
    assert not history_file(tmp_path).exists()


def test_records_are_numbered_listed_newest_first_and_come_back(tmp_path, open_history):
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


def test_ids_are_never_used_twice(tmp_path, open_history):
    history = open_history(tmp_path)
    history.add(RECORD)
    history.remove(history.add(RECORD).id)
    assert open_history(tmp_path).add(RECORD).id == 3
    history = open_history(tmp_path)
    history.clear()
    assert open_history(tmp_path).add(RECORD).id == 4


def test_a_removed_record_can_be_put_back_in_its_place(tmp_path, open_history):
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


def test_an_undo_after_a_restart_keeps_its_number_to_itself(tmp_path, open_history):
    history = open_history(tmp_path)
    removed = replace(RECORD, id=7)
    history.restore(removed)
    assert history.add(RECORD).id == 8


def test_only_so_many_are_kept_the_oldest_go(tmp_path, open_history):
    history = open_history(tmp_path, keep=3)
    for _ in range(5):
        history.add(RECORD)
    assert [record.id for record in history.records()] == [5, 4, 3]
    assert [record.id for record in open_history(tmp_path, keep=2).records()] == [5, 4]


def test_nothing_is_kept_where_the_user_wants_none(tmp_path, open_history):
    wanted = [False]
    bus = EventBus()
    heard = counted(bus)
    history = open_history(tmp_path, bus, wanted=lambda: wanted[0])
    assert history.add(replace(RECORD, id=5)).id == 0
    assert (history.records(), heard) == ((), [])
    assert not history_file(tmp_path).exists()
    wanted[0] = True
    assert history.add(RECORD).id == 1


def test_clearing_forgets_all_even_what_was_set_aside(tmp_path, open_history):
    write_old(tmp_path, b"{")
    bus = EventBus()
    history = open_history(tmp_path, bus)
    assert "set aside" in str(history.notice)
    history.add(RECORD)
    heard = counted(bus)
    history.clear()
    assert (history.records(), history.notice, len(heard)) == ((), None, 1)
    open_history.end(tmp_path)
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"history.lock", "history.sqlite"}
    assert b"funds" not in history_file(tmp_path).read_bytes()


# -- what earlier proofs lead to expect


def add_runs(history, seconds, **changes):
    for one in seconds:
        history.add(replace(RECORD, seconds=one, phases=(("witness", one / 4), ("sum-a", one / 2)), **changes))


def expect(history, **changes):
    asked = {"kernels": "ifma", "threads": 2, **changes}
    return history.expectation(RECORD.fingerprint, **asked)


def test_an_expectation_comes_from_the_last_ten_verified_runs_alike(tmp_path, open_history):
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


def test_phases_that_only_some_runs_had_have_the_median_of_those(tmp_path, open_history):
    history = open_history(tmp_path)
    history.add(replace(RECORD, phases=(("setup", 9.0), ("sum-a", 3.0))))
    history.add(replace(RECORD, phases=(("witness", 1.0), ("sum-a", 1.0))))
    assert expect(history).phases == (("witness", 1.0), ("sum-a", 2.0), ("setup", 9.0))


# -- what earlier versions wrote


def plain_of(record):
    return json.loads(json.dumps(to_plain(record)))


def old_content(*ids, **changes):
    records = [plain_of(replace(RECORD, id=number)) for number in ids]
    return {"version": 1, "next_id": max(ids, default=0) + 1, "records": records} | changes


def test_runs_of_an_earlier_version_are_taken_in_once(tmp_path, open_history):
    write_old(tmp_path, old_content(1, 3, next_id=9))
    history = open_history(tmp_path)
    assert (history.records(), history.notice) == ((replace(RECORD, id=3), replace(RECORD, id=1)), None)
    assert not old_file(tmp_path).exists()
    assert history.add(RECORD).id == 9
    history.remove(3)
    write_old(tmp_path, old_content(1, 3))
    assert [record.id for record in open_history(tmp_path).records()] == [9, 1]
    open_history(tmp_path).clear()
    assert list((tmp_path / "state").glob("history.json*")) == []


@pytest.mark.parametrize(
    "bend_row",
    [
        lambda _: "text",
        lambda row: {key: value for key, value in row.items() if key != "title"},
        lambda row: {key: value for key, value in row.items() if key != "circuit"},
        lambda row: row | {"id": 0},
        lambda row: row | {"id": 1 << 41},
        lambda row: row | {"outcome": "won"},
        lambda row: row | {"seconds": -1},
        lambda row: row | {"unix_s": 1e300},
        lambda row: row | {"phases": None},
        lambda row: row | {"title": {"template": "x", "params": {"y": []}}},
    ],
)
def test_one_wrong_record_of_an_earlier_version_is_left_out(tmp_path, open_history, bend_row):
    content = old_content(1, 2)
    content["records"].append(bend_row(dict(content["records"][-1], id=3)))
    write_old(tmp_path, content)
    assert [record.id for record in open_history(tmp_path).records()] == [2, 1]


@pytest.mark.parametrize("content", [{"records": []}, {"version": "x"}, {"version": 1, "records": {}}, {"next_id": -5}])
def test_an_object_of_another_form_can_be_lived_with(tmp_path, open_history, content):
    write_old(tmp_path, content)
    history = open_history(tmp_path)
    assert history.records() == ()
    assert history.add(RECORD).id == 1
    assert len(open_history(tmp_path).records()) == 1


def test_a_damaged_file_of_an_earlier_version_is_set_aside_and_said(tmp_path, open_history):
    write_old(tmp_path, b"[]")
    history = open_history(tmp_path)
    assert str(history.notice) == "history.json was damaged. It was set aside as history.damaged-1.json."
    history.add(RECORD)
    assert len(open_history(tmp_path).records()) == 1


# -- what commands leave


def test_a_run_that_a_command_left_is_taken_in_once(tmp_path, open_history):
    bus = EventBus()
    history = open_history(tmp_path, bus)
    first = history.add(RECORD)
    heard = counted(bus)
    leave_run(AppDirs(tmp_path), replace(RECORD, circuit="left"))
    assert history.take_in() == 1
    assert history.records() == (replace(RECORD, id=2, circuit="left"), first)
    assert len(heard) == 1
    assert history.take_in() == 0
    assert history.add(RECORD).id == 3
    assert [record.id for record in open_history(tmp_path).records()] == [3, 2, 1]


def test_a_run_of_a_command_appears_by_itself_while_the_window_is_open(tmp_path, open_history):
    bus = EventBus()
    came = threading.Event()
    bus.subscribe(HistoryChanged, lambda _: came.set())
    history = open_history(tmp_path, bus)
    history.watch()
    history.watch()
    leave_run(AppDirs(tmp_path), RECORD)
    assert came.wait(60)
    assert kept(tmp_path) == [1]


def test_what_commands_left_is_forgotten_where_the_user_wants_no_history_and_when_it_is_cleared(tmp_path, open_history):
    wanted = [False]
    history = open_history(tmp_path, wanted=lambda: wanted[0])
    leave_run(AppDirs(tmp_path), RECORD)
    assert history.take_in() == 0
    wanted[0] = True
    assert history.take_in() == 0
    leave_run(AppDirs(tmp_path), RECORD)
    history.clear()
    assert (history.take_in(), history.records()) == (0, ())


def test_an_event_that_is_no_run_is_set_aside_and_the_others_are_taken(tmp_path, open_history):
    history = open_history(tmp_path)
    spool.spool_event(tmp_path / "state" / "history.spool", "history.run", {"circuit": 5})
    leave_run(AppDirs(tmp_path), RECORD)
    assert history.take_in() == 1
    assert len(list((tmp_path / "state" / "history.spool" / "damaged").iterdir())) == 1


def test_a_history_of_no_folder_is_kept_until_the_end_only():
    history = History(None, EventBus())
    history.add(RECORD)
    history.watch()
    assert (len(history.records()), history.notice, history.size_bytes(), history.take_in()) == (1, None, 0, 0)
    history.clear()
    history.close()
    assert history.records() == ()


# -- faults


def test_a_damaged_file_is_set_aside_and_said(tmp_path, open_history):
    open_history(tmp_path).add(RECORD)
    open_history.end(tmp_path)
    history_file(tmp_path).write_bytes(b"nothing of the kind" * 99)
    history = open_history(tmp_path)
    assert str(history.notice) == "history.sqlite was damaged. It was set aside as history.damaged-1.sqlite."
    history.add(RECORD)
    assert len(open_history(tmp_path).records()) == 1


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE runs SET body = ? WHERE id = 2", "{}"),
        ("UPDATE runs SET digest = ? WHERE id = 2", b"x"),
        ("UPDATE runs SET id = ? WHERE id = 2", 7),
    ],
)
def test_a_changed_bit_in_a_run_costs_that_run_alone_and_is_said(tmp_path, open_history, sql, value):
    history = open_history(tmp_path)
    for _ in range(3):
        history.add(RECORD)
    open_history.end(tmp_path)
    bend(history_file(tmp_path), (sql, (value,)))
    found = open_history(tmp_path)
    assert [record.id for record in found.records()] == [3, 1]
    assert str(found.notice) == "1 run in history.sqlite is damaged and is left out."


def test_a_row_with_a_sound_digest_that_is_no_run_is_left_out(tmp_path, open_history):
    open_history(tmp_path).add(RECORD)
    open_history.end(tmp_path)
    for number, body in ((2, "[]"), (3, "{"), (4, "{}")):
        row = (number, body, row_digest(number, body))
        bend(history_file(tmp_path), ("INSERT INTO runs VALUES (?, ?, ?)", row))
    bend(history_file(tmp_path), ("UPDATE counter SET next_id = ?", (-1,)))
    found = open_history(tmp_path)
    assert [record.id for record in found.records()] == [1]
    assert "3 runs" in str(found.notice)


def test_a_file_of_a_newer_version_is_read_and_left_as_it_is(tmp_path, open_history):
    open_history(tmp_path).add(RECORD)
    open_history.end(tmp_path)
    bend(
        history_file(tmp_path),
        ("INSERT INTO schema_history VALUES (2, 'history', '99', 0.0)", ()),
        ("PRAGMA user_version = 2", ()),
    )
    before = history_file(tmp_path).read_bytes()
    history = open_history(tmp_path)
    assert [record.id for record in history.records()] == [1]
    assert "newer version" in str(history.notice)
    history.add(RECORD)
    assert [record.id for record in history.records()] == [2, 1]
    assert history_file(tmp_path).read_bytes() == before
    history.clear()
    assert (open_history(tmp_path).records(), history.notice) == ((), None)


def test_a_newer_file_of_another_form_is_left_as_it_is(tmp_path, open_history):
    open_history(tmp_path).add(RECORD)
    open_history.end(tmp_path)
    bend(
        history_file(tmp_path),
        ("INSERT INTO schema_history VALUES (2, 'history', '99', 0.0)", ()),
        ("DROP TABLE runs", ()),
        ("PRAGMA user_version = 2", ()),
    )
    history = open_history(tmp_path)
    assert history.records() == ()
    assert "another version" in str(history.notice)


def test_what_could_not_be_written_is_written_with_the_next_change(tmp_path, open_history):
    """As where the disk was full for a while: another process has the file."""
    bus = EventBus()
    heard = counted(bus)
    first = open_history(tmp_path)
    first.add(RECORD)
    history = make_history(tmp_path, bus)
    leave_run(AppDirs(tmp_path), RECORD)
    assert history.take_in() == 0
    history.add(RECORD)
    history.remove(1)
    assert [record.id for record in history.records()] == [2]
    assert "cannot be saved" in str(history.notice)
    assert len(heard) == 2
    assert kept(tmp_path) == [1]
    open_history.end(tmp_path)
    history.add(RECORD)
    assert history.notice is None
    assert kept(tmp_path) == [3, 2]
    history.close()


def test_a_file_that_is_damaged_while_the_program_runs_is_written_anew(tmp_path, open_history):
    history = open_history(tmp_path)
    history.add(RECORD)
    failures = [DamagedError(msg("x"), file="x")]
    write = history._store.write

    def failing(job):
        if failures:
            failed = Future()
            failed.set_exception(failures.pop())
            return failed
        return write(job)

    history._store.write = failing
    bend(history_file(tmp_path), ("DELETE FROM runs", ()))
    history.add(RECORD)
    assert kept(tmp_path) == [2, 1]


def test_damage_that_shows_when_something_is_taken_in_costs_no_record(tmp_path, open_history):
    history = open_history(tmp_path)
    for _ in range(3):
        history.add(RECORD)
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA shrink_memory"):
        history._store.write(lambda c, sql=statement: c.execute(sql).fetchall(), alone=True).result()
    (page,) = rows(history_file(tmp_path), "SELECT rootpage FROM sqlite_schema WHERE name = 'spool_taken'")[0]
    with history_file(tmp_path).open("r+b") as stream:
        stream.seek((page - 1) * 4096)
        stream.write(b"\xff" * 4096)
    leave_run(AppDirs(tmp_path), RECORD)
    assert history.take_in() == 0
    assert kept(tmp_path) == [3, 2, 1]
    assert "set aside" in str(history.notice)
    assert history.take_in() == 1
    assert [record.id for record in open_history(tmp_path).records()] == [4, 3, 2, 1]


def test_a_folder_that_cannot_be_had_keeps_the_records_until_the_end(tmp_path, open_history):
    (tmp_path / "state").write_text("a file in the folder's place")
    history = open_history(tmp_path)
    assert "cannot be saved" in str(history.notice)
    history.add(RECORD)
    history.watch()
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
def test_a_record_that_is_none_is_a_fault_of_ours_and_nothing_changes(tmp_path, open_history, changes):
    history = open_history(tmp_path)
    with pytest.raises(BugError):
        history.add(replace(RECORD, **changes))
    assert history.records() == ()
    assert history.add(RECORD).id == 1


def test_threads_that_add_and_remove_at_once_lose_nothing(tmp_path, open_history):
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
        "predicted_s",
        "model_s",
        "model",
        "predicted_bytes",
        "room_bytes",
        "run_anyway",
    }


def test_a_field_element_in_a_title_is_nowhere_in_the_file(tmp_path, open_history):
    secret = secrets.randbelow(1 << 253) | 1 << 252
    history = open_history(tmp_path)
    inner = msg("of {value:x}", value=secret)
    kept = history.add(replace(RECORD, title=msg("{n} {hex} {inner}", n=secret, hex=f"{secret:x}", inner=inner)))
    open_history.end(tmp_path)
    content = history_file(tmp_path).read_bytes().decode(errors="replace")
    for form in (str(secret), f"{secret:x}", str(secret)[:20]):
        assert form not in content
        assert form not in repr(history.records())
    assert "[redacted]" in str(kept.title)


def test_names_that_are_no_text_are_kept_as_escapes(tmp_path, open_history):
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
def test_every_record_comes_back(quick_folder, records):
    home = quick_folder()
    opened = Starts(make_history)
    history = opened(home)
    for record in records:
        history.add(record)
    again = opened(home)
    assert again.records() == history.records()
    assert again.notice is None
    assert [record.id for record in again.records()] == list(range(len(records), 0, -1))
