"""The verifier on proofs as values; `test_stricter_list` has what differs from snarkjs, and proofs as files."""

import random
import time
from collections import Counter
from dataclasses import replace

import pytest

from tests.support import mcl
from tests.support.mutations import Mutator
from tests.support.points import g1_point, twist_point_outside_subgroup
from tests.support.toygroth16 import multiplier_chain, rerandomise, toy_key, toy_zkey
from zkcompanion.base.errors import ExitCode, InsecureKeyError, InvalidProofError
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.groth16.verify import prepare_key, prepare_zkey, verify_prepared, verify_proof
from zkcompanion.proving.reference.curve import G1, G2

P = FP.modulus
R = FR.modulus
TOY = toy_key(2, seed=11)
KEY = TOY.key
PUBLIC = (38, 0)
PROOF = TOY.simulate(PUBLIC, random.Random(12))
OUTSIDE = twist_point_outside_subgroup(random.Random(13))


def reason(pairing, public=PUBLIC, proof=PROOF, key=KEY, **options):
    """The reason of the refusal, or None for an accepted proof."""
    refusal = None
    try:
        verify_proof(key, public, proof, pairing=pairing, **options)
    except InvalidProofError as error:
        refusal = error
    if refusal is None:
        return None
    assert refusal.exit_code is ExitCode.INVALID
    assert str(refusal).endswith(".")
    return refusal.reason


def forged(toy, public=PUBLIC):
    """A = alpha, B = beta, C = -(sum of IC): needs nothing but the key, and delta = gamma."""
    key = toy.key
    return Proof(key.vk_alpha_1, key.vk_beta_2, g1_point(-toy.public_sum(public)))


def test_matrix_of_verification_pitfalls(pairing):
    x, y = PROOF.pi_a
    bx, by = PROOF.pi_b
    torsion = G2.multiply(OUTSIDE, R)
    no_second_phase = TOY.with_(delta=1)
    matrix = {
        "honest proof": (PUBLIC, PROOF, None),
        "public + r": ((38 + R, 0), PROOF, "public-range"),
        "public negative": ((38 - R, 0), PROOF, "public-range"),
        "public equal to r": ((38, R), PROOF, "public-range"),
        "public one short": ((38,), PROOF, "public-count"),
        "public one too long": ((38, 0, 0), PROOF, "public-count"),
        "public empty": ((), PROOF, "public-count"),
        "another public": ((38, 1), PROOF, "pairing"),
        "pi_a.x + p": (PUBLIC, replace(PROOF, pi_a=(x + P, y)), "not-canonical"),
        "pi_c.y - p": (PUBLIC, replace(PROOF, pi_c=(PROOF.pi_c[0], PROOF.pi_c[1] - P)), "not-canonical"),
        "pi_b.y.c1 + p": (PUBLIC, replace(PROOF, pi_b=(bx, (by[0], by[1] + P))), "not-canonical"),
        "pi_a.x = p": (PUBLIC, replace(PROOF, pi_a=(P, y)), "not-canonical"),
        "pi_b.x.c0 = p": (PUBLIC, replace(PROOF, pi_b=((P, bx[1]), by)), "not-canonical"),
        "re-randomised": (PUBLIC, rerandomise(PROOF, 7), None),
        "negated twice": (PUBLIC, rerandomise(PROOF, -1), None),
        "pi_b outside the subgroup": (PUBLIC, replace(PROOF, pi_b=OUTSIDE), "not-in-subgroup"),
        "pi_b + torsion": (PUBLIC, replace(PROOF, pi_b=G2.add(PROOF.pi_b, torsion)), "not-in-subgroup"),
        "pi_a off curve": (PUBLIC, replace(PROOF, pi_a=(x, y + 1)), "not-on-curve"),
        "pi_b off curve": (PUBLIC, replace(PROOF, pi_b=(by, bx)), "not-on-curve"),
        "pi_c off curve": (PUBLIC, replace(PROOF, pi_c=(0, 0)), "not-on-curve"),
        "all infinity": (PUBLIC, Proof(None, None, None), "infinity"),
        "pi_a infinity": (PUBLIC, replace(PROOF, pi_a=None), "infinity"),
        "pi_b infinity": (PUBLIC, replace(PROOF, pi_b=None), "infinity"),
        "pi_c infinity": (PUBLIC, replace(PROOF, pi_c=None), "infinity"),
        "same forgery, finished key": (PUBLIC, forged(TOY), "pairing"),
    }
    assert {name: reason(pairing, public, proof) for name, (public, proof, _) in matrix.items()} == {
        name: expected for name, (_, _, expected) in matrix.items()
    }
    assert reason(pairing, proof=forged(no_second_phase), key=no_second_phase.key) == "delta-equals-gamma"


