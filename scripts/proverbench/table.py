"""The rows of the table: what each figure is, its floor and its goal, and how its JSON looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """A figure with its floor and goal. `least`: smaller is better."""

    name: str
    value: float
    floor: float
    goal: float
    unit: str
    least: bool = False

    @property
    def ok(self) -> bool:
        """The floor is met."""
        return self.value <= self.floor if self.least else self.value >= self.floor

    @property
    def goal_met(self) -> bool:
        """The goal is met."""
        return self.value <= self.goal if self.least else self.value >= self.goal

    @property
    def margin(self) -> float:
        """The figure in units of the floor, larger is better."""
        return self.floor / self.value if self.least else self.value / self.floor


@dataclass(frozen=True)
class Row:
    """A row that was measured, or why it was not (`parts` empty). Its value is that of the part nearest its floor."""

    number: int
    title: str
    how: str
    parts: Sequence[Part] = ()
    detail: Sequence[Any] = ()
    reason: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """For JSON."""
        head = {"row": self.number, "figure": self.title, "how": self.how, "measured": bool(self.parts)}
        if not self.parts:
            return {**head, "reason": self.reason}
        worst = min(self.parts, key=lambda p: p.margin)
        return {
            **head,
            "value": worst.value,
            "floor": worst.floor,
            "goal": worst.goal,
            "unit": worst.unit,
            "ok": all(p.ok for p in self.parts),
            "goal_met": all(p.goal_met for p in self.parts),
            "parts": [_part_data(p) for p in self.parts],
            **self.extra,
            "detail": list(self.detail),
        }

    def lines(self) -> list[str]:
        """For people."""
        if not self.parts:
            return [f"row {self.number:2}  not measured: {self.reason}  ({self.title})"]
        return [
            f"row {self.number:2}  {p.value:9.2f} {p.unit:9} floor {p.floor:g}, goal {p.goal:g}: {_verdict(p)}"
            f"  ({self.title}{': ' if p.name else ''}{p.name})"
            for p in self.parts
        ]


def _part_data(part: Part) -> dict[str, Any]:
    names = ("name", "value", "floor", "goal", "unit", "ok", "goal_met")
    return {name: getattr(part, name) for name in names}


def _verdict(part: Part) -> str:
    return "goal met" if part.goal_met else "floor met" if part.ok else "below the floor"
