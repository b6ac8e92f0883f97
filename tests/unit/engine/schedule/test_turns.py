"""Order of waiting jobs, speeds of workers, turns among them, room for interactive work, and the size of the pool."""

from collections import Counter
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.queues import job
from zkcompanion.engine.schedule.jobs import Priority, effective_priority, in_order
from zkcompanion.engine.schedule.pool_size import PoolLimits, PoolSize
from zkcompanion.engine.schedule.room import Room
from zkcompanion.engine.schedule.speeds import Rotation, Speeds

AGEING_S = 30.0


def test_interactive_work_goes_first_and_equals_in_the_order_they_came():
    jobs = [
        job(1, priority=Priority.BACKGROUND),
        job(2, arrived_s=2.0),
        job(3, arrived_s=1.0),
        job(4, arrived_s=1.0),
        job(5, arrived_s=5.0, priority=Priority.INTERACTIVE),
    ]
    assert [one.id for one in in_order(jobs, AGEING_S)] == [5, 3, 4, 2, 1]


def test_a_job_gains_one_step_in_each_ageing_time():
    old = job(1, priority=Priority.BACKGROUND)
    assert effective_priority(old, 0.0, AGEING_S) == Priority.BACKGROUND
    assert effective_priority(old, 30.0, AGEING_S) == Priority.BATCH
    assert effective_priority(old, 60.0, AGEING_S) == Priority.INTERACTIVE
    assert effective_priority(old, -1.0, AGEING_S) == Priority.BACKGROUND
    later = [
        job(2, arrived_s=59.0, priority=Priority.INTERACTIVE),
        job(3, arrived_s=61.0, priority=Priority.INTERACTIVE),
    ]
    assert [one.id for one in in_order([old, *later], AGEING_S)] == [2, 1, 3]


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.sampled_from(Priority)), min_size=2, max_size=30), st.floats(1000, 5000)
)
def test_the_order_is_that_of_effective_priorities_at_every_later_moment(jobs, now_s):
    ordered = in_order((job(n, arrived_s=at_s, priority=priority) for n, (at_s, priority) in enumerate(jobs)), AGEING_S)
    values = [effective_priority(one, now_s, AGEING_S) for one in ordered]
    assert values == pytest.approx(sorted(values, reverse=True))


def test_a_speed_is_that_of_the_first_job_and_then_a_mean_that_forgets():
    speeds = Speeds()
    assert speeds.of("a") == 1.0
    speeds.measured("a", 10.0, 20.0)
    assert speeds.of("a") == 0.5
    speeds.measured("a", 10.0, 10.0)
    assert speeds.of("a") == pytest.approx(0.65)
    other = deepcopy(speeds)
    for _ in range(20):
        other.measured("a", 10.0, 10.0)
    assert other.of("a") == pytest.approx(1.0, abs=0.001)
    assert speeds.of("a") == pytest.approx(0.65)
    speeds.measured("a", 0.0, 10.0)
    speeds.measured("a", 10.0, 0.0)
    assert speeds.of("a") == pytest.approx(0.65)
    speeds.forget("a")
    assert speeds.of("a") == 1.0


def turns(rotation, speeds, names, count):
    return [rotation.pick(names, speeds) for _ in range(count)]


def test_turns_are_smooth():
    """nginx's own example: weights 5, 1, 1."""
    speeds = Speeds(known={"a": 5.0, "b": 1.0, "c": 1.0})
    assert "".join(turns(Rotation(), speeds, "abc", 7)) == "aabacaa"


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_turns_have_exactly_the_proportions_of_the_speeds(weights):
    names = [f"w{n}" for n in range(len(weights))]
    speeds = Speeds(known={name: w / 10 for name, w in zip(names, weights, strict=True)})
    rotation, total = Rotation(), sum(weights)
    for _ in range(3):
        counts = Counter(turns(rotation, speeds, names, total))
        assert [counts[name] for name in names] == weights


@given(st.lists(st.floats(0.05, 3.0), min_size=2, max_size=6), st.integers(1, 200))
def test_after_any_number_of_turns_each_has_its_share_to_within_one(weights, count):
    names = [f"w{n}" for n in range(len(weights))]
    counts = Counter(turns(Rotation(), Speeds(known=dict(zip(names, weights, strict=True))), names, count))
    for name, weight in zip(names, weights, strict=True):
        assert abs(counts[name] - count * weight / sum(weights)) <= len(weights) - 1
    plain = Counter(names[n % len(names)] for n in range(count))  # the negative control takes no notice of speeds
    assert sum(plain.values()) == sum(counts.values())