def test_a_key_that_anyone_can_forge_for_is_refused_before_the_proof_is_looked_at(pairing):
    toy = TOY.with_(delta=1)
    with pytest.raises(InsecureKeyError) as refusal:
        verify_proof(toy.key, (), Proof(None, None, None), pairing=pairing)
    assert refusal.value.reason == "delta-equals-gamma"
    assert "anyone can forge" in str(refusal.value)
    assert refusal.value.hint is not None


def test_an_insecure_key_can_be_allowed_and_then_only_the_equation_counts(pairing):
    toy = TOY.with_(delta=1)
    assert reason(pairing, proof=forged(toy), key=toy.key, allow_insecure_key=True) is None
    honest = toy.simulate(PUBLIC, random.Random(1))
    assert reason(pairing, proof=honest, key=toy.key, allow_insecure_key=True) is None
    assert reason(pairing, proof=PROOF, key=toy.key, allow_insecure_key=True) == "pairing"


def test_a_malformed_key_cannot_be_allowed(pairing):
    for key, word in [
        (replace(KEY, vk_alpha_1=(1, 1)), "key-not-on-curve"),
        (replace(KEY, vk_gamma_2=OUTSIDE), "key-not-in-subgroup"),
        (replace(KEY, ic=KEY.ic[:2]), "ic-count"),
        (replace(KEY, ic=(*KEY.ic, g1_point(424242))), "ic-count"),
    ]:
        assert reason(pairing, key=key) == word
        assert reason(pairing, key=key, allow_insecure_key=True) == word


def test_a_proving_key_is_prepared_with_what_its_records_say(pairing):
    zkey = toy_zkey(*multiplier_chain(2))
    zkey.contributions = ()
    prepared = prepare_zkey(zkey, pairing)
    assert prepared.key == zkey.verification_key()
    assert [finding.id for finding in prepared.trust.findings] == ["no-contributions"]


def test_points_at_infinity_in_an_allowed_key_enter_the_equation(pairing):
    toy = TOY.with_(ic=(0, 0, 0))
    assert reason(pairing, key=toy.key) == "ic-at-infinity"
    proof = toy.simulate(PUBLIC, random.Random(2))
    assert reason(pairing, proof=proof, key=toy.key, allow_insecure_key=True) is None
    assert reason(pairing, public=(1, 2), proof=proof, key=toy.key, allow_insecure_key=True) is None


@pytest.mark.parametrize("n_public", [0, 1, 10])
def test_any_number_of_public_signals(pairing, n_public):
    toy = toy_key(n_public, seed=n_public)
    public = tuple(random.Random(3).choices([0, 1, R - 1, 1234567], k=n_public))
    prepared = prepare_key(toy.key, pairing)
    proof = toy.simulate(public, random.Random(4))
    verify_prepared(prepared, public, proof, pairing=pairing)
    if n_public:
        with pytest.raises(InvalidProofError):
            verify_prepared(prepared, (public[0] ^ 1, *public[1:]), proof, pairing=pairing)


def test_refusals_tell_no_values(pairing):
    for public in [(R + 123456789, 0), (-123456789, 0)]:
        with pytest.raises(InvalidProofError) as refusal:
            verify_proof(KEY, public, PROOF, pairing=pairing)
        assert "123456789" not in str(refusal.value) + str(refusal.value.hint)


def mutated(n, seed):
    """n mutated proofs of all kinds in turn, with the key."""
    rng = random.Random(seed)
    toy = toy_key(3, seed=seed)
    mutator = Mutator(toy, (5, R - 1, 0), rng)
    kinds = list(mutator.kinds)
    return toy.key, [(kinds[i % len(kinds)], *mutator.draw(kinds[i % len(kinds)])) for i in range(n)]


def verdicts(key, cases, pairing):
    prepared = prepare_key(key, pairing)
    for _, public, proof in cases:
        try:
            verify_prepared(prepared, public, proof, pairing=pairing)
        except InvalidProofError as error:
            yield error.reason
        else:
            yield "accepted"


def check_against_mcl(pairing, n, seed):
    key, cases = mutated(n, seed)
    ours = list(verdicts(key, cases, pairing))
    theirs = [mcl.groth16_verifies(key, public, proof) for _, public, proof in cases]
    differences = [
        (kind, verdict)
        for (kind, *_), verdict, ok in zip(cases, ours, theirs, strict=True)
        if (verdict == "accepted") != ok
    ]
    assert differences == []
    return Counter(ours)


