"""A prediction with its bounds. Needs no NumPy, as what only passes predictions on needs none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """The likely value, and the bounds that it should not leave."""

    low: float
    likely: float
    high: float
