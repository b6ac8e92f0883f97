"""What control groups allow, on trees of files as both versions show them."""

import pytest

from tests.support.machines import linux_tree, write
from zkcompanion.base.controlgroups import ControlGroups, GroupMemory

V2 = "30 1 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"


def test_where_nothing_limits_there_is_nothing(tmp_path):
    groups = ControlGroups(tmp_path)
    assert (groups.memory(), groups.cpus()) == (None, None)
    write(tmp_path, "proc/self/cgroup", "0::/user.slice")
    write(tmp_path, "sys/fs/cgroup/user.slice/memory.max", "max")
    write(tmp_path, "sys/fs/cgroup/user.slice/cpu.max", "max 100000")
    groups = ControlGroups(tmp_path)
    assert (groups.memory(), groups.cpus()) == (None, None)


def group(root, name, **files):
    for file, text in files.items():
        write(root, f"sys/fs/cgroup/{name}/{file.replace('_', '.', 1)}", text)


def test_pages_of_files_that_nobody_needs_are_free(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/a")
    group(tmp_path, "a", memory_max=1000, memory_current=900, memory_stat="anon 200\ninactive_file 600\nx")
    found = ControlGroups(tmp_path).memory()
    assert found == GroupMemory(1000, 700)
    assert found.used_bytes == 300


def test_groups_above_bind_too_and_the_least_room_may_be_another_s(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/a/b/c")
    write(tmp_path, "proc/self/mountinfo", V2)
    group(tmp_path, "a/b/c", memory_max="max", cpu_max="max 100000")
    group(tmp_path, "a/b", memory_max=1000, memory_current=100, cpu_max="50000 10000")
    group(tmp_path, "a", memory_max=5000, memory_current=4800, cpu_max="250000 100000")
    groups = ControlGroups(tmp_path)
    assert groups.memory() == GroupMemory(1000, 200)
    assert groups.cpus() == 2.5
    group(tmp_path, "a", memory_max=5000, memory_current=9000)
    assert groups.memory() == GroupMemory(1000, 0), "what is read is what is so now"


def test_version_1_sums_up_what_lies_above(tmp_path):
    write(tmp_path, "proc/self/cgroup", "4:memory:/docker/x\n2:cpu,cpuacct:/docker/x")
    write(
        tmp_path,
        "proc/self/mountinfo",
        "7 5 0:6 /docker /sys/fs/cgroup/cpu,cpuacct rw shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
        "8 5 0:7 /docker /sys/fs/cgroup/memory rw shared:8 - cgroup cgroup rw,memory\n"
        "8 5 0:7 /docker/memory.vmstat /sys/fs/cgroup/vmstat rw shared:8 - cgroup cgroup rw,memory",
    )
    place = "sys/fs/cgroup/memory/x"
    write(tmp_path, f"{place}/memory.limit_in_bytes", 9223372036854771712)
    write(tmp_path, f"{place}/memory.usage_in_bytes", 700)
    write(tmp_path, f"{place}/memory.stat", "inactive_file 1\nhierarchical_memory_limit 2000\ntotal_inactive_file 200")
    write(tmp_path, "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", -1)
    write(tmp_path, "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", 100000)
    write(tmp_path, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", 300000)
    write(tmp_path, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", 100000)
    groups = ControlGroups(tmp_path)
    assert groups.memory() == GroupMemory(2000, 1500)
    assert groups.cpus() == 3.0


def test_a_group_outside_of_what_is_mounted_is_the_top(tmp_path):
    groups = ControlGroups(linux_tree("hypothetical-container-v1-own-root", tmp_path))
    assert groups.cpus() == 1.5


@pytest.mark.parametrize("name", ["/../../etc", "/a/../../b"])
def test_a_name_leads_nowhere_else(tmp_path, name):
    write(tmp_path, "proc/self/cgroup", f"0::{name}")
    write(tmp_path, "etc/memory.max", 5)
    group(tmp_path, ".", memory_max=1000, memory_current=1)
    assert ControlGroups(tmp_path).memory() == GroupMemory(1000, 999)


def test_lines_that_are_none_are_left_out(tmp_path):
    write(tmp_path, "proc/self/cgroup", "\nx\n:::\n0\n0::/a")
    write(tmp_path, "proc/self/mountinfo", f"\n - \n1 2 3 - cgroup2\nx - ext4 y\n1 2 3 4 5 - \n{V2}")
    group(tmp_path, "a", memory_max="-5", cpu_max="100000")
    groups = ControlGroups(tmp_path)
    assert (groups.memory(), groups.cpus()) == (None, None)


def test_a_tower_of_groups_is_not_climbed_for_ever(tmp_path):
    deep = "/".join("x" * 40)
    write(tmp_path, "proc/self/cgroup", f"0::/{deep}")
    group(tmp_path, "x", memory_max=5)
    assert ControlGroups(tmp_path).memory() is None