@pytest.mark.kernels
def test_a_thousand_mutated_proofs_agree_with_mcl(kernel_pairing):
    count = check_against_mcl(kernel_pairing, 1000, seed=21)
    assert count["accepted"] >= 100
    assert set(count) == {
        "accepted",
        "public-count",
        "public-range",
        "infinity",
        "not-canonical",
        "not-on-curve",
        "not-in-subgroup",
        "pairing",
    }


def test_a_hundred_mutated_proofs_agree_with_mcl_on_the_reference(reference_pairing):
    assert check_against_mcl(reference_pairing, 100, seed=22)["accepted"] >= 10


@pytest.mark.parametrize("count", [6, pytest.param(20, marks=pytest.mark.nightly)])
def test_mutated_proofs_agree_with_py_ecc(reference_pairing, count):
    from py_ecc.optimized_bn128 import (
        FQ,
        FQ2,
        FQ12,
        add,
        b,
        b2,
        final_exponentiate,
        is_on_curve,
        multiply,
        neg,
        pairing,
    )

    def g1(point):
        return (FQ(1), FQ(1), FQ(0)) if point is None else (FQ(point[0]), FQ(point[1]), FQ(1))

    def g2(point):
        return (FQ2.one(), FQ2.one(), FQ2.zero()) if point is None else (FQ2(point[0]), FQ2(point[1]), FQ2.one())

    def canonical(proof):
        points = [p for p in (proof.pi_a, proof.pi_c) if p] + ([*proof.pi_b] if proof.pi_b else [])
        return all(0 <= c < P for point in points for c in point)

    def verifies(key, public, proof):
        if len(public) != key.n_public or not all(0 <= v < R for v in public) or not canonical(proof):
            return False
        pi_a, pi_b, pi_c = g1(proof.pi_a), g2(proof.pi_b), g1(proof.pi_c)
        if not (is_on_curve(pi_a, b) and is_on_curve(pi_b, b2) and is_on_curve(pi_c, b)):
            return False
        if multiply(pi_b, R)[2] != FQ2.zero():
            return False
        total = g1(key.ic[0])
        for point, value in zip(key.ic[1:], public, strict=True):
            total = add(total, multiply(g1(point), value))
        product = FQ12.one()
        for left, right in [
            (neg(pi_a), pi_b),
            (g1(key.vk_alpha_1), g2(key.vk_beta_2)),
            (total, g2(key.vk_gamma_2)),
            (pi_c, g2(key.vk_delta_2)),
        ]:
            product *= pairing(right, left, final_exponentiate=False)
        return final_exponentiate(product) == FQ12.one()

    key, cases = mutated(count, seed=23)
    ours = [v == "accepted" for v in verdicts(key, cases, reference_pairing)]
    assert ours == [verifies(key, public, proof) for _, public, proof in cases]
    assert any(ours)
    assert not all(ours)


def test_the_verifier_itself_takes_a_small_part_of_a_millisecond():
    class Free:
        """Curve arithmetic that costs nothing, to see what is left."""

        def product_is_one(self, pairs):
            return True

        def g1_msm(self, points, scalars):
            return points[0]

        def g2_in_subgroup(self, point):
            return True

    toy = toy_key(10)
    prepared = prepare_key(toy.key, Free())
    proof = toy.simulate((7,) * 10, random.Random(1))
    best = min(_seconds(lambda: verify_prepared(prepared, (7,) * 10, proof, pairing=Free())) for _ in range(50))
    assert best < 0.0005


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_mutations_of_every_kind_give_the_verdict_of_their_kind(reference_pairing):
    key, cases = mutated(60, seed=24)
    by_kind = {}
    for (kind, *_), verdict in zip(cases, verdicts(key, cases, reference_pairing), strict=True):
        by_kind.setdefault(kind, set()).add(verdict)
    assert by_kind["rerandomised"] == by_kind["fresh"] == {"accepted"}
    assert by_kind["infinity"] == {"infinity"}
    assert by_kind["torsion_added"] == by_kind["outside_subgroup"] == {"not-in-subgroup"}
    assert by_kind["coordinate_plus_modulus"] == {"not-canonical"}
    assert by_kind["public_length"] == {"public-count"}
    assert by_kind["half_rerandomised"] == {"pairing"}
    assert G1.is_on_curve(PROOF.pi_a)
