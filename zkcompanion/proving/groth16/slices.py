"""In which slices a proof within a bounded memory sums."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How many wires, and how many points of H, a sum takes at once; both at least 1."""

    wires: int
    points: int
