import pytest

from tests.support.backends import backend
from tests.support.kernels import ifma_missing

FAMILIES = [
    pytest.param("scalar", marks=pytest.mark.kernels),
    pytest.param("ifma", marks=[pytest.mark.kernels, ifma_missing]),
]


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("products", [1, 255, 1000, 100_000])
def test_about_as_many_products_are_made_as_asked_for(kind, products):
    made = backend(kind).limit.multiply(products)
    assert made > 0
    assert abs(made - products) < 256


def test_python_integers_have_no_limit_to_compare_with():
    assert backend("reference").limit is None


@pytest.mark.kernels
def test_one_call_never_lasts_long():
    assert backend("scalar").limit.multiply(1 << 40) == 1 << 24
