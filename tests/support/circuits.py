"""Random small constraint systems with satisfying witnesses, in every shape that a prover must bear, and their keys.

A system is a list of constraints ({wire: coefficient}, {...}, {...}) for A, B, C, as `toygroth16.toy_zkey` takes it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from tests.support.kernels import shaped_integers
from tests.support.toygroth16 import Constraint, toy_zkey
from zkcompanion.proving.fields import FR, LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT, Groth16Zkey
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.ntt import powers

R = FR.modulus


@dataclass(frozen=True)
class Circuit:
    """Wires: 0 is one, then the public ones, then the rest; `witness` satisfies every constraint."""

    constraints: list[Constraint]
    n_public: int
    witness: list[int]

    @property
    def n_vars(self) -> int:
        return len(self.witness)

    @property
    def public(self) -> tuple[int, ...]:
        return tuple(self.witness[1 : self.n_public + 1])

    @property
    def limbs(self) -> LimbArray:
        """The witness, plain uint64[n_vars, 4]."""
        return to_limbs(self.witness)

    def r1cs(self) -> R1cs:
        a, b, c = (_sparse([row[m] for row in self.constraints]) for m in range(3))
        labels = np.arange(self.n_vars, dtype=np.uint64)
        return R1cs(self.n_vars, 0, self.n_public, self.n_vars - self.n_public - 1, self.n_vars, a, b, c, labels)

    def key(self, seed: int = 1, **secrets: int) -> Groth16Zkey:
        """A key with known secrets; some 5 ms a wire."""
        return toy_zkey(self.constraints, self.n_vars, self.n_public, seed, **secrets)

    def holds(self) -> bool:
        def value(row: dict[int, int]) -> int:
            return sum(k * self.witness[wire] for wire, k in row.items()) % R

        return all(value(a) * value(b) % R == value(c) for a, b, c in self.constraints)


def _sparse(rows: list[dict[int, int]]) -> SparseRows:
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    wires = np.array([wire for row in rows for wire in row], dtype=np.uint32)
    return SparseRows(starts, wires, to_limbs(k % R for row in rows for k in row.values()))


def random_circuit(seed: int, n_constraints: int, n_public: int = 1, n_inputs: int = 3) -> Circuit:
    """Products of random sums, bits, copies and linear constraints over inputs of every size."""
    rng = random.Random(seed)
    inputs = shaped_integers(rng, n_public + n_inputs + 10, FR)
    rng.shuffle(inputs)
    witness = [1, *inputs[: n_public + n_inputs]]
    constraints: list[Constraint] = []

    def some(most: int) -> tuple[dict[int, int], int]:
        row = {rng.randrange(len(witness)): rng.choice((1, 1, R - 1, 2, rng.randrange(R))) for _ in range(most)}
        return row, sum(k * witness[wire] for wire, k in row.items()) % R

    while len(constraints) < n_constraints:
        new = len(witness)
        kind = rng.randrange(6)
        if kind == 0:  # a bit
            witness.append(rng.randrange(2))
            constraints.append(({new: 1}, {new: 1, 0: R - 1}, {}))
        elif kind == 1:  # a linear constraint, written as a product with one
            row, value = some(rng.randrange(1, 6))
            witness.append(value)
            constraints.append((row, {0: 1}, {new: 1}))
        elif kind == 2:  # nothing at all
            constraints.append(({}, some(2)[0], {}))
        else:
            (a, x), (b, y), (c, z) = some(rng.randrange(1, 4)), some(rng.randrange(1, 4)), some(rng.randrange(3))
            witness.append((x * y - z) % R)
            constraints.append((a, b, {**c, new: 1}))
    return Circuit(constraints, n_public, witness)


def shapes() -> dict[str, Circuit]:
    """The shapes that break provers, by name."""
    one = ({0: 1}, {0: 1}, {0: 1})
    mirror: list[Constraint] = [({w: 1}, {w: 1}, {w + 4: 1}) for w in range(1, 5)]
    circuits = {
        # the smallest domain, 2^1
        "no constraints": Circuit([], 0, [1]),
        "no constraints, a public signal": Circuit([], 1, [1, R - 1]),
        "no constraints, wires that nothing uses": Circuit([], 0, [1, 5, 0, R - 1]),
        "no public signals": random_circuit(1, 5, n_public=0),
        "only public signals": Circuit([({1: 1}, {2: 1}, {3: 1})], 3, [1, 6, 7, 42]),
        "only the constant": Circuit([one], 0, [1]),
        "empty rows": Circuit([({}, {}, {}), one, ({}, {1: 1}, {}), ({1: 1}, {}, {})], 1, [1, 9]),
        "B empty, so that all its points are infinity": Circuit([({1: 1}, {}, {})] * 3, 2, [1, 4, 5, 6]),
        "zeros": Circuit([({1: 1}, {2: 1}, {3: 1})] * 2, 1, [1, 0, 0, 0, 0]),
        "all zero but the constant, nothing constrained": Circuit([], 2, [1, 0, 0, 0]),
        "minus one": Circuit([({1: 1}, {2: 1}, {0: 1}), ({1: 1}, {0: 1}, {2: 1})], 1, [1, R - 1, R - 1]),
        # wires 1 and 2 stand in the same places, so their points are equal; 3 and 4 cancel each other
        "equal points": Circuit([({1: 1, 2: 1}, {1: 1, 2: 1}, {3: 1})], 0, [1, 3, 3, 36]),
        "equal points, opposite scalars": Circuit([({1: 7, 2: 7}, {1: 3, 2: 3}, {})], 0, [1, 5, R - 5]),
        "opposite points, equal scalars": Circuit([({1: 1, 2: R - 1}, {1: 1, 2: R - 1}, {})], 0, [1, 5, 5]),
        "squares": Circuit(mirror, 2, [1, 0, 1, R - 1, 7, 0, 1, 1, 49]),
        "a coefficient of zero": Circuit([({1: 0, 2: 1}, {2: 1}, {3: 1})], 1, [1, 8, 2, 4]),
    }
    # constraints + public signals on both sides of a power of two: domains 2^1 to 2^6
    for total in (1, 2, 3, 4, 7, 8, 15, 16, 31, 32):
        circuits[f"{total} constraints and signals"] = random_circuit(total, total - 1, n_public=1)
    return circuits


def large_key(circuit: Circuit, curve, seed: int = 1) -> Groth16Zkey:
    """The same key as `Circuit.key` for circuits of thousands of constraints, with compiled multiples of generators."""
    rng = random.Random(seed)
    tau, alpha, beta, delta = (rng.randrange(2, R) for _ in range(4))
    n_vars, n_public = circuit.n_vars, circuit.n_public
    n = 1 << max(1, (len(circuit.constraints) + n_public).bit_length())
    rows = [*circuit.constraints, *(({wire: 1}, {}, {}) for wire in range(n_public + 1))]
    lagrange = _lagrange(n, tau)
    columns = [[0] * n_vars for _ in range(3)]
    for row, value in zip(rows, lagrange, strict=False):
        for matrix in range(3):
            for wire, k in row[matrix].items():
                columns[matrix][wire] += k * value
    a, b, c = ([v % R for v in column] for column in columns)
    k = [(beta * x + alpha * y + z) % R for x, y, z in zip(a, b, c, strict=True)]
    by_delta = pow(delta, -1, R)
    entries = [(m, i, w, v) for i, row in enumerate(rows) for m in (0, 1) for w, v in row[m].items()]
    coefficients = np.zeros(len(entries), dtype=COEFFICIENT)
    for position, name in enumerate(("matrix", "constraint", "signal")):
        coefficients[name] = [e[position] for e in entries]
    coefficients["value"] = to_limbs(e[3] * FR.r2 % R for e in entries)

    def g1(values) -> LimbArray:
        return curve.fixed_base_g1(G1_GENERATOR, to_limbs(values))

    return Groth16Zkey(
        n_vars,
        n_public,
        n,
        G1.multiply(G1_GENERATOR, alpha),
        G1.multiply(G1_GENERATOR, beta),
        G2.multiply(G2_GENERATOR, beta),
        G2_GENERATOR,
        G1.multiply(G1_GENERATOR, delta),
        G2.multiply(G2_GENERATOR, delta),
        ic=g1(k[: n_public + 1]),
        coefficients=coefficients,
        points_a=g1(a),
        points_b1=g1(b),
        points_b2=curve.fixed_base_g2(G2_GENERATOR, to_limbs(b)),
        points_c=g1(v * by_delta % R for v in k[n_public + 1 :]),
        points_h=g1(v * by_delta % R for v in _lagrange(2 * n, tau)[1::2]),
        circuit_hash=bytes(64),
    )


def _lagrange(n: int, tau: int) -> list[int]:
    """L_i(tau) over the n-th roots of unity, with one inversion."""
    points = powers(FR.root_of_unity(n.bit_length() - 1), n)
    prefix, acc = [], 1
    for x in points:
        prefix.append(acc)
        acc = acc * (tau - x) % R
    inverse = pow(acc, -1, R)
    scale = (pow(tau, n, R) - 1) * pow(n, -1, R) % R
    out = [0] * n
    for i in range(n - 1, -1, -1):
        out[i] = scale * points[i] * inverse * prefix[i] % R
        inverse = inverse * (tau - points[i]) % R
    return out
