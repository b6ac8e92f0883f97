"""The group `rows` of the vector family: the same kernels, with products made 64 at a time on eight lanes.

Rows are short and of any length, so lanes are terms, not rows: products go to a buffer in the order of the terms, and
the sums of rows take them from there. Values and witness are gathered one by one, eight of each at a time.

A product of 16*w and v at radix 2^260 is w*v/2^256, as the scalar kernels make it: below 2.13p for a w below p and any
v below 2^256, so it is reduced before it is summed.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.field_ops import Element
from zkcompanion.proving.kernels.ifma_field import LANES, IfmaField, Lanes, shuffle
from zkcompanion.proving.kernels.ifma_memory import lanes_of_pairs, store_eight
from zkcompanion.proving.kernels.ifma_ntt_levels import MakeField
from zkcompanion.proving.kernels.ir import I64, I256, PTR, VOID, Emitter, Value, internal_function
from zkcompanion.proving.kernels.point_ops import scratch
from zkcompanion.proving.kernels.row_ops import MakeProducts, Terms, row_specs, witness_at

#: Products that are made at once, 2 KiB.
_BATCH = 64
_ELEMENT = ir.VectorType(I64, 4)
#: 2^256 in units of p.
_ANY_BOUND = (1 << 256) / FR.modulus


def _gather(e: Emitter, f: IfmaField, places: list[Value], bound: float) -> Lanes:
    rows = [e.builder.load(place, typ=_ELEMENT, align=1) for place in places]
    pairs = [shuffle(e, rows[k], rows[k + 1], list(range(LANES))) for k in range(0, LANES, 2)]
    return lanes_of_pairs(e, f, pairs, bound)


def _fill(make_field: MakeField, terms: Terms) -> Callable[[Emitter], None]:
    """Products of terms `first` to first + _BATCH - 1 to `out`; where they end before, the last one again."""

    def body(e: Emitter) -> None:
        b, f = e.builder, make_field(e)
        last = b.sub(e.arg("stop"), e.i64(1))
        with e.loop(0, _BATCH, LANES) as at:
            values, witnesses = [], []
            for lane in range(LANES):
                k = b.add(b.add(e.arg("first"), at), e.i64(lane))
                k = b.select(b.icmp_signed("<", k, last), k, last)
                values.append(terms.value(e, k))
                witnesses.append(witness_at(e, terms.wire(e, k)))
            product = f.mul(f.times_16(_gather(e, f, witnesses, 1.0)), _gather(e, f, values, _ANY_BOUND))
            store_eight(e, f, f.reduce(product), e.at(e.arg("out"), at, I256))

    return body


def vector_products(make_field: MakeField) -> MakeProducts:
    """Products on eight lanes of any make."""

    def prepare(e: Emitter, terms: Terms) -> Callable[[Value], Element]:
        b = e.builder
        buffer = scratch(e, _BATCH * 32)
        first, stop = (e.load(e.arg("starts"), I64, e.arg(name)) for name in ("from", "to"))
        pointers = (*terms.pointers, "witness")
        params = [("out", PTR), *((p, PTR) for p in pointers), *((n, I64) for n in ("n_wires", "first", "stop"))]
        fill = internal_function(e.module, f"_{e.function.name}_fill", params, VOID, _fill(make_field, terms))

        def product(k: Value) -> Element:
            place = b.and_(b.sub(k, first), e.i64(_BATCH - 1))
            with e.when(b.icmp_signed("==", place, e.i64(0)), likely=False):
                e.call(fill, buffer, *(e.arg(p) for p in pointers), e.arg("n_wires"), k, stop)
            return e.load(buffer, I256, place)

        return product

    return prepare


SPECS = row_specs(vector_products(lambda e: IfmaField(e, FR)))
