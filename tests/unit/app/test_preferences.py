import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.app.preferences import Preferences, PreferencesChanged, PreferenceStore
from zkcompanion.base.atomicfile import TEMPORARY_SUFFIX
from zkcompanion.base.errors import UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs


def open_store(home, bus=None):
    return PreferenceStore(AppDirs(home), bus or EventBus())


def settings_file(home):
    return home / "config" / "settings.json"


def write_settings(home, content):
    path = settings_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_without_a_file_all_is_as_declared_and_nothing_is_written(tmp_path):
    store = open_store(tmp_path)
    assert store.current == Preferences()
    assert store.notice is None
    assert not settings_file(tmp_path).exists()


def test_a_change_is_on_the_disk_when_it_returns(tmp_path):
    after = open_store(tmp_path).change(theme="dark", threads=3)
    assert (after.theme, after.threads, after.text_percent) == ("dark", 3, 100)
    again = open_store(tmp_path)
    assert again.current == after
    assert again.notice is None
    assert json.loads(settings_file(tmp_path).read_bytes()) == {"version": 1, **asdict(after)}
    assert settings_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_change_is_told_with_what_was_before_and_no_change_is_not(tmp_path):
    bus, heard = EventBus(), []
    bus.subscribe(PreferencesChanged, heard.append)
    store = open_store(tmp_path, bus)
    before = store.current
    after = store.change(language="es")
    assert store.change(language="es") == after
    store.change()
    assert heard == [PreferencesChanged(before, after)]
    stamp = settings_file(tmp_path).stat().st_mtime_ns
    store.change(language="es")
    assert settings_file(tmp_path).stat().st_mtime_ns == stamp


WRONG = [
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
def test_a_value_that_is_none_is_refused_and_nothing_changes(tmp_path, name, value):
    store = open_store(tmp_path)
    with pytest.raises(UsageError, match=f"does not fit the setting {name}"):
        store.change(**{"keep_history": False, name: value})
    assert store.current == Preferences()


def test_an_unknown_name_is_refused(tmp_path):
    with pytest.raises(UsageError, match="There is no setting named colour"):
        open_store(tmp_path).change(colour="red")


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_in_the_file_falls_back_alone_and_is_said(tmp_path, name, value):
    others = {"theme": "dark", "keep_history": False}
    write_settings(tmp_path, {"version": 1, **others, name: value})
    store = open_store(tmp_path)
    kept = {key: value for key, value in others.items() if key != name}
    assert asdict(store.current) == asdict(Preferences()) | kept
    assert str(store.notice) == f"Some settings in settings.json could not be read, so their defaults are used: {name}."


def test_every_preference_that_is_missing_is_as_declared(tmp_path):
    write_settings(tmp_path, {"version": 1, "theme": "light"})
    store = open_store(tmp_path)
    assert store.current == Preferences(theme="light")
    assert store.notice is None


def test_names_of_a_newer_version_are_kept_and_so_are_its_values_that_cannot_be_read(tmp_path):
    newer = {"version": 7, "theme": {"day": "light"}, "kernels": "avx10", "sounds": [1, 2], "threads": 2}
    write_settings(tmp_path, newer)
    store = open_store(tmp_path)
    assert (store.current.theme, store.current.threads) == ("system", 2)
    store.change(text_percent=120)
    written = json.loads(settings_file(tmp_path).read_bytes())
    assert written == {**asdict(Preferences()), **newer, "text_percent": 120}
    store.change(theme="dark")
    assert json.loads(settings_file(tmp_path).read_bytes())["theme"] == "dark"


def test_a_version_that_is_none_is_written_as_ours(tmp_path):
    write_settings(tmp_path, {"version": "new", "theme": "pink"})
    open_store(tmp_path).change(threads=1)
    assert json.loads(settings_file(tmp_path).read_bytes()) == {"version": 1, **asdict(Preferences(threads=1))}


def test_a_damaged_file_is_set_aside_and_said_until_the_end(tmp_path):
    write_settings(tmp_path, b'{"theme": "dark"')
    store = open_store(tmp_path)
    said = "settings.json was damaged. It was set aside as settings.damaged-1.json."
    assert (store.current, str(store.notice)) == (Preferences(), said)
    store.change(theme="light")
    assert str(store.notice) == said
    assert (tmp_path / "config" / "settings.damaged-1.json").read_bytes() == b'{"theme": "dark"'
    assert open_store(tmp_path).notice is None


def test_the_file_may_be_damaged_at_any_byte(tmp_path):
    open_store(tmp_path).change(theme="dark", threads=2, language="zh-Hans")
    path = settings_file(tmp_path)
    sound = path.read_bytes()
    for at in range(len(sound)):
        for content in (sound[:at], sound[:at] + bytes([sound[at] ^ 0x80]) + sound[at + 1 :]):
            path.write_bytes(content)
            store = open_store(tmp_path)
            # what is cut after the last bracket is whole; an unknown name is kept without a word
            assert isinstance(store.current, Preferences)
            for aside in path.parent.glob("settings.damaged-*"):
                aside.unlink()


def test_a_full_disk_keeps_the_choice_until_the_end_and_says_so(tmp_path, monkeypatch):
    bus, heard = EventBus(), []
    bus.subscribe(PreferencesChanged, heard.append)
    store = open_store(tmp_path, bus)
    store.change(theme="dark")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("zkcompanion.base.atomicfile.os.fsync", full)
        assert store.change(theme="light").theme == "light"
        assert store.current.theme == "light"
        assert "hold until the program ends" in str(store.notice)
        assert "No space left on device" in str(store.notice)
        assert len(heard) == 2
        assert open_store(tmp_path).current.theme == "dark"
    store.change(threads=2)
    assert store.notice is None
    assert open_store(tmp_path).current == Preferences(theme="light", threads=2)


def test_a_folder_that_cannot_be_had_keeps_the_choice_until_the_end(tmp_path):
    (tmp_path / "config").write_text("a file in the folder's place")
    store = open_store(tmp_path)
    assert "cannot be saved" in str(store.notice)
    assert store.change(theme="dark") == store.current == Preferences(theme="dark")
    assert "cannot be saved" in str(store.notice)


def test_a_handler_may_change_preferences_itself(tmp_path):
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


def test_threads_that_change_at_once_lose_nothing_and_events_follow_each_other(tmp_path):
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
    "keep_history": st.booleans(),
    "started_before": st.booleans(),
}


