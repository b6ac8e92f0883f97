"""Whole arrays of field elements, times one factor (changes of representation) or added to others."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import FieldParams, LimbArray, from_limbs, to_limbs
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Trace

#: Kernel groups that `FieldArrays` calls.
GROUPS = ("field",)
#: Elements for one kernel call, 2 ms where they are scaled.
_TILE = 1 << 17


class FieldScaling(Protocol):
    """What a back end offers of plain field arithmetic."""

    def scale(self, field: FieldParams, values: LimbArray, factor: int, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """values[i] * factor / 2^256 mod p: a new array uint64[n, 4], canonical, of canonical values.

        Factor 1 takes Montgomery form to plain, 2^512 takes plain to Montgomery, 2^768 to v * R^2 as in a `.zkey`.
        """
        ...

    def add_into(self, field: FieldParams, total: LimbArray, values: LimbArray, *, trace: Trace = NULL_TRACE) -> None:
        """total[i] += values[i] mod p, in place, for canonical uint64[n, 4] (ValueError for other shapes)."""
        ...


class FieldArrays:
    """`FieldScaling` on compiled kernels; 14 ns an element."""

    def __init__(self, kernels: KernelSet, team: ThreadTeam, buffers: Buffers = NO_BUFFERS) -> None:
        self._kernels = kernels
        self._team = team
        self._buffers = buffers

    def scale(self, field: FieldParams, values: LimbArray, factor: int, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `FieldScaling`; any layout and alignment."""
        values = np.ascontiguousarray(values, dtype=np.uint64)
        if values.ndim != 2 or values.shape[1] != 4:
            raise ValueError("field elements are an array uint64[n, 4]")
        out: LimbArray = self._buffers.empty(values.shape)
        limbs = to_limbs([factor % field.modulus])
        out_at, values_at, factor_at = (array.ctypes.data for array in (out, values, limbs))
        kernel = self._kernels[f"{field.name}_scale"]

        def run(start: int) -> None:
            kernel(out_at + 32 * start, values_at + 32 * start, factor_at, min(_TILE, len(values) - start))

        self._team.map(run, range(0, len(values), _TILE), trace)
        return out

    def add_into(self, field: FieldParams, total: LimbArray, values: LimbArray, *, trace: Trace = NULL_TRACE) -> None:
        """See `FieldScaling`; 2 ns an element. `total` is contiguous."""
        _check_pair(total, values)
        values = np.ascontiguousarray(values)
        total_at, values_at = total.ctypes.data, values.ctypes.data
        kernel = self._kernels[f"{field.name}_add"]

        def run(start: int) -> None:
            at = total_at + 32 * start
            kernel(at, at, values_at + 32 * start, min(_TILE, len(values) - start))

        self._team.map(run, range(0, len(values), _TILE), trace)


class ReferenceFieldArrays:
    """`FieldScaling` on Python integers."""

    def scale(self, field: FieldParams, values: LimbArray, factor: int, *, trace: Trace = NULL_TRACE) -> LimbArray:
        """See `FieldScaling`."""
        trace.check()
        scaled = factor * field.r_inv % field.modulus
        return to_limbs(v * scaled % field.modulus for v in from_limbs(values))

    def add_into(self, field: FieldParams, total: LimbArray, values: LimbArray, *, trace: Trace = NULL_TRACE) -> None:
        """See `FieldScaling`."""
        _check_pair(total, values)
        trace.check()
        sums = zip(from_limbs(total), from_limbs(values), strict=True)
        total[:] = to_limbs((a + b) % field.modulus for a, b in sums)


def _check_pair(total: LimbArray, values: LimbArray) -> None:
    if total.shape != values.shape or total.shape[1:] != (4,) or not total.flags.c_contiguous:
        raise ValueError("field elements are added to a contiguous array uint64[n, 4] of as many")
