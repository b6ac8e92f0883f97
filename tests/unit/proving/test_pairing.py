import json
import random
import threading
import time

import numpy as np
import pytest

from tests.support import mcl
from tests.support.kernels import scalar_kernels, shaped_integers
from tests.support.points import g1_point, g2_point, twist_point_outside_subgroup
from tests.support.toygroth16 import toy_key
from tests.unit.proving.reference import test_precompiles as precompiles
from tests.unit.proving.reference.test_pairing import balanced, product_of
from zkcompanion.proving import pairing as module
from zkcompanion.proving.fields import FP, FR, from_mont_limbs, to_limbs
from zkcompanion.proving.groth16.verify import prepare_key, verify_prepared
from zkcompanion.proving.kernels import pairing_ops
from zkcompanion.proving.kernels.pairing_ops_answers import known_answer
from zkcompanion.proving.pairing import Pairing
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference import pairing as reference
from zkcompanion.proving.reference.curve import BN_X, G1, G2
from zkcompanion.proving.reference.msm import msm
from zkcompanion.proving.reference.tower import FP12_ONE, fp12_pow

pytestmark = pytest.mark.kernels

P = FP.modulus
R = FR.modulus
COFACTOR = 2 * P - R
#: the smallest prime that divides the order of the twist
SMALL_ORDER = 10069
#: off the curve; its first tangent is vertical
DEGENERATE = ((1, 2), (0, 0))


@pytest.fixture(scope="module")
def kernels():
    return scalar_kernels(*module.GROUPS)


@pytest.fixture
def pairing(kernels):
    return Pairing(kernels)


def nested(value):
    return [[list(c) for c in half] for half in value]


