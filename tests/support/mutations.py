"""Mutated Groth16 proofs: what a verifier must tell from the valid ones."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.support.points import twist_point_outside_subgroup
from tests.support.toygroth16 import ToyKey, rerandomise
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1, G2

P = FP.modulus
R = FR.modulus
FIELDS = ("pi_a", "pi_b", "pi_c")


class Mutator:
    """Draws (name, public signals, proof) of the kind `names[i]`, from `rng`, for a key with known secrets."""

    def __init__(self, toy: ToyKey, public: tuple[int, ...], rng: random.Random) -> None:
        self.toy = toy
        self.public = public
        self.rng = rng
        self.valid = [toy.simulate(public, rng) for _ in range(4)]
        outside = twist_point_outside_subgroup(rng)
        self.torsion = G2.multiply(outside, R)
        self.kinds = {
            name.removeprefix("make_"): getattr(self, name) for name in sorted(dir(self)) if name.startswith("make_")
        }

    def draw(self, kind: str) -> tuple[tuple[int, ...], Proof]:
        return self.kinds[kind](self.rng.choice(self.valid))

    def _coordinates(self, proof: Proof) -> list[int]:
        return [*proof.pi_a, *proof.pi_b[0], *proof.pi_b[1], *proof.pi_c]

    def _proof(self, v) -> Proof:
        return Proof((v[0], v[1]), ((v[2], v[3]), (v[4], v[5])), (v[6], v[7]))

    def make_bit_flip_in_a_coordinate(self, proof):
        values = self._coordinates(proof)
        values[self.rng.randrange(8)] ^= 1 << self.rng.randrange(254)
        return self.public, self._proof(values)

    def make_zero_coordinates(self, proof):
        values = self._coordinates(proof)
        start, end = self.rng.choice([(0, 2), (2, 6), (6, 8), (0, 8), (0, 1), (3, 4), (7, 8)])
        return self.public, self._proof([*values[:start], *([0] * (end - start)), *values[end:]])

    def make_swapped_limbs(self, proof):
        (x0, x1), (y0, y1) = proof.pi_b
        swapped = self.rng.choice([((x1, x0), (y1, y0)), ((x1, x0), (y0, y1)), ((x0, x1), (y1, y0))])
        return self.public, replace(proof, pi_b=swapped)

    def make_swapped_coordinates(self, proof):
        field = self.rng.choice(FIELDS)
        x, y = getattr(proof, field)
        return self.public, replace(proof, **{field: (y, x)})

    def make_negated(self, proof):
        fields = self.rng.choice([("pi_a",), ("pi_b",), ("pi_c",), ("pi_a", "pi_b"), ("pi_a", "pi_c"), FIELDS])
        changes = {f: (G2 if f == "pi_b" else G1).negate(getattr(proof, f)) for f in fields}
        return self.public, replace(proof, **changes)

    def make_infinity(self, proof):
        fields = self.rng.choice([("pi_a",), ("pi_b",), ("pi_c",), ("pi_a", "pi_b"), ("pi_a", "pi_c"), FIELDS])
        return self.public, replace(proof, **dict.fromkeys(fields))

    def make_coordinate_plus_modulus(self, proof):
        values = self._coordinates(proof)
        values[self.rng.randrange(8)] += P
        return self.public, self._proof(values)

    def make_coordinate_negated(self, proof):
        values = self._coordinates(proof)
        i = self.rng.randrange(8)
        values[i] = P - values[i]
        return self.public, self._proof(values)

    def make_another_point(self, proof):
        field = self.rng.choice(FIELDS)
        k = self.rng.choice([1, R - 1, self.rng.randrange(R)])
        group, generator = (G2, G2_GENERATOR) if field == "pi_b" else (G1, G1_GENERATOR)
        return self.public, replace(proof, **{field: group.multiply(generator, k)})

    def make_key_point(self, proof):
        key = self.toy.key
        field, point = self.rng.choice(
            [
                ("pi_a", key.vk_alpha_1),
                ("pi_c", key.ic[0]),
                ("pi_b", key.vk_beta_2),
                ("pi_b", key.vk_delta_2),
                ("pi_b", key.vk_gamma_2),
            ]
        )
        return self.public, replace(proof, **{field: point})

    def make_exchanged(self, proof):
        other = self.rng.choice(self.valid)
        return self.public, self.rng.choice(
            [
                Proof(proof.pi_c, proof.pi_b, proof.pi_a),
                replace(proof, pi_a=other.pi_a),
                replace(proof, pi_b=other.pi_b),
                replace(proof, pi_c=other.pi_c),
            ]
        )

    def make_torsion_added(self, proof):
        return self.public, replace(proof, pi_b=G2.add(proof.pi_b, self.torsion))

    def make_outside_subgroup(self, proof):
        return self.public, replace(proof, pi_b=twist_point_outside_subgroup(self.rng))

    def make_rerandomised(self, proof):
        return self.public, rerandomise(proof, self.rng.randrange(1, R))

    def make_half_rerandomised(self, proof):
        t = self.rng.randrange(2, R)
        return self.public, replace(proof, pi_a=G1.multiply(proof.pi_a, t))

    def make_fresh(self, _):
        public = tuple(self.rng.randrange(R) for _ in self.public)
        return public, self.toy.simulate(public, self.rng)

    def make_public_bit_flip(self, proof):
        i = self.rng.randrange(len(self.public))
        public = list(self.public)
        public[i] ^= 1 << self.rng.randrange(256)
        return tuple(public), proof

    def make_public_alias(self, proof):
        i = self.rng.randrange(len(self.public))
        public = list(self.public)
        public[i] += self.rng.choice([R, -R, 2 * R])
        return tuple(public), proof

    def make_public_length(self, proof):
        return self.rng.choice([self.public[:-1], (*self.public, 0), (), self.public * 2]), proof

    def make_public_permuted(self, proof):
        public = list(self.public)
        self.rng.shuffle(public)
        return tuple(public), proof