def test_the_property_knows_every_preference():
    assert set(VALUES) == {one.name for one in fields(Preferences)}


@given(st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=4))
def test_any_changes_come_back_at_the_next_start(tmp_path_factory, changes):
    home = tmp_path_factory.mktemp("preferences")
    store = open_store(home)
    for change in changes:
        store.change(**change)
    assert open_store(home).current == store.current
    assert open_store(home).notice is None


@given(st.dictionaries(st.sampled_from([*VALUES, "version", "other"]), st.one_of(st.none(), st.integers(), st.text())))
def test_any_object_in_the_file_can_be_lived_with(tmp_path_factory, content):
    home = tmp_path_factory.mktemp("preferences")
    write_settings(home, content)
    store = open_store(home)
    store.change(started_before=not store.current.started_before)
    assert open_store(home).current == store.current


CHANGES_UNTIL_KILLED = """
import sys
from pathlib import Path
from zkcompanion.app.preferences import PreferenceStore
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs

store = PreferenceStore(AppDirs(Path(sys.argv[1])), EventBus())
number = int(sys.argv[2])
while True:
    number += 1
    store.change(threads=number % 4096, text_percent=80 + number % 121)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def kill_writers(home, times):
    """Kill a process that changes preferences, at another moment each time; what it acknowledged is there."""
    number = 0
    for turn in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", CHANGES_UNTIL_KILLED, str(home), str(number)], stdout=subprocess.PIPE, text=True
        )
        try:
            for _ in range(1 + turn % 7):
                acknowledged = int(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
            process.stdout.close()
            process.wait(30)
        acknowledged = max([acknowledged, *map(int, rest[: rest.rfind("\n") + 1].split())])
        store = open_store(home)
        assert store.notice is None, "the file is never torn"
        # it was killed at the next change, before or after this was on the disk
        found = store.current.threads
        assert found in {acknowledged % 4096, (acknowledged + 1) % 4096}
        number = found
        assert store.current.text_percent == 80 + found % 121
    return number


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("times", [10, pytest.param(50, marks=pytest.mark.nightly)])
def test_an_acknowledged_change_survives_a_kill(tmp_path, times):
    assert kill_writers(tmp_path, times) >= times
    names = {path.name for path in (tmp_path / "config").iterdir()}
    assert {name for name in names if not name.endswith(TEMPORARY_SUFFIX)} == {"settings.json"}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_without_room_is_lived_with_in_a_real_process(tmp_path):
    open_store(tmp_path).change(theme="dark")
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from zkcompanion.app.preferences import PreferenceStore\n"
        "from zkcompanion.base.events import EventBus\n"
        "from zkcompanion.base.paths import AppDirs\n"
        "store = PreferenceStore(AppDirs(Path(sys.argv[1])), EventBus())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))\n"
        "print(store.change(theme='light').theme, store.notice)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.stdout.startswith("light Your settings hold until the program ends, but cannot be saved: ")
    assert open_store(tmp_path).current.theme == "dark"
    assert [path.name for path in (tmp_path / "config").iterdir()] == ["settings.json"]
