"""Number-theoretic transforms over the scalar field and the quotient of Groth16, on Python integers.

Lists of plain integers mod r, natural order in and out. `transform(values)[k] = sum_j values[j] * w^(jk)` with
w = FR.root_of_unity(power), so coefficients go to values at w^0, w^1, ... A transform of n values costs n/2 * log2(n)
products, about half a microsecond each.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.proving.fields import FR

R = FR.modulus


def domain_power(n: int) -> int:
    """log2 of a domain size; ValueError where n is not a power of two the field has roots for."""
    power = n.bit_length() - 1
    if n < 1 or n != 1 << power or power > FR.two_adicity:
        raise ValueError(f"no domain of {n} points")
    return power


def powers(base: int, n: int) -> list[int]:
    """base^0 .. base^(n-1) mod r."""
    result = [1] * n
    for i in range(1, n):
        result[i] = result[i - 1] * base % R
    return result


def transform(values: Sequence[int]) -> list[int]:
    """Coefficients to values on the domain."""
    return _transform(values, FR.root_of_unity(domain_power(len(values))))


def inverse_transform(values: Sequence[int]) -> list[int]:
    """Values on the domain to coefficients."""
    n = len(values)
    scale = pow(n, -1, R)
    return [v * scale % R for v in _transform(values, pow(FR.root_of_unity(domain_power(n)), -1, R))]


def _transform(values: Sequence[int], root: int) -> list[int]:
    """Decimation in time: bit-reversed copy, then log2(n) rounds of butterflies (Cooley and Tukey)."""
    n = len(values)
    power = n.bit_length() - 1
    out = list(values)
    target = 0
    for i in range(1, n):
        # `target` counts in bit-reversed order: add one at the top, carry downwards.
        bit = n >> 1
        while target & bit:
            target ^= bit
            bit >>= 1
        target |= bit
        if i < target:
            out[i], out[target] = out[target], out[i]
    roots = powers(root, n // 2)
    for level in range(power):
        half = 1 << level
        stride = n >> (level + 1)
        twiddles = roots[::stride]
        for start in range(0, n, 2 * half):
            for k in range(half):
                low = start + k
                t = out[low + half] * twiddles[k] % R
                u = out[low]
                out[low] = (u + t) % R
                out[low + half] = (u - t) % R
    return out


def shift_to_odd_coset(values: Sequence[int]) -> list[int]:
    """Values of a polynomial on the n-domain to its values on the odd 2n-th roots w_2n^(2i+1), i = 0 .. n-1.

    ValueError where the field has no 2n-th roots.
    """
    w = FR.root_of_unity(domain_power(len(values)) + 1)
    shifted = [v * s % R for v, s in zip(inverse_transform(values), powers(w, len(values)), strict=True)]
    return transform(shifted)


def quotient(a: Sequence[int], b: Sequence[int], c: Sequence[int]) -> list[int]:
    """h_i = a'_i*b'_i - c'_i, the primes for values on the odd coset: the scalars of a `.zkey`'s section 9.

    A*B - C vanishes on the n-domain and has degree below 2n, so its values on the odd coset determine it; section 9
    holds the Lagrange basis of those points, divided by delta (snarkjs `zkey_new.js`, `groth16_prove.js`). Dividing by
    the vanishing polynomial, -2 everywhere on the coset, is not needed.
    """
    rows = zip(shift_to_odd_coset(a), shift_to_odd_coset(b), shift_to_odd_coset(c), strict=True)
    return [(x * y - z) % R for x, y, z in rows]
