"""What the machine is, by its features, and how much of it other programs took while something was measured."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zkcompanion.proving.kernels.jit import cpu_has_ifma, cpu_identity

ROOT = Path(__file__).resolve().parents[2]
_FEATURES = ("adx", "bmi2", "avx2", "avx512f", "avx512ifma", "avxifma")
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> dict[str, Any]:
    """The processor by its features and caches, the system, and the commit that is measured."""
    name, features = cpu_identity()
    has = set(features.split(","))
    return {
        "cpu": name,
        "features": [f for f in _FEATURES if f"+{f}" in has],
        "ifma": cpu_has_ifma(),
        "cores": len(os.sched_getaffinity(0)),
        "caches": _caches(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "commit": _commit(),
    }


def _caches() -> dict[str, str]:
    found = {}
    for index in sorted(_CACHES.glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        found[f"L{level}{'d' if kind == 'Data' else 'i' if kind == 'Instruction' else ''}"] = size
    return found


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


@dataclass(frozen=True)
class _Ticks:
    busy_s: float
    own_s: float
    wall_s: float


def _ticks() -> _Ticks:
    # user, nice, system, irq, softirq and steal of all processors; idle and waiting for disks are fields 3 and 4
    fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return _Ticks(
        (sum(fields) - fields[3] - fields[4]) / _TICKS,
        sum(u.ru_utime + u.ru_stime for u in used),
        time.perf_counter(),
    )


class Disturbance:
    """What share of the machine other programs used since this was made: 0 on a quiet machine, 1 when all is theirs.

    Children count as our own once they have ended.
    """

    def __init__(self) -> None:
        self._start = _ticks()

    def share(self) -> float:
        """Until now."""
        now, start = _ticks(), self._start
        others = (now.busy_s - start.busy_s) - (now.own_s - start.own_s)
        capacity = (now.wall_s - start.wall_s) * (os.cpu_count() or 1)
        return min(max(others / capacity, 0.0), 1.0) if capacity > 0 else 0.0


def wait_until_quiet(share: float, patience_s: float) -> bool:
    """Wait until other programs use less than `share` of the machine for a second; False after `patience_s`."""
    deadline, interval = time.monotonic() + patience_s, threading.Event()
    while True:
        before = Disturbance()
        interval.wait(1)
        if before.share() <= share:
            return True
        if time.monotonic() > deadline:
            return False
