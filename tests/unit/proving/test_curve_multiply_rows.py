import itertools
import random

import numpy as np
import pytest

from tests.support.kernels import scalar_kernels, shaped_integers
from tests.support.points import g1_point, g2_point
from zkcompanion.proving import curve as curve_module
from zkcompanion.proving.curve import CurveArrays
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.points import g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs

pytestmark = pytest.mark.kernels

R = FR.modulus


@pytest.fixture(scope="module", params=[1, 2])
def curve(request):
    with ThreadTeam(request.param) as team:
        yield CurveArrays(scalar_kernels("curve", "sums", "msm"), team)


def case(seed: int, n: int):
    """Logarithms of points, scalars and rows, with infinity, equal points, edges and empty rows."""
    rng = random.Random(seed)
    logs = [rng.choice([0, 1, 5, rng.randrange(R)]) for _ in range(n)]
    scalars = shaped_integers(rng, n, FR, 254)
    scalars[n // 2 :] = [1 << rng.randrange(40) for _ in scalars[n // 2 :]]
    rng.shuffle(scalars)
    cuts = sorted(rng.randrange(n + 1) for _ in range(6))
    row_ptr = np.array([0, 0, *cuts, n], dtype=np.int64)
    sums = [
        sum(k * a for k, a in zip(scalars[i:j], logs[i:j], strict=True)) % R for i, j in itertools.pairwise(row_ptr)
    ]
    return logs, to_limbs(scalars), row_ptr, sums


def test_rows_in_g1_vs_reference(curve):
    logs, scalars, row_ptr, sums = case(80, 60)
    got = curve.multiply_rows_g1(g1_to_limbs(map(g1_point, logs)), scalars, row_ptr)
    assert g1_from_limbs(got) == [g1_point(k) for k in sums]


def test_rows_in_g2_vs_reference(curve):
    logs, scalars, row_ptr, sums = case(81, 30)
    got = curve.multiply_rows_g2(g2_to_limbs(map(g2_point, logs)), scalars, row_ptr)
    assert g2_from_limbs(got) == [g2_point(k) for k in sums]


def test_many_rows_are_cut_into_items_of_work(curve, monkeypatch):
    monkeypatch.setitem(curve_module._ITEM_POINTS, "g1_multiply_rows", 16)
    n = 40
    points = g1_to_limbs([g1_point(3)] * n)
    got = curve.multiply_rows_g1(points, to_limbs(range(n)), np.arange(n + 1, dtype=np.int64))
    assert g1_from_limbs(got) == [g1_point(3 * k) for k in range(n)]


def test_rows_that_do_not_fit_are_refused(curve):
    points, scalars = g1_to_limbs([g1_point(1)] * 2), to_limbs([1, 2])
    for row_ptr in ([0, 3], [-1, 2], [0, 2, 1]):
        with pytest.raises(ValueError, match="row"):
            curve.multiply_rows_g1(points, scalars, np.array(row_ptr, dtype=np.int64))
    with pytest.raises(ValueError, match="scalars"):
        curve.multiply_rows_g1(points, to_limbs([1]), np.array([0, 2], dtype=np.int64))
    assert len(curve.multiply_rows_g1(points[:0], scalars[:0], np.zeros(1, dtype=np.int64))) == 0
