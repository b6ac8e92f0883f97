"""Sums of many points by rounds of independent batched additions: rows of a list, and weighted sums of buckets.

`<c>_sum_rows` adds up each row of a list of points by pairing the row's first half with its second until one point is
left ("sort, then reduce pairwise"; Barretenberg's multi-scalar multiplication does so). All pairs of a round are
independent, whatever the rows' lengths, so they share inversions without any conflict queue.

`<c>_fold_buckets` takes buckets B_0 ... B_(M-1), M = 2^k, to their plain sum S and to the sums O_q of those B_i whose
index has bit q set. Then sum i*B_i = sum 2^q*O_q. Round r adds pairs at distance 2^r; 2*M additions in k rounds, as
many as the usual running sums need, but all of a round independent.

Cost of one addition: 5M + 1S, 1/batch of an inversion, two gathers and a scatter; figures in docs/kernels.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.proving.kernels.ir import (
    I1,
    I8,
    I32,
    I64,
    PTR,
    VOID,
    Emitter,
    KernelSpec,
    Value,
    Var,
    const,
    internal_function,
)
from zkcompanion.proving.kernels.point_ops import (
    INDEX_MASK,
    SHAPES,
    CurveShape,
    Functions,
    copy_words,
    is_infinity,
    point_at,
    set_zero,
)


class _PairList:
    """A list of pairs under construction; `flush` adds them up. Lives in `lists`: uint32[3, batch] = a, b, dst."""

    def __init__(self, e: Emitter, functions: Functions, out: Value, points: Value) -> None:
        self.e = e
        self.out = out
        self.points = points
        self.add_pairs = functions.add_pairs()
        self.batch = e.arg("batch")
        self.a, self.b, self.dst = (e.at(e.arg("lists"), e.builder.mul(self.batch, e.i64(k)), I32) for k in range(3))
        self.count = e.var(I64, 0)

    def push(self, a: Value, b: Value, dst: Value) -> None:
        """Append a pair of entries (i32) with the place of its sum (i64); a full list is flushed."""
        e, build = self.e, self.e.builder
        n = self.count.get()
        e.store(a, self.a, n, align=4)
        e.store(b, self.b, n, align=4)
        e.store(build.trunc(dst, I32), self.dst, n, align=4)
        n = build.add(n, e.i64(1))
        self.count.set(n)
        with e.when(build.icmp_signed("==", n, self.batch), likely=False):
            self.flush()

    def flush(self) -> None:
        """Add up what is in the list (nothing: no call, since an inversion is not free)."""
        e = self.e
        n = self.count.get()
        with e.when(e.builder.icmp_signed(">", n, e.i64(0))):
            e.call(self.add_pairs, self.out, self.points, self.a, self.b, self.dst, e.arg("prefix"), n)
            self.count.set(e.i64(0))


def _copy_signed(e: Emitter, shape: CurveShape) -> Value:
    """(out, point, negate: i1): out <- +-point, canonical; infinity stays all zeros."""

    def body(inner: Emitter) -> None:
        f = shape.ops(inner)
        y = f.load(inner.arg("point"), 1)
        f.store(f.load(inner.arg("point"), 0), inner.arg("out"), 0)
        f.store(f.canonical(f.select(inner.arg("negate"), f.neg(y), y)), inner.arg("out"), 1)

    params = [("out", PTR), ("point", PTR), ("negate", I1)]
    return internal_function(e.module, f"_{shape.name}_copy_signed", params, VOID, body)


def _add_pairs(shape: CurveShape) -> KernelSpec:
    """`Functions.add_pairs` as a kernel."""

    def emit(e: Emitter) -> None:
        names = ("out", "points", "a", "b", "dst", "prefix", "n")
        e.call(Functions(e.module, shape).add_pairs(), *(e.arg(name) for name in names))

    return KernelSpec(f"{shape.name}_add_pairs", ("out*", "points*", "a*", "b*", "dst*", "prefix*", "n"), emit)


def _sum_rows(shape: CurveShape) -> KernelSpec:
    """out[r] <- the sum over row r of +-points[entry], for r in first..last-1; infinity for an empty row.

    entries: uint32 (`SIGN_BIT` | index); row r is entries[starts[r]:starts[r+1]], starts: int64.
    usable: null, or uint8 by index: entries whose byte is 0 are left out (points known to be infinity).
    work: room for sum ceil(length/2) points over the rows; kept: uint32[longest row], used with `usable` only.
    rows: uint32[3, last - first]; lists: uint32[3, batch]; prefix: `batch` field elements. batch >= 1.
    `out` must overlap neither `points` nor `work`.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        functions = Functions(e.module, shape)
        copy_signed = _copy_signed(e, shape)
        work, points, usable, kept = (e.arg(n) for n in ("work", "points", "usable", "kept"))
        first = e.arg("first")
        n_rows = b.sub(e.arg("last"), first)
        place, start, length = (e.at(e.arg("rows"), b.mul(n_rows, e.i64(k)), I32) for k in range(3))
        filtering = b.icmp_unsigned("!=", usable, PTR(None))

        # Round 1: from the points to `work`, where row r takes up ceil(k/2) places from place[r] on.
        pairs = _PairList(e, functions, work, points)
        free, active = e.var(I64, 0), e.var(I64, 0)
        with e.loop(0, n_rows) as row:
            begin = e.load(e.arg("starts"), I64, b.add(first, row))
            count = e.var(I64, b.sub(e.load(e.arg("starts"), I64, b.add(b.add(first, row), e.i64(1))), begin))
            source = e.var(PTR, e.at(e.arg("entries"), begin, I32))
            with e.when(filtering):
                _keep_usable(e, source.get(), kept, usable, count)
                source.set(kept)
            k, entries, at = count.get(), source.get(), free.get()
            half = b.ashr(k, e.i64(1))
            rest = b.sub(k, half)
            with e.loop(0, half) as i:
                second = e.load(entries, I32, b.add(rest, i), align=4)
                pairs.push(e.load(entries, I32, i, align=4), second, b.add(at, i))
            with e.when(b.icmp_signed("!=", half, rest)):
                entry = e.load(entries, I32, half, align=4)
                point = point_at(e, shape, points, b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64))
                target = point_at(e, shape, work, b.add(at, half))
                e.call(copy_signed, target, point, b.icmp_signed("<", entry, const(I32, 0)))
            empty = b.icmp_signed("==", k, e.i64(0))
            e.store(b.select(empty, const(I32, -1), b.trunc(at, I32)), place, row, align=4)
            e.store(b.trunc(at, I32), start, active.get(), align=4)
            e.store(b.trunc(rest, I32), length, active.get(), align=4)
            active.set(b.add(active.get(), b.zext(b.icmp_signed(">", rest, e.i64(1)), I64)))
            free.set(b.add(at, rest))
        pairs.flush()

        _reduce_in_place(e, functions, work, start, length, active)

        with e.loop(0, n_rows) as row:
            target = point_at(e, shape, e.arg("out"), b.add(first, row))
            at = e.load(place, I32, row, align=4)
            with e.either(b.icmp_signed("==", at, const(I32, -1))) as (empty_row, filled):
                with empty_row:
                    set_zero(e, target, shape.point_bytes)
                with filled:
                    copy_words(e, target, point_at(e, shape, work, b.zext(at, I64)), shape.point_bytes)

    params = (
        "out*", "work*", "rows*", "lists*", "prefix*", "kept*",
        "points*", "entries*", "starts*", "usable*", "first", "last", "batch",
    )  # fmt: skip
    return KernelSpec(f"{shape.name}_sum_rows", params, emit)


