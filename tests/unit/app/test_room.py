"""What is left for a run: of the computer, of its group, of the limits of the process, and of a disk."""

import resource
import shutil
import sys
from types import SimpleNamespace

import psutil
import pytest

from zkcompanion.app import room
from zkcompanion.app.room import Shortage, disk_shortage, ended_for_memory, may_be_short, memory_left, over_room
from zkcompanion.base.errors import NoRoomError

GIB = 1 << 30
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files of Linux")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A computer with 8 GiB to give, and a process without limits."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    monkeypatch.setattr(resource, "getrlimit", lambda _limit: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    write("proc/meminfo", f"MemTotal: {16 << 20} kB\nMemAvailable: {8 << 20} kB\n")
    write("proc/self/status", f"Name: x\nVmSize: {3 << 20} kB\nVmData: {1 << 20} kB\n")
    write.root = tmp_path
    return write


def in_a_group(tree, most, current):
    tree("proc/self/cgroup", "0::/ours\n")
    for name, value in (("memory.max", most), ("memory.current", current), ("memory.stat", "inactive_file 0")):
        tree(f"sys/fs/cgroup/ours/{name}", f"{value}\n")


def test_without_limits_all_that_the_computer_has_to_give_is_left(tree):
    assert memory_left(tree.root) == 8 * GIB


def test_a_group_leaves_less_than_the_computer_has(tree):
    in_a_group(tree, 2 * GIB, GIB)
    assert memory_left(tree.root) == GIB


@pytest.mark.parametrize(
    ("limit", "left"), [(resource.RLIMIT_AS, 2), (resource.RLIMIT_DATA, 4), (resource.RLIMIT_NOFILE, 8)]
)
def test_limits_of_the_process_count_less_what_it_holds(tree, monkeypatch, limit, left):
    infinite = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda asked: (5 * GIB if asked == limit else infinite, infinite))
    assert memory_left(tree.root) == left * GIB


def test_nothing_is_left_where_more_is_held_than_the_limit(tree, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _limit: (GIB, GIB))
    assert memory_left(tree.root) == 0


def test_where_nothing_is_told_nothing_is_refused(tmp_path):
    assert memory_left(tmp_path) > 1 << 50


def test_other_systems_are_asked_by_their_own_ways(monkeypatch):
    monkeypatch.setattr(room.sys, "platform", "darwin")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=5))
    assert memory_left() == 5


def test_most_runs_need_no_closer_look(tmp_path):
    key = tmp_path / "k.zkey"
    key.write_bytes(bytes(1000))
    assert not may_be_short(GIB + 4000, key, None, tmp_path / "gone")
    assert may_be_short(GIB + 3999, key)


def test_the_refusal_has_the_figures_and_what_to_do():
    error = over_room(GIB, 2 * GIB)
    assert isinstance(error, NoRoomError)
    assert str(error.message) == "This proof needs about 2.00 GiB of memory at the least, and 1.00 GiB can be had now."
    assert "--run-anyway" in str(error.hint)
    assert "Run anyway" in str(error.hint)


def test_a_key_that_does_not_fit_onto_the_disk_is_refused_with_the_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=GIB))
    assert disk_shortage(GIB - (16 << 20), tmp_path) is None
    shortage = disk_shortage(GIB, tmp_path)
    assert shortage == Shortage(GIB, GIB)
    assert "takes 1.00 GiB of the disk, and 1.00 GiB are free" in str(shortage.refusal_of_disk().message)


def test_a_folder_that_is_gone_refuses_nothing(tmp_path):
    assert disk_shortage(1 << 60, tmp_path / "gone") is None


def test_what_a_key_would_take_is_said_too():
    assert "Making a key for this circuit needs about 2.00 GiB" in str(
        Shortage(2 * GIB, GIB).refusal_of_making().message
    )


def test_a_process_that_the_system_ended_is_told_of():
    error = ended_for_memory()
    assert error.code == "resources"
    assert "most likely because memory ran out" in str(error.message)
