"""Windows: cores and caches as `GetLogicalProcessorInformationEx` writes them, one record after another."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from zkcompanion.hardware.facts import Cache, CacheKind

#: Kinds of record.
_CORE, _CACHE = 0, 2
#: What and how long; flags and class of a core, and the number of its groups; a group's mask.
_HEAD, _CORE_BODY, _GROUPS, _MASK = struct.Struct("<II"), struct.Struct("<BB"), struct.Struct("<H"), struct.Struct("<Q")
#: Level, and after associativity and line the size and the kind of a cache.
_CACHE_BODY = struct.Struct("<BBHII")
#: Where the number of groups stands in a core's record, and how long a group is.
_COUNT_AT, _GROUPS_AT, _GROUP_BYTES = 30, 32, 16
_KINDS: dict[int, CacheKind] = {0: "unified", 1: "instruction", 2: "data"}
#: Twice what the largest machines have.
_MOST_RECORDS = 1 << 15


@dataclass(frozen=True, slots=True)
class Topology:
    """`classes`: of each core, the higher the faster; `logical` processors of all of them."""

    classes: tuple[int, ...]
    logical: int
    caches: tuple[Cache, ...]

    @property
    def cores(self) -> int:
        """Physical ones."""
        return len(self.classes)


def read_topology(data: bytes) -> Topology | None:
    """From the records; None where they are not whole or have no core."""
    classes: list[int] = []
    logical = 0
    caches: dict[tuple[int, CacheKind, int], int] = {}
    try:
        for kind, record in _records(data):
            if kind == _CORE:
                classes.append(_CORE_BODY.unpack_from(record, _HEAD.size)[1])
                logical += _processors(record)
            elif kind == _CACHE:
                level, _, _, size, number = _CACHE_BODY.unpack_from(record, _HEAD.size)
                if number in _KINDS and 1 <= level <= 4 and size:
                    key = (level, _KINDS[number], size)
                    caches[key] = caches.get(key, 0) + 1
    except (struct.error, ValueError):
        return None
    if not classes or not logical:
        return None
    ordered = sorted(caches.items(), key=lambda item: (item[0][0], item[0][1], -item[0][2]))
    return Topology(tuple(classes), logical, tuple(Cache(*key, count) for key, count in ordered))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Raises: struct.error, ValueError for what is no chain of records."""
    at = 0
    for _ in range(_MOST_RECORDS):
        if at == len(data):
            return
        kind, size = _HEAD.unpack_from(data, at)
        if size < _HEAD.size or at + size > len(data):
            raise ValueError("a record that is not whole")
        yield kind, data[at : at + size]
        at += size
    raise ValueError("too many records")


def _processors(record: bytes) -> int:
    """Logical ones of a core."""
    (groups,) = _GROUPS.unpack_from(record, _COUNT_AT)
    if groups > 64:
        raise ValueError("too many groups")
    masks = (_MASK.unpack_from(record, _GROUPS_AT + _GROUP_BYTES * group)[0] for group in range(groups))
    return sum(mask.bit_count() for mask in masks)
