"""What a Groth16 verifier looks at: the proof and the verification key, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

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
