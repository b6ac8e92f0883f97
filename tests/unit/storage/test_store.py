"""A store as it is found: new, ours, another process's, newer, damaged, planted."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stores import bend, rows
from zkcompanion.base.documents import aside_files
from zkcompanion.base.errors import FileError, ResourceError
from zkcompanion.storage.database import connect_reading, create_private, refuse_strangers, remove_left_over, size_bytes
from zkcompanion.storage.errors import ClosedError, DamagedError, OwnedElsewhereError
from zkcompanion.storage.migrations import is_as_migrated, migrate, version_of
from zkcompanion.storage.retention import give_back, keep_newest, keep_since
from zkcompanion.storage.schema import Schema
from zkcompanion.storage.store import Store

TABLE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT"
SCHEMA = Schema("notes", ((TABLE,),))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "state"
    made.mkdir(mode=0o700)
    return made


def open_store(folder, schema=SCHEMA, **options):
    return Store(lambda: folder, schema, **options)


def put(store, *texts):
    def job(connection):
        for text in texts:
            connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))

    return store.write(job)


def texts(store):
    found = store.read(lambda connection: connection.execute("SELECT text FROM notes ORDER BY id").fetchall())
    return [row[0] for row in found]


def fill(folder, *words, schema=SCHEMA):
    with open_store(folder, schema) as store:
        put(store, *words).result()


# -- as it should be


def test_what_was_acknowledged_is_read_and_comes_back(folder):
    with open_store(folder) as store:
        with pytest.raises(FileNotFoundError):
            texts(store)
        put(store, "a", "b").result()
        assert texts(store) == ["a", "b"]
        assert store.size_bytes() == size_bytes(store.path) > 0
    with open_store(folder) as store:
        assert (texts(store), store.notice) == (["a", "b"], None)
    store.close()


def test_files_are_private_and_few(folder):
    fill(folder, "a")
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert found == {"notes.lock": 0o600, "notes.sqlite": 0o600}


def test_a_file_that_others_may_read_is_made_private(folder):
    fill(folder, "a")
    (folder / "notes.sqlite").chmod(0o644)
    with open_store(folder) as store:
        assert store.open()
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_part_that_raises_is_undone_and_the_rest_of_its_transaction_is_kept(folder):
    with open_store(folder) as store:
        gate = threading.Event()
        waits = store.write(lambda _: gate.wait(30))
        futures = [put(store, *words) for words in (("a",), ("b", "a"), ("c",))]
        gone = put(store, "never")
        assert gone.cancel()
        alone = store.write(lambda connection: connection.execute("PRAGMA user_version").fetchone()[0], alone=True)
        cancelled = store.vacuum()
        assert cancelled.cancel()
        gate.set()
        assert waits.result()
        assert futures[0].result() is None
        with pytest.raises(sqlite3.IntegrityError):
            futures[1].result()
        assert (futures[2].result(), alone.result()) == (None, 1)
        assert texts(store) == ["a", "c"]


def test_a_job_that_is_wrong_is_told_so(folder):
    with open_store(folder) as store:
        with pytest.raises(ZeroDivisionError):
            store.write(lambda _: 1 / 0).result()
        with pytest.raises(ZeroDivisionError):
            store.write(lambda _: 1 / 0, alone=True).result()
        with pytest.raises(sqlite3.OperationalError, match="syntax"):
            store.write(lambda connection: connection.execute("BEGINS"), alone=True).result()
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            store.read(lambda connection: connection.execute("SELECT * FROM other"))
        with closing(connect_reading(store.path)) as reading, pytest.raises(sqlite3.OperationalError, match="readonly"):
            reading.execute("DELETE FROM notes")
        put(store, "a").result()


def test_after_closing_nothing_is_written(folder):
    store = open_store(folder)
    writer = store._ready()
    store.close()
    with pytest.raises(ClosedError):
        put(store, "a").result()
    with pytest.raises(ClosedError):
        writer.submit(lambda _: None).result()
    assert not store.open()
    assert texts(store) == []


def test_a_long_log_is_put_into_the_file_and_a_vacuum_gives_room_back(folder):
    with open_store(folder) as store:
        for number in range(4):
            put(store, f"{number}" * 1_000_000).result()
        big = store.size_bytes()
        store.write(lambda connection: keep_newest(connection, "notes", "id", 1)).result()
        store.vacuum().result()
        assert store.size_bytes() < big / 2
        assert [text[0] for text in texts(store)] == ["3"]


def test_the_log_has_a_bound_while_work_never_ends(folder):
    """Whoever hands over more and more does not fill the disk with what the file has long taken in."""
    log = folder / "notes.sqlite-wal"

    def job(connection):
        connection.execute("INSERT INTO notes (text) VALUES (hex(randomblob(4096)))")
        keep_newest(connection, "notes", "id", 300)
        return log.stat().st_size

    with open_store(folder, Schema("notes", SCHEMA.migrations, durable=False)) as store:
        gate = threading.Event()
        store.write(lambda _: gate.wait(30))
        futures = [store.write(job) for _ in range(3000)]
        gate.set()
        lengths = [future.result() for future in futures]
    assert 8 << 20 < max(lengths) < 13 << 20


def test_a_file_whose_log_grew_beyond_all_bounds_under_a_reader_is_sound(folder, tmp_path):
    schema = Schema("notes", SCHEMA.migrations, max_bytes=200_000, durable=False)
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    with open_store(folder, schema) as store:
        put(store, "first").result()
        with closing(connect_reading(store.path)) as reading:
            assert reading.execute("BEGIN").execute("SELECT text FROM notes").fetchall()
            for number in range(60):
                put(store, f"{number} " * 10_000).result()
                store.write(lambda connection: keep_newest(connection, "notes", "id", 1)).result()
        assert (folder / "notes.sqlite-wal").stat().st_size > 2 * 200_000 + (1 << 20)
        for name in ("notes.sqlite", "notes.sqlite-wal"):  # as a killed program leaves them
            (copy / name).write_bytes((folder / name).read_bytes())
    with open_store(copy, schema) as store:
        assert (texts(store), store.notice) == (["59 " * 10_000], None)


def test_retention_keeps_the_newest_and_gives_pages_back(folder):
    with open_store(folder) as store:
        put(store, *map(str, range(10))).result()
        assert store.write(lambda connection: keep_since(connection, "notes", "id", 3, most=1)).result() == 1
        assert store.write(lambda connection: keep_since(connection, "notes", "id", 3)).result() == 1
        assert store.write(lambda connection: keep_newest(connection, "notes", "id", 2)).result() == 6
        assert texts(store) == ["8", "9"]
        store.write(give_back).result()
        with pytest.raises(ValueError, match="not a name"):
            store.write(lambda connection: keep_newest(connection, "notes; DROP", "id", 2)).result()


def test_a_schema_has_the_name_of_a_file():
    with pytest.raises(ValueError, match="not a name"):
        Schema("../x", ())


# -- who writes


OWNS = """
import sys
from pathlib import Path
from tests.unit.storage.test_store import open_store, put
store = open_store(Path(sys.argv[1]))
put(store, "other").result()
print("ready", flush=True)
sys.stdin.read()
"""


def test_of_two_processes_one_writes_and_the_other_reads(folder):
    with subprocess.Popen(
        [sys.executable, "-c", OWNS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"ready\n"
        with open_store(folder) as store:
            with pytest.raises(OwnedElsewhereError):
                put(store, "ours").result()
            with pytest.raises(OwnedElsewhereError):
                store.start_anew()
            assert texts(store) == ["other"]
            other.kill()
            other.wait(30)
            put(store, "ours").result()
            assert (texts(store), store.notice) == (["other", "ours"], None)


def test_who_does_not_write_only_reads(folder):
    store = open_store(folder, writes=False)
    with pytest.raises(FileNotFoundError):
        texts(store)
    fill(folder, "a")
    with pytest.raises(OwnedElsewhereError):
        put(store, "b").result()
    assert texts(store) == ["a"]
    (folder / "notes.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(DamagedError):
        texts(store)
    assert (folder / "notes.sqlite").exists()


def test_a_reader_between_the_making_of_the_file_and_of_its_tables_finds_nothing(folder):
    (folder / "notes.sqlite").touch(mode=0o600)
    with pytest.raises(FileNotFoundError):
        texts(open_store(folder, writes=False))


# -- versions


def test_a_newer_file_is_read_and_left_as_it_is(folder):
    newer = Schema("notes", (*SCHEMA.migrations, ("ALTER TABLE notes ADD COLUMN mood TEXT",)))
    fill(folder, "a", schema=newer)
    before = (folder / "notes.sqlite").read_bytes()
    with open_store(folder) as store:
        assert texts(store) == ["a"]
        for _ in range(2):
            with pytest.raises(FileError, match="newer version"):
                put(store, "b").result()
        assert str(store.notice) == "notes.sqlite is of a newer version of this program, so it is left as it is."
        with pytest.raises(FileError, match="another version"):
            store.read(lambda connection: connection.execute("SELECT * FROM gone"))
        assert (folder / "notes.sqlite").read_bytes() == before
        store.start_anew()
        put(store, "c").result()
        assert (texts(store), store.notice) == (["c"], None)


def test_a_step_that_fails_leaves_the_file_as_it_was(folder):
    fill(folder, "a")

    def step(connection):
        connection.execute("UPDATE notes SET text = 'b'")
        connection.execute("SELECT * FROM gone")

    with open_store(folder, Schema("notes", (*SCHEMA.migrations, step))) as store, pytest.raises(sqlite3.Error):
        put(store, "c").result()
    with open_store(folder) as store:
        assert texts(store) == ["a"]


STEPS = st.lists(
    st.sampled_from(
        [
            ("CREATE TABLE IF NOT EXISTS more (id INTEGER PRIMARY KEY) STRICT",),
            ("INSERT INTO notes (text) SELECT 'x' || count(*) FROM notes",),
            ("UPDATE notes SET text = text || '!'",),
            lambda connection: connection.execute("INSERT INTO notes (text) VALUES (hex(randomblob(8)))"),
        ]
    ),
    max_size=5,
)


@given(STEPS, st.integers(0, 5), st.integers(0, 5))
def test_any_two_stops_on_the_way_end_in_the_same_tables(quick_folder, steps, first, second):
    """Whichever versions a file was opened with on its way, it has the newest's tables, and its history says all."""
    folder = quick_folder()
    whole = Schema("notes", ((TABLE,), *steps))
    stops = sorted({min(1 + first, whole.version), min(1 + second, whole.version), whole.version})
    for stop in stops:
        fill(folder, f"stop {stop}", schema=Schema("notes", whole.migrations[:stop]))
    with open_store(folder, whole) as store:
        assert len([text for text in texts(store) if text.startswith("stop")]) == len(stops)
        assert store.notice is None
        found = store.read(lambda connection: (version_of(connection), is_as_migrated(connection, whole)))
        assert found == (whole.version, True)
    history = rows(folder / "notes.sqlite", "SELECT version, name FROM schema_history")
    assert history == [(number, "notes") for number in range(1, whole.version + 1)]


