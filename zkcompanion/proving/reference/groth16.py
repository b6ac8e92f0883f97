"""A whole Groth16 prover on Python integers, for small circuits and as the oracle of the fast one.

The equations are those of snarkjs's `groth16_prove.js` (Groth, "On the Size of Pairing-Based Non-interactive
Arguments", 2016, section 3.2, with the quotient in the Lagrange basis of the odd coset).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import g1_from_limbs, g2_from_limbs
from zkcompanion.proving.reference.curve import G1, G2, R
from zkcompanion.proving.reference.msm import msm
from zkcompanion.proving.reference.ntt import quotient
from zkcompanion.proving.reference.rows import zkey_rows

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey


def prove_reference(zkey: Groth16Zkey, witness: Sequence[int], r: int, s: int, *, trace: Trace = NULL_TRACE) -> Proof:
    """The proof for `witness` (plain integers below r, one for each wire) with blinding factors r and s.

    r and s must be drawn uniformly from the operating system's generator, fresh for each proof; only the prover and
    tests pass them. A witness that does not satisfy the constraints gives a proof that does not verify, and no error.
    ValueError where the witness has another length than the key.
    """
    if len(witness) != zkey.n_vars:
        raise ValueError(f"{len(witness)} witness values for a key of {zkey.n_vars} wires")
    with trace.phase(Phase.CONSTRAINTS):
        a, b, c = zkey_rows(zkey.coefficients, witness, zkey.domain_size)
    with trace.phase(Phase.TRANSFORMS):
        h = quotient(a, b, c)
    with trace.phase(Phase.SUM_A):
        sum_a = msm(G1, g1_from_limbs(zkey.points_a), witness, trace=trace)
    with trace.phase(Phase.SUM_B1):
        sum_b1 = msm(G1, g1_from_limbs(zkey.points_b1), witness, trace=trace)
    with trace.phase(Phase.SUM_B2):
        sum_b2 = msm(G2, g2_from_limbs(zkey.points_b2), witness, trace=trace)
    with trace.phase(Phase.SUM_C):
        sum_c = msm(G1, g1_from_limbs(zkey.points_c), witness[zkey.n_public + 1 :], trace=trace)
    with trace.phase(Phase.SUM_H):
        sum_h = msm(G1, g1_from_limbs(zkey.points_h), h, trace=trace)
    with trace.phase(Phase.ASSEMBLE):
        delta_1, delta_2 = zkey.vk_delta_1, zkey.vk_delta_2
        pi_a = msm(G1, (zkey.vk_alpha_1, sum_a, delta_1), (1, 1, r))
        pi_b = msm(G2, (zkey.vk_beta_2, sum_b2, delta_2), (1, 1, s))
        pi_b1 = msm(G1, (zkey.vk_beta_1, sum_b1, delta_1), (1, 1, s))
        pi_c = msm(G1, (sum_c, sum_h, pi_a, pi_b1, delta_1), (1, 1, s, r, -r * s % R))
    return Proof(pi_a, pi_b, pi_c)
