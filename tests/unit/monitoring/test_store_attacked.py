"""What a clock, a disk or a stranger may do to the store."""

import random

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