# -- damage


def test_a_bit_changed_on_any_page_is_found_or_harmless(quick_folder):
    folder = quick_folder()
    words = [f"{number} " * 60 for number in range(60)]
    fill(folder, *words)
    path = folder / "notes.sqlite"
    sound = path.read_bytes()
    said = 0
    places = sorted({page + at for page in range(0, len(sound), 4096) for at in (0, 1, 3, 5, 7, 8, 40, 99, 2000, 4090)})
    places += range(18, 100, 5)
    for place in places:
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x41]) + sound[place + 1 :])
        with open_store(folder) as store:
            try:
                found = texts(store)
                put(store, "more").result()
            except (FileError, ResourceError):
                found = None
            if store.notice is not None or found is None:
                said += 1
            else:
                # SQLite does not look into values: that is what a row's digest is for
                assert len(found) == len(words)
                assert sum(one != two for one, two in zip(found, words, strict=True)) <= 1
        for one in folder.iterdir():
            one.unlink()
        path.write_bytes(sound)
    assert said > len(places) / 4


def test_every_bit_of_the_version_that_is_changed_is_found_without_counting_up_to_it(quick_folder):
    """A version of a thousand million is damage, and not that many steps to compare with."""
    folder = quick_folder()
    fill(folder, "a")
    path = folder / "notes.sqlite"
    sound = path.read_bytes()
    for bit in range(32):
        changed = bytearray(sound)
        changed[60 + bit // 8] ^= 0x80 >> bit % 8
        path.write_bytes(changed)
        with open_store(folder) as store:
            assert store.open()
            assert "set aside" in str(store.notice), bit
        for one in folder.iterdir():
            one.unlink()


@pytest.mark.parametrize(
    "content", [b"x" * 600, b"no database" * 1000, b"SQLite format 3\0" + bytes(5000), os.urandom(9000)]
)
def test_what_is_no_database_is_set_aside_with_what_is_beside_it(folder, content):
    for name in ("notes.sqlite", "notes.sqlite-wal"):
        (folder / name).write_bytes(content)
    with open_store(folder) as store:
        put(store, "a").result()
        assert str(store.notice) == "notes.sqlite was damaged. It was set aside as notes.damaged-1.sqlite."
        assert texts(store) == ["a"]
    assert (folder / "notes.damaged-1.sqlite").read_bytes() == content
    assert (folder / "notes.damaged-1.sqlite-wal").exists()
    with open_store(folder) as store:
        store.start_anew()
    assert [path.name for path in folder.iterdir()] == ["notes.lock"]


def test_the_tenth_damaged_file_takes_the_place_of_the_ninth(folder):
    for number in range(11):
        (folder / "notes.sqlite").write_bytes(b"%d" % number * 600)
        with open_store(folder) as store:
            assert store.open()
    assert [path.exists() for path in aside_files(folder / "notes.sqlite")] == [True] * 9


def test_a_log_without_its_file_is_nothing_and_in_nobodys_way(folder, tmp_path):
    """Whoever deletes a file by hand after a crash starts as new, whatever lies beside it."""
    store = open_store(folder)
    put(store, "a").result()
    log = (folder / "notes.sqlite-wal").read_bytes()
    store.close()
    (folder / "notes.sqlite").unlink()
    (folder / "notes.sqlite-wal").write_bytes(log)
    (folder / "notes.lock").write_bytes(b"open\n")
    with open_store(folder) as store:
        put(store, "b").result()
        assert (texts(store), store.notice) == (["b"], None)
    (folder / "notes.sqlite").unlink()
    (folder / "notes.sqlite-journal").mkdir()
    with open_store(folder) as store, pytest.raises(FileError):
        put(store, "c").result()
    with pytest.raises(FileError, match="cannot be used"):
        remove_left_over(folder / "notes.sqlite")


JOURNAL = bytes.fromhex("d9d505f920a163d7") + bytes(504)


@pytest.mark.parametrize("journal", [JOURNAL, JOURNAL + bytes(4104), b"x" * 600])
@pytest.mark.parametrize("words", [None, ("a",)])
def test_a_journal_of_a_program_that_was_killed_at_its_first_start_is_in_nobodys_way(folder, words, journal):
    """While an empty file is made it has a rollback journal, which a connection that only reads stops at."""
    path = folder / "notes.sqlite"
    if words is None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        path.chmod(0o600)
        assert path.stat().st_size == 4096
    else:
        fill(folder, *words)
    (folder / "notes.sqlite-journal").write_bytes(journal)
    (folder / "notes.lock").write_bytes(b"open\n")
    with open_store(folder) as store:
        put(store, "b").result()
        assert (texts(store), store.notice) == ([*(words or ()), "b"], None)


def test_damage_that_is_found_while_it_is_read_costs_the_file_and_not_the_program(folder):
    fill(folder, *(f"{number} " * 9000 for number in range(120)))
    path = folder / "notes.sqlite"
    content = bytearray(path.read_bytes())
    assert len(content) > 1 << 20  # not looked through after a clean end
    content[8 * 4096 :] = bytes(len(content) - 8 * 4096)
    path.write_bytes(content)
    with open_store(folder) as store:
        assert texts(store) == []
        assert "set aside" in str(store.notice)


def test_damage_that_is_found_while_it_is_written_is_set_aside_at_the_next_use(folder):
    fill(folder, *(f"{number} " * 9000 for number in range(120)))
    path = folder / "notes.sqlite"
    content = bytearray(path.read_bytes())
    content[8 * 4096 :] = bytes(len(content) - 8 * 4096)
    path.write_bytes(content)
    with open_store(folder) as store:
        with pytest.raises(DamagedError):
            store.write(lambda connection: connection.execute("UPDATE notes SET text = text || '!'")).result()
        put(store, "a").result()
        assert "set aside" in str(store.notice)
        assert texts(store) == ["a"]


def test_a_log_cut_anywhere_gives_a_beginning_of_what_was_acknowledged(folder, tmp_path):
    store = open_store(folder)
    for number in range(8):
        put(store, f"{number} a", f"{number} b").result()
    image, log = ((folder / name).read_bytes() for name in ("notes.sqlite", "notes.sqlite-wal"))
    store.close()
    counts = set()
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    for length in (*range(0, len(log), 1500), len(log)):
        (other / "notes.sqlite").write_bytes(image)
        (other / "notes.sqlite-wal").write_bytes(log[:length])
        (other / "notes.lock").write_bytes(b"open\n")
        with open_store(other) as cut:
            try:
                found = texts(cut)
            except FileNotFoundError:
                found = []
            assert cut.notice is None
        assert found == [f"{number} {half}" for number in range(len(found) // 2) for half in "ab"]
        counts.add(len(found))
        for one in other.iterdir():
            one.unlink()
    assert counts == {0, 2, 4, 6, 8, 10, 12, 14, 16}


# -- planted


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM notes; END"],
        ["CREATE VIEW v AS SELECT * FROM notes"],
        ["CREATE VIRTUAL TABLE f USING fts5(a)"],
        ["CREATE TABLE other (a)"],
        ["DROP TABLE notes", "CREATE VIEW notes AS SELECT 1 AS id, 'x' AS text"],
        ["PRAGMA application_id = 7"],
        ["PRAGMA user_version = -3"],
        ["DELETE FROM schema_history"],
        ["DROP TABLE schema_history"],
        ["UPDATE schema_history SET name = 'other'"],
        ["PRAGMA user_version = 2", "CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM notes; END"],
        ["PRAGMA user_version = 2"],
        ["PRAGMA user_version = 2", "DROP TABLE schema_history"],
        ["PRAGMA user_version = 0"],
        [
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_schema SET sql = 'CREATE TABLE notes (id, text DEFAULT (load_extension(1)))'",
        ],
        ["PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = 'nonsense', rootpage = 9999"],
        [
            # under a name that only SQLite gives, which this version of it carries out all the same
            "PRAGMA writable_schema = ON",
            "INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_stat_t', 'notes', 0,"
            " 'CREATE TRIGGER sqlite_stat_t AFTER INSERT ON notes BEGIN DELETE FROM notes; END')",
        ],
        [
            "PRAGMA writable_schema = ON",
            "INSERT INTO sqlite_schema VALUES ('view', 'sqlite_stat1', 'sqlite_stat1', 0,"
            " 'CREATE VIEW sqlite_stat1 AS SELECT 1 AS tbl, 2 AS idx, 3 AS stat')",
        ],
    ],
)
def test_a_file_with_other_tables_than_ours_does_nothing_and_is_set_aside(folder, statements):
    fill(folder, "a")
    bend(folder / "notes.sqlite", *((statement, ()) for statement in statements))
    with open_store(folder) as store:
        put(store, "b").result()
        assert "set aside" in str(store.notice)
        assert texts(store) == ["b"]


def test_what_sqlite_keeps_for_itself_is_nobodys_fault(folder):
    counting = Schema("notes", ((TABLE.replace("PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT"),),))
    fill(folder, "a", schema=counting)
    bend(folder / "notes.sqlite", ("ANALYZE", ()))
    assert len(rows(folder / "notes.sqlite", "SELECT * FROM sqlite_schema WHERE name LIKE 'sqlite_s%'")) > 1
    with open_store(folder, counting) as store:
        assert (texts(store), store.notice) == (["a"], None)


def test_a_file_that_is_larger_than_it_can_be_is_set_aside_unread(folder):
    with (folder / "notes.sqlite").open("wb") as stream:
        stream.truncate(1 << 40)
    with open_store(folder) as store:
        put(store, "a").result()
        assert "set aside" in str(store.notice)


@pytest.mark.parametrize("name", ["notes.sqlite", "notes.sqlite-wal", "notes.sqlite-shm", "notes.lock"])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "two names"])
def test_a_link_or_a_device_in_the_place_of_a_file_is_refused(folder, tmp_path, name, kind):
    target = tmp_path / "target"
    target.write_bytes(b"somebody's own")
    place = folder / name
    if kind == "link":
        place.symlink_to(target)
    elif kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.hardlink_to(target)
    with open_store(folder) as store:
        with pytest.raises(FileError):
            put(store, "a").result()
        assert not store.open()
    assert target.read_bytes() == b"somebody's own"


