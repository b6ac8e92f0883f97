"""Real workloads from the lightest to the heaviest, and where this machine stops, from the catalogue's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from zkcompanion.app.hardware_views import Tier, WorkloadView

#: Verdicts by which a machine can do it, from best to worst, and those by which it cannot.
POSSIBLE: tuple[Tier, ...] = ("easily", "well", "barely")
TOO_MUCH: tuple[Tier, ...] = ("too large", "impossible")
_ORDER = {tier: place for place, tier in enumerate((*POSSIBLE, *TOO_MUCH))}


@dataclass(frozen=True, slots=True)
class Ladder:
    """`reached`: what this machine can prove, the lightest first; `beyond`: what it cannot, the nearest first."""

    reached: tuple[WorkloadView, ...]
    beyond: tuple[WorkloadView, ...]

    @property
    def rungs(self) -> tuple[WorkloadView, ...]:
        """All of them, from the lightest to the heaviest."""
        return (*self.reached, *self.beyond)


def ladder(workloads: Sequence[WorkloadView], *, reached: int = 5, beyond: int = 3) -> Ladder:
    """At most so many (two or more) of each side, spread over the range; the nearest to the line of each among them.

    Of those that lie close together, one of a kind that is not there yet is taken. Workloads of which too little is
    known stand on no rung.
    """
    known = sorted((one for one in workloads if one.verdict.tier in _ORDER), key=_weight)
    inside = [one for one in known if one.verdict.tier in POSSIBLE]
    outside = [one for one in known if one.verdict.tier in TOO_MUCH]
    last = _spread(inside[::-1], reached)  # from the line on, on both sides
    return Ladder(last[::-1], _spread(outside, beyond))


def _weight(one: WorkloadView) -> tuple[int, float, float, str]:
    """The verdict first, so that one line parts the ladder; then the time, then the memory that it takes."""
    seconds = one.seconds.likely if one.seconds is not None else inf
    memory = one.memory.likely if one.memory is not None else inf
    return _ORDER[one.verdict.tier], seconds, memory, one.id


def _spread(found: Sequence[WorkloadView], most: int) -> tuple[WorkloadView, ...]:
    """The first, and evenly from it on; each place has the one near it that tells most."""
    if len(found) <= most:
        return tuple(found)
    step = (len(found) - 1) / (most - 1)
    chosen = [0]
    for number in range(1, most):
        groups = {found[one].group for one in chosen}
        near = range(max(chosen[-1] + 1, ceil(step * (number - 0.5))), min(len(found), int(step * (number + 0.5)) + 1))

        def told(one: int, groups: set[str] = groups, place: float = step * number) -> tuple[bool, bool, float]:
            return found[one].group in groups, found[one].seconds is None, abs(one - place)

        chosen.append(min(near, key=told))
    return tuple(found[one] for one in chosen)
