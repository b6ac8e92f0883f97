"""What the control groups of Linux, versions 1 and 2, allow this process: processors and memory.

A group is bound by those above it too, so each is walked up to where it is mounted. Above that, as in a container with
a name space of its own, nothing is seen but what version 1 sums up (`hierarchical_memory_limit`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from zkcompanion.base.systemfiles import fields, lines_or_none, text, whole, whole_of

#: Version 1 says "no limit" by the largest number of pages; nobody has an exbibyte.
_NO_LIMIT_BYTES = 1 << 60
#: Groups above ours that are looked at; more are not made by anybody in earnest.
_MOST_LEVELS = 32


@dataclass(frozen=True, slots=True)
class GroupMemory:
    """The least limit of our group and those above it, and the least of what they leave, which may be another's."""

    limit_bytes: int
    free_bytes: int

    @property
    def used_bytes(self) -> int:
        """So that limit less used is what is left."""
        return self.limit_bytes - self.free_bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """Our group's folder, the uppermost one that can be seen, and the version."""

    folder: Path
    top: Path
    version: int

    def levels(self) -> Iterator[Path]:
        """Ours, then those above it."""
        folder = self.folder
        for _ in range(_MOST_LEVELS):
            yield folder
            if folder == self.top:
                return
            folder = folder.parent


class ControlGroups:
    """Of this process. Finds the groups when made, and reads what they say when asked; never raises.

    `root` is where `/proc` and `/sys` lie.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        names = dict(_names(root))
        mounts = list(_mounts(root, names))
        self._memory = [place for controller, place in mounts if controller in ("", "memory")]
        self._processors = [place for controller, place in mounts if controller in ("", "cpu")]

    def memory(self) -> GroupMemory | None:
        """None where nothing limits it."""
        found = [one for place in self._memory for one in _memory_of(place)]
        if not found:
            return None
        limit = min(limit for limit, _ in found)
        return GroupMemory(limit, min(limit, *(max(0, limit - used) for limit, used in found)))

    def cpus(self) -> float | None:
        """Processors that we may keep busy, which may be a fraction; None where there is no quota."""
        return min((quota for place in self._processors for quota in _quotas_of(place)), default=None)

    def periods(self) -> dict[Path, tuple[int, int]]:
        """How many periods of a quota of processor time there were, and in how many of them it was used up: of each
        group that has had one, by its folder.
        """
        found: dict[Path, tuple[int, int]] = {}
        for place in self._processors:
            for folder in place.levels():
                told = fields(lines_or_none(folder / "cpu.stat"), " ")
                there, throttled = (whole_of(told.get(name, "")) for name in ("nr_periods", "nr_throttled"))
                if there and throttled is not None:
                    found[folder] = there, throttled
        return found


def _names(root: Path) -> Iterator[tuple[str, str]]:
    """Our group's name by controller, "" for version 2."""
    for line in lines_or_none(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, there, name = rest.partition(":")
        if there and number.isdigit():
            for controller in controllers.split(","):
                yield controller, name


def _mounts(root: Path, names: dict[str, str]) -> Iterator[tuple[str, _Place]]:
    """Where the groups of each controller are."""
    seen: set[str] = set()
    for line in lines_or_none(root / "proc/self/mountinfo"):
        before, there, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if not there or len(words) < 5 or not kind or kind[0] not in ("cgroup", "cgroup2"):
            continue
        version = 2 if kind[0] == "cgroup2" else 1
        for controller in ("",) if version == 2 else kind[-1].split(","):
            if controller in names and controller not in seen:
                seen.add(controller)
                top = root / words[4].lstrip("/")
                yield controller, _Place(_below(top, words[3], names[controller]), top, version)
    if "" in names and "" not in seen:
        # there is no list of mounts, or not this one
        top = root / "sys/fs/cgroup"
        yield "", _Place(_below(top, "/", names[""]), top, 2)


def _below(top: Path, mounted: str, name: str) -> Path:
    """The folder of the group `name` where `mounted` of the tree is what lies at `top`."""
    with contextlib.suppress(ValueError):
        inner = PurePosixPath(name).relative_to(mounted)
        if ".." not in inner.parts:
            return top / inner
    # we see but our own part of the tree, with ourselves at its top
    return top


def _memory_of(place: _Place) -> Iterator[tuple[int, int]]:
    """Limit and use of each group that has a limit; without pages of files that nobody needs, which make way."""
    limit_name, used_name, idle_name = (
        ("memory.max", "memory.current", "inactive_file")
        if place.version == 2
        else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    )
    for folder in place.levels():
        limits = [whole(folder / limit_name)]
        told = fields(lines_or_none(folder / "memory.stat"), " ")
        if place.version == 1 and folder == place.folder:
            limits.append(whole_of(told.get("hierarchical_memory_limit", "")))
        known = [limit for limit in limits if limit is not None and limit < _NO_LIMIT_BYTES]
        if known:
            used = (whole(folder / used_name) or 0) - (whole_of(told.get(idle_name, "")) or 0)
            yield min(known), max(0, used)


def _quotas_of(place: _Place) -> Iterator[float]:
    for folder in place.levels():
        if place.version == 2:
            quota_word, _, period_word = text(folder / "cpu.max").partition(" ")
            quota, period = whole_of(quota_word), whole_of(period_word)
        else:
            quota, period = whole(folder / "cpu.cfs_quota_us"), whole(folder / "cpu.cfs_period_us")
        if quota and period:
            yield quota / period
