"""Known answers of the group `rows`: four rows, one empty, one with a repeated wire, against Python integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.proving.fields import FR, from_limbs, to_limbs


def known_answer(kernel: Callable[[str], Callable[..., None]]) -> bool:
    """Whether the compiled group computes what Python integers do."""
    p = FR.modulus
    witness = [1, p - 1, (1 << 253) + 77, 3]
    values = [p - 1, 5, (1 << 253) - 1, p >> 1, 1, (1 << 64) - 1]
    wires = [0, 2, 1, 3, 2, 2]
    starts = np.array([0, 2, 2, 5, 6], dtype=np.int64)
    expected = [
        sum(values[k] * witness[wires[k]] for k in range(starts[i], starts[i + 1])) % p for i in range(len(starts) - 1)
    ]
    plain, n = to_limbs(witness), len(starts) - 1
    out = np.zeros((n, 4), dtype=np.uint64)

    record = np.dtype([("matrix", "<u4"), ("constraint", "<u4"), ("signal", "<u4"), ("value", "<u8", (4,))])
    records = np.zeros(len(wires), dtype=record)
    order = np.array([5, 3, 1, 0, 2, 4], dtype=np.uint32)  # record order[k] holds term k
    records["signal"][order] = wires
    records["value"][order] = to_limbs(v * FR.r2 % p for v in values)
    kernel("fr_rows_of_key")(
        out.ctypes.data,
        starts.ctypes.data,
        order.ctypes.data,
        records.ctypes.data,
        plain.ctypes.data,
        len(plain),
        0,
        n,
    )
    if from_limbs(out) != [FR.to_mont(v) for v in expected]:
        return False

    wire_array, value_array, factor = np.array(wires, dtype=np.uint32), to_limbs(values), to_limbs([FR.r2])
    kernel("fr_rows_plain")(
        out.ctypes.data,
        starts.ctypes.data,
        wire_array.ctypes.data,
        value_array.ctypes.data,
        plain.ctypes.data,
        factor.ctypes.data,
        len(plain),
        0,
        n,
    )
    if from_limbs(out) != expected:
        return False
    kernel("fr_rows_product")(out.ctypes.data, out.ctypes.data, plain.ctypes.data, factor.ctypes.data, n)
    return from_limbs(out) == [v * w % p for v, w in zip(expected, witness, strict=True)]
