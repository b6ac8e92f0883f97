"""What the control group of this process tells each second: what is left of its memory, and whether it had to stand
still, as in a container with limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from zkcompanion.base.controlgroups import ControlGroups


class MemoryInGroup:
    """Memory of the machine, or of the control group where that allows less; `groups` are this process's."""

    def __init__(self, groups: ControlGroups, machine: Callable[[float], Mapping[str, float]]) -> None:
        self._machine = machine
        self._groups = groups

    def read(self, past_s: float) -> dict[str, float]:
        """Raises: OSError of the machine's own."""
        values = dict(self._machine(past_s))
        group = self._groups.memory()
        if group is not None and group.free_bytes < values["machine.memory_free"]:
            values["machine.memory"], values["machine.memory_free"] = float(group.used_bytes), float(group.free_bytes)
        return values


class Container:
    """Percent of the memory that our group may hold, that limit, and in how much of its periods it stood still."""

    def __init__(self, groups: ControlGroups) -> None:
        self._groups = groups
        self._before: dict[Path, tuple[int, int]] = {}

    def read(self, _past_s: float) -> dict[str, float]:
        """Nothing of the processor at the first time, and of what has no limit."""
        values: dict[str, float] = {}
        memory = self._groups.memory()
        if memory is not None and memory.limit_bytes > 0:
            values["container.memory"] = 100 * memory.used_bytes / memory.limit_bytes
            values["container.memory_limit"] = float(memory.limit_bytes)
        now = self._groups.periods()
        slowed = [
            _share(periods - self._before[folder][0], throttled - self._before[folder][1])
            for folder, (periods, throttled) in now.items()
            if folder in self._before
        ]
        self._before = now
        return values | ({"container.throttled": max(slowed)} if slowed else {})


def _share(periods: int, throttled: int) -> float:
    """In percent; a group that had nothing to do had no periods, and counts that went back tell nothing."""
    return min(100.0, 100 * throttled / periods) if periods > 0 and throttled > 0 else 0.0
