"""What a clock, a disk or a stranger may do to the store."""

import random
import sqlite3
from contextlib import closing

import pytest

from tests.unit.monitoring.test_store import BEGIN, Life
from zkcompanion.monitoring import series_rows
from zkcompanion.monitoring.blocks import Minutes, decode_minutes, encode_minutes, keys_of
from zkcompanion.monitoring.pending import Pending
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.series_rows import SCHEMA
from zkcompanion.storage.check import row_digest

FIRST = int(BEGIN // 900) * 900


@pytest.fixture
def life(quick_folder):
    made = []

    def make(**options):
        made.append(Life(quick_folder(), **options))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def counted(life, name="a"):
    """Samples that the store tells of, and those it was given."""
    (found,) = life.store.curves([name], 0, FIRST * 2, 10)
    return sum(one.count for one in found), len(life.taken[name])


def test_a_clock_that_goes_back_and_forth_hides_no_sample_and_a_kill_loses_the_last_seconds(life):
    one = life()
    stretches = [(0, 24), (-1750, 3), (-800, 12), (-1680, 3), (1020, 10), (-1600, 9), (-680, 4)]
    for begin, seconds in stretches:
        for second in range(begin, begin + seconds):
            one.tick(FIRST + 1800 + second, a=1.0, b=2.0, c=3.0)
            found, taken = counted(one)
            assert found == taken
    one.again(killed=True)
    found, taken = counted(one)
    assert taken - 10 <= found <= taken


def run_many(life, begin, seconds):
    """Samples that take room."""
    chance = random.Random(begin)
    names = ["a", *map(str, range(40))]
    for second in range(begin, begin + seconds):
        life.tick(FIRST + second, **{name: chance.random() for name in names})
        life.store._store.write(lambda _: None).exception()  # a second is longer here


def bound(life, pages):
    """A disk with room for so many pages."""
    life.store._store.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}")).result()


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_full_disk_refused_is_written_when_there_is_room_again(life, killed):
    one = life()
    run_many(one, 0, 20)
    bound(one, 1)
    run_many(one, 20, 40)
    bound(one, 1 << 16)
    run_many(one, 60, 70 if killed else 1)  # it is tried again each minute
    one.again(killed=killed)
    found, taken = counted(one)
    assert taken - (60 if killed else 0) <= found <= taken


def test_what_is_in_memory_is_written_whole_into_the_file_after_a_damaged_one(life):
    one = life()
    run_many(one, 0, 40)
    one.store._store._doubted = True
    run_many(one, 40, 20)
    assert one.store.notice is not None
    one.again(killed=True)
    found, taken = counted(one)
    assert taken - 10 <= found <= taken


def test_a_computer_that_wakes_for_moments_only_loses_nothing(life):
    one = life()
    names = ["a", *map(str, range(30))]
    for wake in range(14):
        for second in range(12):
            one.tick(FIRST + wake * 1200 + second, **dict.fromkeys(names, 1.0))
    assert one.store.faults.lost == 0
    assert counted(one) == (168, 168)


def test_samples_that_are_not_kept_are_shown_in_order_where_the_clock_went_back(life):
    one = life()
    dates = [FIRST + 100, FIRST + 101, FIRST + 10, FIRST + 11]
    beside = [Sample(date, number, {"a": float(number)}) for number, date in enumerate(dates)]
    (found,) = one.store.curves(["a"], FIRST, FIRST + 900, 900, beside=beside)
    assert [(point.unix_s - FIRST, point.mean) for point in found] == [(10, 2.0), (11, 3.0), (100, 0.0), (101, 1.0)]


# -- a file that somebody else made --------------------------------------------------------------------------------


def forge(folder, statement, *values):
    """Change a file as its schema does not allow, with digests as if it did."""
    with closing(sqlite3.connect(folder / SCHEMA.file_name)) as connection:
        kept = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
        connection.execute("PRAGMA writable_schema = ON")
        loose = "UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), 'NOT NULL', '')"
        connection.execute(loose + " WHERE type = 'table'")
        connection.commit()
    with closing(sqlite3.connect(folder / SCHEMA.file_name)) as connection:
        connection.executemany("INSERT INTO marks (begin, body, digest) VALUES (1.0, ?, '')", [("x" * 4096,)] * 300)
        connection.execute(statement, values)
        keyed = {"tail": "number, begin, body", "blocks": "tier, series, begin, body", "marks": "begin, body"}
        for table, columns in keyed.items():
            for id_, *row in connection.execute(f"SELECT id, {columns} FROM {table}").fetchall():
                connection.execute(f"UPDATE {table} SET digest = ? WHERE id = ?", (row_digest(*row), id_))
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany("UPDATE sqlite_schema SET sql = ? WHERE name = ?", [(sql, name) for name, sql in kept])
        connection.commit()


