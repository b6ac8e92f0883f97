"""What is around proofs while they are made: other programs, and the battery; put together from what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Read = Callable[[], Mapping[str, float]]


class Remembered:
    """A source, and what it said last."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.values: Mapping[str, float] = {}

    def read(self) -> Mapping[str, float]:
        """What it says now. Raises: what it raises, and then it said nothing."""
        self.values = {}
        self.values = self._read()
        return self.values


class Surroundings:
    """`proofs.others` and `proofs.on_battery`; asked after the machine and the workers, at the same tick.

    Arguments:
        proving: whether proofs were made since the tick before.
        ours: percent of one core that all processes of this program took since then, None where that is not known.
    """

    def __init__(self, machine: Remembered, proving: Callable[[], bool], ours: Callable[[], float | None]) -> None:
        self._machine = machine
        self._proving = proving
        self._ours = ours

    def read(self) -> dict[str, float]:
        """Both are 0 while no proofs are made, and absent where what they are made of is."""
        values, proving = self._machine.values, self._proving()
        found: dict[str, float] = {}
        on_battery = values.get("machine.on_battery")
        if on_battery is not None:
            found["proofs.on_battery"] = on_battery if proving else 0.0
        busy, ours = values.get("machine.processor"), self._ours()
        cores = sum(name.startswith("machine.core/") for name in values)
        if not proving:
            found["proofs.others"] = 0.0
        elif busy is not None and ours is not None and cores:
            found["proofs.others"] = max(0.0, busy - ours / cores)
        return found
