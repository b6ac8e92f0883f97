import itertools
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kills import kills as killing
from tests.support.stores import Starts, bend, rows, starts
from zkcompanion.app.preferences import (
    LEAST_BYTES,
    LEAST_ENTRIES,
    MOST_BYTES,
    MOST_ENTRIES,
    Preferences,
    PreferencesChanged,
    PreferenceStore,
)
from zkcompanion.base.errors import UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.errors import DamagedError


def make_store(home, bus=None, **options):
    return PreferenceStore(AppDirs(home), bus or EventBus(), **options)


open_store = starts(make_store)


def look(home):
    """As a command sees them while a window may be open."""
    store = make_store(home, writes=False)
    try:
        return store.current
    finally:
        store.close()


def settings_file(home):
    return home / "config" / "settings.sqlite"


def old_file(home, content):
    path = home / "config" / "settings.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def kept(home):
    found = rows(settings_file(home), "SELECT name, value FROM choices WHERE topic = 'program'")
    return {name: json.loads(value) for name, value in found}


def write_settings(home, content, topic="program"):
    """Rows as a program would write them, in a file of ours."""
    store = make_store(home)
    store.remember("x", "y", 1)
    store.close()
    texts = [(topic, name, json.dumps(value)) for name, value in content.items()]
    bend(
        settings_file(home),
        *(("INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)", (*row, row_digest(*row))) for row in texts),
    )


def test_without_a_file_all_is_as_declared_and_nothing_is_written(tmp_path, open_store):
    store = open_store(tmp_path)
    assert store.current == Preferences()
    assert store.notice is None
    assert list((tmp_path / "config").iterdir()) == []


def test_a_change_is_on_the_disk_when_it_returns(tmp_path, open_store):
    after = open_store(tmp_path).change(theme="dark", threads=3)
    assert (after.theme, after.threads, after.text_percent) == ("dark", 3, 100)
    assert look(tmp_path) == after
    again = open_store(tmp_path)
    assert again.current == after
    assert again.notice is None
    assert kept(tmp_path) == {"theme": "dark", "threads": 3}
    assert settings_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_change_is_told_with_what_was_before_and_no_change_is_not(tmp_path, open_store):
    bus, heard = EventBus(), []
    bus.subscribe(PreferencesChanged, heard.append)
    store = open_store(tmp_path, bus)
    before = store.current
    after = store.change(language="es")
    bent = ("UPDATE choices SET digest = ?", (b"",))
    bend(settings_file(tmp_path), bent)
    assert store.change(language="es") == after
    store.change()
    assert heard == [PreferencesChanged(before, after)]
    assert rows(settings_file(tmp_path), "SELECT digest FROM choices") == [(b"",)]


WRONG = [
    ("metrics_file", "proofs.prom"),
    ("metrics_file", "/srv/a\0b"),
    ("theme", "pink"),
    ("theme", None),
    ("text_percent", 79),
    ("text_percent", 201),
    ("text_percent", "100"),
    ("text_percent", 100.0),
    ("text_percent", True),
    ("language", "../x"),
    ("language", "en\n"),
    ("language", 1),
    ("threads", -1),
    ("threads", 4097),
    ("kernels", "fast"),
    ("constant_work", 1),
    ("keep_history", "yes"),
    ("started_before", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_is_none_is_refused_and_nothing_changes(tmp_path, open_store, name, value):
    store = open_store(tmp_path)
    with pytest.raises(UsageError, match=f"does not fit the setting {name}"):
        store.change(**{"keep_history": False, name: value})
    assert store.current == Preferences()


def test_an_unknown_name_is_refused(tmp_path, open_store):
    with pytest.raises(UsageError, match="There is no setting named colour"):
        open_store(tmp_path).change(colour="red")


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_in_the_file_falls_back_alone_and_is_said(tmp_path, open_store, name, value):
    others = {"theme": "dark", "keep_history": False}
    write_settings(tmp_path, {**others, name: value})
    store = open_store(tmp_path)
    left = {key: value for key, value in others.items() if key != name}
    assert asdict(store.current) == asdict(Preferences()) | left
    assert (
        str(store.notice) == f"Some settings in settings.sqlite could not be read, so their defaults are used: {name}."
    )


def test_names_and_values_of_a_newer_program_stay_until_they_are_chosen_anew(tmp_path, open_store):
    newer = {"theme": {"day": "light"}, "kernels": "avx10", "sounds": [1, 2], "threads": 2}
    write_settings(tmp_path, newer)
    store = open_store(tmp_path)
    assert (store.current.theme, store.current.threads) == ("system", 2)
    store.change(text_percent=120)
    assert kept(tmp_path) == {**newer, "text_percent": 120}
    store.change(theme="dark")
    assert kept(tmp_path)["theme"] == "dark"


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("UPDATE choices SET value = ? WHERE name = 'threads'", ("3",)),
        ("UPDATE choices SET digest = ? WHERE name = 'threads'", (b"x",)),
        ("UPDATE choices SET value = CAST(? AS TEXT) WHERE name = 'threads'", (b"\xff2",)),
    ],
)
def test_a_changed_bit_in_a_row_costs_that_row_alone_and_is_said(tmp_path, open_store, sql, values):
    open_store(tmp_path).change(theme="dark", threads=2)
    open_store(tmp_path).remember("learn", "depth", 2)
    open_store.end(tmp_path)
    bend(settings_file(tmp_path), (sql, values), ("UPDATE choices SET digest = ? WHERE name = 'depth'", (b"x",)))
    store = open_store(tmp_path)
    assert store.current == Preferences(theme="dark")
    assert "could not be read, so their defaults are used: threads." in str(store.notice)
    assert store.recall("learn", "depth") is None
    assert store.change(threads=4).threads == 4
    assert open_store(tmp_path).notice is None


