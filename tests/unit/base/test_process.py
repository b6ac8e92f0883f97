import os
import subprocess
import sys

import pytest

from tests.support.format_files import container, wtns_sections
from zkcompanion.base import process
from zkcompanion.base.process import bound_memory, deny_core_dumps, installed_bytes, return_freed_memory, trim_memory

linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit counts nothing elsewhere")


@linux
def test_what_is_installed_is_memory_and_swap(tmp_path, monkeypatch):
    import psutil

    assert installed_bytes() == psutil.virtual_memory().total + psutil.swap_memory().total
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename Type Size Used Priority\n")
    monkeypatch.setattr(process, "_SWAPS", swaps)
    without = installed_bytes()
    swaps.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 2048 0 -2\n/swap file 1024 0 -3\n")
    assert installed_bytes() == without + (3 << 20)


def limits_after(*calls):
    code = "; ".join(
        (
            "import resource",
            "from zkcompanion.base.process import *",
            *calls,
            "print(resource.getrlimit(resource.RLIMIT_DATA)[0])",
        )
    )
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@linux
def test_the_limit_is_what_is_installed_and_is_never_raised():
    assert limits_after("bound_memory()") == installed_bytes()
    lower = "resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, resource.RLIM_INFINITY))"
    assert limits_after(lower, "bound_memory()") == 1 << 30
    assert limits_after("bound_memory(1 << 30)", "bound_memory(2 << 30)") == 1 << 30


@linux
def test_where_nothing_is_known_there_is_no_limit(monkeypatch, tmp_path):
    import resource

    monkeypatch.setattr(process, "_SWAPS", tmp_path / "none")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    bound_memory()
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@linux
def test_beyond_the_limit_is_a_memory_error(tmp_path):
    # 3.2 GB on paper, nothing on the disk; where 1 GiB may be taken
    n = 100_000_000
    (_, header), _ = wtns_sections()
    start = container(b"wtns", 2, [(1, header[:-4] + n.to_bytes(4, "little")), (2, b"")])
    path = tmp_path / "big.wtns"
    path.write_bytes(start[:-8] + (32 * n).to_bytes(8, "little") + b"\1")
    os.truncate(path, len(start) + 32 * n)
    code = (
        "from zkcompanion.base.process import bound_memory; bound_memory(1 << 30); "
        "from zkcompanion.proving.formats.wtns import read_wtns\n"
        f"try: read_wtns({str(path)!r})\nexcept MemoryError: print('no memory')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"no memory\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no core dumps there")
def test_core_dumps_are_denied():
    code = (
        "import resource; from zkcompanion.base.process import deny_core_dumps; deny_core_dumps(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "(0, 0)\n"
    deny_core_dumps()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_program_may_be_piped_a_dump_and_no_debugger_attached():
    # a limit of zero does not hold where /proc/sys/kernel/core_pattern is a pipe; PR_GET_DUMPABLE is 3
    code = (
        "import ctypes; from zkcompanion.cli.main import main; get = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0); "
        "before = get(); main(['--version']); print(before, get())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 0"


def test_elsewhere_there_is_no_limit(monkeypatch):
    monkeypatch.setattr(process.sys, "platform", "darwin")
    monkeypatch.setattr(process, "installed_bytes", None)  # would fail
    bound_memory()
    monkeypatch.setattr(process.ctypes, "CDLL", None)
    deny_core_dumps()
    return_freed_memory()
    trim_memory()


def test_the_end_of_the_parent_is_asked_for_on_linux_alone(monkeypatch):
    asked = []

    class Library:
        def prctl(self, *words):
            asked.append(words)

    monkeypatch.setattr(process.ctypes, "CDLL", lambda _name: Library())
    for platform in ("darwin", "linux"):
        monkeypatch.setattr(process.sys, "platform", platform)
        process.hear_of_parent()
    assert asked == [(1, 15, 0, 0, 0)]
