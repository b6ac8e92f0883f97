import random

import pytest

from tests.support import mcl
from tests.support.toygroth16 import chain_witness, multiplier_chain, toy_zkey
from zkcompanion.base.errors import Cancelled, InvalidProofError
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.verify import prepare_zkey, verify_prepared
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.reference.groth16 import prove_reference
from zkcompanion.proving.reference.pairing import ReferencePairing

R = FR.modulus
PAIRING = ReferencePairing()


def proof_of(key, witness, r=123456789, s=987654321):
    return prove_reference(key, witness, r, s)


@pytest.mark.parametrize("n", [1, 2, 5, 13])
def test_proofs_verify_here_and_with_mcl(n):
    constraints, n_vars, n_public = multiplier_chain(n)
    key = toy_zkey(constraints, n_vars, n_public, seed=n)
    witness = chain_witness(n, 1000 + n)
    proof = proof_of(key, witness)
    public = witness[1 : n_public + 1]
    prepared = prepare_zkey(key, PAIRING)
    assert prepared.trust.findings == ()
    verify_prepared(prepared, public, proof, pairing=PAIRING)
    assert mcl.groth16_verifies(prepared.key, public, proof)


@pytest.mark.parametrize(
    ("constraints", "witness", "n_public"),
    [
        ([], [1], 0),
        ([], [1, 5], 1),
        ([({0: 1}, {0: 1}, {0: 1})], [1, 3, 4], 0),
        ([({1: 1}, {2: 1}, {3: 1}), ({}, {}, {})], [1, 0, 9, 0], 0),
        ([({1: R - 1}, {2: R - 1}, {3: 1})], [1, R - 1, R - 1, 1], 1),
        ([({1: 1}, {2: 1}, {3: 1})], [1, 2, 3, 6], 3),
    ],
    ids=["nothing", "one public", "unused wires", "empty row and zeros", "minus one", "all public"],
)
def test_degenerate_systems_prove(constraints, witness, n_public):
    key = toy_zkey(constraints, len(witness), n_public)
    proof = proof_of(key, witness)
    verify_prepared(prepare_zkey(key, PAIRING), witness[1 : n_public + 1], proof, pairing=PAIRING)


def test_blinding_changes_every_point_and_zero_blinding_is_a_proof_too():
    constraints, n_vars, n_public = multiplier_chain(3)
    key = toy_zkey(constraints, n_vars, n_public)
    witness = chain_witness(3, 5)
    prepared = prepare_zkey(key, PAIRING)
    proofs = [proof_of(key, witness, r, s) for r, s in [(0, 0), (1, R - 1), (77, 88)]]
    for points in zip(*((p.pi_a, p.pi_b, p.pi_c) for p in proofs), strict=True):
        assert len(set(points)) == 3
    for proof in proofs:
        verify_prepared(prepared, witness[1:3], proof, pairing=PAIRING)


def test_a_witness_that_breaks_a_constraint_gives_a_proof_that_does_not_verify():
    constraints, n_vars, n_public = multiplier_chain(4)
    key = toy_zkey(constraints, n_vars, n_public)
    witness = chain_witness(4, 5)
    witness[4] += 1
    with pytest.raises(InvalidProofError) as refusal:
        verify_prepared(prepare_zkey(key, PAIRING), witness[1:3], proof_of(key, witness), pairing=PAIRING)
    assert refusal.value.reason == "pairing"


def test_the_witness_must_fit_the_key():
    key = toy_zkey(*multiplier_chain(2))
    with pytest.raises(ValueError, match="3 witness values for a key of 4 wires"):
        proof_of(key, [1, 2, 3])


def test_phases_come_in_order_and_cancelling_stops_the_proof():
    class Listening(Trace):
        def __init__(self, stop_in=None):
            self.seen = []
            self.stop_in = stop_in

        def begin(self, phase, steps=0):
            self.seen.append(phase)

        def check(self):
            if self.seen and self.seen[-1] == self.stop_in:
                raise Cancelled

    key = toy_zkey(*multiplier_chain(2))
    witness = chain_witness(2, 5)
    trace = Listening()
    prove_reference(key, witness, 1, 2, trace=trace)
    phases = [p for p in Phase if p in set(trace.seen)]
    assert trace.seen == phases
    assert len(phases) == 8
    for phase in phases[:-1]:
        with pytest.raises(Cancelled):
            prove_reference(key, witness, 1, 2, trace=Listening(stop_in=phase))


@pytest.mark.external
def test_a_key_of_snarkjs_with_a_thousand_constraints_proves(external_vectors):
    folder = external_vectors / "rapidsnark"
    with read_zkey(folder / "circuit_final.zkey") as key:
        witness = from_limbs(read_wtns(folder / "witness.wtns"))
        rng = random.Random(1)
        proof = prove_reference(key, witness, rng.randrange(R), rng.randrange(R))
        prepared = prepare_zkey(key, PAIRING)
    assert prepared.trust.findings == ()
    verify_prepared(prepared, witness[1 : prepared.key.n_public + 1], proof, pairing=PAIRING)
