"""Control groups, on trees of files as both of their versions have them (kernel documentation, cgroup-v1 and -v2)."""

import pytest

from zkcompanion.monitoring.groups import Container, MemoryInGroup, memory_groups, tightest


@pytest.fixture
def tree(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    write.root = tmp_path
    return write


def machine(_past_s):
    return {"machine.memory": 6e9, "machine.memory_free": 10e9}


def group(tree, *, most, current, idle=0, line="0::/user.slice/ours"):
    tree("proc/self/cgroup", line)
    folder = "sys/fs/cgroup/user.slice/ours"
    tree(f"{folder}/memory.max", most)
    tree(f"{folder}/memory.current", current)
    tree(f"{folder}/memory.stat", f"anon 5\ninactive_file {idle}")


def test_a_group_that_allows_less_than_the_machine_has_counts(tree):
    group(tree, most=4_000_000_000, current=3_000_000_000, idle=1_000_000_000)
    assert MemoryInGroup(tree.root, machine).read(1.0) == {"machine.memory": 2e9, "machine.memory_free": 2e9}
    group(tree, most=1_000_000_000, current=3_000_000_000)
    assert MemoryInGroup(tree.root, machine).read(1.0) == {"machine.memory": 3e9, "machine.memory_free": 0.0}


def test_a_group_that_allows_more_or_anything_does_not(tree):
    assert MemoryInGroup(tree.root, machine).read(1.0) == machine(1.0)
    group(tree, most=40_000_000_000, current=3_000_000_000)
    assert MemoryInGroup(tree.root, machine).read(1.0) == machine(1.0)
    group(tree, most="max", current=3_000_000_000)
    assert MemoryInGroup(tree.root, machine).read(1.0) == machine(1.0)
    group(tree, most=4, current=3, line="4:memory:/of/version/one")
    assert MemoryInGroup(tree.root, machine).read(1.0) == machine(1.0)


def old_group(tree, name, *, most, used, idle=0):
    folder = f"sys/fs/cgroup/memory{name}"
    tree(f"{folder}/memory.limit_in_bytes", most)
    tree(f"{folder}/memory.usage_in_bytes", used)
    tree(f"{folder}/memory.stat", f"cache 7\ntotal_inactive_file {idle}")


def test_the_first_version_counts_as_the_second_does(tree):
    tree("proc/self/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/")
    old_group(tree, "/docker/abc", most=4_000_000_000, used=3_500_000_000, idle=500_000_000)
    assert MemoryInGroup(tree.root, machine).read(1.0) == {"machine.memory": 3e9, "machine.memory_free": 1e9}
    # so it writes that there is no limit
    old_group(tree, "/docker/abc", most=9_223_372_036_854_771_712, used=1)
    assert memory_groups(tree.root) == ()


def test_a_container_sees_its_group_in_the_place_of_the_outermost(tree):
    tree("proc/self/cgroup", "4:memory:/docker/abc")
    old_group(tree, "", most=2_000_000_000, used=1_500_000_000)
    assert tightest(memory_groups(tree.root)) == (2e9, 1.5e9)


def test_of_groups_in_each_other_the_tightest_holds(tree):
    group(tree, most=4_000_000_000, current=1_000_000_000)
    outer = "sys/fs/cgroup/user.slice"
    tree(f"{outer}/memory.max", 5_000_000_000)
    tree(f"{outer}/memory.current", 4_900_000_000)
    tree(f"{outer}/memory.stat", "inactive_file 0")
    groups = memory_groups(tree.root)
    assert len(groups) == 2
    assert tightest(groups) == (5e9, 4.9e9)
    # a limit that was lifted meanwhile, and one whose files are gone
    tree(f"{outer}/memory.max", "max")
    assert tightest(groups) == (4e9, 1e9)
    (tree.root / "sys/fs/cgroup/user.slice/ours/memory.current").unlink()
    assert tightest(groups) is None


def test_names_of_groups_lead_nowhere_else(tree):
    tree("etc/memory.max", 5)
    tree("proc/self/cgroup", "0::/../../../etc")
    assert memory_groups(tree.root) == ()


def stood_still(tree, periods, throttled, folder="sys/fs/cgroup/user.slice/ours"):
    tree(f"{folder}/cpu.stat", f"usage_usec 9\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec 7")


def test_a_container_tells_its_memory_and_how_often_it_stood_still(tree):
    group(tree, most=2_000_000_000, current=1_500_000_000)
    stood_still(tree, 100, 10)
    container = Container(tree.root)
    memory = {"container.memory": 75.0, "container.memory_limit": 2e9}
    assert container.read(1.0) == memory
    stood_still(tree, 110, 14)
    assert container.read(1.0) == memory | {"container.throttled": 40.0}
    # no period began: it had nothing to do
    assert container.read(1.0) == memory | {"container.throttled": 0.0}
    stood_still(tree, 5, 0)
    assert container.read(1.0) == memory


def test_without_a_limit_of_time_nothing_is_told_of_it(tree):
    group(tree, most="max", current=1)
    stood_still(tree, 0, 0)
    container = Container(tree.root)
    assert [container.read(1.0), container.read(1.0)] == [{}, {}]


def test_where_there_is_no_group_that_is_said(tree):
    with pytest.raises(FileNotFoundError):
        Container(tree.root).read(1.0)