def _reduce_in_place(e: Emitter, functions: Functions, work: Value, start: Value, length: Value, active: Var) -> None:
    """Later rounds, inside `work`: place i takes in place i + rest, until each row is one point.

    start, length: uint32 arrays of the first `active` rows; a row that is down to one point drops out of them.
    """
    b = e.builder
    pairs = _PairList(e, functions, work, work)
    with e.while_(lambda: b.icmp_signed(">", active.get(), e.i64(0))):
        still = e.var(I64)
        still.set(e.i64(0))
        with e.loop(0, active.get()) as j:
            at, k = (e.as_i64(e.load(array, I32, j, align=4)) for array in (start, length))
            half = b.lshr(k, e.i64(1))
            rest = b.sub(k, half)
            with e.loop(0, half) as i:
                here = b.add(at, i)
                pairs.push(b.trunc(here, I32), b.trunc(b.add(here, rest), I32), here)
            e.store(b.trunc(at, I32), start, still.get(), align=4)
            e.store(b.trunc(rest, I32), length, still.get(), align=4)
            still.set(b.add(still.get(), b.zext(b.icmp_signed(">", rest, e.i64(1)), I64)))
        pairs.flush()
        active.set(still.get())


def _keep_usable(e: Emitter, source: Value, kept: Value, usable: Value, count: Value) -> None:
    """Copy the usable ones of `count` entries to `kept`, set `count` to their number; no branch to mispredict."""
    b = e.builder
    n = e.var(I64)
    n.set(e.i64(0))
    with e.loop(0, count.get()) as i:
        entry = e.load(source, I32, i, align=4)
        e.store(entry, kept, n.get(), align=4)
        flag = e.load(usable, I8, b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64), align=1)
        n.set(b.add(n.get(), b.zext(flag, I64)))
    count.set(n.get())