def test_a_file_of_another_user_is_refused(folder, monkeypatch):
    fill(folder, "a")
    user = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: user + 1)
    with pytest.raises(FileError, match="another user"):
        refuse_strangers(folder / "notes.sqlite")
    (folder / "notes.sqlite").unlink()
    with open_store(folder) as store, pytest.raises(FileError, match="no file of yours"):
        put(store, "a").result()


# -- refusals of the system


def test_a_file_does_not_grow_beyond_its_schema(folder):
    with open_store(folder, Schema("notes", SCHEMA.migrations, max_bytes=200_000)) as store:
        put(store, "small").result()
        with pytest.raises(ResourceError, match="no room"):
            put(store, "x" * 1_000_000).result()
        with pytest.raises(ResourceError, match="no room"):
            store.write(
                lambda connection: connection.execute("INSERT INTO notes VALUES (9, ?)", ("y" * 10**6,)), alone=True
            ).result()
        put(store, "again").result()
        assert texts(store) == ["small", "again"]


WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from tests.unit.storage.test_store import open_store, put, texts
store = open_store(Path(sys.argv[1]))
put(store, "before").result()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for limit in range(0, 200_000, 1500):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        put(store, f"{limit} " * 300).result()
    except Exception as error:
        kind = type(error).__name__
    else:
        kind = "kept"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(limit, kind)
