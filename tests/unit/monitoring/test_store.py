"""The store against a plain list of all samples."""

import random
from bisect import bisect_left

import pytest

from zkcompanion.monitoring.blocks import SKETCH_ERROR, SKETCH_FLOOR, VALUE_ERROR
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.store import MonitorStore
from zkcompanion.monitoring.tiers import rank

BEGIN = 1_795_694_400.3


class Life:
    """A store that takes samples at dates that the test says, beside a list of them."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.options = options
        self.now_s = 1000.0
        self.taken = {}  # series: {tenths: value}
        self.store = self._open()

    def _open(self):
        return MonitorStore(lambda: self.folder, clock=self, **self.options)

    def unix_s(self):
        return BEGIN

    def monotonic_s(self):
        return self.now_s

    def thread_cpu_s(self):
        return 0.0

    def again(self, *, killed=False):
        if killed:
            self.store._store.close()
        else:
            self.store.close()
        self.store = self._open()

    def tick(self, unix_s, **values):
        self.now_s += 1
        kept = self.store.add(Sample(unix_s, self.now_s, values))
        if self.store._packing is not None:  # a second is longer here
            self.store._packing[0].exception()
        if kept:
            for name, value in values.items():
                self.taken.setdefault(name, {}).setdefault(round(unix_s * 10), value)
        return kept

    def run(self, begin, seconds, *names, seed=1, step=1):
        chance = random.Random(seed)
        for second in range(0, seconds, step):
            self.tick(begin + second, **{name: chance.choice([0.0, 1.5, 40.0, 41.0, 99.9]) for name in names})


@pytest.fixture
def life(quick_folder):
    made = []

    def make(**options):
        made.append(Life(quick_folder(), **options))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def near(found, value, error):
    return abs(found - value) <= error * abs(value) + 1e-12


def check(life, name, begin, end, points, error=2 * VALUE_ERROR):
    """What the store says against the list: counts exactly, values within their error."""
    (found,) = life.store.curves([name], begin, end, points)
    assert len(found) <= points
    taken = sorted((time / 10, value) for time, value in life.taken.get(name, {}).items() if begin <= time / 10 < end)
    assert sum(one.count for one in found) == len(taken)
    after = -1.0
    for one in found:
        assert one.unix_s >= after
        after = one.unix_s + one.step_s
        values = sorted(value for _, value in taken[bisect_left(taken, (one.unix_s,)) : bisect_left(taken, (after,))])
        assert one.count == len(values)
        assert near(one.mean, sum(values) / len(values), error)
        assert near(one.low, values[0], VALUE_ERROR)
        assert near(one.high, values[-1], VALUE_ERROR)
        for percent, value in ((50, one.p50), (95, one.p95)):
            exact = values[rank(percent, len(values))]
            if one.step_s <= 60:
                assert near(value, exact, VALUE_ERROR)
            elif one.step_s >= 3600:
                assert abs(value - exact) <= SKETCH_ERROR * exact + SKETCH_FLOOR * one.high
            else:
                assert near(min(max(value, one.low), one.high), value, VALUE_ERROR)
    return found


def test_samples_in_memory_are_given_at_once(life):
    one = life()
    one.run(BEGIN, 30, "machine.processor")
    assert len(check(one, "machine.processor", BEGIN, BEGIN + 30, 100)) == 30


def test_every_width_and_every_stretch_says_what_a_list_says(life):
    one = life()
    one.run(BEGIN, 3 * 3600 + 1000, "a", "b", step=3)
    for begin, end, points in (
        (BEGIN, BEGIN + 20_000, 20_000),
        (BEGIN + 17, BEGIN + 9000, 3000),
        (BEGIN + 17, BEGIN + 9000, 200),
        (BEGIN - 5000, BEGIN + 20_000, 6),
        (BEGIN - 1e6, BEGIN + 20_000, 1),
        (BEGIN + 3000, BEGIN + 3001, 1),
    ):
        for name in ("a", "b"):
            check(one, name, begin, end, points)
