"""What windows of a multi-scalar multiplication cost: the model by which `msm` chooses them. Needs no kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Widest window: 2^15 buckets.
MAX_WINDOW_BITS = 16
#: Work on a bucket, in additions: two in the fold (kernels/sum_ops) and some for carrying it about; measured.
_BUCKET_WORK = 2.3
#: What a bucket that stays empty costs on top: its pairs are made over once their infinity is seen; measured.
_EMPTY_BUCKET_WORK = 1.0
#: Widths tried below the widest sensible one.
_NARROWER = 8
#: One more than the bits of a scalar: the topmost digit of a signed recoding must not carry.
RECODED_BITS = 255


def window_costs(lengths: npt.NDArray[np.int64]) -> tuple[int, npt.NDArray[np.int64]]:
    """What windows cost for scalars of which lengths[b] have b bits (int64[>= 255]): see `Msm.choose_windows`.

    Returns: the narrowest width that is worth a try, and int64[widths, top], the work of a window of `narrowest` + i
    bits at position p.
    """
    top = int(np.flatnonzero(lengths)[-1]) + 1 if lengths.any() else 0
    reach = lengths[::-1].cumsum()[::-1]
    widest = min(MAX_WINDOW_BITS, max(2, int(reach[0]).bit_length() + 1))
    narrowest = max(1, widest - _NARROWER)
    buckets = np.exp2(np.arange(narrowest - 1, widest))[:, None]
    digits = reach[:top].astype(np.float64)
    empty = buckets * np.exp(-digits / buckets)
    work = digits - (buckets - empty) + _BUCKET_WORK * buckets + _EMPTY_BUCKET_WORK * empty
    return narrowest, (16 * work).astype(np.int64)


def fixed_base_windows(n: int) -> tuple[int, int]:
    """Bits of a window and number of windows that make n multiples of one point the cheapest, table included."""
    bits = min(range(2, 15), key=lambda c: -(-RECODED_BITS // c) * (n + (1 << (c - 1))))
    return bits, -(-RECODED_BITS // bits)
