"""The collector's cost is what its collections took, no more and no less."""

import gc

import pytest

from zkcompanion.base.garbage import GarbageCost, GarbageWatch, calm_garbage, settle_garbage


class Ticks:
    """Each look at it takes a second."""

    def __init__(self):
        self.now_s = 0.0

    def monotonic_s(self):
        self.now_s += 1.0
        return self.now_s


@pytest.fixture
def quiet():
    """No collection but those that a test asks for."""
    gc.collect()
    was = gc.isenabled()
    gc.disable()
    yield
    if was:
        gc.enable()


def test_collections_are_counted_by_generation_with_their_time(quiet):
    watch = GarbageWatch(Ticks())
    watch.start()
    for generation in (0, 2, 0):
        gc.collect(generation)
    watch.stop()
    cost = watch.cost()
    assert cost.collections == (2, 0, 1)
    assert (cost.seconds, cost.longest_seconds, cost.watched_seconds) == (3.0, 1.0, 7.0)
    assert cost.share == pytest.approx(3 / 7)


def test_it_hears_nothing_before_it_begins_and_after_it_ended(quiet):
    watch = GarbageWatch()
    gc.collect()
    assert watch.cost() == GarbageCost()
    assert watch.cost().share == 0.0
    watch.start()
    watch.start()
    gc.collect()
    watch.stop()
    watch.stop()
    gc.collect()
    assert watch.cost().collections == (0, 0, 1)
    assert watch._heard not in gc.callbacks
    watch.start()
    assert watch.cost().collections == (0, 0, 0)
    watch.stop()


def test_a_collection_that_began_before_it_does_not_count(quiet):
    watch = GarbageWatch()
    watch.start()
    watch._heard("stop", {"generation": 1})
    assert watch.cost().collections == (0, 0, 0)
    watch.stop()


def test_a_real_collection_takes_time(quiet):
    watch = GarbageWatch()
    watch.start()
    kept = [[] for _ in range(50_000)]
    gc.collect()
    watch.stop()
    cost = watch.cost()
    assert 0 < cost.seconds <= cost.watched_seconds
    assert 0 < cost.share < 1
    assert len(kept) == 50_000


def test_a_calm_process_collects_less_often():
    before = gc.get_threshold()
    watch = GarbageWatch()
    try:
        calm_garbage()
        gc.collect()
        watch.start()
        kept = [[] for _ in range(40_000)]
        watch.stop()
    finally:
        gc.set_threshold(*before)
    assert watch.cost().collections == (0, 0, 0)
    assert len(kept) == 40_000


def test_what_has_settled_is_not_looked_at_again(quiet):
    before = gc.get_freeze_count()
    try:
        settle_garbage()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
