"""How long a proof will take on this machine: its work, times what finished proofs took for theirs.

Nothing is guessed: a machine that has proved nothing has no speed. The seconds of a multiplication depend on the size
of a circuit (small ones are held up by fixed costs, large ones by memory), so the proofs nearest in size count.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcompanion.costs.band import Band
from zkcompanion.proving.phases import Phase

if TYPE_CHECKING:
    from zkcompanion.costs.needs import Needs

#: Kept of each phase, kernel family and number of threads: the newest.
_KEPT = 32
#: Looked at for a prediction: those nearest in size.
_NEAREST = 5
#: A band reaches at least so far from its middle; with fewer than `_NEAREST` proofs, further.
_SPREAD, _UNSURE = 0.1, 0.35
#: The part of a proof that a second thread does not shorten: 1.84 times as fast with two threads at 2^17.
SERIAL_SHARE = 0.087


@dataclass(frozen=True, slots=True)
class Observation:
    """What one phase of a finished proof did, and how long it took."""

    kernels: str
    threads: int
    phase: Phase
    work: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Speed:
    """What finished proofs on this machine took, oldest first; whoever wants to keep it stores the observations."""

    observations: tuple[Observation, ...] = ()

    def learned(self, needs: Needs, seconds: Mapping[Phase, float]) -> Speed:
        """With one more proof: what it was said to need, and the seconds of its phases as they were measured."""
        new = [
            Observation(needs.kernels, needs.threads, phase, work, seconds[phase])
            for phase, work in needs.work.items()
            if seconds.get(phase, 0.0) > 0.0 and work > 0
        ]
        counts: dict[tuple[str, int, Phase], int] = {}
        kept = []
        for one in reversed((*self.observations, *new)):
            key = (one.kernels, one.threads, one.phase)
            counts[key] = counts.get(key, 0) + 1
            if counts[key] <= _KEPT:
                kept.append(one)
        return Speed(tuple(reversed(kept)))


def thread_speed_up(threads: int, serial_share: float = SERIAL_SHARE) -> float:
    """How many times as fast a large proof is with so many threads (Amdahl's law)."""
    return 1 / (serial_share + (1 - serial_share) / threads)


def predict_seconds(needs: Needs, speed: Speed) -> Band | None:
    """Of one proof; None until a proof with these kernels has finished here.

    Loading and making a key count, so a proof in a process that has the key in memory takes less (`predict_phase`). A
    phase that was never seen, such as `setup`, counts nothing.
    """
    bands = [predict_phase(phase, needs, speed) for phase in needs.work]
    known = [band for band in bands if band is not None]
    if not known:
        return None
    return Band(*(sum(parts) for parts in zip(*((b.low, b.likely, b.high) for b in known), strict=True)))


def predict_phase(phase: Phase, needs: Needs, speed: Speed) -> Band | None:
    """Seconds of one phase; None where nothing like it was seen."""
    work = needs.work.get(phase, 0)
    of_family = [one for one in speed.observations if one.kernels == needs.kernels and one.phase == phase]
    if not of_family or work <= 0:
        return None
    same = [one for one in of_family if one.threads == needs.threads]
    # the middle of those with another number of threads is taken over by Amdahl's law
    near = sorted(same or of_family, key=lambda one: abs(math.log(one.work / work)))[:_NEAREST]
    here = thread_speed_up(needs.threads)
    seconds = sorted(one.seconds * work / one.work * thread_speed_up(one.threads) / here for one in near)
    likely = statistics.median(seconds)
    spread = _SPREAD if same and len(near) == _NEAREST else _UNSURE
    return Band(min(seconds[0], likely * (1 - spread)), likely, max(seconds[-1], likely * (1 + spread)))
