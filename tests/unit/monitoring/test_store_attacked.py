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
    for begin, seconds in ((10, 12), (900, 2), (100, 1), (910, 12), (150, 2), (930, 9), (1800, 4), (170, 4), (950, 4)):
        for second in range(begin, begin + seconds):
            one.tick(FIRST + second, a=1.0, b=2.0, c=3.0)
            found, taken = counted(one)
            assert found == taken
    one.again(killed=True)
    found, taken = counted(one)
    assert taken - 10 <= found <= taken
