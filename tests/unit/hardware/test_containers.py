"""What a container, a virtual machine and limits leave to this process."""

import pytest

from tests.support.machines import linux_tree, write
from zkcompanion.hardware.containers import container, limits, usable_cores, virtual_kind, virtual_machine


def test_a_container_of_version_2(tmp_path):
    found = limits(linux_tree("linux-container-v2", tmp_path))
    assert (found.cpus, found.memory_bytes, found.container) == (0.42, 44040192, "podman")


def test_a_container_of_version_1(tmp_path):
    found = limits(linux_tree("linux-container-v1", tmp_path))
    assert (found.cpus, found.memory_bytes, found.memory_used_bytes) == (None, 4 << 30, 5013504)
    assert found.container == "docker"


def test_a_container_that_sees_its_own_group_as_the_root(tmp_path):
    found = limits(linux_tree("hypothetical-container-v1-own-root", tmp_path))
    assert (found.cpus, found.container) == (1.5, "docker")


def test_a_pod(tmp_path):
    assert container(linux_tree("linux-kubernetes", tmp_path)) == "kubernetes"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        (".dockerenv", "", "docker"),
        ("run/.containerenv", "", "podman"),
        ("run/secrets/kubernetes.io/x", "", "kubernetes"),
        ("run/systemd/container", "lxc", "lxc"),
        ("proc/self/cgroup", "0::/lxc.payload.web/init", "lxc"),
        ("proc/self/cgroup", "0::/user.slice", ""),
        ("proc/self/status", "Name: x", ""),
        ("etc/nothing", "", None),
    ],
)
def test_kinds_of_container(tmp_path, name, text, kind):
    write(tmp_path, name, text)
    assert container(tmp_path) == kind


def test_a_container_in_a_pod_is_the_pod_s(tmp_path):
    write(tmp_path, ".dockerenv", "")
    write(tmp_path, "var/run/secrets/kubernetes.io/token", "")
    assert container(tmp_path) == "kubernetes"


@pytest.mark.parametrize(
    ("maker", "product", "kind"),
    [
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "qemu"),
        ("Red Hat", "KVM", "kvm"),
        ("VMware, Inc.", "VMware7,1", "vmware"),
        ("innotek GmbH", "VirtualBox", "virtualbox"),
        ("Microsoft Corporation", "Virtual Machine", "hyperv"),
        ("Microsoft Corporation", "Surface Laptop 5", ""),
        ("Google", "Google Compute Engine", "kvm"),
        ("Amazon EC2", "c7i.large", "kvm"),
        ("Amazon EC2", "c7i.metal-24xl", ""),
        ("", "VirtualMac2,1", "apple"),
        ("HP", "HP EliteBook 840 14 inch G10 Notebook PC", ""),
    ],
)
def test_a_virtual_machine_by_what_its_firmware_says(tmp_path, maker, product, kind):
    assert virtual_kind(maker, product) == kind
    write(tmp_path, "sys/class/dmi/id/sys_vendor", maker)
    write(tmp_path, "sys/class/dmi/id/product_name", product)
    write(tmp_path, "proc/cpuinfo", "flags : fpu lm")
    assert virtual_machine(tmp_path) == kind


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("proc/cpuinfo", "flags : fpu hypervisor lm", "virtual machine"),
        ("sys/hypervisor/type", "xen", "xen"),
        ("proc/device-tree/hypervisor/compatible", "linux,kvm", "kvm"),
        ("proc/cpuinfo", "flags : fpu lm", ""),
        ("etc/nothing", "", None),
    ],
)
def test_a_virtual_machine_without_firmware(tmp_path, name, text, kind):
    write(tmp_path, name, text)
    assert virtual_machine(tmp_path) == kind


def test_firmware_is_found_where_there_is_no_class(tmp_path):
    write(tmp_path, "sys/devices/virtual/dmi/id/sys_vendor", "QEMU")
    assert virtual_machine(tmp_path) == "qemu"


def test_processors_are_those_that_are_allowed_and_there(tmp_path):
    assert usable_cores(tmp_path) is None
    write(tmp_path, "proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-1,6-127")
    assert usable_cores(tmp_path) == 124
    write(tmp_path, "sys/devices/system/cpu/online", "0-7")
    assert usable_cores(tmp_path) == 4


def test_soft_limits(tmp_path):
    lines = (
        "Limit                     Soft Limit           Hard Limit           Units",
        "Max open files            1024                 524288               files",
        "Max address space         unlimited            unlimited            bytes",
    )
    write(tmp_path, "proc/self/limits", "\n".join(lines))
    write(tmp_path, "proc/sys/vm/max_map_count", "65530")
    found = limits(tmp_path)
    assert (found.open_files, found.address_space_bytes, found.memory_maps) == (1024, None, 65530)
