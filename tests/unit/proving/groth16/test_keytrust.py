import random
from dataclasses import replace

import pytest

from tests.support.points import g1_point, g2_point, twist_point_outside_subgroup
from tests.support.toygroth16 import ToyKey, contribution, multiplier_chain, toy_key, toy_zkey
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.groth16.keytrust import (
    DEVELOPMENT_CONTRIBUTION,
    Finding,
    KeyLevel,
    KeyTrust,
    inspect_key,
    inspect_zkey,
    small_relations,
)
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_to_limbs
from zkcompanion.proving.reference.curve import G1, G2
from zkcompanion.proving.reference.pairing import ReferencePairing

R = FR.modulus
PAIRING = ReferencePairing()
SOUND = toy_key(3)
IC = SOUND.ic


def ids(key):
    return [f.id for f in inspect_key(key, PAIRING).findings]


def zkey(**secrets):
    return toy_zkey(*multiplier_chain(3), **secrets)


def zkey_ids(key):
    return [f.id for f in inspect_zkey(key, PAIRING).findings]


def test_a_sound_key_has_no_findings_although_gamma_is_the_generator():
    assert SOUND.key.vk_gamma_2 == G2_GENERATOR
    trust = inspect_key(SOUND.key, PAIRING)
    assert trust.findings == ()
    assert trust.level is KeyLevel.OK
    assert trust.worst is None
    assert trust.insecure is None


