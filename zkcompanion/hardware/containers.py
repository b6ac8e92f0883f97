"""Linux: what bounds this process, and whether it runs in a container or a virtual machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zkcompanion.base.controlgroups import ControlGroups
from zkcompanion.base.systemfiles import fields, lines_or_none, numbers_of, text, whole, whole_of
from zkcompanion.hardware.cpuinfo import plain_name
from zkcompanion.hardware.facts import Limits

#: What container engines leave behind, in the order in which one inside another hides it.
_FILES = {
    ".dockerenv": "docker",
    "run/.containerenv": "podman",
    "run/secrets/kubernetes.io": "kubernetes",
    "var/run/secrets/kubernetes.io": "kubernetes",
}
_GROUP_WORDS = {
    "kubepods": "kubernetes",
    "docker": "docker",
    "libpod": "podman",
    "lxc": "lxc",
    "containerd": "containerd",
    "garden": "garden",
}
#: Beginnings of what the firmware says of its maker or product, in lower case.
_MACHINES = {
    "qemu": "qemu",
    "kvm": "kvm",
    "vmware": "vmware",
    "virtualbox": "virtualbox",
    "innotek": "virtualbox",
    "xen": "xen",
    "bochs": "bochs",
    "parallels": "parallels",
    "bhyve": "bhyve",
    "apple virtualization": "apple",
    "virtualmac": "apple",
    "google compute engine": "kvm",
    "openstack": "kvm",
    "microsoft corporation virtual machine": "hyperv",
    "amazon ec2": "kvm",
    "digitalocean": "kvm",
    "hetzner vserver": "kvm",
}
_NEVER_VIRTUAL = re.compile(r"\.metal\b")


def limits(root: Path) -> Limits:
    """All of it, from files."""
    groups = ControlGroups(root)
    memory = groups.memory()
    told = lines_or_none(root / "proc/self/limits")
    return Limits(
        cpus=groups.cpus(),
        usable_cores=usable_cores(root),
        memory_bytes=memory.limit_bytes if memory else None,
        memory_used_bytes=memory.used_bytes if memory else None,
        address_space_bytes=_soft(told, "Max address space"),
        open_files=_soft(told, "Max open files"),
        memory_maps=whole(root / "proc/sys/vm/max_map_count"),
        container=container(root),
        virtual_machine=virtual_machine(root),
    )


def usable_cores(root: Path) -> int | None:
    """Processors that this process may run on and that are there."""
    allowed = numbers_of(fields(lines_or_none(root / "proc/self/status")).get("Cpus_allowed_list", ""))
    there = numbers_of(text(root / "sys/devices/system/cpu/online"))
    return len(allowed & there if there else allowed) or None


def _soft(told: list[str], name: str) -> int | None:
    """A limit of `/proc/self/limits`; None where it is unlimited or not told."""
    line = next((line for line in told if line.startswith(name)), "")
    words = line[len(name) :].split()
    return whole_of(words[0]) if words else None


def container(root: Path) -> str | None:
    """Its kind; "" outside of any, None where the system hides even what is needed to know that."""
    for name, kind in _FILES.items():
        if (root / name).exists():
            return "kubernetes" if kind != "kubernetes" and _in_kubernetes(root) else kind
    named = text(root / "run/systemd/container")
    if named:
        return plain_name(named) or None
    groups = lines_or_none(root / "proc/self/cgroup")
    for word, kind in _GROUP_WORDS.items():
        if any(f"/{word}" in line for line in groups):
            return kind
    return "" if (root / "proc/self").is_dir() else None


def _in_kubernetes(root: Path) -> bool:
    there = (root / "var/run/secrets/kubernetes.io").exists() or (root / "run/secrets/kubernetes.io").exists()
    return there or (root == Path("/") and "KUBERNETES_SERVICE_HOST" in os.environ)


def virtual_machine(root: Path) -> str | None:
    """Its kind, "virtual machine" where the kind is not told; "" on a real computer, None where nothing tells."""
    if "microsoft" in text(root / "proc/sys/kernel/osrelease").lower():
        return "wsl"
    if text(root / "sys/hypervisor/type") == "xen":
        return "xen"
    if "kvm" in text(root / "proc/device-tree/hypervisor/compatible"):
        return "kvm"
    maker, product = _firmware(root)
    kind = virtual_kind(maker, product)
    if kind or _NEVER_VIRTUAL.search(product):
        return kind
    # the first processor's entry is enough
    told = fields(lines_or_none(root / "proc/cpuinfo"))
    if "hypervisor" in told.get("flags", "").split():
        return "virtual machine"
    return "" if told or maker else None


def virtual_kind(maker: str, product: str) -> str:
    """Of the virtual machine that calls itself so, "" where this is none or an unknown one."""
    if _NEVER_VIRTUAL.search(product):
        return ""
    names = [name.strip().lower() for name in (maker, product, f"{maker} {product}")]
    return next((kind for word, kind in _MACHINES.items() if any(name.startswith(word) for name in names)), "")


def _firmware(root: Path) -> tuple[str, str]:
    """Maker and product."""
    place = root / "sys/class/dmi/id"
    if not place.exists():
        place = root / "sys/devices/virtual/dmi/id"
    return text(place / "sys_vendor"), text(place / "product_name")
