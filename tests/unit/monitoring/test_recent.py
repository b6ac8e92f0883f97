from zkcompanion.monitoring.recent import RecentSamples
from zkcompanion.monitoring.samples import Sample


def sample(at, **values):
    return Sample(1000.0 + at, float(at), values, missed=at % 3, late_s=0.25, slept_s=None if at % 2 else 0.0)


def test_what_was_taken_comes_back_and_the_oldest_makes_way():
    recent = RecentSamples(3)
    assert (recent.samples(60), recent.last(), recent.names()) == ((), None, set())
    taken = [sample(0, a=1.0), sample(1, a=2.0, b=3.0), sample(2, b=0.5, a=-1.0), sample(3)]
    for one in taken:
        recent.add(one)
    assert recent.samples(60) == tuple(taken[1:])
    assert recent.samples(1.0) == tuple(taken[2:])
    assert recent.last() == taken[3]
    assert recent.names() == {"a", "b"}


def test_samples_with_the_same_series_share_their_names():
    recent = RecentSamples(10)
    for at in range(4):
        recent.add(sample(at, **{name: float(at) for name in "abc"}))
    assert len({id(one.names) for one in recent._kept}) == 1


def test_orders_of_series_that_are_always_new_are_not_remembered_for_ever():
    recent = RecentSamples(2)
    for at in range(300):
        recent.add(sample(at, **{f"s{at}": 1.0}))
    assert len(recent._known) < 300
    assert recent.names() == {"s298", "s299"}
