"""The Groth16 prover: a key, a witness and fresh blinding in, a proof out.

With A_i, B_i, C_i, H_i the points of a `.zkey`, w the witness, h the quotient on the coset (see `ntt`), r and s drawn
uniformly from [0, order of the group):

    pi_a = alpha + sum w_i*A_i + r*delta                      (G1)
    pi_b = beta + sum w_i*B_i + s*delta                       (G2)
    pi_c = sum w_i*C_i + sum h_i*H_i + s*pi_a + r*b - r*s*delta,  b = beta + sum w_i*B_i + s*delta in G1

Source: Groth, "On the Size of Pairing-Based Non-interactive Arguments", 2016, section 3.2; snarkjs `groth16_prove.js`.
The prover does not verify: whoever calls it does (`groth16/verify`), before the proof is called done.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zkcompanion.base.errors import UnsatisfiedWitnessError
from zkcompanion.base.messages import msg
from zkcompanion.proving import workcount
from zkcompanion.proving.backend import PROVING, Backend
from zkcompanion.proving.fields import FR, LimbArray, from_limbs
from zkcompanion.proving.formats.elements import first_not_below
from zkcompanion.proving.groth16.checkpoints import NO_CHECKPOINTS, Checkpoints
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.groth16.streaming import SparingTrace, sum_in_slices
from zkcompanion.proving.groth16.sums import Sums, sum_all
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.groth16.wires import order_wires
from zkcompanion.proving.groth16.workmask import WorkMask
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.rows import KeyRows

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey
    from zkcompanion.proving.scalar_order import ScalarOrder

R = FR.modulus


@dataclass(frozen=True, eq=False)
class ProvingKey:
    """A proving key with what is computed once for all its proofs. Valid as long as the key's file is mapped.

    `rows` None: they are made for each proof, and gone after its constraints.
    """

    zkey: Groth16Zkey
    rows: KeyRows | None
    order: ScalarOrder

    @classmethod
    def prepare(cls, zkey: Groth16Zkey, *, trace: Trace = NULL_TRACE) -> ProvingKey:
        """Sort the coefficients into rows: 4 bytes each, and 16 bytes for each point of the domain; and the wires by
        where their points are finite: 4 bytes each.
        """
        rows = KeyRows.of(zkey.coefficients, n_vars=zkey.n_vars, domain_size=zkey.domain_size, trace=trace)
        return cls(zkey, rows, order_wires(zkey, trace=trace))

    @classmethod
    def prepare_sparingly(cls, zkey: Groth16Zkey, *, trace: Trace = NULL_TRACE) -> ProvingKey:
        """The order of the wires only: for proofs with a plan, of a key that was read sparingly."""
        return cls(zkey, None, order_wires(zkey, trace=SparingTrace(trace, zkey)))

    def work_mask(self, backend: Backend, *, trace: Trace = NULL_TRACE) -> WorkMask:
        """What makes the work of proofs independent of their witnesses: see `workmask`. Runs as Phase.LOAD."""
        return WorkMask.draw(self.zkey, self.order, backend, trace=trace)

    def verification_key(self) -> VerificationKey:
        """The public half of the key."""
        return self.zkey.verification_key()


def prove(
    key: ProvingKey,
    witness: LimbArray,
    backend: Backend,
    *,
    trace: Trace = NULL_TRACE,
    mask: WorkMask | None = None,
    plan: StreamPlan | None = None,
    blinding: tuple[int, int] | None = None,
    kept: Checkpoints = NO_CHECKPOINTS,
) -> tuple[Proof, tuple[int, ...]]:
    """A proof that the prover knows this witness, and the public signals that it is a proof for.

    Args:
        key: see `ProvingKey.prepare`.
        witness: plain uint64[n_vars, 4]; not changed. That it satisfies the constraints is not looked at (see
            `witness/check`): if it does not, the proof does not verify.
        backend: its drivers are loaded where they are not yet (Phase.COMPILE where kernels must be compiled).
        trace: hears the phases from `constraints` to `assemble`; a check that raises stops the proof within 0.5 s.
        mask: of this key (`ProvingKey.work_mask`); with it the work does not depend on the witness, and takes as long
            as for a witness of full-size values. None: zeros, ones and short values are quicker.
        plan: slices to sum in, for a bounded memory (`streaming`); without a mask only. Same proof, more slowly.
        blinding: r and s. For tests only: a proof with known or repeated blinding gives the witness away.
        kept: phases of this proof that another process went through are not gone through again (`checkpoints`).

    Raises:
        ValueError: a plan with a mask, or a key without rows and no plan.
        UnsatisfiedWitnessError: the witness has another length than the key, a value not below the order, or does not
            begin with one.
        Whatever `trace.check` raises.
    """
    if (plan is not None and mask is not None) or (plan is None and key.rows is None):
        raise ValueError("a plan goes without a mask, and a key without rows needs one")
    zkey = key.zkey
    witness = np.ascontiguousarray(witness, dtype=np.uint64)
    _check_witness(zkey, witness, evenly=mask is not None)
    backend.load(PROVING, trace=trace)

    def quotient() -> LimbArray:
        a, b = _constraints(key, witness, backend, trace)
        trace.work(Phase.CONSTRAINTS, lambda: workcount.rows_products(len(zkey.coefficients)))
        h = backend.ntt.quotient(a, b, trace=trace)  # takes the place of a; b is used up and does not outlive this
        trace.work(Phase.TRANSFORMS, lambda: workcount.quotient_products(zkey.power))
        return h

    def assembled() -> Proof:
        h = kept.once(Phase.TRANSFORMS, quotient, trace)
        try:
            if plan is not None:
                sums = sum_in_slices(zkey, key.order, witness, h, backend, trace, plan)
            else:
                sums = (sum_all if mask is None else mask.sum_all)(zkey, key.order, witness, h, backend, trace, kept)
        finally:
            h.fill(0)
        r, s = blinding if blinding is not None else (secrets.randbelow(R), secrets.randbelow(R))
        with trace.phase(Phase.ASSEMBLE):
            return assemble(zkey, sums, r, s, backend)

    try:
        proof = kept.once(Phase.ASSEMBLE, assembled, trace)
    finally:
        backend.buffers.wipe()
    return proof, tuple(from_limbs(witness[1 : zkey.n_public + 1]))


def _constraints(key: ProvingKey, witness: LimbArray, backend: Backend, trace: Trace) -> tuple[LimbArray, LimbArray]:
    """A*w and B*w."""
    rows = key.rows
    if rows is None:
        trace = SparingTrace(trace, key.zkey)
        with trace.phase(Phase.CONSTRAINTS):
            of = key.zkey
            rows = KeyRows.of(of.coefficients, n_vars=of.n_vars, domain_size=of.domain_size, trace=trace)
    return backend.rows.evaluate_key(rows, witness, trace=trace)


def _check_witness(zkey: Groth16Zkey, witness: LimbArray, *, evenly: bool) -> None:
    """Raises UnsatisfiedWitnessError. `evenly`: in a time that tells nothing of values that are right."""
    if witness.shape != (zkey.n_vars, 4):
        raise UnsatisfiedWitnessError(
            msg(
                "The witness has {found} values, but the key is for {expected} wires; they do not belong together.",
                found=len(witness),
                expected=zkey.n_vars,
            )
        )
    bad = first_not_below(witness, R, whole=evenly)
    if bad is not None:
        raise UnsatisfiedWitnessError(msg("The value of wire {wire} is not below the field's prime.", wire=bad))
    if witness[0].tolist() != [1, 0, 0, 0]:
        raise UnsatisfiedWitnessError(msg("Wire 0 should carry the constant one, but has another value."))


def assemble(zkey: Groth16Zkey, sums: Sums, r: int, s: int, backend: Backend) -> Proof:
    """The proof of these sums, blinded by r and s."""
    g1, g2 = backend.curve.multiply_sum_g1, backend.curve.multiply_sum_g2
    delta = zkey.vk_delta_1
    pi_a = g1((zkey.vk_alpha_1, sums.a, delta), (1, 1, r))
    pi_b = g2((zkey.vk_beta_2, sums.b2, zkey.vk_delta_2), (1, 1, s))
    b1 = g1((zkey.vk_beta_1, sums.b1, delta), (1, 1, s))
    pi_c = g1((sums.c, sums.h, pi_a, b1, delta), (1, 1, s, r, -r * s % R))
    return Proof(pi_a, pi_b, pi_c)
