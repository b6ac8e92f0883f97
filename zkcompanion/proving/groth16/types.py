"""What a Groth16 verifier looks at, the proof and the verification key, as plain values, and what it computes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zkcompanion.proving.points import G1Point, G2Point


@dataclass(frozen=True, slots=True)
class Proof:
    """Three points, affine and plain; nothing is promised about them before `verify` has looked."""

    pi_a: G1Point
    pi_b: G2Point
    pi_c: G1Point


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """The key's public half, affine and plain.

    `ic[0]` belongs to the constant one, `ic[i]` to public signal i - 1 (outputs first, then public inputs), so a sound
    key has `len(ic) == n_public + 1`. e(alpha, beta) is not kept: `vk_alphabeta_12` of a JSON key is derived data.
    """

    n_public: int
    vk_alpha_1: G1Point
    vk_beta_2: G2Point
    vk_gamma_2: G2Point
    vk_delta_2: G2Point
    ic: tuple[G1Point, ...]


class PairingCheck(Protocol):
    """The curve arithmetic that a verifier needs, by compiled kernels or by `reference/pairing.ReferencePairing`.

    Callers have made sure that every point lies on its curve with canonical coordinates, and that G2 points given to
    `product_is_one` lie in the subgroup.
    """

    def product_is_one(self, pairs: Sequence[tuple[G1Point, G2Point]]) -> bool:
        """Whether the product of e(P_i, Q_i) is one; a pair with a point at infinity contributes one."""

    def g1_msm(self, points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
        """The sum of [k_i]P_i for 0 <= k_i < r; equal and opposite points, infinity and zero scalars are allowed."""

    def g2_in_subgroup(self, point: G2Point) -> bool:
        """Whether a point of the twist has order dividing r."""