def test_gamma_may_be_anything_that_delta_and_beta_are_not_related_to():
    for gamma in (2, R - 1, 987654321):
        assert ids(SOUND.with_(gamma=gamma).key) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"delta": 1}, ["delta-equals-gamma", "delta-equals-generator"]),
        ({"delta": 5, "gamma": 5}, ["delta-equals-gamma", "delta-multiple-of-generator"]),
        ({"delta": 77777, "gamma": 77777}, ["delta-equals-gamma"]),
        ({"delta": 1, "gamma": 77777}, ["delta-equals-generator"]),
        ({"delta": R - 77777, "gamma": 77777}, ["delta-multiple-of-gamma"]),
        ({"delta": 3 * 77777, "gamma": 77777}, ["delta-multiple-of-gamma"]),
        ({"delta": 77777 * pow(16, -1, R) % R, "gamma": 77777}, ["delta-multiple-of-gamma"]),
        ({"delta": 3 * pow(-7, -1, R) % R, "gamma": 77777}, ["delta-multiple-of-generator"]),
        ({"delta": R - 1, "gamma": 77777}, ["delta-multiple-of-generator"]),
        ({"beta": 1}, ["beta-equals-gamma", "beta-equals-generator"]),
        ({"beta": 16, "gamma": 77777}, ["beta-multiple-of-generator"]),
        ({"beta": SOUND.delta}, ["delta-equals-beta"]),
        ({"beta": 9 * SOUND.delta % R}, ["delta-multiple-of-beta"]),
        ({"alpha": 1}, ["alpha-equals-generator"]),
        ({"alpha": R - 1}, ["alpha-multiple-of-generator"]),
        ({"alpha": 12}, ["alpha-multiple-of-generator"]),
        ({"ic": (1, *IC[1:])}, ["ic-multiple-of-generator"]),
        ({"ic": (*IC[:3], 2 * SOUND.alpha)}, ["ic-multiple-of-alpha"]),
        ({"ic": (IC[0], IC[0], IC[2], IC[3])}, ["ic-repeated"]),
        ({"ic": (IC[0], IC[1], IC[2], R - IC[1])}, ["ic-repeated"]),
        ({"ic": (IC[0], IC[1], IC[2], 5 * IC[2] % R)}, ["ic-related"]),
        ({"ic": (IC[0], IC[1], IC[2], 5 * pow(-7, -1, R) * IC[2] % R)}, ["ic-related"]),
        ({"ic": (0, *IC[1:])}, ["ic-at-infinity"]),
        ({"ic": (*IC[:3], 0)}, ["ic-at-infinity"]),
        ({"alpha": 0}, ["alpha-at-infinity"]),
        ({"beta": 0}, ["beta-at-infinity"]),
        ({"gamma": 0}, ["gamma-at-infinity"]),
        ({"delta": 0}, ["delta-at-infinity"]),
        ({"n_public": 2}, ["ic-count"]),
        ({"n_public": 4}, ["ic-count"]),
        ({"ic": (), "n_public": 0}, ["ic-count"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)
def test_each_weakness_is_named(changes, expected):
    trust = inspect_key(SOUND.with_(**changes).key, PAIRING)
    assert [f.id for f in trust.findings] == expected
    assert trust.level is KeyLevel.INSECURE
    assert trust.insecure is trust.worst
    assert trust.insecure.id == expected[0]
    assert trust.insecure.malformed == (expected == ["ic-count"])
    assert all(str(f.message).endswith(".") for f in trust.findings)


def test_relations_just_beyond_the_bound_are_not_looked_for():
    assert ids(SOUND.with_(delta=17, gamma=77777).key) == []


def test_points_that_are_not_what_they_should_be_make_the_key_malformed():
    rng = random.Random(8)
    outside = twist_point_outside_subgroup(rng)
    key = SOUND.key
    x, y = key.vk_alpha_1
    cases = [
        (replace(key, vk_alpha_1=(x, y + 1)), "key-not-on-curve"),
        (replace(key, vk_alpha_1=(x + FP.modulus, y)), "key-not-on-curve"),
        (replace(key, ic=(*key.ic[:2], (1, 3), key.ic[3])), "key-not-on-curve"),
        (replace(key, vk_gamma_2=((0, 0), (0, 0))), "key-not-on-curve"),
        (replace(key, vk_beta_2=outside), "key-not-in-subgroup"),
        (replace(key, vk_delta_2=G2.add(key.vk_delta_2, G2.multiply(outside, R))), "key-not-in-subgroup"),
    ]
    for bad, word in cases:
        trust = inspect_key(bad, PAIRING)
        assert [f.id for f in trust.findings] == [word]
        assert trust.insecure.malformed
    both = inspect_key(replace(key, vk_beta_2=outside, vk_alpha_1=(3, 3), n_public=7), PAIRING)
    assert [f.id for f in both.findings] == ["ic-count", "key-not-on-curve", "key-not-in-subgroup"]


def forgeries():
    """Keys that anyone can forge for, with the forgery that their docstring describes, made of key points only."""
    rng = random.Random(9)
    public = tuple(rng.randrange(R) for _ in range(3))

    def made(toy: ToyKey, a, b, c):
        """a, b, c as functions of the points alone."""
        key = toy.key
        total = g1_point(toy.public_sum(public))
        return toy, public, Proof(a(key, total), b(key, total), c(key, total))

    for gamma in (1, 77777):
        for k in (1, R - 1, 3):
            delta = k * gamma % R
            yield made(
                SOUND.with_(gamma=gamma, delta=delta),
                lambda key, _: key.vk_alpha_1,
                lambda key, _: key.vk_beta_2,
                lambda _, total, k=k: G1.multiply(total, -pow(k, -1, R) % R),
            )
            yield made(
                SOUND.with_(gamma=gamma, beta=k * SOUND.delta % R),
                lambda _, total: total,
                lambda key, _: key.vk_gamma_2,
                lambda key, _, k=k: G1.multiply(key.vk_alpha_1, -k % R),
            )
            yield made(
                SOUND.with_(gamma=gamma, beta=k * gamma % R),
                lambda key, total, k=k: G1.add(G1.multiply(key.vk_alpha_1, k), total),
                lambda key, _: G2.add(key.vk_gamma_2, key.vk_delta_2),
                lambda key, total, k=k: G1.add(G1.multiply(key.vk_alpha_1, k), total),
            )
    for name in ("alpha", "beta"):
        yield made(
            SOUND.with_(**{name: 0}),
            lambda _, total: total,
            lambda key, _: G2.add(key.vk_gamma_2, key.vk_delta_2),
            lambda _, total: total,
        )
    yield made(
        SOUND.with_(gamma=0),
        lambda key, _: key.vk_alpha_1,
        lambda key, _: G2.add(key.vk_beta_2, key.vk_delta_2),
        lambda key, _: key.vk_alpha_1,
    )


def test_what_is_called_forgeable_is():
    made = list(forgeries())
    assert len(made) == 21
    for toy, public, proof in made:
        key = toy.key
        total = g1_point(toy.public_sum(public))
        assert PAIRING.product_is_one(
            [
                (G1.negate(proof.pi_a), proof.pi_b),
                (key.vk_alpha_1, key.vk_beta_2),
                (total, key.vk_gamma_2),
                (proof.pi_c, key.vk_delta_2),
            ]
        )
        assert inspect_key(key, PAIRING).level is KeyLevel.INSECURE


def test_keys_with_many_signals_are_looked_through_for_repetitions_in_bounded_work():
    points = [G1_GENERATOR]
    for _ in range(4999):
        points.append(G1.to_affine(G1.add_affine(G1.from_affine(points[-1]), (1, 2))))
    points = points[300:]
    relations = small_relations(G1, [(str(i), p) for i, p in enumerate([*points, points[17]])])
    assert [(r.left, r.right, r.is_equality) for r in relations] == [("17", str(len(points)), True)]


def test_many_equal_points_are_one_finding():
    assert ids(SOUND.with_(ic=(IC[0],) * 40).key) == ["ic-repeated"]


def test_formulas_of_relations():
    relations = small_relations(G1, [("a", g1_point(6)), ("b", g1_point(R - 4)), ("c", g1_point(6))])
    assert [(r.formula, r.word) for r in relations] == [
        ("3*b = -2*a", "b-multiple-of-a"),
        ("c = a", "c-equals-a"),
        ("2*c = -3*b", "c-multiple-of-b"),
    ]


def test_a_proving_key_with_a_contribution_is_ok():
    assert inspect_zkey(zkey(), PAIRING).findings == ()


def test_a_proving_key_without_contribution_is_insecure_where_delta_is_gamma():
    key = zkey(delta=1)
    key.contributions = ()
    trust = inspect_zkey(key, PAIRING)
    assert [f.id for f in trust.findings] == ["delta-equals-gamma", "delta-equals-generator", "no-contributions"]
    assert trust.level is KeyLevel.INSECURE


def test_a_proving_key_without_contribution_is_otherwise_a_development_key():
    key = zkey()
    key.contributions = ()
    trust = inspect_zkey(key, PAIRING)
    assert [f.id for f in trust.findings] == ["no-contributions"]
    assert trust.level is KeyLevel.DEVELOPMENT
    assert trust.insecure is None


def test_our_own_one_step_key_is_recognised_even_after_later_contributions():
    key = zkey()
    key.contributions = (contribution(g1_point(5), DEVELOPMENT_CONTRIBUTION.encode()), *key.contributions)
    trust = inspect_zkey(key, PAIRING)
    assert [f.id for f in trust.findings] == ["development-key"]
    assert trust.level is KeyLevel.DEVELOPMENT


def test_records_that_do_not_lead_to_the_key_are_a_fault():
    key = zkey()
    key.contributions = (contribution(g1_point(5), b"somebody"),)
    assert zkey_ids(key) == ["contribution-mismatch"]


def test_halves_of_beta_and_delta_must_agree():
    key = zkey()
    key.vk_beta_1 = g1_point(99)
    assert zkey_ids(key) == ["beta-halves-differ"]
    key = zkey()
    key.vk_delta_2 = g2_point(12345)
    assert zkey_ids(key) == ["delta-halves-differ"]
    key = zkey(alpha=12)  # another fault does not hide it
    key.vk_beta_1 = g1_point(99)
    assert zkey_ids(key) == ["alpha-multiple-of-generator", "beta-halves-differ"]


def test_of_the_worst_findings_one_that_makes_the_key_malformed_comes_first():
    message = msg("Something.")
    development = Finding("development-key", KeyLevel.DEVELOPMENT, message)
    insecure = Finding("alpha-equals-generator", KeyLevel.INSECURE, message)
    malformed = Finding("ic-count", KeyLevel.INSECURE, message, malformed=True)
    assert KeyTrust((development, insecure, malformed)).worst is malformed
    assert KeyTrust((development, insecure)).worst is insecure


def test_g1_halves_of_a_proving_key_are_looked_at_too():
    assert zkey_ids(zkey(alpha=55555, beta=55555)) == ["beta-equals-alpha"]
    key = zkey()
    key.vk_delta_1 = (1, 1)
    key.contributions = (contribution((1, 1), b"somebody"),)
    assert zkey_ids(key) == ["key-not-on-curve"]
    key = zkey()
    key.ic = g1_to_limbs([g1_point(4), None, g1_point(333)])
    assert zkey_ids(key) == ["ic-at-infinity", "ic-multiple-of-generator"]
