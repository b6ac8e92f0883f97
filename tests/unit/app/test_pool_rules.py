"""How many workers, and what they may use."""

from types import SimpleNamespace

import psutil
import pytest

from tests.support.machines import write
from zkcompanion.app import memory, settings
from zkcompanion.app.memory import usable_bytes
from zkcompanion.app.pool_rules import SHORT_BYTES, memory_budget, memory_notice, rules_of, run_budget
from zkcompanion.app.settings import Settings, usable_cpus
from zkcompanion.base.controlgroups import ControlGroups
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


@pytest.fixture
def small_container(tmp_path, monkeypatch):
    """4 GiB and 2.5 processors on a larger computer of eight."""
    write(tmp_path, "proc/self/cgroup", "0::/")
    write(tmp_path, "sys/fs/cgroup/memory.max", 4 * GIB)
    write(tmp_path, "sys/fs/cgroup/memory.current", GIB)
    write(tmp_path, "sys/fs/cgroup/cpu.max", "250000 100000")
    for module in (memory, settings):
        monkeypatch.setattr(module, "ControlGroups", lambda _root: ControlGroups(tmp_path))
    monkeypatch.setattr(settings.os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=64 * GIB))


def test_threads_workers_and_budget_are_those_of_the_container(small_container):
    rules = rules_of(Settings())
    assert (rules.policy.machine.cores, rules.at_work, rules.size.most) == (2, 2, 3)
    assert memory_budget(Settings()) == rules.policy.machine.memory_bytes == 3 * GIB
    assert usable_bytes() == 4 * GIB
    assert Settings().threads == 2


def test_what_is_asked_for_stands_all_the_same(small_container):
    chosen = Settings(threads=6, memory_bytes=16 * GIB, max_workers=5)
    rules = rules_of(chosen)
    assert (rules.policy.machine.cores, rules.policy.machine.memory_bytes, rules.at_work) == (6, 16 * GIB, 5)


@pytest.mark.parametrize(("quota", "threads"), [("20000 100000", 1), ("1600000 100000", 8), ("max 100000", 8)])
def test_a_share_of_a_processor_is_one_and_more_than_there_are_is_all(small_container, tmp_path, quota, threads):
    write(tmp_path, "sys/fs/cgroup/cpu.max", quota)
    assert usable_cpus() == threads
