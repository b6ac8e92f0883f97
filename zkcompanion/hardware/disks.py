"""The disk that a folder lies on: what systems tell in the same way of its room, and Linux of its kind."""

from __future__ import annotations

import shutil
from pathlib import Path

from zkcompanion.base.systemfiles import lines_or_none, text
from zkcompanion.hardware.facts import Disk, DiskKind

_IN_MEMORY = {"tmpfs", "ramfs", "devtmpfs", "zram"}
_OVER_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "9p",
    "fuse.sshfs",
    "glusterfs",
    "afpfs",
    "webdav",
}
#: `mountinfo` of a machine with very many containers.
_MOUNTS_BYTES = 1 << 20
#: Layers of encryption, volumes and RAID below each other.
_MOST_LAYERS = 8


def linux_disk(folder: Path, root: Path, *, virtual: bool) -> Disk:
    """`virtual`: in a virtual machine, whose disks call themselves rotating whatever they are."""
    mount = _mount(folder, root)
    total, free = room(folder)
    if mount is None:
        return Disk(total_bytes=total, free_bytes=free)
    number, kind, source = mount
    return Disk(_kind(root, number, kind, source, virtual=virtual), kind, total, free)


def room(folder: Path) -> tuple[int | None, int | None]:
    """Total and free bytes; the folder need not be there yet."""
    try:
        found = shutil.disk_usage(next((one for one in (folder, *folder.parents) if one.exists()), folder))
    except OSError:
        return None, None
    return found.total, found.free


def kind_of_file_system(name: str) -> DiskKind | None:
    """Where the file system's name alone tells it."""
    if name in _IN_MEMORY:
        return "memory"
    return "network" if name in _OVER_NETWORK else None


def _mount(folder: Path, root: Path) -> tuple[str, str, str] | None:
    """Device number, file system and source of the mount that the folder lies on; the last one mounted hides others."""
    place = folder.resolve() if root == Path("/") else folder
    best: tuple[int, tuple[str, str, str]] | None = None
    for line in lines_or_none(root / "proc/self/mountinfo", _MOUNTS_BYTES):
        before, there, after = line.partition(" - ")
        words, told = before.split(), after.split()
        if not there or len(words) < 5 or len(told) < 2:
            continue
        point = Path(words[4].replace("\\040", " "))
        depth = len(point.parts)
        if (place == point or point in place.parents) and (best is None or depth >= best[0]):
            best = depth, (words[2], told[0][:40], told[1])
    return best[1] if best else None


def _kind(root: Path, number: str, file_system: str, source: str, *, virtual: bool) -> DiskKind | None:
    told = kind_of_file_system(file_system)
    if told is not None:
        return told
    block = root / "sys/dev/block" / number
    if not block.exists():
        # some file systems have a number of their own, and name a device
        block = root / "sys/class/block" / Path(source).name
    rotating = {text(disk / "queue/rotational") for disk in _disks(block, _MOST_LAYERS)}
    if rotating == {"0"}:
        return "ssd"
    return "hard disk" if "1" in rotating and not virtual else None


def _disks(block: Path, layers: int) -> list[Path]:
    """Whole disks below a device, which may be a partition, a volume or an array."""
    slaves = sorted((block / "slaves").glob("*"))
    if slaves and layers:
        return [disk for slave in slaves for disk in _disks(slave, layers - 1)]
    if (block / "queue").exists():
        return [block]
    whole = block.resolve().parent
    return [whole] if (whole / "queue").exists() else []
