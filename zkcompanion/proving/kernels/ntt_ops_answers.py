"""Known answers of the group `ntt`: each kernel on a domain of eight points, against its definition."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FR, LimbArray, from_limbs, from_mont_limbs, to_limbs, to_mont_limbs

_POWER = 3
_N = 1 << _POWER
_P = FR.modulus
#: bit reversal of three bits
_REVERSED = (0, 4, 2, 6, 1, 5, 3, 7)


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    w, w2 = FR.root_of_unity(_POWER), FR.root_of_unity(_POWER + 1)
    table = to_mont_limbs((pow(w2, k, _P) for k in _REVERSED), FR)
    x = [_P - 1, 1, 0, (1 << 253) + 5, _P - 2, 7, _P >> 1, (1 << 64) - 1]
    y = [3, _P - 5, (1 << 252) - 1, 0, 1, _P >> 2, 9, _P - 1]
    transform = [sum(v * pow(w, j * k, _P) for j, v in enumerate(x)) % _P for k in range(_N)]

    data = to_limbs(x)
    kernel("fr_ntt_split")(data.ctypes.data, table.ctypes.data, _N, 2, 0, 1, 0, 2)
    kernel("fr_ntt_split")(data.ctypes.data, table.ctypes.data, 2, 1, 0, 4, 0, 1)
    if _lazy(data) != [transform[k] for k in _REVERSED]:
        return False
    data = to_limbs(x[k] for k in _REVERSED)
    kernel("fr_ntt_merge")(data.ctypes.data, table.ctypes.data, 2, 1, 0, 4, 0, 1)
    kernel("fr_ntt_merge")(data.ctypes.data, table.ctypes.data, _N, 2, 0, 1, 0, 2)
    if _lazy(data) != transform:
        return False

    # sum_j x_j w^(jk) is n times coefficient -k; on the coset it is n times the value at w_2n * w^-i that stands at i
    data = to_limbs(x)
    kernel("fr_ntt_shift")(data.ctypes.data, table.ctypes.data, table.ctypes.data, _N, 0, 1)
    values = [sum(transform[k] * pow(w2, (_N - k) % _N * (1 - 2 * i), _P) for k in range(_N)) % _P for i in range(_N)]
    if _lazy(data) != values:
        return False

    a, b, c = to_mont_limbs(x, FR), to_mont_limbs(y, FR), to_mont_limbs([0] * _N, FR)
    factor, inverse = to_mont_limbs([_N], FR), to_limbs([pow(_N, -2, _P)])
    kernel("fr_ntt_product")(c.ctypes.data, a.ctypes.data, b.ctypes.data, factor.ctypes.data, 0, _N)
    if [v % _P for v in from_mont_limbs(c, FR)] != [_N * u * v % _P for u, v in zip(x, y, strict=True)]:
        return False
    scaled = to_limbs([0] * _N)
    kernel("fr_ntt_scale")(scaled.ctypes.data, b.ctypes.data, inverse.ctypes.data, _N)
    if from_limbs(scaled) != [v * pow(_N, -2, _P) % _P for v in y]:
        return False
    kernel("fr_ntt_quotient")(a.ctypes.data, b.ctypes.data, c.ctypes.data, inverse.ctypes.data, _N, 0, (_N >> 1) + 1)
    products = [u * v for u, v in zip(x, y, strict=True)]
    expected = [products[-i] * (1 - _N) * pow(_N, -2, _P) % _P for i in range(_N)]
    return from_limbs(a) == expected


def _lazy(limbs: LimbArray) -> list[int]:
    """Values mod p of elements in [0, 2p)."""
    return [v % _P for v in from_limbs(limbs)]
