import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc.bls12_381 import curve_order, field_modulus

from zkcompanion.proving.fields import FP, FR, to_limbs
from zkcompanion.proving.formats import elements
from zkcompanion.proving.formats.elements import BASE_PRIMES, SCALAR_PRIMES, first_not_below

MODULI = [FR.modulus, FP.modulus, 1 << 224, 3, (1 << 256) - 1]


@given(st.sampled_from(MODULI), st.lists(st.integers(0, (1 << 256) - 1), max_size=6), st.data())
def test_the_first_element_not_below_is_found(modulus, values, data):
    # most values close to the modulus, where the limbs decide one after the other
    near = data.draw(st.lists(st.integers(max(modulus - 3, 0), min(modulus + 3, (1 << 256) - 1)), max_size=4))
    values = data.draw(st.permutations(values + near))
    expected = next((i for i, value in enumerate(values) if value >= modulus), None)
    limbs = to_limbs(values).reshape(-1, 4)
    assert first_not_below(limbs, modulus) == expected
    assert first_not_below(limbs, modulus, whole=True) == expected


@pytest.mark.parametrize("limb", range(4))
def test_every_limb_can_decide(limb):
    step = 1 << (64 * limb)
    limbs = to_limbs([FR.modulus - step, FR.modulus, FR.modulus + step])
    assert first_not_below(limbs, FR.modulus) == 1
    assert first_not_below(limbs[:1], FR.modulus) is None


def test_rows_may_lie_apart_and_unaligned():
    values = [5, FR.modulus - 1, FR.modulus, 7]
    packed = np.zeros(4, dtype=np.dtype([("pad", "u1", (3,)), ("value", "<u8", (4,))]))
    packed["value"] = to_limbs(values)
    assert first_not_below(packed["value"], FR.modulus) == 2
    assert first_not_below(packed["value"][:2], FR.modulus) is None


def test_positions_in_later_chunks_are_counted_from_the_start(monkeypatch):
    monkeypatch.setattr(elements, "_CHUNK_ROWS", 4)
    values = [FR.modulus - 1] * 11
    for bad in range(11):
        changed = values[:bad] + [FR.modulus] * (11 - bad)
        assert first_not_below(to_limbs(changed), FR.modulus) == bad
    assert first_not_below(to_limbs(values), FR.modulus) is None


def test_primes_are_those_of_the_curves():
    assert SCALAR_PRIMES[curve_order] == "bls12-381"
    assert BASE_PRIMES[field_modulus] == "bls12-381"
    assert SCALAR_PRIMES[FR.modulus] == BASE_PRIMES[FP.modulus] == "bn254"
    names = {name: prime for prime, name in SCALAR_PRIMES.items()}
    assert names["goldilocks"] == 2**64 - 2**32 + 1
    assert names["secq256r1"] == 2**256 - 2**224 + 2**192 + 2**96 - 1
    # BLS12-377 from its parameter, r = x^4 - x^2 + 1
    x = 0x8508C00000000001
    assert names["bls12-377"] == x**4 - x**2 + 1
    # high two-adicity is what pallas and vesta were made for
    assert all((names[name] - 1) % 2**32 == 0 for name in ("pallas", "vesta"))
