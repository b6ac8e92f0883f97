"""The counts against kernels that count their own multiplications while they do the work (tests/support)."""

import random
from functools import cache

import numpy as np
import pytest

from tests.support.circuits import random_circuit
from tests.support.counted_kernels import CountedKernels
from tests.support.kernels import FAMILIES, ifma_missing
from zkcompanion.proving import workcount
from zkcompanion.proving.curve import CurveArrays
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.msm import Msm
from zkcompanion.proving.ntt import Ntt
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.row_sums import plan_rows
from zkcompanion.proving.rows import KeyRows, Rows
from zkcompanion.proving.scalar_order import ScalarOrder

pytestmark = [pytest.mark.kernels, pytest.mark.slow]
SEED = 4900
#: Beside what counts: shared inversions, special pairs, and in vectors the lanes that are not full.
MOST_BESIDE = {"scalar": 0.03, "ifma": 0.1}


@cache
def counted(family="scalar"):
    names = ("rows", "ntt", "sums", "msm", "curve") if family == "scalar" else ("ntt", "sums", "msm", "curve")
    return CountedKernels(FAMILIES[family], names), ThreadTeam(1)


def scalars(rng, n, bits=254):
    return to_limbs([rng.randrange(1 << bits) % FR.modulus for _ in range(n)])


@pytest.mark.parametrize("power", [0, 1, 2, 5, 9, 11, 12])
def test_a_quotient_takes_the_products_that_are_counted(power):
    kernels, team = counted()
    rng = random.Random(SEED)
    ntt = Ntt(kernels, team)
    for _ in range(2):  # the first one makes tables
        a, b = (scalars(rng, 1 << power) for _ in range(2))
        kernels.products()
        ntt.quotient(a, b)
    # the last step takes elements 0 and n/2 as pairs with themselves
    assert 0 <= kernels.products() - workcount.quotient_products(power) <= 4


@ifma_missing
@pytest.mark.parametrize("power", [8, 11, 14])
def test_a_quotient_in_vectors_takes_about_as_many(power):
    kernels, team = counted("ifma")
    rng = random.Random(SEED)
    a, b = (scalars(rng, 1 << power) for _ in range(2))
    kernels.products()
    Ntt(kernels, team).quotient(a, b)
    made, count = kernels.products(), workcount.quotient_products(power)
    # it makes one step of the coset and a level on either side, and pays with twists from rows to columns
    assert abs(made - count) <= 0.1 * count


def test_rows_take_a_product_for_each_coefficient():
    kernels, team = counted()
    circuit = random_circuit(SEED, 40)
    key = circuit.key()
    records = key.coefficients
    rows = KeyRows.of(records, n_vars=key.n_vars, domain_size=key.domain_size)
    kernels.products()
    Rows(kernels, team).evaluate_key(rows, circuit.limbs)
    assert kernels.products() == workcount.rows_products(len(records))


@pytest.mark.parametrize("family", ["scalar", pytest.param("ifma", marks=ifma_missing)])
@pytest.mark.parametrize("infinite", [0.0, 0.4])
@pytest.mark.parametrize("shape", ["uniform", "short", "bits"])
def test_a_sum_of_points_takes_the_products_that_are_counted(family, infinite, shape):
    kernels, team = counted(family)
    rng = random.Random(SEED)
    n = 8000
    if shape == "bits":
        values = to_limbs([rng.choice([0, 1, 1, FR.modulus - 1, rng.randrange(1 << 200)]) for _ in range(n)])
    else:
        values = scalars(rng, n, 254 if shape == "uniform" else 40)
    curve, msm = CurveArrays(kernels, team), Msm(kernels, team)
    factors = scalars(rng, n)
    holes = np.array([rng.random() < infinite for _ in range(n)])
    for bases, sum_points in (
        (curve.fixed_base_g1(G1_GENERATOR, factors), msm.g1),
        (curve.fixed_base_g2(G2_GENERATOR, factors), msm.g2),
    ):
        bases[holes] = 0
        whole = msm.schedule(values, order=ScalarOrder.by_class(holes.astype(np.uint8), 2)).part(0, 1)
        for schedule in (whole, whole.slice_from(2000)):
            own = bases[schedule.first :]
            kernels.products()
            sum_points(own, schedule)
            made, count = kernels.products(), workcount.sum_products(own, schedule)
            assert abs(made - count) <= MOST_BESIDE[family] * count, (made, count)


def test_rows_of_points_are_added_one_fewer_times_than_they_have_points():
    entries = np.arange(10, dtype=np.uint32)
    plan = plan_rows(entries, np.array([0, 4, 4, 5, 10]))
    assert workcount.row_additions(plan, None) == 3 + 0 + 0 + 4
    usable = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 0], dtype=np.bool_)
    assert workcount.row_additions(plan, usable) == 0 + 0 + 0 + 1


def test_the_sign_of_an_entry_is_no_part_of_its_index():
    plan = plan_rows(np.array([1 | 1 << 31, 0, 1], dtype=np.uint32), np.array([0, 3]))
    assert workcount.row_additions(plan, np.array([False, True])) == 1


def test_pieces_of_a_long_row_are_added_up_too():
    n = 3 * 4096 + 5
    plan = plan_rows(np.zeros(n, dtype=np.uint32), np.array([0, n]))
    assert workcount.row_additions(plan, None) == n - 1


def test_costs_are_those_of_the_formulas():
    assert workcount.PointCosts.of(8) == workcount.PointCosts(6, 9, 10)
    assert workcount.PointCosts.of(16) == workcount.PointCosts(17, 24, 28)


def test_folding_adds_twice_for_each_bucket_less_a_few():
    def by_rounds(k):
        return sum((1 + r) << (k - r - 1) for r in range(k))

    assert [workcount.fold_additions(k) for k in range(8)] == [by_rounds(k) for k in range(8)]
