import random

import numpy as np
import pytest

from tests.support.kernels import family_kernels, ifma_missing, shaped_integers
from zkcompanion.proving.fields import FP, from_limbs, to_limbs
from zkcompanion.proving.kernels import ifma_limit_ops_answers, limit_ops_answers
from zkcompanion.proving.kernels.ifma_limit_ops_answers import from_blocks, to_blocks

pytestmark = pytest.mark.kernels
SEED = 4100
#: family -> (integers to memory, memory to integers, bits of the radix)
LAYOUTS = {"scalar": (to_limbs, from_limbs, 256), "ifma": (to_blocks, from_blocks, 260)}
FAMILIES = ["scalar", pytest.param("ifma", marks=ifma_missing)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("rounds", [1, 2, 37])
def test_multiply_many_vs_reference(family, rounds):
    write, read, radix_bits = LAYOUTS[family]
    rng = random.Random(SEED)
    values = shaped_integers(rng, 64)
    factor = rng.randrange(FP.modulus)
    data, factors = write(values), write([factor] * 8)
    family_kernels(family, "limit")["fp_multiply_many"](data.ctypes.data, factors.ctypes.data, len(values), rounds)
    step = pow(factor * pow(2, -radix_bits, FP.modulus), rounds, FP.modulus)
    assert [x % FP.modulus for x in read(data)] == [x * step % FP.modulus for x in values]
    assert all(x < 2 * FP.modulus for x in read(data)), "the next round reads what this one wrote"


def test_no_rounds_change_nothing():
    data = to_limbs([1, 2])
    family_kernels("scalar", "limit")["fp_multiply_many"](data.ctypes.data, data.ctypes.data, 2, 0)
    assert from_limbs(data) == [1, 2]


@pytest.mark.parametrize(
    ("family", "answers"),
    [("scalar", limit_ops_answers), pytest.param("ifma", ifma_limit_ops_answers, marks=ifma_missing)],
)
def test_a_kernel_that_multiplies_wrongly_fails_its_known_answer(family, answers):
    kernels = family_kernels(family, "limit")
    assert answers.known_answer(kernels.__getitem__)

    def once_too_often(data, factor, n, rounds):
        kernels["fp_multiply_many"](data, factor, n, rounds + 1)

    assert not answers.known_answer(lambda _: once_too_often)


def test_blocks_hold_limb_j_of_eight_elements_side_by_side():
    values = [i + (i << 52) + (i << 208) for i in range(16)]
    blocks = to_blocks(values)
    assert blocks.shape == (2, 5, 8)
    assert blocks[1, 0].tolist() == blocks[1, 4].tolist() == list(range(8, 16))
    assert not blocks[:, 2].any()
    assert blocks.dtype == np.uint64
    assert from_blocks(blocks) == values
