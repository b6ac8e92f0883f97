"""G1 and G2 side by side for tests that hold for both: group, arrays, small multiples of the generator, oracles."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tests.support import mcl
from tests.support.kernels import shaped_integers
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving.fields import FR
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.points import (
    G1_GENERATOR,
    G2_GENERATOR,
    g1_from_limbs,
    g1_to_limbs,
    g2_from_limbs,
    g2_to_limbs,
)
from zkcompanion.proving.reference.curve import G1, G2, Group

R = FR.modulus
SIGN = 1 << 31


@dataclass(frozen=True)
class Side:
    """One of the two groups."""

    name: str
    group: Group[Any, Any]
    generator: Any
    words: int
    to_limbs: Callable[[Any], Any]
    from_limbs: Callable[[Any], list[Any]]
    mcl_multiply: Callable[[Any, int], Any]
    mcl_add: Callable[[Any, Any], Any]

    def __str__(self) -> str:
        return self.name

    def multiple(self, k: int) -> Any:
        """[k]generator."""
        return self.group.multiply(self.generator, k % R)

    def array(self, ks) -> Any:
        """Array of [k]generator, |k| small or few of them."""
        return self.to_limbs([self.small(k) for k in ks])

    def small(self, k: int) -> Any:
        """[k]generator from a table where |k| < 256."""
        if abs(k) < 256:
            point = _multiples(self.name)[abs(k)]
            return self.group.negate(point) if k < 0 else point
        return self.multiple(k)

    def run(self, n: int) -> Any:
        """Array of [1]G, [2]G, ..., [n]G."""
        return _run(self.name, n).copy()


SIDES = (
    Side("g1", G1, G1_GENERATOR, 8, g1_to_limbs, g1_from_limbs, mcl.g1_multiply, mcl.g1_add),
    Side("g2", G2, G2_GENERATOR, 16, g2_to_limbs, g2_from_limbs, mcl.g2_multiply, mcl.g2_add),
)
_BY_NAME = {side.name: side for side in SIDES}


@cache
def _multiples(name: str) -> list[Any]:
    side, acc, result = _BY_NAME[name], None, []
    for _ in range(256):
        result.append(acc)
        acc = side.group.add_affine(acc, side.generator)
    return side.group.to_affine_many(result)


@cache
def _run(name: str, n: int) -> Any:
    side, acc, result = _BY_NAME[name], None, []
    for _ in range(n):
        acc = side.group.add_affine(acc, side.generator)
        result.append(acc)
    return side.to_limbs(side.group.to_affine_many(result))


def shaped_scalars(rng: random.Random, n: int) -> list[int]:
    """Edges of a multi-scalar multiplication, then the three shapes; shuffled."""
    edges = [0, 1, R - 1, 2, R - 2, R // 2, R // 2 + 1, 1 << 253, 255, 256, (1 << 128) - 1, 1, 0, R - 1]
    values = edges[: n // 2] + shaped_integers(rng, n - len(edges[: n // 2]), FR, 254)
    rng.shuffle(values)
    return values


class CountingTrace(Trace):
    """Counts what it hears; raises `Cancelled` from the check after `limit` steps."""

    def __init__(self, limit: int | None = None) -> None:
        self.steps: dict[Phase, int] = {}
        self.limit = limit
        self._lock = threading.Lock()

    def advance(self, phase: Phase, steps: int = 1) -> None:
        with self._lock:
            self.steps[phase] = self.steps.get(phase, 0) + steps

    def check(self) -> None:
        if self.limit is not None and sum(self.steps.values()) >= self.limit:
            raise Cancelled


def pointer(array) -> int:
    return array.ctypes.data if array is not None else 0


def entries(values) -> Any:
    """Entry array: index for i >= 0, sign bit | index for ~i."""
    return np.array([v if v >= 0 else SIGN | ~v for v in values], dtype=np.uint32)
