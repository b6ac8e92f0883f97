"""How many workers, and what they may use."""

from types import SimpleNamespace

import psutil
import pytest

from zkcompanion.app.pool_rules import SHORT_BYTES, memory_budget, memory_notice, rules_of, run_budget
from zkcompanion.app.settings import Settings, usable_cpus
from zkcompanion.engine.pool import END_SHARE

GIB = 1 << 30


@pytest.mark.parametrize(("installed", "budget"), [(1, 0.5), (2, 1), (4, 3), (20, 18)])
def test_the_budget_is_what_is_installed_less_a_reserve(monkeypatch, installed, budget):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=installed * GIB))
    assert memory_budget(Settings()) == int(budget * GIB)


def test_two_workers_to_as_many_as_there_are_cores_and_one_more_that_waits():
    rules = rules_of(Settings(threads=3, memory_bytes=8 * GIB))
    assert (rules.size.least, rules.size.most, rules.size.spare) == (2, usable_cpus() + 1, 1)
    assert (rules.at_work, rules.policy.machine.cores, rules.policy.machine.memory_bytes) == (usable_cpus(), 3, 8 * GIB)
    assert memory_notice(Settings(memory_bytes=8 * GIB)) is None


def test_the_bounds_can_be_chosen():
    rules = rules_of(Settings(memory_bytes=8 * GIB, min_workers=7, max_workers=4))
    assert (rules.size.least, rules.size.most, rules.at_work) == (5, 5, 4)


def test_where_memory_is_short_one_process_makes_one_proof_after_another_and_says_so():
    settings = Settings(memory_bytes=SHORT_BYTES - 1)
    rules = rules_of(settings)
    assert (rules.size.least, rules.size.most, rules.size.spare, rules.at_work) == (1, 1, 0, 1)
    assert "one process" in str(memory_notice(settings))


def test_one_run_leaves_room_for_those_that_wait_and_is_not_ended_for_what_it_was_allowed():
    few, many = (run_budget(Settings(memory_bytes=8 * GIB, max_workers=n)) for n in (1, 4))
    assert few - many == 3 * (90 << 20)
    assert few + 2 * (90 << 20) == int(0.9 * 8 * GIB) < END_SHARE * 8 * GIB
    short = SHORT_BYTES - 1
    assert run_budget(Settings(memory_bytes=short)) == int(0.9 * short) - (90 << 20)
    assert run_budget(Settings(memory_bytes=1 << 20)) == 0
