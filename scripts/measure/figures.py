"""What a row of `docs/requirements.md` comes out as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """A measured figure. `least`: smaller is better; `artefact`: what it was computed from."""

    value: float
    unit: str
    floor: float
    goal: float
    test: str
    least: bool = True
    artefact: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the floor is met."""
        return self.value <= self.floor if self.least else self.value >= self.floor

    def as_json(self) -> dict[str, object]:
        """As it stands in the report."""
        return {
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "goal": self.goal,
            "ok": self.ok,
            "test": self.test,
            "artefact": self.artefact,
        }


#: Measures one row; `folder` may be used, and kept for the next time.
Row = Callable[[Path], Figure]


def outcome(claims: Mapping[str, bool], test: str, **artefact: object) -> Figure:
    """A row without a figure: what was looked at on the running program, and whether it is so."""
    return Figure(
        sum(not holds for holds in claims.values()),
        "claims that do not hold on the running program",
        floor=0,
        goal=0,
        test=test,
        artefact={"claims": dict(claims), **artefact},
    )
