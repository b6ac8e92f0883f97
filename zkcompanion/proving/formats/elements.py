"""Fields by their primes, and the check that arrays of field elements are below their modulus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FP, FR, LimbArray

#: Rows that one step of a check looks at; its temporary memory is about one byte for each.
_CHUNK_ROWS = 1 << 16

#: Prime of the scalar field (that of `.r1cs` and `.wtns`) to the curve's name. Source:
#: `circom --prime`, version 2.2.3. grumpkin and bn254 swap their fields, and so do pallas and vesta.
SCALAR_PRIMES: dict[int, str] = {
    FR.modulus: "bn254",
    FP.modulus: "grumpkin",
    0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001: "bls12-381",
    0x12AB655E9A2CA55660B44D1E5C37B00159AA76FED00000010A11800000000001: "bls12-377",
    0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001: "pallas",
    0x40000000000000000000000000000000224698FC0994A8DD8C46EB2100000001: "vesta",
    0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF: "secq256r1",
    0xFFFFFFFF00000001: "goldilocks",
}

#: Prime of the base field (that of `.ptau` and, beside the scalar field, of `.zkey`) to the curve's name.
BASE_PRIMES: dict[int, str] = {
    FP.modulus: "bn254",
    0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB: "bls12-381",
}


def nothing() -> None:
    """For readers that need not be told how far a check is."""


def first_not_below(
    values: LimbArray, modulus: int, *, whole: bool = False, step: Callable[[], None] = nothing
) -> int | None:
    """Index of the first element that is `modulus` or more, or None.

    Arguments:
        values: uint64[n, 4], Montgomery or plain (the check is the same); rows may lie apart and need no alignment.
        modulus: below 2^256.
        whole: compare every row as a whole, so that the time does not depend on values that are below the modulus.
        step: called after every 65 536 rows.

    Cost: one comparison of 32 bits for each element. Only rows whose topmost 32 bits reach those of the modulus (for
    random elements one in 2^29) are compared as a whole.
    """
    tops = values.view("<u4")[:, 7]
    top = np.uint32(modulus >> 224)
    for start in range(0, len(values), _CHUNK_ROWS):
        reaches = tops[start : start + _CHUNK_ROWS] >= top
        if whole:
            reaches[:] = True
        if reaches.any():
            rows = start + np.flatnonzero(reaches)
            bad = rows[at_least(values[rows], modulus)]
            if len(bad):
                return int(bad[0])
        step()
    return None


def at_least(values: LimbArray, modulus: int) -> npt.NDArray[np.bool_]:
    """bool[n]: whether each element is `modulus` or more. From the lowest limb up, the higher limb overrules."""
    result = np.ones(len(values), dtype=np.bool_)
    for limb in range(4):
        bound = np.uint64(modulus >> (64 * limb) & 0xFFFFFFFFFFFFFFFF)
        column = values[:, limb]
        result = (column > bound) | ((column == bound) & result)
    return result
