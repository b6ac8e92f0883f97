"""The emitter's loops, branches and memory access, run as compiled code."""

from __future__ import annotations

import numpy as np
import pytest
from llvmlite import ir

from tests.support.kernels import compiled
from zkcompanion.proving.fields import from_limbs, to_limbs
from zkcompanion.proving.kernels.ir import I64, const

pytestmark = pytest.mark.kernels


def kernel(name: str):
    return compiled("tests.support.field_kernels")[name]


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 0, 1), (0, 10, 1), (3, 10, 4), (5, 2, 1), (-7, 7, 3), (0, 1 << 40, 1 << 39)]
)
def test_a_loop_is_a_range(start, stop, step) -> None:
    out = np.zeros(2, dtype=np.int64)
    kernel("sum_loop")(out.ctypes.data, start, stop, step)
    assert out.tolist() == [sum(range(start, stop, step)), len(range(start, stop, step))]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 5), (3, 9), (9, 3), (-2, 2)])
def test_a_loop_down_is_the_range_backwards(start, stop) -> None:
    out = np.full(10, 99, dtype=np.int64)
    kernel("list_down")(out.ctypes.data, start, stop)
    expected = list(reversed(range(start, stop)))
    assert out.tolist() == expected + [99] * (10 - len(expected))


@pytest.mark.parametrize(("n", "steps"), [(1, 0), (2, 1), (3, 7), (6, 8), (27, 111), (0, -1)])
def test_while_either_and_when(n, steps) -> None:
    out = np.zeros(1, dtype=np.int64)
    kernel("collatz")(out.ctypes.data, n)
    assert out[0] == steps


@pytest.mark.parametrize("offset", range(4))
def test_every_width_is_read_and_written_at_any_address(offset) -> None:
    size = 1 + 2 + 4 + 8 + 16 + 32
    source = np.zeros(size + offset, dtype=np.uint8)
    source[offset:] = np.arange(1, size + 1)
    target = np.zeros(size + 8, dtype=np.uint8)
    kernel("widths")(target.ctypes.data + 3, source.ctypes.data + offset)
    assert target[3 : 3 + size].tolist() == list(range(1, size + 1))
    assert not target[:3].any()
    assert not target[3 + size :].any()


def test_narrow_integers_are_unsigned() -> None:
    source = np.array([0, 1, 0x7FFF, 0x8000, 0xFFFF], dtype=np.uint16)
    out = np.zeros(5, dtype=np.int64)
    kernel("narrow")(out.ctypes.data, source.ctypes.data, 5)
    assert out.tolist() == source.tolist()


def test_an_internal_function_is_emitted_once_and_shared() -> None:
    out = np.zeros(1, dtype=np.int64)
    kernel("shared")(out.ctypes.data, 14)
    assert out[0] == 42


def test_limbs_are_split_and_joined() -> None:
    source, out = to_limbs([sum((i + 1) << 64 * i for i in range(4))]), to_limbs([0])
    kernel("limbs")(out.ctypes.data, source.ctypes.data)
    assert from_limbs(out) == [sum((4 - i) << 64 * i for i in range(4))]


def test_a_constant_of_a_vector_is_the_same_in_every_lane() -> None:
    lanes = const(ir.VectorType(I64, 4), 7).constant
    assert [(lane.type, lane.constant) for lane in lanes] == [(I64, 7)] * 4
