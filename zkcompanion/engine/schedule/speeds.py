"""How fast each worker is, and turns among unequal ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class Speeds:
    """The speed of each worker beside what was predicted: 1 where a job takes as long as it should.

    An exponentially weighted mean: a new measurement counts `weight`; a change shows by half after two or three jobs.
    """

    def __init__(self, weight: float = 0.3, known: Mapping[str, float] | None = None) -> None:
        self._weight = weight
        self._speeds = dict(known or {})

    def of(self, worker: str) -> float:
        """1 until something was measured."""
        return self._speeds.get(worker, 1.0)

    def measured(self, worker: str, predicted_s: float, took_s: float) -> None:
        """A job of `predicted_s` on a worker of speed 1 took this long on `worker`; nothing where either is zero."""
        if predicted_s <= 0 or took_s <= 0:
            return
        now, before = predicted_s / took_s, self._speeds.get(worker)
        self._speeds[worker] = now if before is None else before + self._weight * (now - before)

    def forget(self, worker: str) -> None:
        """The worker is gone."""
        self._speeds.pop(worker, None)


class Rotation:
    """Smooth weighted round-robin: turns in proportion to the weights, spread as evenly as they can be.

    Each turn adds to the credit of every candidate its weight, takes the one with the most, and takes the sum of the
    weights off its credit. Over n turns among the same candidates with the same weights each gets its share to within
    one turn. Source: nginx, `ngx_http_upstream_round_robin`.
    """

    def __init__(self, credits: Mapping[str, float] | None = None) -> None:
        self._credits = dict(credits or {})

    def pick(self, candidates: Collection[str], speeds: Speeds) -> str:
        """One of `candidates` (not empty); where credits are equal, the first by name."""
        weights = {name: speeds.of(name) for name in candidates}
        for name, weight in weights.items():
            self._credits[name] = self._credits.get(name, 0.0) + weight
        # credits are sums of rounded numbers: what is equal to nine digits is equal
        chosen = min(weights, key=lambda name: (-round(self._credits[name], 9), name))
        self._credits[chosen] -= sum(weights.values())
        return chosen

    def forget(self, worker: str) -> None:
        """The worker is gone."""
        self._credits.pop(worker, None)