def test_turns_adapt_when_a_worker_becomes_slow():
    speeds, rotation = Speeds(), Rotation()
    before = Counter(turns(rotation, speeds, "ab", 40))
    assert before == {"a": 20, "b": 20}
    for _ in range(20):
        speeds.measured("b", 1.0, 4.0)
        speeds.measured("a", 1.0, 1.0)
    after = Counter(turns(rotation, speeds, "ab", 50))
    assert after["a"] == pytest.approx(40, abs=1)
    rotation.forget("b")
    assert turns(rotation, speeds, "a", 2) == ["a", "a"]


def test_a_copy_takes_its_own_turns():
    speeds, rotation = Speeds(), Rotation()
    assert rotation.pick("ab", speeds) == "a"
    other = deepcopy(rotation)
    assert [other.pick("ab", speeds), other.pick("ab", speeds), rotation.pick("ab", speeds)] == ["b", "a", "b"]


def room():
    return Room(target=0.8, window_s=10.0, recent_s=60.0)


def test_room_is_kept_for_a_while_after_interactive_work():
    kept = room()
    assert not kept.is_kept(0.0)
    assert kept.is_open(0.0)
    kept.interactive(5.0)
    assert kept.is_kept(64.9)
    assert not kept.is_kept(65.0)


def test_the_share_is_a_mean_that_forgets():
    kept = room()
    assert kept.share(3.0) == 0.0
    kept.observe(0.0, 1.0)
    assert kept.share(10.0) == pytest.approx(1 - 1 / 2.718281828)
    kept.observe(10.0, 0.0)
    assert kept.share(1000.0) == pytest.approx(0.0)
    assert kept.share(10.0) == pytest.approx(deepcopy(kept).share(10.0))


def test_room_closes_above_the_target_and_says_when_it_opens():
    kept = room()
    kept.observe(0.0, 1.0)
    kept.interactive(30.0)
    assert not kept.is_open(30.0)
    assert kept.opens_s(30.0) == 90.0  # everything is busy: not before the room is given up
    kept.observe(30.0, 0.5)
    opens_s = kept.opens_s(30.0)
    assert 30.0 < opens_s < 45.0
    assert kept.share(opens_s) == pytest.approx(0.8)
    assert kept.is_open(opens_s + 0.001)
    assert kept.opens_s(opens_s + 0.001) == 90.0
    assert deepcopy(kept).opens_s(30.0) == opens_s


def test_the_pool_grows_with_the_queue_at_once():
    size = PoolSize(PoolLimits(least=2, most=6, spare=1))
    assert size.wanted(0.0, busy=0, waiting=0) == 2
    assert size.wanted(0.0, busy=2, waiting=0) == 3
    assert size.wanted(0.0, busy=2, waiting=1) == 4
    assert size.wanted(0.0, busy=2, waiting=50) == 6
    assert size.shrinks_s is None


def test_the_pool_shrinks_by_one_for_each_idle_time():
    size = PoolSize(PoolLimits(least=2, most=6, spare=0, idle_s=30.0))
    assert size.wanted(0.0, busy=0, waiting=6) == 6
    assert size.wanted(1.0, busy=0, waiting=0) == 6
    assert size.shrinks_s == 31.0
    assert size.wanted(30.9, busy=0, waiting=0) == 6
    assert size.wanted(31.0, busy=0, waiting=0) == 5
    assert size.wanted(40.0, busy=3, waiting=2) == 5  # needed again: the time begins anew
    assert size.shrinks_s is None
    assert [size.wanted(at_s, busy=0, waiting=0) for at_s in (50.0, 80.0, 110.0, 140.0, 170.0)] == [5, 4, 3, 2, 2]
    assert size.shrinks_s is None


@pytest.mark.parametrize(("least", "most"), [(0, 2), (3, 2)])
def test_bounds_that_make_no_sense_are_refused(least, most):
    with pytest.raises(ValueError, match="at least one worker"):
        PoolSize(PoolLimits(least=least, most=most))
