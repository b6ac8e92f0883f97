"""Kernels of the number-theoretic transform over Fr: levels of butterflies without a bit-reversal permutation.

Notation: n = 2^power, w of order n, brv the reversal of `power` bits, table[i] = w_2n^brv(i) for i < n (Montgomery).
The table does not depend on n: a shorter one is its prefix. The levels follow x^(2m) - c^2 = (x^m - c)(x^m + c): on
level L the array is cut in 2^L blocks, and all of block i needs the one constant c = table[i] (Bowers et al., "Improved
Twiddle Access for Fast Fourier Transforms", IEEE Trans. Signal Process. 58(3), 2010).

*Split* (Cooley-Tukey butterfly x + c*y, x - c*y; natural order in, bit-reversed out) walks the levels down and leaves
X[k] = sum_j x_j w^(jk) at brv(k). *Merge* (Gentleman-Sande butterfly x + y, (x - y)*c; bit-reversed in, natural out)
walks them up and is the transpose of split, hence the same transform: the matrix of w^(jk) is symmetric. Both use the
table as it stands; an inverse transform is the forward one read at -k and divided by n.

Cost: a butterfly is one multiplication and two additions; block 0 of each level has c = 1 and needs no multiplication,
which saves two levels' worth in all. Elements in memory between these kernels are lazy, in [0, 2p).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.field_ops import Element, FieldOps, ScalarField
from zkcompanion.proving.kernels.ir import I1, I64, PTR, VOID, Emitter, KernelSpec, Value, Var, const, internal_function

#: Columns that a sweep over several levels takes at a time: 16 rows of 16 columns are 8 KiB and stay in the L1 cache.
CHUNK_COLUMNS = 16

Butterfly = Callable[[FieldOps, Element, Element, Element | None], tuple[Element, Element]]


def split(f: FieldOps, x: Element, y: Element, c: Element | None) -> tuple[Element, Element]:
    """(x + c*y, x - c*y); None is c = 1."""
    t = y if c is None else f.mul(y, c)
    return f.add(x, t), f.sub(x, t)


def merge(f: FieldOps, x: Element, y: Element, c: Element | None) -> tuple[Element, Element]:
    """(x + y, (x - y)*c); None is c = 1."""
    d = f.sub(x, y)
    return f.add(x, y), d if c is None else f.mul(d, c)


def _levels(e: Emitter, butterfly: Butterfly) -> Any:
    """All of `levels` levels on columns [from, to) of block `block` of `size` elements.

    A column is a residue mod size >> levels. Columns do not depend on one another, so they may run on other threads.
    Split goes from the block itself down to its 2^(levels-1) descendants, merge the same way up.
    """
    names = ("size", "levels", "block", "from", "to")
    params = [("data", PTR), ("table", PTR), *((name, I64) for name in names)]

    def sweep(e: Emitter, ops: FieldOps, place: tuple[Value, ...], c: Element | None) -> None:
        # rows * (to - from) independent butterflies with one constant
        b = e.builder
        first, half, rows, columns, start, stop = place
        with e.loop(0, rows) as row:
            corner = b.add(first, b.mul(row, columns))
            with e.loop(b.add(corner, start), b.add(corner, stop)) as i:
                partner = b.add(i, half)
                x, y = butterfly(ops, ops.load(e.arg("data"), i), ops.load(e.arg("data"), partner), c)
                ops.store(x, e.arg("data"), i)
                ops.store(y, e.arg("data"), partner)

    def body(e: Emitter) -> None:
        b = e.builder
        ops = ScalarField(e, FR)
        size, levels, block = e.arg("size"), e.arg("levels"), e.arg("block")
        columns = b.lshr(size, levels)
        # All columns: the rows of a half lie one after another and count as one long row.
        whole = b.icmp_signed("==", b.sub(e.arg("to"), e.arg("from")), columns)
        order = e.loop if butterfly is split else e.loop_down
        bounds = (0, levels) if butterfly is split else (levels, 0)
        with order(*bounds) as level:
            part = b.lshr(size, level)
            half = b.lshr(part, e.i64(1))
            rows = b.select(whole, e.i64(1), b.sdiv(half, columns))
            start = b.select(whole, e.i64(0), e.arg("from"))
            stop = b.select(whole, half, e.arg("to"))
            first_child = b.shl(block, level)
            with e.loop(0, b.shl(e.i64(1), level)) as child:
                index = b.add(first_child, child)
                place = (b.mul(index, part), half, rows, columns, start, stop)
                with e.either(b.icmp_signed("==", index, e.i64(0))) as (then, otherwise):
                    with then:
                        sweep(e, ops, place, None)
                    with otherwise:
                        sweep(e, ops, place, ops.load(e.arg("table"), index))

    return internal_function(e.module, f"_fr_{butterfly.__name__}_levels", params, VOID, body)


def _sweep(butterfly: Butterfly) -> KernelSpec:
    """`levels` levels of blocks [first, last), each on columns [from, to), chunk by chunk."""

    def emit(e: Emitter) -> None:
        b = e.builder
        levels = _levels(e, butterfly)
        with e.loop(e.arg("first"), e.arg("last")) as block, e.loop(e.arg("from"), e.arg("to"), CHUNK_COLUMNS) as start:
            end = b.add(start, e.i64(CHUNK_COLUMNS))
            end = b.select(b.icmp_signed("<", end, e.arg("to")), end, e.arg("to"))
            e.call(levels, e.arg("data"), e.arg("table"), e.arg("size"), e.arg("levels"), block, start, end)

    params = ("data*", "table*", "size", "levels", "first", "last", "from", "to")
    return KernelSpec(f"fr_ntt_{butterfly.__name__}", params, emit)


def _below(e: Emitter, variable: Var, bound: Value) -> Value:
    return e.builder.icmp_signed("<", variable.get(), bound)


def _shift() -> KernelSpec:
    """Blocks [first, last) of `size` elements: split to single elements, times the coset's powers, and merged again.

    After the split, n * coefficient -k stands at m = brv(k); it needs g^((n - k) mod n). With coset[m] = g^brv(m) that
    is coset[0] for m = 0 and the mirror image of m in its octave, coset[3*2^q - 1 - m] for 2^q <= m < 2^(q+1), because
    brv of the mirror image is n - k. A block is in the cache from the first level to the last.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        ops = ScalarField(e, FR)
        data, table, coset, size = (e.arg(name) for name in ("data", "table", "coset", "size"))
        levels = b.sub(e.i64(63), b.ctlz(size, const(I1, 1)))
        down, up = _levels(e, split), _levels(e, merge)
        with e.loop(e.arg("first"), e.arg("last")) as block:
            e.call(down, data, table, size, levels, block, e.i64(0), e.i64(1))
            stop = b.mul(b.add(block, e.i64(1)), size)
            m = e.var(I64, b.mul(block, size))
            with e.when(b.icmp_signed("==", block, e.i64(0))):
                m.set(e.i64(1))
            with e.while_(partial(_below, e, m, stop)):
                octave = b.shl(e.i64(1), b.sub(e.i64(63), b.ctlz(m.get(), const(I1, 1))))
                top = b.sub(b.mul(octave, e.i64(3)), e.i64(1))
                end = b.add(octave, octave)
                end = b.select(b.icmp_signed("<", end, stop), end, stop)
                with e.loop(m.get(), end) as i:
                    ops.store(ops.mul(ops.load(data, i), ops.load(coset, b.sub(top, i))), data, i)
                m.set(end)
            e.call(up, data, table, size, levels, block, e.i64(0), e.i64(1))

    return KernelSpec("fr_ntt_shift", ("data*", "table*", "coset*", "size", "first", "last"), emit)


