import random

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.kernels import shaped_integers
from zkcompanion.base.errors import Cancelled
from zkcompanion.proving import field_arrays
from zkcompanion.proving.fields import FP, FR, from_limbs, to_limbs
from zkcompanion.proving.phases import Trace

KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]


@pytest.fixture(params=KINDS)
def fields(request):
    return backend(request.param).fields


@pytest.mark.parametrize("field", [FR, FP], ids=["Fr", "Fp"])
@pytest.mark.parametrize("factor", [1, 1 << 512, 1 << 768, 7], ids=["to plain", "to Montgomery", "to R^2", "any"])
def test_scaling_vs_integers(fields, field, factor):
    values = shaped_integers(random.Random(90), 40, field)
    expected = [v * factor * field.r_inv % field.modulus for v in values]
    assert from_limbs(fields.scale(field, to_limbs(values), factor)) == expected


@pytest.mark.parametrize("field", [FR, FP], ids=["Fr", "Fp"])
def test_adding_in_place_vs_integers(fields, field, monkeypatch):
    monkeypatch.setattr(field_arrays, "_TILE", 16)
    rng = random.Random(91)
    a, b = shaped_integers(rng, 40, field), shaped_integers(rng, 40, field)[::-1]
    total = to_limbs(a)
    fields.add_into(field, total, np.repeat(to_limbs(b), 2, axis=0)[::2])
    assert from_limbs(total) == [(x + y) % field.modulus for x, y in zip(a, b, strict=True)]
    fields.add_into(field, total[:0], total[:0])


@pytest.mark.parametrize(
    ("total", "values"), [((3, 4), (2, 4)), ((2, 8), (2, 8)), ((4,), (4,))], ids=["lengths", "words", "one"]
)
def test_other_shapes_are_not_added(fields, total, values):
    with pytest.raises(ValueError, match="contiguous array"):
        fields.add_into(FR, np.zeros(total, np.uint64), np.zeros(values, np.uint64))


def test_a_view_with_gaps_is_not_added_to(fields):
    with pytest.raises(ValueError, match="contiguous array"):
        fields.add_into(FR, np.zeros((4, 4), np.uint64)[::2], np.zeros((2, 4), np.uint64))


def test_tiles_and_strided_views_give_the_same(fields, monkeypatch):
    monkeypatch.setattr(field_arrays, "_TILE", 3)
    values = to_limbs(range(20))
    assert np.array_equal(fields.scale(FR, values[::2], FR.r2), fields.scale(FR, values, FR.r2)[::2])
    assert fields.scale(FR, values[:0], 1).shape == (0, 4)


@pytest.mark.kernels
def test_another_shape_is_refused():
    with pytest.raises(ValueError, match="field elements"):
        backend("scalar").fields.scale(FR, np.zeros((2, 8), np.uint64), 1)


def test_scaling_can_be_cancelled(fields):
    class Stop(Trace):
        def check(self):
            raise Cancelled

    with pytest.raises(Cancelled):
        fields.scale(FR, to_limbs([1]), 1, trace=Stop())
    with pytest.raises(Cancelled):
        fields.add_into(FR, to_limbs([1]), to_limbs([1]), trace=Stop())