def test_a_value_that_is_no_json_is_not_read(tmp_path, open_store):
    open_store(tmp_path).change(theme="dark")
    open_store.end(tmp_path)
    row = ("program", "theme", "dark")
    bend(settings_file(tmp_path), ("UPDATE choices SET value = ?, digest = ?", ("dark", row_digest(*row))))
    store = open_store(tmp_path)
    assert store.current == Preferences()
    assert "theme" in str(store.notice)


# -- what is remembered for a topic


def test_what_is_remembered_for_a_topic_comes_back_and_is_no_preference(tmp_path, open_store):
    store = open_store(tmp_path)
    store.remember("learn/groth16", "depth", 2)
    store.remember("learn/groth16", "theme", "pink")
    store.remember("learn/poseidon", "depth", {"a": [1, None]})
    again = open_store(tmp_path)
    assert again.current == Preferences()
    assert again.recall("learn/groth16", "depth") == 2
    assert again.recall("learn/groth16", "theme") == "pink"
    assert again.recall("learn/poseidon", "depth") == {"a": [1, None]}
    assert again.recall("learn", "depth") is None
    again.remember("learn/groth16", "depth", None)
    assert again.recall("learn/groth16", "depth") is None


@pytest.mark.parametrize("value", [object(), "x" * 5000, float("nan")])
def test_what_cannot_be_remembered_is_refused(tmp_path, open_store, value):
    store = open_store(tmp_path)
    with pytest.raises(UsageError, match="cannot be remembered"):
        store.remember("learn", "depth", value)
    with pytest.raises(UsageError, match="cannot be remembered"):
        store.remember("\udce9", "depth", 1)
    assert store.recall("learn", "depth") is None


@pytest.mark.parametrize("value", ["nonsense", "[" * 100_000, '{"a": 1, "a": 2}'])
def test_what_somebody_planted_with_a_sound_digest_is_not_recalled(tmp_path, open_store, value):
    open_store(tmp_path).remember("learn", "depth", 3)
    open_store.end(tmp_path)
    digest = row_digest("topic:learn", "depth", value)
    bend(settings_file(tmp_path), ("UPDATE choices SET value = ?, digest = ?", (value, digest)))
    store = open_store(tmp_path)
    assert store.recall("learn", "depth") is None
    store.remember("learn", "depth", 4)
    assert open_store(tmp_path).recall("learn", "depth") == 4


# -- what earlier versions wrote


def test_settings_of_an_earlier_version_are_taken_in_once(tmp_path, open_store):
    old = {"version": 1, "theme": "dark", "threads": 2, "sounds": True}
    path = old_file(tmp_path, old)
    assert look(tmp_path) == Preferences(theme="dark", threads=2)
    assert not settings_file(tmp_path).exists()
    store = open_store(tmp_path)
    assert store.current == Preferences(theme="dark", threads=2)
    assert store.notice is None
    assert [one.name for one in path.parent.glob("settings.json*")] == ["settings.json.imported"]
    store.change(theme="light")
    # an earlier program ran once more meanwhile
    old_file(tmp_path, old)
    assert open_store(tmp_path).current == Preferences(theme="light", threads=2)
    assert path.exists()
    assert kept(tmp_path) == {"theme": "light", "threads": 2, "sounds": True}


def test_an_import_that_was_killed_before_the_file_was_renamed_is_ended_by_the_next_start(tmp_path, open_store):
    path = old_file(tmp_path, {"version": 1, "theme": "dark"})
    open_store(tmp_path).change(theme="light")
    path.with_name("settings.json.imported").rename(path)
    assert open_store(tmp_path).current.theme == "light"
    assert not path.exists()


