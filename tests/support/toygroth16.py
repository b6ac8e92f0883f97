"""Groth16 keys whose secrets are known, so that a test can make any key, any valid proof and any forgery at will.

`ToyKey` is a verification key by its discrete logarithms, with a simulator for proofs. `toy_zkey` is a whole proving
key for a small constraint system, by the equations of Groth16 evaluated at a known tau.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np

from tests.support.points import g1_point, g2_point
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.formats.contributions import PERSON, KeyContribution, Note
from zkcompanion.proving.formats.zkey import COEFFICIENT, Groth16Zkey
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.points import g1_to_limbs, g2_to_limbs
from zkcompanion.proving.reference.curve import G1, G2

R = FR.modulus


@dataclass(frozen=True)
class ToyKey:
    """Discrete logarithms of a verification key; gamma is the generator, as in keys of snarkjs."""

    alpha: int
    beta: int
    delta: int
    ic: tuple[int, ...]
    gamma: int = 1
    n_public: int | None = None

    @property
    def key(self) -> VerificationKey:
        n_public = len(self.ic) - 1 if self.n_public is None else self.n_public
        return VerificationKey(
            n_public,
            g1_point(self.alpha),
            g2_point(self.beta),
            g2_point(self.gamma),
            g2_point(self.delta),
            tuple(g1_point(k) for k in self.ic),
        )

    def public_sum(self, public) -> int:
        return (self.ic[0] + sum(k * x for k, x in zip(self.ic[1:], public, strict=False))) % R

    def simulate(self, public, rng: random.Random) -> Proof:
        """A valid proof of anything, which only the owner of the secrets can make."""
        a, b = rng.randrange(1, R), rng.randrange(1, R)
        c = (a * b - self.alpha * self.beta - self.gamma * self.public_sum(public)) * pow(self.delta, -1, R)
        return Proof(g1_point(a), g2_point(b), g1_point(c))

    def with_(self, **changes) -> ToyKey:
        return replace(self, **changes)


def toy_key(n_public: int, seed: int = 1) -> ToyKey:
    """A sound key with secrets drawn from `seed`."""
    rng = random.Random(seed)
    return ToyKey(*(rng.randrange(1, R) for _ in range(3)), tuple(rng.randrange(1, R) for _ in range(n_public + 1)))


def rerandomise(proof: Proof, t: int) -> Proof:
    """Another valid proof of the same statement: (A/t, tB, C)."""
    return Proof(G1.multiply(proof.pi_a, pow(t, -1, R)), G2.multiply(proof.pi_b, t), proof.pi_c)


#: One constraint: three rows {wire: coefficient}.
Constraint = tuple[dict[int, int], dict[int, int], dict[int, int]]


def multiplier_chain(n: int) -> tuple[list[Constraint], int, int]:
    """x_{i+1} = x_i * (x_i + i): constraints, number of wires, number of public signals (the last product and x_0).

    Wires: 0 one, 1 the last product, 2 x_0, then x_1 .. x_{n-1}.
    """
    wires = [2, *range(3, n + 2), 1]
    rows: list[Constraint] = [
        ({wires[i]: 1}, {wires[i]: 1, 0: i % R} if i else {wires[i]: 1}, {wires[i + 1]: 1}) for i in range(n)
    ]
    return rows, n + 2, 2


def chain_witness(n: int, x: int) -> list[int]:
    """The witness of `multiplier_chain(n)` for x_0 = x."""
    xs = [x % R]
    for i in range(n):
        xs.append(xs[-1] * (xs[-1] + i) % R)
    return [1, xs[n], xs[0], *xs[1:n]]


def toy_zkey(constraints: list[Constraint], n_vars: int, n_public: int, seed: int = 1, **secrets: int) -> Groth16Zkey:
    """The proving key for `constraints` under secrets drawn from `seed` (tau, alpha, beta, gamma = 1, delta)."""
    rng = random.Random(seed)
    s = {name: rng.randrange(2, R) for name in ("tau", "alpha", "beta", "delta")} | {"gamma": 1} | secrets
    tau = s["tau"]
    domain = 1 << max(1, (len(constraints) + n_public).bit_length())
    rows: list[Constraint] = [*constraints, *(({wire: 1}, {}, {}) for wire in range(n_public + 1))]
    lagrange = _lagrange(domain, tau, first=0, step=1)
    at_tau = [[0] * n_vars for _ in range(3)]
    for row, value in zip(rows, lagrange, strict=False):
        for matrix in range(3):
            for wire, coefficient in row[matrix].items():
                at_tau[matrix][wire] += coefficient * value
    a, b, c = ([v % R for v in column] for column in at_tau)
    k = [(s["beta"] * a[i] + s["alpha"] * b[i] + c[i]) % R for i in range(n_vars)]
    by_gamma, by_delta = pow(s["gamma"], -1, R), pow(s["delta"], -1, R)
    odd = _lagrange(2 * domain, tau, first=1, step=2)
    delta_1 = g1_point(s["delta"])
    return Groth16Zkey(
        n_vars,
        n_public,
        domain,
        g1_point(s["alpha"]),
        g1_point(s["beta"]),
        g2_point(s["beta"]),
        g2_point(s["gamma"]),
        delta_1,
        g2_point(s["delta"]),
        ic=g1_to_limbs(g1_point(v * by_gamma % R) for v in k[: n_public + 1]),
        coefficients=_coefficients(rows),
        points_a=g1_to_limbs(map(g1_point, a)),
        points_b1=g1_to_limbs(map(g1_point, b)),
        points_b2=g2_to_limbs(map(g2_point, b)),
        points_c=g1_to_limbs(g1_point(v * by_delta % R) for v in k[n_public + 1 :]),
        points_h=g1_to_limbs(g1_point(v * by_delta % R) for v in odd),
        circuit_hash=bytes(64),
        contributions=(contribution(delta_1, b"somebody"),),
    )


def contribution(delta_1, name: bytes) -> KeyContribution:
    """A record with that name; its proof of knowledge proves nothing."""
    return KeyContribution(delta_1, g1_point(2), g1_point(3), g2_point(4), bytes(64), Note(PERSON, name))


def _lagrange(n: int, tau: int, *, first: int, step: int) -> list[int]:
    """L_i(tau) over the n-th roots of unity, for i = first, first + step, ..."""
    w = FR.root_of_unity(n.bit_length() - 1)
    vanishing = (pow(tau, n, R) - 1) * pow(n, -1, R)
    points = [pow(w, i, R) for i in range(first, n, step)]
    return [vanishing * x * pow(tau - x, -1, R) % R for x in points]


def _coefficients(rows: list[Constraint]):
    entries = [
        (matrix, i, wire, value)
        for i, row in enumerate(rows)
        for matrix in (0, 1)
        for wire, value in row[matrix].items()
    ]
    out = np.zeros(len(entries), dtype=COEFFICIENT)
    for name, column in zip(("matrix", "constraint", "signal"), range(3), strict=True):
        out[name] = [entry[column] for entry in entries]
    out["value"] = to_limbs(entry[3] * FR.r2 % R for entry in entries)
    return out
