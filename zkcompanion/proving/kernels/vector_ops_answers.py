"""Known answers of the group `field`: a product and an inverse in each field, on values with full limbs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FP, FR, from_limbs, to_limbs


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    for f in (FR, FP):
        a_ints = [f.modulus - 1, f.modulus - 2, (1 << 253) + 12345, 1, 0, f.modulus >> 1]
        b_ints = [f.modulus - 1, 3, (1 << 252) - 1, f.r, 7, (1 << 64) - 1]
        a, b = to_limbs(a_ints), to_limbs(b_ints)
        out = np.empty_like(a)
        kernel(f"{f.name}_mul")(out.ctypes.data, a.ctypes.data, b.ctypes.data, len(a))
        if from_limbs(out) != [x * y * f.r_inv % f.modulus for x, y in zip(a_ints, b_ints, strict=True)]:
            return False
        kernel(f"{f.name}_batch_inverse")(out.ctypes.data, a.ctypes.data, len(a))
        expected = [0 if x == 0 else f.to_mont(pow(f.from_mont(x), -1, f.modulus)) for x in a_ints]
        if from_limbs(out) != expected:
            return False
    return True