put(store, "after").result()
print("end", store.notice)
store.close()
"""


def test_whatever_room_there_is_a_change_is_kept_or_refused(folder):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, str(folder)], capture_output=True, text=True, check=True, timeout=120
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines.pop() == ["end", "None"]
    assert {kind for _, kind in lines} == {"kept", "FileError"}
    with open_store(folder) as store:
        kept = [f"{limit} " * 300 for limit, kind in lines if kind == "kept"]
        assert texts(store) == ["before", *kept, "after"]


WITHOUT_MEMORY = """
import sys
from pathlib import Path
from tests.unit.storage.test_store import open_store, put, texts
store = open_store(Path(sys.argv[1]))
put(store, "before").result()
asked = [
    lambda: put(store, "x" * 7_000_000, "y" * 7_000_000).result(60),
    lambda: store.write(lambda connection: connection.execute("PRAGMA hard_heap_limit = 1").fetchall()).result(60),
    lambda: put(store, "never").result(60),
    lambda: store.write(lambda connection: None, alone=True).result(60),
    lambda: store.vacuum().result(60),
    lambda: texts(store),
    store.close,
]
store.write(lambda connection: connection.execute("PRAGMA hard_heap_limit = 12000000").fetchall()).result(60)
for one in asked:
    try:
        print(one())
    except Exception as error:
        print(type(error).__name__)
