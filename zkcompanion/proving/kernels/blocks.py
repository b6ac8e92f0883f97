"""The vector family's layout of numbers: blocks of eight elements, 5 limbs of 52 bits. Needs no LLVM.

Limbs are little-endian, each in 64 bits. A block is uint64[5, 8]: limb j of eight elements. A *factor* is ten words:
the limbs of w and of its ratio floor(w*2^260/p), see `ifma_fixed`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FieldParams

#: Elements in one vector register.
LANES = 8
LIMBS = 5
LIMB_BITS = 52
#: Radix of the Montgomery form inside the kernels; memory keeps 2^256.
RADIX_BITS = LIMBS * LIMB_BITS
#: 64-bit words of a factor.
FACTOR_WORDS = 2 * LIMBS

Words = npt.NDArray[np.uint64]


def pack_limbs(values: Iterable[int]) -> Words:
    """uint64[n, 5] of integers below 2^260."""
    data = b"".join(v.to_bytes(8 * LIMBS, "little") for v in values)
    words = np.frombuffer(data, dtype="<u8").reshape(-1, LIMBS).astype(np.uint64)
    limbs = np.empty_like(words)
    for j in range(LIMBS):
        word, shift = divmod(LIMB_BITS * j, 64)
        limbs[:, j] = words[:, word] >> np.uint64(shift)
        if shift > 64 - LIMB_BITS:
            limbs[:, j] |= words[:, word + 1] << np.uint64(64 - shift)
    return limbs & np.uint64((1 << LIMB_BITS) - 1)


def pack_blocks(values: Iterable[int]) -> Words:
    """uint64[n/8, 5, 8] of integers below 2^260, as many as whole blocks take."""
    limbs = pack_limbs(values).reshape(-1, LANES, LIMBS)
    return np.ascontiguousarray(limbs.transpose(0, 2, 1))


def factor_table(values: Iterable[int], params: FieldParams) -> Words:
    """uint64[n, 10]: factors of plain integers below p."""
    both = [number for w in values for number in (w, (w << RADIX_BITS) // params.modulus)]
    return pack_limbs(both).reshape(-1, FACTOR_WORDS)