def small_order_point():
    """A point of the twist of order 10069."""
    rng = random.Random(71)
    while True:
        point = G2.multiply(twist_point_outside_subgroup(rng), R * (COFACTOR // SMALL_ORDER))
        if point is not None:
            return point


def test_values_vs_reference(pairing):
    rng = random.Random(60)
    for a, b in [(1, 1), (R - 1, 1), (2, R - 1), *((rng.randrange(R), rng.randrange(R)) for _ in range(6))]:
        p, q = g1_point(a), g2_point(b)
        assert nested(pairing.pairing(p, q)) == reference.gt_to_nested(reference.pairing(p, q))


def test_line_tables_vs_reference(pairing):
    rng = random.Random(61)
    points = [G2_GENERATOR, *(g2_point(rng.randrange(R)) for _ in range(4))]
    tables = pairing._lines_of(points)
    for table, lines in zip(tables, reference.line_coefficients(points), strict=True):
        assert from_mont_limbs(table, FP) == [c for m, constant in lines for c in (*m, *constant)]


def test_the_number_of_lines_is_the_kernels():
    assert module.LINES == pairing_ops.LINES


def test_miller_loop_and_final_exponentiation_vs_reference(pairing, kernels):
    rng = random.Random(62)
    ps = [g1_point(rng.randrange(R)) for _ in range(3)]
    qs = [g2_point(rng.randrange(R)) for _ in range(3)]
    value = pairing._miller(list(zip(ps, qs, strict=True)))
    expected = reference.miller_loop(ps, reference.line_coefficients(qs))
    assert from_mont_limbs(value.reshape(-1, 4), FP) == [*expected[0], *expected[1]]


def test_final_exponentiation_takes_any_element_vs_reference(kernels):
    rng = random.Random(63)
    flat = shaped_integers(rng, 36)
    rng.shuffle(flat)
    for i in range(0, 36, 12):
        c = flat[i : i + 12]
        limbs = to_limbs(FP.to_mont(x) for x in c)
        out = np.empty((12, 4), np.uint64)
        kernels["gt_final_exponentiation"](out.ctypes.data, limbs.ctypes.data, 1)
        expected = reference.final_exponentiation((tuple(c[:6]), tuple(c[6:])))
        assert from_mont_limbs(out, FP) == [*expected[0], *expected[1]]


def test_the_pairing_is_bilinear(pairing):
    rng = random.Random(64)
    a, b = rng.randrange(R), rng.randrange(R)
    e = reference.gt_from_nested(pairing.pairing(G1_GENERATOR, G2_GENERATOR))
    assert e != FP12_ONE
    assert reference.gt_from_nested(pairing.pairing(g1_point(a), g2_point(b))) == fp12_pow(e, a * b % R)


def test_values_agree_with_py_ecc(pairing):
    from py_ecc.optimized_bn128 import G1 as ECC_G1
    from py_ecc.optimized_bn128 import G2 as ECC_G2
    from py_ecc.optimized_bn128 import pairing as ecc_pairing

    from tests.unit.proving.reference.test_tower import polynomial

    k = 2 * BN_X * (6 * BN_X**2 + 3 * BN_X + 1) % R
    ours = reference.gt_from_nested(pairing.pairing(G1_GENERATOR, G2_GENERATOR))
    assert polynomial(ours) == [int(c) for c in (ecc_pairing(ECC_G2, ECC_G1) ** k).coeffs]


def test_a_product_is_one_exactly_when_the_exponents_cancel_and_mcl_agrees(pairing):
    rng = random.Random(65)
    for n in (2, 3, 4, 9):
        logs = balanced(rng, n)
        assert pairing.product_is_one(product_of(logs))
        assert mcl.product_is_one(product_of(logs))
        a, b = logs[0]
        logs[0] = (a + 1, b)
        assert not pairing.product_is_one(product_of(logs))
        assert not mcl.product_is_one(product_of(logs))


def test_products_larger_than_a_tile_are_right(pairing, monkeypatch):
    monkeypatch.setattr(module, "_TILE", 3)
    rng = random.Random(66)
    logs = balanced(rng, 8)
    assert pairing.product_is_one(product_of(logs))
    logs[7] = (logs[7][0] + 1, logs[7][1])
    assert not pairing.product_is_one(product_of(logs))


def test_pairs_with_infinity_count_as_one(pairing):
    pair, opposite = (g1_point(3), g2_point(4)), (g1_point(-12), G2_GENERATOR)
    assert pairing.product_is_one([])
    assert pairing.product_is_one([(None, None), (None, G2_GENERATOR), (G1_GENERATOR, None)])
    assert pairing.product_is_one([pair, (None, G2_GENERATOR), opposite])
    assert not pairing.product_is_one([pair, (G1_GENERATOR, None)])
    assert nested(pairing.pairing(None, G2_GENERATOR)) == reference.gt_to_nested(FP12_ONE)
    assert pairing.pairing(G1_GENERATOR, None) == pairing.pairing(None, None)


def test_equal_points_in_a_product_are_right(pairing):
    p, q = g1_point(7), g2_point(11)
    assert pairing.product_is_one([(p, q), (p, q), (G1.multiply(p, -2), q)])
    assert not pairing.product_is_one([(p, q), (p, q)])


def test_degenerate_points_raise_instead_of_answering(pairing):
    # lines of such a point would all be one, and so would the product
    with pytest.raises(ValueError, match="degenerate"):
        pairing.product_is_one([(G1_GENERATOR, DEGENERATE)])
    with pytest.raises(ValueError, match="y = 0"):
        pairing.product_is_one([((5, 0), G2_GENERATOR)])
    with pytest.raises(ValueError, match="y = 0"):
        pairing.product_is_one([((5, P), G2_GENERATOR)])
    # and they spoil nothing for the next caller
    assert pairing.product_is_one([(G1_GENERATOR, G2_GENERATOR), (g1_point(-1), G2_GENERATOR)])


def test_one_bad_point_does_not_spoil_the_lines_of_its_neighbours(kernels):
    points = [G2_GENERATOR, DEGENERATE, g2_point(3)]
    limbs = module.g2_to_limbs(points)
    lines, sound = np.empty((3, module.LINES, 16), np.uint64), np.empty(3, np.uint64)
    kernels["g2_line_table"](lines.ctypes.data, sound.ctypes.data, limbs.ctypes.data, 3)
    assert sound.tolist() == [1, 0, 1]
    for i in (0, 2):
        expected = reference.line_coefficients([points[i]])[0]
        assert from_mont_limbs(lines[i], FP) == [c for m, constant in expected for c in (*m, *constant)]


def test_subgroup_test_vs_reference(pairing):
    rng = random.Random(67)
    outside = [twist_point_outside_subgroup(rng) for _ in range(4)]
    inside = [None, G2_GENERATOR, *(g2_point(rng.randrange(R)) for _ in range(4))]
    # a component of small order, with and without one of order r beside it; the cofactor's large part alone
    small = small_order_point()
    outside += [small, G2.add(small, G2_GENERATOR), G2.multiply(outside[0], R), G2.multiply(outside[0], SMALL_ORDER)]
    for point in (*inside, *outside):
        assert pairing.g2_in_subgroup(point) == G2.in_subgroup(point)
        assert pairing.g2_in_subgroup(point) == (G2.multiply(point, R) is None)
    assert all(map(pairing.g2_in_subgroup, inside))
    assert not any(map(pairing.g2_in_subgroup, outside))


def test_points_off_the_twist_are_not_in_the_subgroup(pairing):
    (x, y) = G2_GENERATOR
    for point in ((x, (y[0] + 1, y[1])), ((x[1], x[0]), y), ((0, 0), (1, 0)), ((1, 2), (0, 0)), ((0, 0), (0, 1))):
        assert not G2.is_on_curve(point)
        assert not pairing.g2_in_subgroup(point)
    # y^2 = x^3 + 64*b is isomorphic over Fp, so its points of order r pass the endomorphism's test
    image = tuple(4 * c % P for c in x), tuple(8 * c % P for c in y)
    assert G2.in_subgroup(image)
    assert not pairing.g2_in_subgroup(image)


def test_small_sums_vs_reference(pairing):
    rng = random.Random(68)
    for n in (0, 1, 2, 11, 40):
        points = [g1_point(rng.randrange(R)) for _ in range(n)]
        scalars = shaped_integers(rng, n, FR, 254)
        assert pairing.g1_msm(points, scalars) == msm(G1, points, scalars)


def test_small_sums_of_degenerate_inputs(pairing):
    p = g1_point(9)
    opposite = G1.negate(p)
    assert pairing.g1_msm([p], [0]) is None
    assert pairing.g1_msm([None], [5]) is None
    assert pairing.g1_msm([p, opposite], [7, 7]) is None
    assert pairing.g1_msm([p, p], [7, R - 7]) is None
    assert pairing.g1_msm([p, p, p], [1, 1, 1]) == g1_point(27)
    assert pairing.g1_msm([p, None, opposite, p], [R - 1, 3, 1, 5]) == g1_point(27)
    assert pairing.g1_msm([p], [R + 2]) == g1_point(18)
    assert pairing.g1_msm([p], [-1]) == opposite
    for k in (1, 7, 8, 9, 15, 16, 17, 0x88, R - 1, R - 8, (1 << 253) + 8):
        assert pairing.g1_msm([G1_GENERATOR], [k]) == g1_point(k)
    with pytest.raises(ValueError):
        pairing.g1_msm([p], [1, 2])


def test_sums_larger_than_a_tile_are_right(pairing, monkeypatch):
    monkeypatch.setattr(module, "_TILE", 2)
    points = [g1_point(i + 1) for i in range(9)]
    assert pairing.g1_msm(points, list(range(9))) == g1_point(sum(i * (i + 1) for i in range(9)))


def test_lines_are_kept_for_the_points_used_last(pairing, monkeypatch):
    monkeypatch.setattr(Pairing, "capacity", 4)
    key = [g2_point(k) for k in (2, 3)]
    pairing.prepare_g2([None, *key])
    assert list(pairing._lines) == key
    made = []
    original = pairing._line_table
    monkeypatch.setattr(pairing, "_line_table", lambda *args: (made.append(args[-1]), original(*args)))
    for k in range(10, 16):
        # [a]G1 with key[0], [b]G1 with a point of its own: a*2 + b*k = 0
        assert pairing.product_is_one([(g1_point(k), key[0]), (g1_point(-2), g2_point(k))])
    assert made == [1] * 6
    assert len(pairing._lines) == 4
    assert key[0] in pairing._lines
    assert key[1] not in pairing._lines
    pairing.prepare_g2([])


def test_threads_share_one_pairing(pairing):
    rng = random.Random(69)
    cases = [product_of(balanced(rng, 3)) for _ in range(4)]
    answers = []

    def work(pairs):
        answers.append([pairing.product_is_one(pairs) for _ in range(4)])

    threads = [threading.Thread(target=work, args=(pairs,)) for pairs in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[True] * 4] * 4


@pytest.mark.parametrize("broken", ["g2_line_table", "gt_miller_loop", "gt_final_exponentiation"])
def test_the_known_answer_test_sees_a_kernel_that_answers_wrongly(kernels, broken):
    assert known_answer(kernels.__getitem__)

    def kernel(name):
        if name != broken:
            return kernels[name]
        return lambda *_: None  # leaves its output as it was

    assert not known_answer(kernel)


@pytest.mark.parametrize("case", precompiles.OWN_CASES, ids=lambda c: f"{c['operation']}: {c['name']}")
def test_own_cases_of_the_precompiles(pairing, monkeypatch, case):
    use_for_precompiles(monkeypatch, pairing)
    precompiles.test_own_cases(case)


@pytest.mark.external
@pytest.mark.parametrize(("file", "operation"), [("bn256ScalarMul", "multiply"), ("bn256Pairing", "pairing")])
def test_vectors_of_go_ethereum(pairing, monkeypatch, external_vectors, file, operation):
    use_for_precompiles(monkeypatch, pairing)
    precompiles.test_vectors_of_go_ethereum(external_vectors, file, operation)


def use_for_precompiles(monkeypatch, pairing):
    """Run the reference's EIP-196/197 cases on the kernels."""

    class CompiledG1:
        is_on_curve = staticmethod(G1.is_on_curve)

        @staticmethod
        def add(left, right):
            return pairing.g1_msm([left, right], [1, 1])

        @staticmethod
        def multiply(point, k):
            return pairing.g1_msm([point], [k])

    class CompiledG2:
        is_on_curve = staticmethod(G2.is_on_curve)
        in_subgroup = staticmethod(pairing.g2_in_subgroup)

    monkeypatch.setattr(precompiles, "G1", CompiledG1)
    monkeypatch.setattr(precompiles, "G2", CompiledG2)
    monkeypatch.setattr(precompiles, "pairing_product_is_one", pairing.product_is_one)


@pytest.mark.external
def test_snarkjs_keys_hold_the_value_of_our_pairing(pairing, external_vectors):
    key = json.loads((external_vectors / "rapidsnark" / "verification_key.json").read_text())
    alpha = tuple(int(c) for c in key["vk_alpha_1"][:2])
    beta = tuple(tuple(int(c) for c in pair) for pair in key["vk_beta_2"][:2])
    stored = [[[int(c) for c in pair] for pair in half] for half in key["vk_alphabeta_12"]]
    assert nested(pairing.pairing(alpha, beta)) == stored


@pytest.mark.slow
def test_a_warm_verification_with_ten_public_signals_takes_at_most_five_milliseconds(pairing):
    rng = random.Random(70)
    key = toy_key(10)
    public = [rng.randrange(R) for _ in range(10)]
    prepared = prepare_key(key.key, pairing)
    times_ns = []
    for proof in [key.simulate(public, rng) for _ in range(12)]:  # a fresh pi_b each, as in life
        begin = time.thread_time_ns()
        verify_prepared(prepared, public, proof, pairing=pairing)
        times_ns.append(time.thread_time_ns() - begin)
    assert min(times_ns) < 5e6