def test_a_name_that_is_no_text_is_not_taken_in(tmp_path, open_store):
    old_file(tmp_path, b'{"version": 1, "theme": "dark", "\\ud800": 1}')
    assert open_store(tmp_path).current in {Preferences(theme="dark"), Preferences()}


@pytest.mark.parametrize("content", [b'{"theme": "dark"', b"[]"])
def test_a_damaged_file_of_an_earlier_version_is_set_aside_and_said(tmp_path, open_store, content):
    old_file(tmp_path, content)
    store = open_store(tmp_path)
    said = "settings.json was damaged. It was set aside as settings.damaged-1.json."
    assert (store.current, str(store.notice)) == (Preferences(), said)
    store.change(theme="light")
    assert str(store.notice) == said
    assert (tmp_path / "config" / "settings.damaged-1.json").read_bytes() == content
    assert open_store(tmp_path).notice is None


@given(st.dictionaries(st.sampled_from([*"abc", "version", "theme", "threads"]), st.none() | st.integers() | st.text()))
def test_any_object_of_an_earlier_version_can_be_lived_with(quick_folder, content):
    home = quick_folder()
    old_file(home, content)
    opened = Starts(make_store)
    store = opened(home)
    store.change(started_before=not store.current.started_before)
    assert opened(home).current == store.current
    opened.end_all()


# -- faults


def test_a_damaged_file_is_set_aside_and_said_until_the_end(tmp_path, open_store):
    open_store(tmp_path).change(theme="dark")
    open_store.end(tmp_path)
    settings_file(tmp_path).write_bytes(b"no database at all" * 100)
    store = open_store(tmp_path)
    said = "settings.sqlite was damaged. It was set aside as settings.damaged-1.sqlite."
    assert (store.current, str(store.notice)) == (Preferences(), said)
    store.change(theme="light")
    assert str(store.notice) == said
    assert (tmp_path / "config" / "settings.damaged-1.sqlite").read_bytes().startswith(b"no database")
    again = open_store(tmp_path)
    assert (again.current.theme, again.notice) == ("light", None)


def test_a_file_that_is_damaged_while_the_program_runs_is_written_anew(tmp_path, open_store):
    store = open_store(tmp_path)
    store.change(theme="dark", threads=2)
    store.remember("learn", "depth", 3)
    failures = [DamagedError(msg("x"), file="x")]
    write = store._store.write

    def failing(job):
        if failures:
            failed = Future()
            failed.set_exception(failures.pop())
            return failed
        return write(job)

    store._store.write = failing
    bend(settings_file(tmp_path), ("DELETE FROM choices", ()))
    store.change(text_percent=120)
    assert kept(tmp_path).items() >= {"theme": "dark", "threads": 2, "text_percent": 120}.items()
    assert open_store(tmp_path).recall("learn", "depth") == 3


def test_a_file_of_a_newer_version_is_read_and_left_as_it_is(tmp_path, open_store):
    open_store(tmp_path).change(theme="dark")
    open_store.end(tmp_path)
    bend(
        settings_file(tmp_path),
        ("INSERT INTO schema_history VALUES (2, 'settings', '99', 0.0)", ()),
        ("ALTER TABLE choices ADD COLUMN mood TEXT", ()),
        ("PRAGMA user_version = 2", ()),
    )
    before = settings_file(tmp_path).read_bytes()
    store = open_store(tmp_path)
    assert "newer version" in str(store.notice)
    assert store.change(threads=2).threads == 2
    assert "newer version" in str(store.notice)
    open_store.end(tmp_path)
    assert settings_file(tmp_path).read_bytes() == before


def test_a_folder_that_cannot_be_had_keeps_the_choice_until_the_end(tmp_path, open_store):
    (tmp_path / "config").write_text("a file in the folder's place")
    store = open_store(tmp_path)
    assert "cannot be saved" in str(store.notice)
    assert store.change(theme="dark") == store.current == Preferences(theme="dark")
    assert "cannot be saved" in str(store.notice)


def test_settings_of_an_earlier_version_count_where_nothing_can_be_written(tmp_path, open_store):
    path = old_file(tmp_path, {"version": 1, "theme": "dark"})
    (tmp_path / "config" / "settings.lock").mkdir()
    store = open_store(tmp_path)
    assert store.current.theme == "dark"
    assert "cannot be saved" in str(store.notice)
    assert path.exists()


def test_a_second_process_reads_and_its_changes_hold_until_it_ends(tmp_path, open_store):
    first = open_store(tmp_path)
    first.change(theme="dark")
    second = make_store(tmp_path)
    assert second.current.theme == "dark"
    assert second.change(theme="light").theme == "light"
    assert "another process" in str(second.notice)
    assert look(tmp_path).theme == "dark"
    open_store.end(tmp_path)
    # it may write from now on, and what it owes is written too
    second.change(threads=2)
    assert second.notice is None
    assert look(tmp_path) == Preferences(theme="light", threads=2)
    second.close()


