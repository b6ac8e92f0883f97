"""Which cycle covers which class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

#: Given a folder: a context whose value does one cycle.
Prepare = Callable[[Path], AbstractContextManager[Callable[[], object]]]


@dataclass(frozen=True)
class Cycle:
    """`classes` as `module.Class` below `zkcompanion`; `cycles` of a batch.

    `connections`: made in a cycle to signals of objects that stay, of each of which PySide keeps some bytes.
    """

    name: str
    classes: tuple[str, ...]
    prepare: Prepare
    cycles: int
    connections: int = 0


#: Without Qt, and with it.
CYCLES: list[Cycle] = []
WINDOW_CYCLES: list[Cycle] = []


def covers(*classes: str, cycles: int = 10, window: bool = False, connections: int = 0) -> Callable[[Prepare], Prepare]:
    """Register a cycle."""

    def register(prepare: Prepare) -> Prepare:
        full = tuple(f"zkcompanion.{one}" for one in classes)
        (WINDOW_CYCLES if window else CYCLES).append(Cycle(prepare.__name__, full, prepare, cycles, connections))
        return prepare

    return register


def covered() -> Iterator[str]:
    """Every class that has a cycle."""
    import tests.leaks.cycles
    import tests.leaks.window_cycles  # noqa: F401  # both register

    for cycle in (*CYCLES, *WINDOW_CYCLES):
        yield from cycle.classes
