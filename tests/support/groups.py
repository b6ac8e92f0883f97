"""Control groups that tests make, with limits, and programs in them; only as root on Linux."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOTS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Group:
    """A group of version 1 or 2 for one controller."""

    folder: Path
    version: int

    def set(self, old, new, value):
        """A limit, by its name in each version."""
        (self.folder / (old if self.version == 1 else new)).write_text(str(value))

    def limit_memory(self, size_bytes):
        self.set("memory.limit_in_bytes", "memory.max", size_bytes)

    def limit_processor(self, quota_us, period_us=100_000):
        if self.version == 2:
            (self.folder / "cpu.max").write_text(f"{quota_us} {period_us}")
            return
        (self.folder / "cpu.cfs_period_us").write_text(str(period_us))
        (self.folder / "cpu.cfs_quota_us").write_text(str(quota_us))

    def inside(self, command):
        """The words that run a command in it."""
        return ["/bin/sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh", *map(str, command)]


@contextlib.contextmanager
def control_group(controller):
    """A group of our own, gone at the end; skips where none can be made."""
    made = _make(controller)
    if made is None:
        pytest.skip(f"no control group for {controller} can be made here")
    try:
        yield made
    finally:
        for _ in range(100):
            with contextlib.suppress(OSError):
                made.folder.rmdir()
                break
            time.sleep(0.02)  # a process that has just ended still counts


def _make(controller):
    name = f"zkc-test-{os.getpid()}-{controller}"
    needed = {"memory": ("memory.limit_in_bytes", "memory.max"), "cpu": ("cpu.cfs_quota_us", "cpu.max")}[controller]
    for parent, version in ((ROOTS / controller, 1), (ROOTS, 2)):
        folder = parent / name
        try:
            folder.mkdir()
        except OSError:
            continue
        # in the place of the second version there may be a plain folder
        if (folder / needed[version - 1]).exists():
            return Group(folder, version)
        folder.rmdir()
    return None
