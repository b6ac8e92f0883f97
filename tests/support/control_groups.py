"""A real control group with limits, where this computer lets us make one; for root on a machine of ours."""

import contextlib
import os
from pathlib import Path

import pytest

ROOT = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def control_group(*, memory_bytes, cpus):
    """Files that a process writes its number into to be bound. Skips the test where there can be no such group."""
    name = f"zkc-test-{os.getpid()}"
    made = []
    try:
        try:
            if (ROOT / "cgroup.controllers").exists():
                folder = _made(ROOT / name, made)
                (folder / "memory.max").write_text(str(memory_bytes))
                (folder / "cpu.max").write_text(f"{int(cpus * 100_000)} 100000")
            else:
                memory, processors = _made(ROOT / "memory" / name, made), _made(ROOT / "cpu" / name, made)
                (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
                (processors / "cpu.cfs_period_us").write_text("100000")
                (processors / "cpu.cfs_quota_us").write_text(str(int(cpus * 100_000)))
        except OSError as error:
            pytest.skip(f"no control group can be made here ({type(error).__name__})")
        yield [folder / "cgroup.procs" for folder in made]
    finally:
        for folder in reversed(made):
            folder.rmdir()


def _made(folder, made):
    folder.mkdir()
    made.append(folder)
    return folder
