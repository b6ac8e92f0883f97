"""Control groups of Linux, versions 1 and 2, as containers have them: limits of memory and of processor time.

Those of the groups around ours count too: what is tightest holds. `root` is where `/proc` and `/sys` lie.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.monitoring.linux import first_line, lines, number

#: Groups lie in each other no deeper than this, as far as we look.
_DEEPEST = 16
#: Version 1 writes that there is no limit as a number of this size.
_NO_LIMIT = 1 << 60
_GROUPS = "sys/fs/cgroup"


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """One that limits memory. `idle` names the pages of files that nobody needs, which make way."""

    limit: Path
    used: Path
    stat: Path
    idle: str

    def limit_bytes(self) -> float:
        """What it may hold; infinity where there is no limit."""
        text = first_line(self.limit)
        return float(text) if text.isdigit() and int(text) < _NO_LIMIT else float("inf")

    def used_bytes(self) -> float:
        """What it holds, without idle pages. Raises: OSError, ValueError."""
        found = dict(line.split()[:2] for line in lines(self.stat) if " " in line)
        return max(0.0, number(self.used) - float(found.get(self.idle, "0")))


def memory_groups(root: Path) -> tuple[MemoryGroup, ...]:
    """Our group and those around it, as far as they limit memory; none elsewhere than on Linux."""
    found = []
    for folder in _around(root, "memory"):
        for group in (
            MemoryGroup(folder / "memory.max", folder / "memory.current", folder / "memory.stat", "inactive_file"),
            MemoryGroup(
                folder / "memory.limit_in_bytes",
                folder / "memory.usage_in_bytes",
                folder / "memory.stat",
                "total_inactive_file",
            ),
        ):
            if group.limit_bytes() < float("inf"):
                found.append(group)
    return tuple(found)


def tightest(groups: tuple[MemoryGroup, ...]) -> tuple[float, float] | None:
    """Limit and what is used, in bytes, of the one that has the least left; None where none limits memory now."""
    least: tuple[float, float] | None = None
    for group in groups:
        with contextlib.suppress(OSError, ValueError):
            limit, used = group.limit_bytes(), group.used_bytes()
            if limit < float("inf") and (least is None or limit - used < least[0] - least[1]):
                least = limit, used
    return least


class Container:
    """Percent of the memory that our group may hold, that limit, and in how much of its periods it had to stand still.

    The limit of memory has to be there when this is made; that of the processor may come later.
    """

    def __init__(self, root: Path) -> None:
        self._memory = memory_groups(root)
        self._processor = tuple(
            folder / "cpu.stat" for folder in _around(root, "cpu") if (folder / "cpu.stat").is_file()
        )
        self._before: dict[Path, tuple[float, float]] = {}

    def read(self, _past_s: float) -> dict[str, float]:
        """Nothing of the processor at the first time. Raises: FileNotFoundError where there is no group."""
        if not self._memory and not self._processor:
            raise FileNotFoundError("no control group")
        values: dict[str, float] = {}
        memory = tightest(self._memory)
        if memory is not None and memory[0] > 0:
            values = {"container.memory": 100 * memory[1] / memory[0], "container.memory_limit": memory[0]}
        slowed = [share for path in self._processor if (share := self._slowed(path)) is not None]
        return values | ({"container.throttled": max(slowed)} if slowed else {})

    def _slowed(self, path: Path) -> float | None:
        """Percent of the periods since the read before; None where there is no limit of time, and never was."""
        found = dict(line.split()[:2] for line in lines(path) if " " in line)
        now = float(found.get("nr_periods", "0")), float(found.get("nr_throttled", "0"))
        before = self._before.get(path)
        self._before[path] = now
        if before is None or now[0] == 0 or now[0] < before[0] or now[1] < before[1]:
            return None
        return min(100.0, 100 * (now[1] - before[1]) / (now[0] - before[0])) if now[0] > before[0] else 0.0


def _around(root: Path, controller: str) -> Iterator[Path]:
    """Folders of the group that we are in for this controller, and of those around it, the innermost first.

    A container sees the name of its group as its host does, but its files in the place of the outermost: then that.
    """
    names: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in lines(root / "proc/self/cgroup"):
            _, _, rest = line.partition(":")
            kinds, _, name = rest.partition(":")
            for kind in kinds.split(","):
                names.setdefault(kind, name.strip())
    for kind, top in ((controller, f"{_GROUPS}/{controller}"), ("", _GROUPS), ("", f"{_GROUPS}/unified")):
        ours = names.get(kind)
        if ours is None or ".." in ours:
            continue
        outermost = root / top
        folder = outermost / ours.lstrip("/")
        if not folder.is_dir():
            folder = outermost
        for _ in range(_DEEPEST):
            yield folder
            if folder == outermost:
                break
            folder = folder.parent


class MemoryInGroup:
    """Memory of the machine, or of the control group in which this process is where that allows less."""

    def __init__(self, root: Path, machine: Callable[[float], Mapping[str, float]]) -> None:
        self._machine = machine
        self._groups = memory_groups(root)

    def read(self, past_s: float) -> dict[str, float]:
        """Raises: OSError of the machine's own."""
        values = dict(self._machine(past_s))
        group = tightest(self._groups)
        if group is not None and group[0] - group[1] < values["machine.memory_free"]:
            values["machine.memory"], values["machine.memory_free"] = group[1], max(0.0, group[0] - group[1])
        return values
