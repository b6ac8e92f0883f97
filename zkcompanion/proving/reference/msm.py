"""Multi-scalar multiplication sum k_i*P_i on Python integers: Pippenger's buckets with signed digits.

Cost for n points of 254-bit scalars and windows of c bits: ceil(255/c) * (n + 2 * 2^(c-1)) additions, a few
microseconds each in G1, so some thousands of points take about a second.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.proving.fields import FR
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.reference.curve import Affine, Group, Jacobian

R = FR.modulus


def window_bits(n: int) -> int:
    """The c in 1..16 with the fewest additions for n points (bucket reduction counts double)."""
    return min(range(1, 17), key=lambda c: -(-255 // c) * (n + (2 << c - 1)))


def signed_digits(k: int, c: int, windows: int) -> list[int]:
    """Digits of k = sum d_i 2^(c*i), -2^(c-1) <= d_i <= 2^(c-1), without a carry chain.

    d_i = b_i - 2^c * (top bit of b_i) + (top bit of b_(i-1)), b_i the i-th c-bit piece of k (Booth's recoding). Needs
    k < 2^(c*windows - 1), so that the last piece has its top bit clear.
    """
    mask = (1 << c) - 1
    digits = []
    below = 0
    for _ in range(windows):
        piece = k & mask
        top = piece >> (c - 1)
        digits.append(piece - (top << c) + below)
        below = top
        k >>= c
    return digits


def msm(
    group: Group[Affine, Jacobian],
    points: Sequence[Affine | None],
    scalars: Sequence[int],
    *,
    trace: Trace = NULL_TRACE,
) -> Affine | None:
    """The sum of [k_i mod r]P_i, affine. Points at infinity, zero scalars, equal and opposite points are all allowed.

    Scalars are reduced mod r, so the points must be of order r. ValueError where the lengths differ. `trace.check` is
    asked once for each window.
    """
    if len(points) != len(scalars):
        raise ValueError("as many scalars as points")
    pairs = [(p, k % R) for p, k in zip(points, scalars, strict=True) if p is not None and k % R]
    if not pairs:
        return None
    c = window_bits(len(pairs))
    windows = -(-255 // c)
    recoded = [signed_digits(k, c, windows) for _, k in pairs]
    total: Jacobian | None = None
    for window in range(windows - 1, -1, -1):
        trace.check()
        for _ in range(c):
            total = group.double_jacobian(total)
        total = group.add_jacobian(total, _window_sum(group, pairs, recoded, window, 1 << (c - 1)))
    return group.to_affine(total)


def _window_sum(
    group: Group[Affine, Jacobian],
    pairs: Sequence[tuple[Affine, int]],
    recoded: Sequence[Sequence[int]],
    window: int,
    n_buckets: int,
) -> Jacobian | None:
    """The sum of d_i*P_i over one window: a bucket for each |d|, then the sum of b*bucket[b] by running sums."""
    buckets: list[Jacobian | None] = [None] * (n_buckets + 1)
    for (point, _), digits in zip(pairs, recoded, strict=True):
        digit = digits[window]
        if digit > 0:
            buckets[digit] = group.add_affine(buckets[digit], point)
        elif digit < 0:
            opposite = group.negate(point)
            assert opposite is not None  # of a finite point
            buckets[-digit] = group.add_affine(buckets[-digit], opposite)
    running: Jacobian | None = None
    total: Jacobian | None = None
    for bucket in reversed(buckets[1:]):
        running = group.add_jacobian(running, bucket)
        total = group.add_jacobian(total, running)
    return total
