"""Which wires do some wires determine? Follows the constraints alone, never the code that calculates witnesses.

A wire that the inputs do not determine is a freedom for a cheat. Three rules, repeated: an equation that is linear in
its only unknown gives it; b*b = b makes b a bit; a sum of bits with different powers of two gives them from the lowest
up, as long as no two weights are equal. A sum with one unknown that is no bit defines that one by the bits.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows

R = FR.modulus
#: An equation: constant + sum of coefficient * wire = 0.
Sum = tuple[int, dict[int, int]]


def determined(r1cs: R1cs, values: dict[int, int]) -> dict[int, int]:
    """All wires that `values` (wire to number) determine, with their numbers; AssertionError on a contradiction."""
    return _Solver(r1cs, values).solve()


class _Solver:
    def __init__(self, r1cs: R1cs, values: dict[int, int]) -> None:
        self.rows = list(zip(*(_lists(rows) for rows in (r1cs.a, r1cs.b, r1cs.c)), strict=True))
        self.known = {0: 1} | values
        self.bits: set[int] = set()
        self.defined: dict[int, Sum] = {}
        self.of_wire: dict[int, set[int]] = {}
        for index, row in enumerate(self.rows):
            for terms in row:
                for wire, _ in terms:
                    self.of_wire.setdefault(wire, set()).add(index)
        self.queue = deque(range(len(self.rows)))
        self.queued = set(self.queue)

    def solve(self) -> dict[int, int]:
        while self.queue:
            index = self.queue.popleft()
            self.queued.discard(index)
            a, b, c = (self.expand(terms) for terms in self.rows[index])
            if not a[1]:
                self.linear(_plus(c, b, -a[0]))
            elif not b[1]:
                self.linear(_plus(c, a, -b[0]))
            else:
                self.quadratic(a, b, c)
        for wire, found in self.defined.items():
            constant, weights = self.expand_sum(found)
            if not weights:
                self.known[wire] = constant
        return self.known

    def expand(self, terms: list[tuple[int, int]]) -> Sum:
        total: Sum = (0, {})
        for wire, value in terms:
            if wire in self.known:
                total = (total[0] + value * self.known[wire]) % R, total[1]
            elif wire in self.defined:
                total = _plus(total, self.expand_sum(self.defined[wire]), value)
            else:
                total[1][wire] = total[1].get(wire, 0) + value
        return total[0], {wire: value % R for wire, value in total[1].items() if value % R}

    def expand_sum(self, found: Sum) -> Sum:
        constant, weights = self.expand(list(found[1].items()))
        return (constant + found[0]) % R, weights

    def linear(self, equation: Sum) -> None:
        constant, weights = equation
        unknown = [wire for wire in weights if wire not in self.bits]
        if not weights:
            assert constant == 0
        elif len(weights) == 1:
            [(wire, weight)] = weights.items()
            self.learn(wire, -constant * pow(weight, -1, R) % R)
        elif not unknown:
            self.peel(constant, weights)
        elif len(unknown) == 1:
            wire = unknown[0]
            scale = -pow(weights.pop(wire), -1, R)
            self.defined[wire] = constant * scale % R, {w: v * scale % R for w, v in weights.items()}
            self.wake(wire)

    def quadratic(self, a: Sum, b: Sum, c: Sum) -> None:
        wires = set(a[1]) | set(b[1]) | set(c[1])
        if len(wires) != 1:
            return
        [wire] = wires
        square = a[1][wire] * b[1][wire] % R
        linear = (a[0] * b[1][wire] + b[0] * a[1][wire] - c[1].get(wire, 0)) % R
        constant = (a[0] * b[0] - c[0]) % R
        if constant == 0 and (square + linear) % R == 0 and wire not in self.bits:
            self.bits.add(wire)
            self.wake(wire)

    def peel(self, constant: int, weights: dict[int, int]) -> None:
        signed = {wire: weight - R if weight > R // 2 else weight for wire, weight in weights.items()}
        low = sum(weight for weight in signed.values() if weight < 0)
        high = sum(weight for weight in signed.values() if weight > 0)
        assert high - low < R
        total = (-constant - low) % R + low
        assert total <= high
        order = sorted(signed, key=lambda wire: abs(signed[wire]))
        for i, wire in enumerate(order):
            weight = abs(signed[wire])
            if any(abs(signed[other]) % (2 * weight) for other in order[i + 1 :]):
                return
            assert total % weight == 0
            bit = total // weight & 1
            total -= bit * signed[wire]
            self.learn(wire, bit)

    def learn(self, wire: int, value: int) -> None:
        self.known[wire] = value
        self.wake(wire)
        for other, (_, weights) in self.defined.items():
            if wire in weights:
                self.wake(other)

    def wake(self, wire: int) -> None:
        for index in self.of_wire.get(wire, ()):
            if index not in self.queued:
                self.queued.add(index)
                self.queue.append(index)


def _plus(one: Sum, other: Sum, factor: int) -> Sum:
    weights = dict(one[1])
    for wire, weight in other[1].items():
        weights[wire] = (weights.get(wire, 0) + factor * weight) % R
    return (one[0] + factor * other[0]) % R, {wire: weight for wire, weight in weights.items() if weight}


def _lists(rows: SparseRows) -> list[list[tuple[int, int]]]:
    terms = list(zip(rows.wire.tolist(), from_limbs(rows.value), strict=True))
    return [terms[start:end] for start, end in pairwise(rows.row_ptr.tolist())]
