"""The group `ntt` of the vector family: the scalar kernels, and Groth16's quotient on eight lanes in three passes.

n = rows*columns points in natural order: point r*columns + c stands at row r and column c of a matrix (Bailey, "FFTs in
external or hierarchical memory", J. Supercomputing 4, 1990). On the arrays a, b and c of values:

    open   tiles of eight columns: c = a*b; split along the columns, after which row i belongs to brv(i)
    shift  tiles of eight rows: twist; split along the rows to coefficients; the coset; merge along the rows; twist
    close  tiles of eight columns: merge along the columns; h = a*b - c, plain and canonical

A lane is a column (open, close) or a row (shift), so no element ever changes its lane and all lanes have the same
factors (`ifma_ntt_levels`). A tile is converted from 4 words of 64 bits once on its way in and once on its way out.
Between the passes elements are below LOADED_BOUND*p, in the Montgomery form they came in: fixed factors (`ifma_fixed`)
and twists of radix 2^260 do not change it. Only c = a*b loses 2^4, and the end makes that good.

The twists, one for each point, are made in the cache from two numbers a row: one product each, for six uses. A table of
them would be as long as the array (`ifma_ntt_tables`).

Cost for n = 2^power points: (3*power - 9.5)*n fixed products, 9*n Montgomery products, 8 reads and 7 writes of an
array.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.ifma_field import LANES, VECTOR, IfmaField, Lanes, transpose_8x8
from zkcompanion.proving.kernels.ifma_fixed import constant_factor, mul_fixed
from zkcompanion.proving.kernels.ifma_memory import load_eight, store_eight
from zkcompanion.proving.kernels.ifma_ntt_levels import (
    FINAL_BOUND,
    LOADED_BOUND,
    MERGE_BOUND,
    SPLIT_BOUND,
    Levels,
    MakeField,
    block,
    get,
    put,
    within,
)
from zkcompanion.proving.kernels.ir import I8, I64, Emitter, KernelSpec, Value
from zkcompanion.proving.kernels.ntt_ops import SPECS as SCALAR_SPECS

#: Bytes of an element in an array.
ELEMENT_BYTES = 32
#: Bound of a twist: a product of two of them is below 1.05 p.
_TWIST_BOUND = 2.0
_ARRAYS = ("a", "b", "c")
_SHAPE = ("rows", "columns", "first", "last")


# -- columns -------------------------------------------------------------------------------------------------------
@contextmanager
def _column_places(e: Emitter) -> Iterator[tuple[Value, Value]]:
    """Loop over (row, byte offset in an array) of tile `tile`."""
    b = e.builder
    with e.loop(0, e.arg("rows")) as row:
        element = b.add(b.mul(row, e.arg("columns")), b.shl(e.arg("tile"), e.i64(3)))
        yield row, b.mul(element, e.i64(ELEMENT_BYTES))


def _third(e: Emitter, k: int) -> Value:
    """Scratch of array k, a block for each row."""
    return block(e, e.arg("scratch"), e.builder.mul(e.arg("rows"), e.i64(k)))


def _open(make_field: MakeField) -> KernelSpec:
    """Make c = a*b*2^-4 (Montgomery), and split all three along column tiles [first, last); a and b are canonical."""

    def read(e: Emitter, f: IfmaField) -> None:
        with _column_places(e) as (row, at):
            x, y = (load_eight(e, f, e.at(e.arg(name), at, I8), 1.0) for name in ("a", "b"))
            for k, element in enumerate((x, y, f.mul(x, y))):
                put(e, element, block(e, _third(e, k), row), LOADED_BOUND)

    def write(e: Emitter, f: IfmaField) -> None:
        with _column_places(e) as (row, at):
            element = f.reduce(get(e, block(e, e.arg("scratch"), row), SPLIT_BOUND))
            store_eight(e, f, within(element, LOADED_BOUND), e.at(e.arg("out"), at, I8))

    def emit(e: Emitter) -> None:
        levels = Levels(e, make_field)
        reading = levels.function("open_read", "a b scratch", "rows columns tile", read)
        writing = levels.function("open_write", "out scratch", "rows columns tile", write)
        rows, columns = e.arg("rows"), e.arg("columns")
        with e.loop(e.arg("first"), e.arg("last")) as tile:
            e.call(reading, e.arg("a"), e.arg("b"), e.arg("scratch"), rows, columns, tile)
            for k, name in enumerate(_ARRAYS):
                e.call(levels.split(), _third(e, k), e.arg("inverse_roots"), rows)
                e.call(writing, e.arg(name), _third(e, k), rows, columns, tile)

    return KernelSpec("fr_ntt_lanes_open", (*_pointers(*_ARRAYS, "inverse_roots", "scratch"), *_SHAPE), emit)


def _close(make_field: MakeField) -> KernelSpec:
    """Merge all three along column tiles [first, last), and make a = a*b - c, plain, canonical."""

    def read(e: Emitter, f: IfmaField) -> None:
        with _column_places(e) as (row, at):
            element = load_eight(e, f, e.at(e.arg("data"), at, I8), LOADED_BOUND)
            put(e, element, block(e, e.arg("scratch"), row), MERGE_BOUND)

    def write(e: Emitter, f: IfmaField) -> None:
        # a and b are numbers times 2^256, their product loses 2^260; c has been such a product
        plain = constant_factor(pow(2, -252, FR.modulus), FR)
        with _column_places(e) as (row, at):
            x, y, z = (get(e, block(e, _third(e, k), row), FINAL_BOUND) for k in range(3))
            h = f.canonical(mul_fixed(f, f.sub(f.mul(x, y), z), plain))
            store_eight(e, f, h, e.at(e.arg("out"), at, I8))

    def emit(e: Emitter) -> None:
        levels = Levels(e, make_field)
        reading = levels.function("close_read", "data scratch", "rows columns tile", read)
        writing = levels.function("close_write", "out scratch", "rows columns tile", write)
        rows, columns = e.arg("rows"), e.arg("columns")
        with e.loop(e.arg("first"), e.arg("last")) as tile:
            for k, name in enumerate(_ARRAYS):
                e.call(reading, e.arg(name), _third(e, k), rows, columns, tile)
                e.call(levels.merge(), _third(e, k), e.arg("roots"), rows)
            e.call(writing, e.arg("a"), e.arg("scratch"), rows, columns, tile)

    return KernelSpec("fr_ntt_lanes_close", (*_pointers(*_ARRAYS, "roots", "scratch"), *_SHAPE), emit)


# -- rows ----------------------------------------------------------------------------------------------------------
def _make_twists(e: Emitter, f: IfmaField) -> None:
    """out[j] = twist j of the eight rows whose table entry is `seed`, by doubling: twist[m + j] = twist[j]*step^m."""
    b = e.builder
    put(e, get(e, e.arg("seed"), 1.0, tight=True), e.arg("out"), _TWIST_BOUND)
    slots = [e.var(VECTOR, limb) for limb in get(e, block(e, e.arg("seed"), 1), 1.0, tight=True).limbs]
    done = e.var(I64, 1)
    with e.while_(lambda: b.icmp_signed("<", done.get(), e.arg("columns"))):
        count = done.get()
        power = Lanes(tuple(slot.get() for slot in slots), _TWIST_BOUND, tight=True)
        with e.loop(0, count) as j:
            product = f.mul(get(e, block(e, e.arg("out"), j), _TWIST_BOUND, tight=True), power)
            put(e, product, block(e, e.arg("out"), b.add(count, j)), _TWIST_BOUND)
        for slot, limb in zip(slots, within(f.sqr(power), _TWIST_BOUND).limbs, strict=True):
            slot.set(limb)
        done.set(b.shl(count, e.i64(1)))


@contextmanager
def _row_places(e: Emitter) -> Iterator[tuple[tuple[Value, Value], list[Value]]]:
    """Loop over pairs of columns and their places in eight rows: 64 bytes each."""
    b = e.builder
    rows = [e.at(e.arg("data"), b.mul(e.arg("columns"), e.i64(k * ELEMENT_BYTES)), I8) for k in range(LANES)]
    with e.loop(0, e.arg("columns"), 2) as j:
        at = b.mul(j, e.i64(ELEMENT_BYTES))
        yield (j, b.add(j, e.i64(1))), [e.at(row, at, I8) for row in rows]


def _shift(make_field: MakeField) -> KernelSpec:
    """Take row tiles [first, last) of all three to values, along the rows, of the polynomials on the coset."""

    def read(e: Emitter, f: IfmaField) -> None:
        last = e.builder.sub(e.arg("columns"), e.i64(1))
        with _row_places(e) as (columns, places):
            words = transpose_8x8(e, [e.load(place, VECTOR) for place in places])
            for k, j in enumerate(columns):
                twist = get(e, block(e, e.arg("twists"), e.builder.sub(last, j)), _TWIST_BOUND, tight=True)
                element = f.mul(f.from_words(words[4 * k : 4 * k + 4], LOADED_BOUND), twist)
                put(e, element, block(e, e.arg("scratch"), j), LOADED_BOUND)

    def write(e: Emitter, f: IfmaField) -> None:
        with _row_places(e) as (columns, places):
            words: list[Value] = []
            for j in columns:
                twist = get(e, block(e, e.arg("twists"), j), _TWIST_BOUND, tight=True)
                element = f.mul(get(e, block(e, e.arg("scratch"), j), FINAL_BOUND), twist)
                words += f.to_words(within(element, LOADED_BOUND))
            for place, row in zip(places, transpose_8x8(e, words), strict=True):
                e.store(row, place)

    def emit(e: Emitter) -> None:
        b = e.builder
        levels = Levels(e, make_field)
        making = levels.function("make_twists", "out seed", "columns", _make_twists)
        reading = levels.function("shift_read", "data twists scratch", "columns", read)
        writing = levels.function("shift_write", "data twists scratch", "columns", write)
        columns, twists = e.arg("columns"), e.arg("scratch")
        scratch = block(e, twists, columns)
        with e.loop(e.arg("first"), e.arg("last")) as tile:
            e.call(making, twists, block(e, e.arg("seeds"), b.shl(tile, e.i64(1))), columns)
            offset = b.mul(b.mul(tile, columns), e.i64(LANES * ELEMENT_BYTES))
            for name in _ARRAYS:
                data = e.at(e.arg(name), offset, I8)
                e.call(reading, data, twists, scratch, columns)
                e.call(levels.shift(), scratch, e.arg("inverse_roots"), e.arg("roots"), e.arg("middles"), columns)
                e.call(writing, data, twists, scratch, columns)

    pointers = _pointers(*_ARRAYS, "inverse_roots", "roots", "middles", "seeds", "scratch")
    return KernelSpec("fr_ntt_lanes_shift", (*pointers, *_SHAPE), emit)


def _pointers(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}*" for name in names)


def lane_specs(make_field: MakeField) -> tuple[KernelSpec, ...]:
    """The three passes on eight lanes of any make."""
    return _open(make_field), _shift(make_field), _close(make_field)


SPECS = SCALAR_SPECS + lane_specs(lambda e: IfmaField(e, FR))
