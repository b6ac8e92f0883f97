"""Constraint rows times a witness, on Python integers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FR, LimbArray, from_limbs

R = FR.modulus


def sparse_rows(
    row_ptr: npt.NDArray[np.int64], wire: npt.NDArray[np.uint32], value: LimbArray, witness: Sequence[int]
) -> list[int]:
    """Each row's sum of value * witness[wire], mod r.

    Args:
        row_ptr: int64[rows + 1]; row i has the terms row_ptr[i] .. row_ptr[i + 1].
        wire: uint32[nnz].
        value: uint64[nnz, 4], plain.
        witness: plain integers, one for each wire.
    """
    bounds = row_ptr.tolist()
    products = [v * witness[w] for v, w in zip(from_limbs(value), wire.tolist(), strict=True)]
    return [sum(products[start:end]) % R for start, end in pairwise(bounds)]


def zkey_rows(
    coefficients: npt.NDArray[np.void], witness: Sequence[int], domain_size: int
) -> tuple[list[int], list[int], list[int]]:
    """A*w, B*w and their product c on the domain, from section 4 of a `.zkey`.

    `coefficients` has fields matrix (0 is A, 1 is B), constraint, signal and value; values stand as v*R^2 (Montgomery
    radix R = 2^256) in uint64[4]. Rows without a coefficient are zero. The matrix C is not in the file: c = a*b holds
    on the domain for a witness that satisfies the constraints, and a prover without a witness check relies on it.
    """
    sums = [0] * domain_size, [0] * domain_size
    unscale = FR.r_inv * FR.r_inv % R
    terms = zip(
        coefficients["matrix"].tolist(),
        coefficients["constraint"].tolist(),
        coefficients["signal"].tolist(),
        from_limbs(coefficients["value"]),
        strict=True,
    )
    for matrix, constraint, signal, value in terms:
        sums[matrix][constraint] += value * witness[signal]
    a, b = ([s * unscale % R for s in column] for column in sums)
    return a, b, [x * y % R for x, y in zip(a, b, strict=True)]
