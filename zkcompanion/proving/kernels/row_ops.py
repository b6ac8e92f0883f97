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
from dataclasses import dataclass

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.field_ops import Element, ScalarField
from zkcompanion.proving.kernels.ir import I8, I32, I64, I256, Emitter, KernelSpec, Value

#: Layout of a coefficient in a `.zkey`: matrix u32, constraint u32, signal u32, value 32 bytes; packed.
RECORD_BYTES = 44
_SIGNAL_OFFSET = 8
_VALUE_OFFSET = 12


@dataclass(frozen=True)
class Terms:
    """Where the terms of a kernel's rows lie."""

    #: names of the pointers that say so
    pointers: tuple[str, ...]
    #: number of the wire of term k
    wire: Callable[[Emitter, Value], Value]
    #: address of the value of term k, 32 bytes at any alignment
    value: Callable[[Emitter, Value], Value]


#: Emits what comes before the loop over rows [from, to), and gives back what emits a term's value*witness/2^256, below
#: 2p. Terms are asked for one after another, from the first one of row `from` on.
MakeProducts = Callable[[Emitter, Terms], Callable[[Value], Element]]


def _record(e: Emitter, k: Value) -> Value:
    return e.at(e.arg("records"), e.builder.mul(e.as_i64(e.load(e.arg("order"), I32, k)), e.i64(RECORD_BYTES)), I8)


#: Coefficient records of a `.zkey`, used where they lie in the mapped file: term k is record order[k].
_OF_KEY = Terms(
    ("order", "records"),
    lambda e, k: e.load(e.at(_record(e, k), _SIGNAL_OFFSET, I8), I32, align=1),
    lambda e, k: e.at(_record(e, k), _VALUE_OFFSET, I8),
)
#: (wires[k], values[k])
_PLAIN = Terms(
    ("wires", "values"),
    lambda e, k: e.load(e.arg("wires"), I32, k),
    lambda e, k: e.at(e.arg("values"), k, I256),
)


def witness_at(e: Emitter, wire: Value) -> Value:
    """Address of witness[min(wire, n_wires - 1)]."""
    b = e.builder
    last = b.sub(e.arg("n_wires"), e.i64(1))
    wire = e.as_i64(wire)
    return e.at(e.arg("witness"), b.select(b.icmp_unsigned("<", wire, last), wire, last), I256)


def _scalar_products(e: Emitter, terms: Terms) -> Callable[[Value], Element]:
    ops = ScalarField(e, FR)

    def product(k: Value) -> Element:
        # a record's value may start at any byte
        return ops.mul(ops.load(witness_at(e, terms.wire(e, k))), e.load(terms.value(e, k), I256, align=1))

    return product


def _sum_rows(
    e: Emitter, terms: Terms, products: MakeProducts, finish: Callable[[ScalarField, Element], Element]
) -> None:
    """Rows [from, to): the sum of their terms, finished, canonical."""
    ops = ScalarField(e, FR)
    starts = e.arg("starts")
    product = products(e, terms)
    with e.loop(e.arg("from"), e.arg("to")) as row:
        total = e.var(I256, ops.zero())
        with e.loop(e.load(starts, I64, row), e.load(starts, I64, e.builder.add(row, e.i64(1)))) as k:
            total.set(ops.add(total.get(), product(k)))
        ops.store(ops.canonical(finish(ops, total.get())), e.arg("out"), row)


def _rows_of_key(products: MakeProducts) -> KernelSpec:
    """A record's value is v*R^2 and the witness is plain, so their Montgomery product is v*w in Montgomery form."""

    def emit(e: Emitter) -> None:
        _sum_rows(e, _OF_KEY, products, lambda _, total: total)

    return KernelSpec(
        "fr_rows_of_key", ("out*", "starts*", "order*", "records*", "witness*", "n_wires", "from", "to"), emit
    )


def _rows_plain(products: MakeProducts) -> KernelSpec:
    """Values and witness are plain: the sum is one of v*w/R and is multiplied by `factor`.

    factor = R^2 mod p gives the plain sum, R^3 its Montgomery form.
    """

    def emit(e: Emitter) -> None:
        factor = e.load(e.arg("factor"), I256)
        _sum_rows(e, _PLAIN, products, lambda ops, total: ops.mul(total, factor))

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


def row_specs(products: MakeProducts) -> tuple[KernelSpec, ...]:
    """The kernels of the group with any way to make products."""
    return _rows_of_key(products), _rows_plain(products), _product()


SPECS = row_specs(_scalar_products)
