"""What a clock, a disk or a stranger may do to the store."""

import pytest

from tests.unit.monitoring.test_store import BEGIN, Life

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
