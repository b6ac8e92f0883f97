"""One cache by many processes, and by writers that are killed: the short form of what is measured."""

import sys

import pytest

from tests.conftest import NIGHTLY
from tests.support.scripts import load_script

load_script("measure_requirements")
from measure import cache_uses  # noqa: E402  # a package of scripts/, found once a script is loaded

posix = pytest.mark.skipif(sys.platform == "win32", reason="flock, SIGKILL")
SECONDS, KILLS, STEPS = (60.0, 250, 5000) if NIGHTLY else (1.0, 4, 300)


def test_what_is_counted_is_what_was_done(tmp_path):
    figures = cache_uses.counted(tmp_path, STEPS)
    assert [name for name, (told, real) in figures.items() if told != real] == []
    assert figures["evicted"][1] > 10
    assert figures["hits"][1] > 100


@posix
def test_many_processes_at_one_cache_see_no_error_and_no_wrong_entry(tmp_path):
    found = cache_uses.hammered(tmp_path, SECONDS)
    assert (found["errors"], found["wrong"], found["drafts"]) == (0, 0, 0)
    assert found["hits"] > 20
    assert found["kept"] > 20


@posix
def test_killed_writers_of_a_full_cache_leave_it_whole_and_within_its_limits(tmp_path):
    tally = cache_uses.cache_kills(tmp_path, KILLS)
    assert tally.acknowledged >= KILLS
    assert tally.faults == 0, tally


def test_an_entry_that_is_not_whole_or_not_its_own_is_seen():
    entry = cache_uses.made_entry(3, 77)
    assert cache_uses.is_made_entry(3, entry)
    assert not cache_uses.is_made_entry(4, entry)
    assert not cache_uses.is_made_entry(3, entry[:-1])
