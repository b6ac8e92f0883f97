"""What the machine and our workers do, between one measurement and the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from zkcompanion.base.clock import Clock
from zkcompanion.base.controlgroups import ControlGroups


@dataclass(frozen=True, slots=True)
class Load:
    """`at_s` by the clock; percentages of the whole machine, 0 to 100; memory in bytes, that of workers resident.

    `shared_bytes`: how much of a worker's memory may be that of others too, such as a key that is mapped.
    `worker_seconds`: processor seconds of each since its start. All by process.
    """

    at_s: float
    processor_percent: float
    worker_percent: float
    memory_used_bytes: int
    memory_total_bytes: int
    worker_bytes: dict[int, int]
    shared_bytes: dict[int, int] = field(default_factory=dict)
    worker_seconds: dict[int, float] = field(default_factory=dict)

    @property
    def held_bytes(self) -> int:
        """What all workers hold together; what they share counts once."""
        shared = self.shared_bytes
        return sum(self.worker_bytes.values()) - sum(shared.values()) + max(shared.values(), default=0)


class LoadMeter:
    """Each `sample` says what happened since the one before, the first since the meter was made.

    `root` is where Linux's `/proc` and `/sys` lie.
    """

    def __init__(self, clock: Clock, *, root: Path = Path("/")) -> None:
        self._clock = clock
        self._groups = ControlGroups(root)
        self._processors = psutil.cpu_count() or 1
        self._at_s = clock.monotonic_s()
        self._busy_s, self._all_s = _machine_seconds()
        self._spent: dict[int, float] = {}

    def sample(self, pids: Iterable[int]) -> Load:
        """Of the machine and the processes `pids`; one that is new counts from its start."""
        now_s = self._clock.monotonic_s()
        busy_s, all_s = _machine_seconds()
        spent: dict[int, float] = {}
        resident: dict[int, int] = {}
        shared: dict[int, int] = {}
        for pid in pids:
            try:
                process = psutil.Process(pid)
                times = process.cpu_times()
                spent[pid] = times.user + times.system
                memory = process.memory_info()
                resident[pid], shared[pid] = memory.rss, getattr(memory, "shared", 0)
            except psutil.Error:
                continue  # it ended meanwhile
        ours_s = sum(seconds - self._spent.get(pid, 0.0) for pid, seconds in spent.items())
        used_bytes, total_bytes = self._memory()
        load = Load(
            at_s=now_s,
            processor_percent=_percent(busy_s - self._busy_s, all_s - self._all_s),
            worker_percent=_percent(ours_s, (now_s - self._at_s) * self._processors),
            memory_used_bytes=used_bytes,
            memory_total_bytes=total_bytes,
            worker_bytes=resident,
            shared_bytes=shared,
            worker_seconds=spent,
        )
        self._at_s, self._busy_s, self._all_s, self._spent = now_s, busy_s, all_s, spent
        return load

    def _memory(self) -> tuple[int, int]:
        """Used and in all, of the machine, or of the container where that has less left."""
        machine = psutil.virtual_memory()
        group = self._groups.memory()
        if group is not None and group.free_bytes < machine.available:
            return group.used_bytes, group.limit_bytes
        return machine.total - machine.available, machine.total


def _machine_seconds() -> tuple[float, float]:
    """Processor seconds since the start of the machine: busy, and in all."""
    times = psutil.cpu_times()._asdict()
    # a guest's time is counted in user time already
    total = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    return total - times["idle"] - times.get("iowait", 0.0), total


def _percent(part: float, whole: float) -> float:
    return min(100.0, max(0.0, 100 * part / whole)) if whole > 0 else 0.0
