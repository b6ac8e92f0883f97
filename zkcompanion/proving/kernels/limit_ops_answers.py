"""Known answer of the group `limit`: a few products, read in the scalar family's layout."""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FP, LimbArray, from_limbs, to_limbs

_ROUNDS = 3


def inputs(n: int) -> list[int]:
    """Different factors with full limbs, below p."""
    return [pow(7, i + 200, FP.modulus) for i in range(n)]


def expected(values: list[int], factor: int, radix_bits: int, rounds: int = _ROUNDS) -> list[int]:
    """value*(factor/2^radix_bits)^rounds."""
    step = pow(factor * pow(2, -radix_bits, FP.modulus), rounds, FP.modulus)
    return [v * step % FP.modulus for v in values]


def run(kernel: Callable[[str], Callable[..., None]], data: LimbArray, factor: LimbArray, n: int) -> None:
    """Call the kernel for `_ROUNDS` rounds."""
    kernel("fp_multiply_many")(data.ctypes.data, factor.ctypes.data, n, _ROUNDS)


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    values, factor = inputs(4), FP.modulus - 12345
    data = to_limbs(values)
    run(kernel, data, to_limbs([factor]), len(values))
    return [v % FP.modulus for v in from_limbs(data)] == expected(values, factor, 256)