def _product() -> KernelSpec:
    """out[i] = a[i]*b[i]*factor (all Montgomery), lazy; in canonical."""

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, FR)
        factor = ops.load(e.arg("factor"))
        with e.loop(e.arg("from"), e.arg("to")) as i:
            product = ops.mul(ops.load(e.arg("a"), i), ops.load(e.arg("b"), i))
            ops.store(ops.mul(product, factor), e.arg("out"), i)

    return KernelSpec("fr_ntt_product", ("out*", "a*", "b*", "factor*", "from", "to"), emit)


def _scale() -> KernelSpec:
    """out[i] = a[i]*factor (Montgomery), canonical; out may be a."""

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, FR)
        factor = ops.load(e.arg("factor"))
        with e.loop(0, e.arg("n")) as i:
            ops.store(ops.canonical(ops.mul(ops.load(e.arg("a"), i), factor)), e.arg("out"), i)

    return KernelSpec("fr_ntt_scale", ("out*", "a*", "factor*", "n"), emit)


def _quotient() -> KernelSpec:
    """a[-i mod n] = (a[i]*b[i] - c[i])*factor for i and -i, from <= i < to, 0 <= from, to <= n/2 + 1; canonical.

    Both ends of a pair are read before either is written, so no second array is needed.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        ops = ScalarField(e, FR)
        factor = ops.load(e.arg("factor"))
        mask = b.sub(e.arg("n"), e.i64(1))
        with e.loop(e.arg("from"), e.arg("to")) as i:
            opposite = b.and_(b.sub(e.arg("n"), i), mask)
            results = []
            for index in (i, opposite):
                product = ops.mul(ops.load(e.arg("a"), index), ops.load(e.arg("b"), index))
                difference = ops.sub(product, ops.load(e.arg("c"), index))
                results.append(ops.canonical(ops.mul(difference, factor)))
            ops.store(results[0], e.arg("a"), opposite)
            ops.store(results[1], e.arg("a"), i)

    return KernelSpec("fr_ntt_quotient", ("a*", "b*", "c*", "factor*", "n", "from", "to"), emit)


SPECS = (_sweep(split), _sweep(merge), _shift(), _product(), _scale(), _quotient())
