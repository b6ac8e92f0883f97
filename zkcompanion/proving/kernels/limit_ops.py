"""A kernel that only multiplies: what this processor could do at most, for the profiler to compare a proof with.

Elements stay in the L1 cache, products are independent of one another, and nothing else is done. No arithmetic over
this field with these multiplications can be faster, so "percent of the limit" says how much of a phase is arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, ScalarField
from zkcompanion.proving.kernels.ir import Emitter, KernelSpec, Value

#: Products emitted one after another, so that they overlap where the processor's window is too short to find the next.
_UNROLLED = 2
#: How the family reads an element that a product wrote: (arithmetic, pointer, index).
Load = Callable[[FieldOps, Value, Value], Element]


def limit_specs(make: Callable[[Emitter], FieldOps], load: Load, lanes: int) -> tuple[KernelSpec, ...]:
    """`fp_multiply_many`: data[i] <- data[i]*factor, `rounds` times, for the n elements of data, below 2p.

    In the family's own layout (`lanes` elements to a block of memory): data has room for n elements, a multiple of
    2*lanes, factor for `lanes`. n * rounds products.
    """

    def emit(e: Emitter) -> None:
        b, ops = e.builder, make(e)
        data = e.arg("data")
        factor = ops.load(e.arg("factor"))
        blocks = b.sdiv(e.arg("n"), e.i64(lanes))
        with e.loop(0, e.arg("rounds")), e.loop(0, blocks, _UNROLLED) as first:
            places = [b.add(first, e.i64(k)) for k in range(_UNROLLED)]
            for place, x in zip(places, [load(ops, data, place) for place in places], strict=True):
                ops.store(ops.mul(x, factor), data, place)

    return (KernelSpec("fp_multiply_many", ("data*", "factor*", "n", "rounds"), emit),)


SPECS = limit_specs(lambda e: ScalarField(e, FP), lambda ops, pointer, index: ops.load(pointer, index), 1)
