"""Kernels that multiply sparse rows by a witness: out[row] = sum over the row's terms of value * witness[wire].

A matrix comes as compressed sparse rows: row i has the terms starts[i] <= k < starts[i + 1]. Rows are independent, so
ranges of them run on several threads without locks (a loop over terms, as in snarkjs and rapidsnark, needs one for
each constraint). Cost: one multiplication and one addition a term, bound by it: the witness is read at random, but a
circuit's neighbouring constraints use neighbouring wires.

Bounds: starts and order come from the driver, which has checked them. A wire number may lie in a mapped file, which
another program could change after the check, so it is held below the number of wires here, at no cost that can be
measured. A value may be any 256-bit number: with a witness element below p as first operand the product stays below
p + p = 2p (see `ScalarField`; the bound there is p*(1 + ka*kb*p/2^256) with kb*p <= 2^256).
"""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.field_ops import Element, ScalarField
from zkcompanion.proving.kernels.ir import I8, I32, I64, I256, Emitter, KernelSpec, Value

#: Layout of a coefficient in a `.zkey`: matrix u32, constraint u32, signal u32, value 32 bytes; packed.
RECORD_BYTES = 44
_SIGNAL_OFFSET = 8
_VALUE_OFFSET = 12


def _sum_rows(
    e: Emitter, term: Callable[[ScalarField, Value], Element], finish: Callable[[ScalarField, Element], Element]
) -> None:
    """Rows [from, to): the sum of their terms, finished, canonical."""
    ops = ScalarField(e, FR)
    starts = e.arg("starts")
    with e.loop(e.arg("from"), e.arg("to")) as row:
        total = e.var(I256, ops.zero())
        with e.loop(e.load(starts, I64, row), e.load(starts, I64, e.builder.add(row, e.i64(1)))) as k:
            total.set(ops.add(total.get(), term(ops, k)))
        ops.store(ops.canonical(finish(ops, total.get())), e.arg("out"), row)


def _witness_at(e: Emitter, ops: ScalarField, wire: Value) -> Element:
    """witness[min(wire, n_wires - 1)]."""
    b = e.builder
    last = b.sub(e.arg("n_wires"), e.i64(1))
    wire = e.as_i64(wire)
    return ops.load(e.arg("witness"), b.select(b.icmp_unsigned("<", wire, last), wire, last))


def _rows_of_key() -> KernelSpec:
    """Terms are coefficient records of a `.zkey`, used where they lie in the mapped file: term k is record order[k].

    A record's value is v*R^2 and the witness is plain, so their Montgomery product is v*w in Montgomery form.
    """

    def emit(e: Emitter) -> None:
        def term(ops: ScalarField, k: Value) -> Element:
            record = e.at(
                e.arg("records"), e.builder.mul(e.as_i64(e.load(e.arg("order"), I32, k)), e.i64(RECORD_BYTES)), I8
            )
            # a section may start at any byte of the file, so nothing is aligned
            signal = e.load(e.at(record, _SIGNAL_OFFSET, I8), I32, align=1)
            value = e.load(e.at(record, _VALUE_OFFSET, I8), I256, align=1)
            return ops.mul(_witness_at(e, ops, signal), value)

        _sum_rows(e, term, lambda _, total: total)

    return KernelSpec(
        "fr_rows_of_key", ("out*", "starts*", "order*", "records*", "witness*", "n_wires", "from", "to"), emit
    )


def _rows_plain() -> KernelSpec:
    """Terms are (wires[k], values[k]), values and witness plain: the sum is one of v*w/R and is multiplied by `factor`.

    factor = R^2 mod p gives the plain sum, R^3 its Montgomery form.
    """

    def emit(e: Emitter) -> None:
        factor = e.load(e.arg("factor"), I256)

        def term(ops: ScalarField, k: Value) -> Element:
            return ops.mul(_witness_at(e, ops, e.load(e.arg("wires"), I32, k)), ops.load(e.arg("values"), k))

        _sum_rows(e, term, lambda ops, total: ops.mul(total, factor))

    params = ("out*", "starts*", "wires*", "values*", "witness*", "factor*", "n_wires", "from", "to")
    return KernelSpec("fr_rows_plain", params, emit)


def _product() -> KernelSpec:
    """out[i] = a[i]*b[i]*factor/R^2, canonical: with factor = R^2 mod p the plain product of plain numbers."""

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, FR)
        factor = ops.load(e.arg("factor"))
        with e.loop(0, e.arg("n")) as i:
            product = ops.mul(ops.load(e.arg("a"), i), ops.load(e.arg("b"), i))
            ops.store(ops.canonical(ops.mul(product, factor)), e.arg("out"), i)

    return KernelSpec("fr_rows_product", ("out*", "a*", "b*", "factor*", "n"), emit)


SPECS = (_rows_of_key(), _rows_plain(), _product())
