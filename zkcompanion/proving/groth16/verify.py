"""The Groth16 verifier: e(A, B) = e(alpha, beta) * e(sum of x_i*IC[i], gamma) * e(C, delta), and all that goes before.

It is stricter than snarkjs 0.7.6 on purpose; `docs/stricter-than-snarkjs.md` lists where, with a test for each. A
Groth16 proof can be re-randomised by anyone, so a proof, or a hash of one, is no identity of a statement.

Reasons of `InvalidProofError`: `public-count`, `public-range`, `infinity`, `not-canonical`, `not-on-curve`,
`not-in-subgroup`, `pairing`. Reasons of `InsecureKeyError`: the ids of `keytrust`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcompanion.base.errors import InsecureKeyError, InvalidProofError
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.groth16.keytrust import KeyTrust, inspect_key, inspect_zkey
from zkcompanion.proving.groth16.types import PairingCheck, Proof, VerificationKey
from zkcompanion.proving.reference.curve import G1, G2

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey

P = FP.modulus
R = FR.modulus


@dataclass(frozen=True, slots=True)
class PreparedKey:
    """A key that has been looked at once, for many proofs."""

    key: VerificationKey
    trust: KeyTrust


def prepare_key(key: VerificationKey, pairing: PairingCheck) -> PreparedKey:
    """Look at the key (`keytrust.inspect_key`); never raises for what it finds."""
    return PreparedKey(key, inspect_key(key, pairing))


def prepare_zkey(zkey: Groth16Zkey, pairing: PairingCheck) -> PreparedKey:
    """The same for a proving key (`keytrust.inspect_zkey`), whose proofs are to be verified."""
    return PreparedKey(zkey.verification_key(), inspect_zkey(zkey, pairing))


def verify_proof(
    key: VerificationKey,
    public: Sequence[int],
    proof: Proof,
    *,
    pairing: PairingCheck,
    allow_insecure_key: bool = False,
) -> None:
    """Return where the proof holds; raise where it does not. Looks at the key anew: see `verify_prepared`.

    Args:
        key: the verification key; nothing about it is taken for granted.
        public: the public signals, outputs first; they must be canonical, 0 <= x < r.
        proof: as it was read; coordinates must be canonical, 0 <= c < p.
        pairing: curve arithmetic, compiled or the reference.
        allow_insecure_key: accept a key that `keytrust` calls insecure (but not a malformed one).

    Raises:
        InsecureKeyError: the key lets anyone forge, or is malformed.
        InvalidProofError: the proof or the public signals do not hold.
    """
    verify_prepared(prepare_key(key, pairing), public, proof, pairing=pairing, allow_insecure_key=allow_insecure_key)


def verify_prepared(
    prepared: PreparedKey,
    public: Sequence[int],
    proof: Proof,
    *,
    pairing: PairingCheck,
    allow_insecure_key: bool = False,
) -> None:
    """As `verify_proof`, with a key that was prepared before."""
    _check_key(prepared.trust, allow_insecure_key)
    key = prepared.key
    _check_public(key, public)
    _check_proof(proof, pairing)
    public_sum = pairing.g1_msm(key.ic, (1, *public))
    if not pairing.product_is_one(
        (
            (G1.negate(proof.pi_a), proof.pi_b),
            (key.vk_alpha_1, key.vk_beta_2),
            (public_sum, key.vk_gamma_2),
            (proof.pi_c, key.vk_delta_2),
        )
    ):
        raise InvalidProofError(
            msg("The proof does not hold for these public signals under this key."), reason="pairing"
        )


def _check_key(trust: KeyTrust, allow_insecure: bool) -> None:
    worst = trust.insecure
    if worst is not None and (worst.malformed or not allow_insecure):
        raise InsecureKeyError(
            worst.message,
            reason=worst.id,
            hint=msg(
                "Ask whoever published the key for one from a finished setup; a proof under this one shows nothing."
            ),
        )


def _check_public(key: VerificationKey, public: Sequence[int]) -> None:
    if len(public) != key.n_public:
        raise InvalidProofError(
            msg(
                "The key expects {expected} public signals and was given {given}.",
                expected=key.n_public,
                given=len(public),
            ),
            reason="public-count",
        )
    for i, value in enumerate(public):
        if not 0 <= value < R:
            raise InvalidProofError(
                msg("Public signal {number} is not a number from 0 up to the field's order.", number=i + 1),
                reason="public-range",
                hint=msg(
                    "A value plus the order counts as the same value inside the proof, so only the smallest is taken."
                ),
            )


def _check_proof(proof: Proof, pairing: PairingCheck) -> None:
    a, b, c = proof.pi_a, proof.pi_b, proof.pi_c
    if a is None or b is None or c is None:
        name = "pi_a" if a is None else "pi_b" if b is None else "pi_c"
        raise InvalidProofError(msg("{name} is the point at infinity.", name=name), reason="infinity")
    for name, coordinates in (("pi_a", a), ("pi_b", (*b[0], *b[1])), ("pi_c", c)):
        if not all(0 <= value < P for value in coordinates):
            raise InvalidProofError(
                msg("A coordinate of {name} is not a number from 0 up to the field's prime.", name=name),
                reason="not-canonical",
            )
    for name, on_curve in (("pi_a", G1.is_on_curve(a)), ("pi_b", G2.is_on_curve(b)), ("pi_c", G1.is_on_curve(c))):
        if not on_curve:
            raise InvalidProofError(msg("{name} is not a point of the curve.", name=name), reason="not-on-curve")
    if not pairing.g2_in_subgroup(b):
        raise InvalidProofError(msg("pi_b is outside the subgroup."), reason="not-in-subgroup")