"""


def test_where_memory_runs_out_everybody_gets_an_answer(folder):
    """SQLite says so by MemoryError, in whatever it is asked: also to begin, to undo and to close."""
    # whoever measures coverage needs SQLite and memory too
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", WITHOUT_MEMORY, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=alone)
    assert done.stdout.splitlines() == ["ResourceError"] * 3 + ["None", "ResourceError", "ResourceError", "None"]
    assert done.stderr.count("Traceback") == 0
    with open_store(folder) as store:
        assert (texts(store), store.notice) == (["before"], None)


def test_a_job_without_memory_is_told_so_and_the_next_is_done(folder):
    def exhausted(_connection):
        raise MemoryError

    with open_store(folder) as store:
        for alone in (False, True):
            with pytest.raises(ResourceError, match="memory ran out"):
                store.write(exhausted, alone=alone).result()
        put(store, "a").result()
        assert texts(store) == ["a"]


READ_ONLY = """
import os, sys
from pathlib import Path
from tests.unit.storage.test_store import open_store, put, texts
folder = Path(sys.argv[1])
if os.geteuid() == 0:
    for one in (folder, *folder.iterdir()):
        os.chown(one, 12345, 12345)
    os.seteuid(12345)
for one in folder.iterdir():
    one.chmod(0o400)