WRONG = (
    *(("series", "flushed", value) for value in ("x", b"x", None, 1.5, -(1 << 63), (1 << 40) - 1, (1 << 63) - 1)),
    *(("series", "name", value) for value in (b"\xff", 5)),
    *(("tiers", "kept_from", value) for value in ("x", None, 1.5, -(1 << 63), (1 << 63) - 1)),
    *(("tail", "number", value) for value in ("x", 1.5, -1, (1 << 63) - 1)),
    *(("tail", "begin", value) for value in ("x", None, 0.5, 900 << 52, -900 << 52, 5)),
    *((table, "body", value) for value in ("x", 5, None) for table in ("tail", "blocks")),
    ("blocks", "begin", "x"),
    ("blocks", "begin", 0.5),
    ("blocks", "begin", 5),
    ("marks", "begin", "x"),
    ("marks", "body", b"x"),
)


@pytest.mark.parametrize(("table", "column", "value"), WRONG)
def test_wrong_types_and_dates_in_a_file_stop_nothing(life, table, column, value):
    one = life()
    for second in range(0, 1000, 40):
        one.tick(FIRST + second, a=1.0)
    one.store.close()
    where = "id = (SELECT MIN(id) FROM " + table + ")" if table in ("series", "blocks", "marks") else "TRUE"
    forge(one.folder, f"UPDATE {table} SET {column} = ? WHERE {where}", value)
    one.again()
    for second in range(2000, 2010):
        assert one.tick(FIRST + second, a=1.0, b=2.0)
    one.store.marks(0, FIRST * 2)
    assert list(one.store.export(one.store.series(), FIRST + 1900, FIRST + 3000))
    one.store.pack()
    assert sum(point.count for point in one.store.curves(["b"], FIRST, FIRST + 3000, 10)[0]) == 10
    assert one.store.notice is None  # a large file that was closed is not looked through


def test_a_tail_that_says_it_has_thousands_of_millions_of_samples_is_not_believed(life, monkeypatch):
    one = life()
    one.tick(FIRST, a=1.0)
    monkeypatch.setattr(series_rows, "_MOST_TAIL_SAMPLES", 50)
    for second in range(1, 100):
        one.tick(FIRST + second, a=1.0)
    one.again()
    assert counted(one)[0] <= 50
    assert one.store.faults.damaged == 1


def test_a_date_of_a_tier_that_is_to_come_makes_no_room(life):
    one = life()
    one.run(FIRST, 1000, "a", step=50)
    one.store.pack()
    one.store.close()
    forge(one.folder, "UPDATE tiers SET kept_from = ?", int(FIRST * 1.5))
    one.again()
    one.run(FIRST + 2000, 20, "a")
    one.store.pack()
    (found,) = one.store.curves(["a"], 0, FIRST * 2, 10)
    assert sum(point.count for point in found) == 40


def test_a_block_of_more_samples_than_there_can_be_is_refused():
    (key,) = keys_of([1.0])
    minutes = Minutes([0], [1 << 33], [1.0], *([key] for _ in range(5)))
    with pytest.raises(ValueError, match="no samples"):
        decode_minutes(0, encode_minutes(0, minutes))


def test_what_is_put_back_is_in_order_whatever_came_meanwhile():
    pending = Pending(0, FIRST)
    for time in (10, 20, 30):
        pending.add(1, FIRST * 10 + time, float(time))
    part = pending.new()
    pending.add(1, FIRST * 10 + 40, 40.0)
    pending.put_back(part)
    assert list(pending.new()[1].values) == [10.0, 20.0, 30.0, 40.0]
    pending.add(1, FIRST * 10 + 15, 15.0)
    pending.put_back(part)
    pending.put_back({7: part[1]})  # it is in a block now
    assert {series: list(one.values) for series, one in pending.new().items()} == {1: [10.0, 15.0, 20.0, 30.0]}
    pending.put_back(part)
    assert list(pending.new()[1].values) == [10.0, 20.0, 30.0]
