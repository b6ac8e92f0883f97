"""What the store keeps, for how long, and what it does where it cannot."""

import sqlite3

import pytest

from tests.support.stores import bend, rows
from tests.unit.monitoring.test_store import BEGIN, Life, check
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.monitoring import marks as marks_module
from zkcompanion.monitoring import store as store_module
from zkcompanion.monitoring.blocks import MOST_SERIES, Samples
from zkcompanion.monitoring.marks import Mark
from zkcompanion.monitoring.pending import Pending
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.series_rows import MOST_NAME, SCHEMA, put_blocks, put_tail, trim
from zkcompanion.monitoring.store import MonitorStore
from zkcompanion.monitoring.tiers import BLOCK_S, KEPT_S, Tier

FIRST = int(BEGIN // 43200) * 43200
DAY_S = 86400


@pytest.fixture
def life(quick_folder):
    made = []

    def make(**options):
        made.append(Life(quick_folder(), **options))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def in_file(life, sql):
    life.store.wait()
    return rows(life.folder / SCHEMA.file_name, sql)


def test_a_new_start_goes_on_where_the_last_one_ended(life):
    one = life()
    for _ in range(3):
        one.run(BEGIN + one.now_s, 700, "a", step=5)
        one.again()
    check(one, "a", BEGIN, BEGIN + 5000, 4000)
    one.store.pack()
    check(one, "a", BEGIN, BEGIN + 5000, 4000)
    assert in_file(one, "SELECT COUNT(*) FROM tail") == [(0,)]
    assert one.store.series() == ("a",)


def test_a_kill_loses_the_last_ten_seconds_at_most(life):
    one = life()
    for second in range(1937):
        one.tick(BEGIN + second, a=float(second))
    one.store.wait()
    one.again(killed=True)
    (found,) = one.store.curves(["a"], BEGIN, BEGIN + 3000, 3001)
    assert [point.mean for point in found] == [float(second) for second in range(len(found))]
    assert len(found) >= 1937 - 10


def test_series_come_and_go(life):
    one = life()
    one.run(BEGIN, 100, "a", "worker/1")
    one.run(BEGIN + 100, 1000, "a", "worker/2", step=2)
    one.store.pack()
    assert one.store.series() == ("a", "worker/1", "worker/2")
    for name in one.store.series():
        check(one, name, BEGIN, BEGIN + 2000, 500)
    assert one.store.curves(["never"], BEGIN, BEGIN + 2000, 500) == ((),)


def test_a_series_of_which_nothing_is_left_is_forgotten_at_the_next_start(life):
    one = life()
    one.run(BEGIN, 20, "a", "b")
    one.store.pack()
    one.run(BEGIN + 20, 20, "c")
    one.store.close()
    bend(one.folder / SCHEMA.file_name, ("DELETE FROM blocks WHERE series = 1", ()))
    one.again()
    one.tick(BEGIN + 50, b=1.0)
    one.store.wait()
    one.again()
    assert one.store.series() == ("b", "c")


def test_names_that_are_too_long_and_too_many_are_not_kept(life):
    one = life()
    one.tick(BEGIN, **{"x" * (MOST_NAME + 1): 1.0, "a": float("nan"), "b": float("inf"), "c": 1.0})
    assert one.store.series() == ("c",)
    one.tick(BEGIN + 1, **{str(number): 1.0 for number in range(MOST_SERIES + 5)})
    assert len(one.store.series()) <= MOST_SERIES


def test_dates_beyond_all_calendars_are_not_kept(life):
    one = life()
    assert not one.tick(-1.0, a=1.0)
    assert not one.tick(1e15, a=1.0)
    assert one.tick(BEGIN, a=1.0)
    assert one.store.curves(["a"], BEGIN + 5, BEGIN + 5, 10) == ((),)
    assert one.store.curves(["a"], -1e20, 1e20, 10)[0][0].count == 1


def test_the_last_moment_of_a_stretch_is_in_it(life):
    one = life()
    one.tick(FIRST + 899.97, a=1.0)
    one.tick(FIRST + 900.0, a=2.0)
    (found,) = one.store.curves(["a"], FIRST, FIRST + 1800, 2)
    assert [point.mean for point in found] == [1.0, 2.0]


def test_what_waits_is_in_order_and_what_was_refused_waits_again():
    pending = Pending(1, FIRST)
    for time in (30, 10, 20, 10):
        pending.add(7, time, float(time))
    pending.add(8, 10, 1.0)
    refused = pending.new()
    assert (list(refused[7].times), len(pending)) == ([10, 20, 30], 4)
    pending.add(7, 15, 15.0)
    pending.forget(8)
    pending.put_back(refused)
    assert {series: list(new.times) for series, new in pending.new().items()} == {7: [10, 15, 20, 30]}


# -- for how long


def test_each_tier_is_kept_for_its_time_and_the_coarser_one_stands_in(life):
    one = life()
    one.run(FIRST, 1800, "a", step=9)
    one.store.pack()
    end = FIRST
    for days, tier, count in ((0.9, Tier.RAW, 200), (2, Tier.MINUTE, 30), (92, Tier.HOUR, 1)):
        end = FIRST + days * DAY_S
        more = one.store._store.write(lambda c, end=end: trim(c, end, by_date=True, most_bytes=1 << 40)).result()
        assert not more
        found = check(one, "a", FIRST, FIRST + 3600, 3600)
        assert (len(found), found[0].step_s) == (count, {Tier.RAW: 1, Tier.MINUTE: 60, Tier.HOUR: 3600}[tier])
        exported = list(one.store.export(["a"], 0, 1e11))
        assert (sum(point.count for _, point in exported), len(exported)) == (200, count)
    one.store._store.write(lambda c: trim(c, FIRST + 745 * DAY_S, by_date=True, most_bytes=1 << 40)).result()
    assert one.store.curves(["a"], FIRST, FIRST + 3600, 3600) == ((),)


def test_room_is_made_in_small_steps_and_not_before_the_date_is_believed(life, monkeypatch):
    one = life()
    one.run(FIRST, 60, *map(str, range(120)))
    one.store.pack()
    later = FIRST + 100 * DAY_S
    one.run(later, 100, "a")
    assert in_file(one, "SELECT COUNT(*) FROM blocks") == [(360,)]
    monkeypatch.setattr(store_module, "_STEADY_S", 10.0)
    for second in range(100, 200):
        one.tick(later + second, a=1.0)
        one.store.wait()
    left = in_file(one, "SELECT tier, COUNT(*) FROM blocks GROUP BY tier")
    assert left == [(2, 120)]


def test_a_file_that_is_nearly_full_lets_its_oldest_minutes_go_first(life):
    one = life()
    for day in range(6):
        one.run(FIRST + day * DAY_S, 900, "a", step=30)
        one.store.pack()
    now = FIRST + 6 * DAY_S
    for _ in range(20):
        one.store._store.write(lambda c: trim(c, now, by_date=False, most_bytes=1)).result()
    left = dict(in_file(one, "SELECT tier, COUNT(*) FROM blocks GROUP BY tier"))
    assert left == {Tier.MINUTE: 2, Tier.HOUR: 1}  # more would not make it small enough
    check(one, "a", FIRST + 4 * DAY_S, now, 10_000)
    far = FIRST + 100 * DAY_S
    for _ in range(20):
        one.store._store.write(lambda c: trim(c, far, by_date=False, most_bytes=1)).result()
    assert in_file(one, "SELECT COUNT(*) FROM blocks") == [(0,)]


def test_a_date_that_was_wrong_is_taken_back(life):
    one = life()
    one.run(FIRST, 60, "a")
    write = one.store._store.write
    write(lambda c: trim(c, FIRST + 1000 * DAY_S, by_date=True, most_bytes=1 << 40)).result()
    write(lambda c: trim(c, FIRST + DAY_S, by_date=True, most_bytes=1 << 40)).result()
    dates = dict(in_file(one, "SELECT tier, kept_from FROM tiers"))
    assert dates == {tier: (FIRST + DAY_S - KEPT_S[tier]) // BLOCK_S[tier] * BLOCK_S[tier] for tier in Tier}


# -- where it cannot


def test_beside_another_process_nothing_is_kept_and_the_file_is_read(life):
    one = life()
    one.run(BEGIN, 30, "a")
    one.store._write_tail(one.store._ids)
    one.store.wait()
    other = MonitorStore(lambda: one.folder, clock=one)
    recent = [Sample(BEGIN + 20 + second, 2000.0 + second, {"a": 7.0}) for second in range(30)]
    assert not any(other.add(sample) for sample in recent)
    (found,) = other.curves(["a"], BEGIN, BEGIN + 100, 200, beside=recent)
    assert sum(point.count for point in found) == 50
    other.add_mark(Mark("start", BEGIN, BEGIN, msg("x")))
    assert [mark.kind for mark in other.marks(0, 1e11)] == ["start"]
    assert one.store.marks(0, 1e11) == ()
    with pytest.raises(ResourceError):
        other.clear()
    one.store.close()
    one.now_s += 100
    assert other.add(Sample(BEGIN + 200, 3000.0, {"a": 7.0}))
    other.close()
    assert not other.add(Sample(BEGIN + 201, 3001.0, {"a": 7.0}))
    other.close()


def test_without_a_file_what_is_beside_is_told(quick_folder):
    with MonitorStore(quick_folder, writes=False) as store:
        (found,) = store.curves(["a"], BEGIN, BEGIN + 9, 9, beside=[Sample(BEGIN, 1.0, {"a": 7.0})])
        assert [point.mean for point in found] == [7.0]
        assert (store.series(), store.marks(0, 1e11), store.size()) == ((), (), 0)
        assert list(store.export(["a"], 0, 1e11)) == []
        assert store.notice is None


def test_a_file_that_cannot_be_read_when_it_is_opened_is_tried_again(life, monkeypatch):
    one = life()
    with monkeypatch.context() as patched:
        patched.setattr(one.store._store, "read", lambda _: (_ for _ in ()).throw(ResourceError(msg("no"))))
        assert not one.tick(BEGIN, a=1.0)
    one.now_s += 60
    assert one.tick(BEGIN, a=1.0)


def test_samples_that_no_block_took_are_tried_again_and_the_oldest_go(life, monkeypatch):
    one = life()
    refused = []

    def refuse(*_):
        refused.append(1)
        raise sqlite3.OperationalError("no")

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "put_blocks", refuse)
        for quarter in range(10):
            one.run(FIRST + quarter * 900, 900, "a", step=100)
        assert refused
    assert one.store.faults.lost > 0
    one.now_s += 100
    one.run(FIRST + 9000, 300, "a")
    assert len(one.store._pending) < 8


def test_clearing_forgets_all_and_goes_on(life):
    one = life()
    one.run(BEGIN, 1000, "a", step=10)
    one.store.add_mark(Mark("start", BEGIN, BEGIN, msg("x")))
    one.store.wait()
    one.store.clear()
    one.taken.clear()
    assert (one.store.size(), one.store.series(), one.store.marks(0, 1e11)) == (0, (), ())
    one.run(BEGIN + 1000, 20, "a")
    check(one, "a", BEGIN, BEGIN + 2000, 2000)


def test_a_damaged_block_is_left_out_and_counted(life):
    one = life()
    one.run(FIRST, 1800, "a", step=10)
    one.store.pack()
    one.store.close()
    bend(one.folder / SCHEMA.file_name, ("UPDATE blocks SET body = x'00' WHERE tier = 0 AND begin = ?", (FIRST,)))
    one.again()
    (found,) = one.store.curves(["a"], FIRST, FIRST + 1800, 1800)
    assert (sum(point.count for point in found), one.store.faults.damaged) == (90, 1)
    assert sum(point.count for point in one.store.curves(["a"], FIRST, FIRST + 1800, 30)[0]) == 180


def test_parts_of_one_stretch_that_lie_elsewhere_are_not_taken_for_it(life):
    one = life()
    one.tick(FIRST, a=1.0)
    for begin in (FIRST, FIRST + 900):
        part = {1: Samples([begin * 10 + 50], [5.0])}
        one.store._store.write(lambda c, begin=begin, part=part: put_tail(c, 7, begin, part)).result()
    one.again()
    assert [point.mean for point in one.store.curves(["a"], 0, 1e11, 10)[0]] == [3.0]


def test_what_is_in_a_block_is_not_put_there_again(life):
    one = life()
    one.run(FIRST, 60, "a", step=10)
    one.store.pack()
    samples = one.store._pending
    assert samples == []
    for second in range(0, 60, 5):  # the clock went back
        one.tick(FIRST + second, a=5.0)
    check(one, "a", FIRST, FIRST + 60, 60)
    one.store.pack()
    check(one, "a", FIRST, FIRST + 60, 60)
    assert one.store.faults.doubled == 6
    same = one.store._store
    before = in_file(one, "SELECT body FROM blocks")
    again = Samples([FIRST * 10], [1.0])
    same.write(lambda c: put_blocks(c, 1, 99, FIRST, again, one.store.faults)).result()
    assert in_file(one, "SELECT body FROM blocks") == before


# -- marks


def mark(kind, begin, end=None):
    return Mark(kind, begin, begin if end is None else end, msg("{what} happened.", what=kind), "warning")


def test_marks_are_told_in_order_and_those_that_reach_into_the_time(life, monkeypatch):
    monkeypatch.setattr(marks_module, "MOST_MARKS", 5)
    monkeypatch.setattr(marks_module, "MOST_GIVEN", 3)
    one = life()
    made = [mark("clock", 10), mark("sleep", 5, 100), mark("worker", 50), mark("alert", 60), mark("start", 70)]
    for each in [mark("start", 1), *made]:
        one.store.add_mark(each)
    one.store.wait()
    one.store._store.write(lambda _: None).result()
    assert one.store.marks(90, 200) == (made[1],)
    assert one.store.marks(0, 55) == (made[1], made[0], made[2])
    assert one.store.marks(0, 200) == tuple(made[2:])
    assert str(one.store.marks(60, 61)[-1].text) == "alert happened."


@pytest.mark.parametrize(
    "bad",
    [
        mark("strange", 1),
        mark("start", 5, 4),
        mark("start", -1),
        mark("start", 1, float("nan")),
        Mark("start", 1, 1, msg("{x}", x="x" * 70_000)),
    ],
)
def test_a_mark_that_could_not_be_read_again_is_not_kept(life, bad):
    one = life()
    one.store.add_mark(bad)
    one.store._store.write(lambda _: None).result()
    assert one.store.marks(0, 1e11) == ()


@pytest.mark.parametrize("body", ["[]", "{", '{"kind": "start", "end": 1, "severity": "info", "text": 1}'])
def test_a_damaged_mark_is_left_out_and_counted(life, body):
    from zkcompanion.storage.check import row_digest

    one = life()
    one.store.add_mark(mark("start", 1))
    one.store.close()
    bend(
        one.folder / SCHEMA.file_name,
        ("INSERT INTO marks (begin, body, digest) VALUES (2.0, ?, ?)", (body, row_digest(2.0, body))),
        ("INSERT INTO marks (begin, body, digest) VALUES (3.0, 'x', x'00')", ()),
    )
    one.again()
    assert len(one.store.marks(0, 1e11)) == 1
    assert one.store.faults.damaged == 2