folder.chmod(0o500)
store = open_store(folder)
try:
    put(store, "b").result()
except Exception as error:
    print(type(error).__name__)
try:
    print(texts(store))
except Exception as error:
    print(type(error).__name__)
folder.chmod(0o700)
"""


@pytest.mark.parametrize("words", [(), ("a",)])
def test_a_folder_that_may_only_be_read_is_an_error_in_words(tmp_path, folder, words):
    if words:
        fill(folder, *words)
    for one in (tmp_path, *tmp_path.parents):
        if os.geteuid() == 0 and Path(tempfile.gettempdir()) in one.parents:
            one.chmod(0o711)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.splitlines()[0] == "FileError", done.stderr
    assert done.stdout.splitlines()[1] in {"['a']", "FileError", "FileNotFoundError"}
    assert [path.name for path in folder.glob("*damaged*")] == []


def test_a_folder_that_cannot_be_had_is_an_error_in_words(tmp_path):
    def nowhere():
        raise FileError("x", file="x")

    store = Store(nowhere, SCHEMA)
    with pytest.raises(FileError):
        put(store, "a").result()
    assert (store.open(), store.size_bytes()) == (False, 0)


def test_the_tests_limit_is_one_of_this_system():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] != 0


def test_migrating_a_newer_file_does_nothing(folder):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        assert migrate(connection, SCHEMA, unix_s=0.0) == 0
        assert migrate(connection, Schema("notes", ()), unix_s=0.0) == 1


# -- refusals that are rare


def busy(*_arguments):
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    raise error


def test_a_refusal_after_a_part_that_raised_by_itself_leaves_its_own_reason(folder):
    with open_store(folder, Schema("notes", SCHEMA.migrations, max_bytes=200_000)) as store:
        gate = threading.Event()
        store.write(lambda _: gate.wait(30))
        wrong = store.write(lambda _: 1 / 0)
        sound = put(store, "a")
        large = put(store, "x" * 1_000_000)
        later = put(store, "b")
        gate.set()
        with pytest.raises(ZeroDivisionError):
            wrong.result()
        for refused in (sound, large):
            with pytest.raises(ResourceError, match="no room"):
                refused.result()
        assert later.result() is None
        assert texts(store) == ["b"]


def test_a_log_that_cannot_be_looked_at_is_left_for_later(folder):
    with open_store(folder) as store:
        writer = store._ready()
        for path in (folder / "gone", folder / ("x" * 300)):
            writer._log_path = path
            put(store, path.name).result()
        writer.close()
        writer.close()


def test_what_cannot_be_removed_is_said(folder):
    fill(folder, "a")
    (folder / "notes.sqlite-journal").mkdir()
    with open_store(folder) as store, pytest.raises(FileError, match="cannot be removed"):
        store.start_anew()


def test_what_cannot_be_set_aside_stays_and_is_said(folder):
    for path in aside_files(folder / "notes.sqlite"):
        path.mkdir()
        (path / "full").touch()
    (folder / "notes.sqlite").write_bytes(b"no database" * 99)
    with open_store(folder) as store:
        with pytest.raises(FileError, match="damaged"):
            put(store, "a").result()
        assert str(store.notice) == "notes.sqlite is damaged and could not be set aside."
    assert (folder / "notes.sqlite").read_bytes() == b"no database" * 99


def test_a_folder_without_locks_is_not_written(folder, monkeypatch):
    def unlockable(_descriptor):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("zkcompanion.storage.ownership.take_lock", unlockable)
    with open_store(folder) as store, pytest.raises(FileError, match="No locks available"):
        put(store, "a").result()


def test_a_reader_that_finds_other_tables_than_ours_says_so(folder):
    fill(folder, "a")
    bend(folder / "notes.sqlite", ("CREATE TABLE other (a)", ()))
    with pytest.raises(DamagedError):
        texts(open_store(folder, writes=False))
    assert (folder / "notes.sqlite").exists()


@pytest.mark.parametrize("name", ["connect_reading", "is_as_migrated"])
def test_a_file_that_is_busy_is_not_damaged(folder, monkeypatch, name):
    fill(folder, "a")
    with monkeypatch.context() as patched:
        patched.setattr(f"zkcompanion.storage.store.{name}", busy)
        with open_store(folder) as store, pytest.raises(ResourceError, match="another process uses it"):
            put(store, "b").result()
    with open_store(folder) as store:
        assert (texts(store), store.notice) == (["a"], None)


def test_an_error_of_no_known_kind_counts_as_damage(folder, monkeypatch):
    fill(folder, "a")

    def strange(*_arguments):
        raise sqlite3.DatabaseError("strange")

    with monkeypatch.context() as patched:
        patched.setattr("zkcompanion.storage.store.is_whole", strange)
        with open_store(folder) as store:
            assert store.open()
            assert "set aside" in str(store.notice)


def test_a_connection_that_cannot_be_settled_is_closed(folder, monkeypatch):
    monkeypatch.setattr("zkcompanion.storage.database.harden", busy)
    with open_store(folder) as store, pytest.raises(ResourceError, match="another process"):
        put(store, "a").result()


def test_files_that_cannot_be_looked_at_or_made_are_errors_in_words(folder, monkeypatch):
    with pytest.raises(FileError, match="cannot be used"):
        refuse_strangers(folder / ("x" * 300))
    with pytest.raises(FileError, match="cannot be used"):
        create_private(folder / "gone" / "notes.sqlite")
