"""Control groups, on trees of files as both of their versions have them (kernel documentation, cgroup-v1 and -v2)."""

from zkcompanion.base.controlgroups import ControlGroups
from zkcompanion.monitoring.groups import Container, MemoryInGroup


def machine(_past_s):
    return {"machine.memory": 6e9, "machine.memory_free": 10e9}


def in_group(tree):
    return MemoryInGroup(ControlGroups(tree.root), machine).read(1.0)


def group(tree, *, most, current, idle=0, line="0::/user.slice/ours"):
    tree("proc/self/cgroup", line)
    folder = "sys/fs/cgroup/user.slice/ours"
    tree(f"{folder}/memory.max", most)
    tree(f"{folder}/memory.current", current)
    tree(f"{folder}/memory.stat", f"anon 5\ninactive_file {idle}")


def test_a_group_that_allows_less_than_the_machine_has_counts(tree):
    group(tree, most=4_000_000_000, current=3_000_000_000, idle=1_000_000_000)
    assert in_group(tree) == {
        "machine.memory": 2e9,
        "machine.memory_free": 2e9,
    }
    group(tree, most=1_000_000_000, current=3_000_000_000)
    assert in_group(tree) == {
        "machine.memory": 1e9,
        "machine.memory_free": 0.0,
    }


def test_a_group_that_allows_more_or_anything_does_not(tree):
    assert in_group(tree) == machine(1.0)
    group(tree, most=40_000_000_000, current=3_000_000_000)
    assert in_group(tree) == machine(1.0)
    group(tree, most="max", current=3_000_000_000)
    assert in_group(tree) == machine(1.0)
    group(tree, most=4, current=3, line="4:memory:/of/version/one")
    assert in_group(tree) == machine(1.0)


def stood_still(tree, periods, throttled, folder="sys/fs/cgroup/user.slice/ours"):
    tree(f"{folder}/cpu.stat", f"usage_usec 9\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec 7")


def test_a_container_tells_its_memory_and_how_often_it_stood_still(tree):
    group(tree, most=2_000_000_000, current=1_500_000_000)
    stood_still(tree, 100, 10)
    container = Container(ControlGroups(tree.root))
    memory = {"container.memory": 75.0, "container.memory_limit": 2e9}
    assert container.read(1.0) == memory
    stood_still(tree, 110, 14)
    assert container.read(1.0) == memory | {"container.throttled": 40.0}
    # no period began: it had nothing to do
    assert container.read(1.0) == memory | {"container.throttled": 0.0}
    stood_still(tree, 5, 0)
    assert container.read(1.0) == memory | {"container.throttled": 0.0}


def test_without_a_limit_of_time_nothing_is_told_of_it(tree):
    group(tree, most="max", current=1)
    stood_still(tree, 0, 0)
    container = Container(ControlGroups(tree.root))
    assert [container.read(1.0), container.read(1.0)] == [{}, {}]


def test_where_there_is_no_group_nothing_is_told(tree):
    container = Container(ControlGroups(tree.root))
    assert [container.read(1.0), container.read(1.0)] == [{}, {}]