def _fold_buckets(shape: CurveShape) -> KernelSpec:
    """In place, for each of `sets` runs of M = 2^log_size points: place 0 <- S, place 2^q <- O_q for q < log_size.

    The other places are left with intermediate values. lists: uint32[3, batch]; prefix: `batch` field elements.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        buckets = e.arg("buckets")
        pairs = _PairList(e, Functions(e.module, shape), buckets, buckets)
        total = b.shl(e.arg("sets"), e.arg("log_size"))  # sets are contiguous powers of two: one run of blocks
        with e.loop(0, e.arg("log_size")) as r:
            distance = b.shl(e.i64(1), r)
            with e.loop(0, total, b.shl(e.i64(2), r)) as base:

                def pair(place: Value, distance: Value = distance) -> None:
                    pairs.push(b.trunc(place, I32), b.trunc(b.add(place, distance), I32), place)

                pair(base)
                with e.loop(0, r) as q:
                    pair(b.add(base, b.shl(e.i64(1), q)))
            pairs.flush()

    return KernelSpec(
        f"{shape.name}_fold_buckets", ("buckets*", "lists*", "prefix*", "sets", "log_size", "batch"), emit
    )


def _mark_finite(shape: CurveShape) -> KernelSpec:
    """usable[i] <- 1 where points[i] is not infinity, else 0 (uint8[n]); count[0] <- how many are finite (int64)."""

    def emit(e: Emitter) -> None:
        b = e.builder
        count = e.var(I64, 0)
        with e.loop(0, e.arg("n")) as i:
            finite = b.not_(is_infinity(e, shape, point_at(e, shape, e.arg("points"), i)))
            e.store(b.zext(finite, I8), e.arg("usable"), i, align=1)
            count.set(b.add(count.get(), b.zext(finite, I64)))
        e.store(count.get(), e.arg("count"))

    return KernelSpec(f"{shape.name}_mark_finite", ("usable*", "count*", "points*", "n"), emit)


def sum_specs(shapes: Sequence[CurveShape]) -> tuple[KernelSpec, ...]:
    """The kernels of this group for some curves."""
    return tuple(make(shape) for shape in shapes for make in (_add_pairs, _sum_rows, _fold_buckets, _mark_finite))


SPECS = sum_specs(SHAPES)