def test_a_handler_may_change_preferences_itself(tmp_path, open_store):
    bus, heard = EventBus(), []
    store = open_store(tmp_path, bus)

    def also(event):
        heard.append((event.before.threads, event.after.threads))
        if event.after.threads == 1:
            store.change(threads=2)

    bus.subscribe(PreferencesChanged, also)
    assert store.change(threads=1).threads == 2
    assert heard == [(0, 1), (1, 2)]
    assert open_store(tmp_path).current.threads == 2


def test_threads_that_change_at_once_lose_nothing_and_events_follow_each_other(tmp_path, open_store):
    bus, heard = EventBus(), []
    bus.subscribe(PreferencesChanged, heard.append)
    store = open_store(tmp_path, bus)
    start = threading.Barrier(3)

    def work(name, values):
        start.wait(10)
        for value in values:
            store.change(**{name: value})

    jobs = [("threads", range(1, 21)), ("text_percent", range(101, 121)), ("theme", ["dark", "light"] * 10)]
    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert store.current == Preferences(threads=20, text_percent=120, theme="light")
    assert open_store(tmp_path).current == store.current
    assert len(heard) == 60
    assert all(first.after == second.before for first, second in itertools.pairwise(heard))


VALUES = {
    "theme": st.sampled_from(["system", "light", "dark", "high-contrast"]),
    "text_percent": st.integers(80, 200),
    "language": st.from_regex(r"\A([a-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?\Z"),
    "threads": st.integers(0, 4096),
    "kernels": st.sampled_from(["auto", "ifma", "scalar", "reference"]),
    "constant_work": st.booleans(),
    "min_workers": st.integers(1, 4096),
    "max_workers": st.integers(0, 4096),
    "buffer_bytes": st.integers(0, 1 << 44),
    "keep_history": st.booleans(),
    "cache_entries": st.integers(LEAST_ENTRIES, MOST_ENTRIES),
    "cache_bytes": st.integers(LEAST_BYTES, MOST_BYTES),
    "monitoring": st.booleans(),
    "notify_desktop": st.booleans(),
    "metrics_port": st.integers(0, 65535),
    "metrics_file": st.just("")
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).map("/".__add__),
    "report_schedule": st.sampled_from(["off", "daily", "weekly", "monthly"]),
    "started_before": st.booleans(),
}


def test_the_property_knows_every_preference():
    assert set(VALUES) == {one.name for one in fields(Preferences)}


@given(st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=4))
def test_any_changes_come_back_at_the_next_start(quick_folder, changes):
    home = quick_folder()
    opened = Starts(make_store)
    store = opened(home)
    for change in changes:
        store.change(**change)
    again = opened(home)
    assert (again.current, again.notice) == (store.current, None)
    opened.end_all()


@given(st.dictionaries(st.sampled_from([*VALUES, "other"]), st.one_of(st.none(), st.integers(), st.text())))
def test_any_values_in_the_file_can_be_lived_with(quick_folder, content):
    home = quick_folder()
    write_settings(home, content)
    opened = Starts(make_store)
    store = opened(home)
    store.change(started_before=not store.current.started_before)
    assert opened(home).current == store.current
    opened.end_all()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize(
    ("kills", "changes"), [(10, 300), pytest.param(500, 30_000, marks=[pytest.mark.nightly, pytest.mark.timeout(3600)])]
)
def test_an_acknowledged_change_survives_a_kill(tmp_path, kills, changes):
    tally = killing.preference_kills(tmp_path, kills, changes)
    assert (tally.kills >= kills, tally.acknowledged >= changes, tally.faults) == (True, True, 0), tally


CHANGES_WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
store = PreferenceStore(AppDirs(Path(sys.argv[1])), EventBus())
store.change(threads=2)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
print(store.change(theme='light').theme, store.notice)
if sys.argv[2] == "again":
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(store.change(text_percent=120).theme, store.notice)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize(("then", "theme"), [("end", "dark"), ("again", "light")])
def test_a_disk_without_room_keeps_the_choice_until_the_end_or_until_there_is_room(tmp_path, open_store, then, theme):
    open_store(tmp_path).change(theme="dark")
    open_store.end(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", CHANGES_WITHOUT_ROOM, str(tmp_path), then],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    said = done.stdout.splitlines()
    assert said[0].startswith("light Your settings hold until the program ends, but cannot be saved: ")
    assert said[1:] == ["light None"] * (then == "again")
    store = open_store(tmp_path)
    assert (store.current.theme, store.current.threads, store.notice) == (theme, 2, None)
