"""Kernels that count their own field multiplications: a family compiled once more with a counter in it.

Every product and square that a formula asks of `ScalarField`, `IfmaField`, `Fp2Ops` or `mul_fixed` adds to a number in
memory, by the definition of `proving/workcount`: one, two for a square in Fp2, three for a product there, and a vector
counts all of its lanes.
"""

from __future__ import annotations

import contextlib
from unittest.mock import patch

import numpy as np

from zkcompanion.proving.kernels import ifma_ntt_levels, ifma_ntt_ops
from zkcompanion.proving.kernels.field_ops import Fp2Ops, ScalarField
from zkcompanion.proving.kernels.ifma_field import LANES, IfmaField
from zkcompanion.proving.kernels.ifma_fixed import mul_fixed
from zkcompanion.proving.kernels.ir import I64, PTR, const
from zkcompanion.proving.kernels.jit import KernelGroup, compile_group


class CountedKernels:
    """Looks like a `KernelSet`; `products()` says how many multiplications there were since it was last asked."""

    def __init__(self, groups: dict[str, str], names: tuple[str, ...]) -> None:
        # In memory that the compiled code knows by its address, as a constant.
        self._counter = np.zeros(1, dtype=np.int64)
        with _counting(self._counter.ctypes.data):
            self._groups = [KernelGroup(name, compile_group(groups[name], f"counted.{name}")) for name in names]
        self._functions = {k: f for group in self._groups for k, f in group.functions.items()}

    def __getitem__(self, name):
        return self._functions[name]

    def __contains__(self, name):
        return name in self._functions

    def products(self) -> int:
        made = int(self._counter[0])
        self._counter[0] = 0
        return made


def _counting(address):
    """Patches that make each multiplication emit its own counting; what it is made of does not count again."""
    inside = False

    def counted(original, weight_of):
        def method(self, *operands, **options):
            nonlocal inside
            if inside:
                return original(self, *operands, **options)
            inside = True
            try:
                _emit_add(self.e, address, weight_of(self))
                return original(self, *operands, **options)
            finally:
                inside = False

        return method

    stack = contextlib.ExitStack()
    for cls, mul, sqr in ((ScalarField, 1, 1), (IfmaField, LANES, LANES)):
        stack.enter_context(patch.object(cls, "mul", counted(cls.mul, lambda _, n=mul: n)))
        stack.enter_context(patch.object(cls, "sqr", counted(cls.sqr, lambda _, n=sqr: n)))
    lanes = lambda ops: LANES if isinstance(ops.base, IfmaField) else 1  # noqa: E731
    for module in (ifma_ntt_ops, ifma_ntt_levels):
        stack.enter_context(patch.object(module, "mul_fixed", counted(mul_fixed, lambda _: LANES)))
    stack.enter_context(patch.object(Fp2Ops, "mul", counted(Fp2Ops.mul, lambda ops: 3 * lanes(ops))))
    stack.enter_context(patch.object(Fp2Ops, "sqr", counted(Fp2Ops.sqr, lambda ops: 2 * lanes(ops))))
    return stack


def _emit_add(e, address, weight):
    pointer = e.builder.inttoptr(const(I64, address), PTR)
    e.store(e.builder.add(e.load(pointer, I64), const(I64, weight)), pointer)
