"""Limbs of 52 bits as arrays."""

from __future__ import annotations

import random

import numpy as np
import pytest

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.blocks import factor_table, pack_blocks, pack_limbs

EDGES = [0, 1, (1 << 52) - 1, 1 << 52, (1 << 64) - 1, 1 << 64, (1 << 208) - 1, 1 << 259, (1 << 260) - 1]
RNG_SEED = 52


def limbs_of(value):
    return [value >> 52 * j & (1 << 52) - 1 for j in range(5)]


def test_limbs_are_52_bits_each() -> None:
    values = EDGES + [random.Random(RNG_SEED).getrandbits(260) for _ in range(50)]
    assert pack_limbs(values).tolist() == [limbs_of(v) for v in values]
    assert pack_limbs([]).shape == (0, 5)


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        pack_limbs([1 << 320])
    with pytest.raises(OverflowError):
        pack_limbs([-1])


def test_a_block_is_eight_numbers_limb_by_limb() -> None:
    values = list(range(1, 17))
    blocks = pack_blocks(v << 52 for v in values)
    assert blocks.shape == (2, 5, 8)
    assert blocks.flags.c_contiguous
    assert blocks[:, 1].reshape(-1).tolist() == values
    assert not np.delete(blocks, 1, axis=1).any()


@pytest.mark.parametrize("field", [FP, FR], ids=lambda f: f.name)
def test_a_factor_has_its_ratio_beside_it(field) -> None:
    p = field.modulus
    values = [0, 1, p - 1, p >> 1]
    expected = [limbs_of(w) + limbs_of((w << 260) // p) for w in values]
    assert factor_table(values, field).tolist() == expected
