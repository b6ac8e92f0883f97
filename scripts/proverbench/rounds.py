"""Interleaved rounds: each round asks every prover for one proof, so that all meet the same moods of the machine."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proverbench.circuits import Case
from proverbench.machine import Disturbance, wait_until_quiet
from proverbench.provers import Prover, Timing


@dataclass(frozen=True)
class Patience:
    """How rounds deal with other programs.

    Where `quiet_share` is given, a round waits until others use less than that share of the machine, at most `wait_s`,
    and a round in which they used more is made again, up to `attempts` times as many rounds as asked for; the least
    disturbed ones count. A round counts or does not count as a whole, for all its provers.
    """

    quiet_share: float | None = None
    wait_s: float = 60.0
    attempts: int = 3


@dataclass(frozen=True)
class Round:
    """One timing of each prover, and the share of the machine that others used meanwhile."""

    timings: tuple[Timing, ...]
    others: float


@dataclass(frozen=True)
class Measured:
    """The rounds of one case; timings in the order of `names`."""

    case: Case
    names: tuple[str, ...]
    rounds: tuple[Round, ...]

    def seconds(self, index: int, *, cpu: bool = False) -> float:
        """Median of one prover."""
        return statistics.median(r.timings[index].cpu_s if cpu else r.timings[index].wall_s for r in self.rounds)

    def ratio(self, index: int, over: int = 0, *, cpu: bool = False) -> float:
        """Median over the rounds of one prover's time over another's (0: ours) in the same round."""
        pairs = [(r.timings[index], r.timings[over]) for r in self.rounds]
        return statistics.median((a.cpu_s / b.cpu_s) if cpu else (a.wall_s / b.wall_s) for a, b in pairs)

    def phases(self, index: int = 0) -> dict[str, float]:
        """Median seconds of each phase."""
        names = self.rounds[0].timings[index].phases
        return {name: statistics.median(r.timings[index].phases[name] for r in self.rounds) for name in names}

    def data(self) -> dict[str, Any]:
        """For JSON: everything that was measured."""
        case = self.case
        provers = {
            name: {
                "seconds": self.seconds(i),
                "cpu_seconds": self.seconds(i, cpu=True),
                "all_seconds": [r.timings[i].wall_s for r in self.rounds],
                "phases": self.phases(i),
            }
            for i, name in enumerate(self.names)
        }
        return {
            "kind": case.kind,
            "power": case.power,
            "constraints": case.constraints,
            "wires": case.wires,
            "circuit_blake2b": case.circuit_blake2b,
            "key_bytes": case.zkey.stat().st_size,
            "provers": provers,
            "ratios": {name: self.ratio(i) for i, name in enumerate(self.names) if i},
            "cpu_ratios": {name: self.ratio(i, cpu=True) for i, name in enumerate(self.names) if i},
            "others_share": statistics.median(r.others for r in self.rounds),
        }


def measure(case: Case, provers: Sequence[Prover], rounds: int, patience: Patience) -> Measured:
    """Open all provers, run the rounds, close them."""
    try:
        for prover in provers:
            prover.open(case)
        done: list[Round] = []
        for _ in range(rounds * (patience.attempts if patience.quiet_share is not None else 1)):
            if patience.quiet_share is not None:
                wait_until_quiet(patience.quiet_share, patience.wait_s)
            disturbance = Disturbance()
            timings = tuple(prover.prove(case) for prover in provers)
            done.append(Round(timings, disturbance.share()))
            if sum(r.others <= (patience.quiet_share or 1.0) for r in done) == rounds:
                break
    finally:
        for prover in provers:
            prover.close()
    best = sorted(done, key=lambda r: r.others)[:rounds]
    return Measured(case, tuple(p.name for p in provers), tuple(r for r in done if r in best))
