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

from collections.abc import Callable, Sequence

from llvmlite import ir

from zkcompanion.proving.kernels.ir import (
    I1,
    I8,
    I16,
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
from zkcompanion.proving.kernels.layout import LIST_STEP, ROW_WORDS
from zkcompanion.proving.kernels.point_ops import (
    CACHE_LINE,
    INDEX_MASK,
    SHAPES,
    CurveShape,
    Functions,
    copy_words,
    point_at,
    set_zero,
)


class _PairList:
    """A list of pairs under construction. Once it has `batch` pairs or some more they are added up.

    It lives in `lists`: two lists uint32[3, batch + LIST_STEP] = a, b, dst. With `ahead` the additions lag one list
    behind: while one is added up, points of the next one are fetched.
    """

    def __init__(self, e: Emitter, functions: Functions, out: Value, points: Value, *, ahead: bool = False) -> None:
        self.e = e
        self.out = out
        self.points = points
        self.add_pairs = functions.add_pairs()
        self.batch = e.arg("batch")
        self.ahead = ahead
        #: entries in one step: the vector family copies a register full of them
        self.step = LIST_STEP if functions.shape.pairs else 1
        self.size = e.builder.add(self.batch, e.i64(LIST_STEP))
        self.list = e.var(PTR, e.arg("lists"))
        self.count = e.var(I64, 0)
        self.waiting = e.var(PTR, e.at(e.arg("lists"), e.builder.mul(self.size, e.i64(3)), I32))
        self.n_waiting = e.var(I64, 0)
        #: how long the list may grow; nobody fetches the points of the first one, so it is a short one
        self.limit = e.var(I64, e.builder.lshr(self.batch, e.i64(2)) if ahead else self.batch)

    def push_entries(self, a: Value, b: Value, dst: Value, n: Value) -> None:
        """Append n pairs a[i], b[i] of entries with the places dst + i of their sums."""
        e = self.e

        def run(i: Value, left: Value) -> tuple[Value, Value]:
            return self._load_run(e.at(a, i, I32), left), self._load_run(e.at(b, i, I32), left)

        self._push(run, dst, n)

    def push_places(self, a: Value, b: Value, n: Value, stride: Value | None = None) -> None:
        """Append the pairs of points at the places a + stride*i and b + stride*i; sums take the first ones' places."""
        self._push(lambda i, _: (self._places(a, i, stride), self._places(b, i, stride)), a, n, stride)

    def _push(
        self,
        run: Callable[[Value, Value], tuple[Value, Value]],
        dst: Value,
        n: Value,
        stride: Value | None = None,
    ) -> None:
        e, build = self.e, self.e.builder
        with e.loop(0, n, self.step) as i:
            left = build.sub(n, i)
            values = *run(i, left), self._places(dst, i, stride)
            for k, value in enumerate(values):
                at = e.at(self.list.get(), build.add(build.mul(self.size, e.i64(k)), self.count.get()), I32)
                build.store(value, at, align=4)  # a whole step: what is too much is overwritten by the next one
            step = e.i64(self.step)
            self.count.set(build.add(self.count.get(), build.select(build.icmp_signed("<", left, step), left, step)))
            with e.when(build.icmp_signed(">=", self.count.get(), self.limit.get()), likely=False):
                self._hand_over()

    def _load_run(self, pointer: Value, left: Value) -> Value:
        """The next entries, no more than `left`: beyond them memory may end."""
        e, b = self.e, self.e.builder
        if self.step == 1:
            return e.load(pointer, I32, align=4)
        kind = ir.VectorType(I32, self.step)
        shift = b.sub(e.i64(self.step), left)
        shift = b.select(b.icmp_signed("<", shift, e.i64(0)), e.i64(0), shift)
        mask = b.lshr(const(I16, -1), b.trunc(shift, I16))
        mask = b.bitcast(mask, ir.VectorType(I1, self.step))
        name = f"llvm.masked.load.v{self.step}i32.p0"
        function = e.module.globals.get(name)
        if function is None:
            function = ir.Function(e.module, ir.FunctionType(kind, [PTR, I32, mask.type, kind]), name)
        return b.call(function, [pointer, const(I32, 4), mask, const(kind, 0)])

    def _places(self, first: Value, i: Value, stride: Value | None) -> Value:
        """First + stride*i, first + stride*(i + 1), ... as 32-bit numbers; stride None: 1."""
        b = self.e.builder
        first = b.trunc(b.add(first, i if stride is None else b.mul(stride, i)), I32)
        if self.step == 1:
            return first
        kind = ir.VectorType(I32, self.step)

        def in_all(word: Value) -> Value:
            one = b.insert_element(ir.Constant(kind, ir.Undefined), word, const(I32, 0))
            return b.shuffle_vector(one, one, const(kind, 0))

        steps = ir.Constant(kind, list(range(self.step)))
        return b.add(in_all(first), steps if stride is None else b.mul(in_all(b.trunc(stride, I32)), steps))

    def _lists(self, at: Value) -> list[Value]:
        return [self.e.at(at, self.e.builder.mul(self.size, self.e.i64(k)), I32) for k in range(3)]

    def _add(self, at: Value, n: Value, next_at: Value, n_next: Value) -> None:
        e = self.e
        lists, following = self._lists(at), self._lists(next_at)
        e.call(self.add_pairs, self.out, self.points, *lists, e.arg("prefix"), n, *following[:2], n_next)

    def _hand_over(self) -> None:
        """The list is complete: add it up, or let it wait and add up the one that waits."""
        e, b = self.e, self.e.builder
        if not self.ahead:
            self._add(self.list.get(), self.count.get(), self.list.get(), e.i64(0))
        else:
            with e.when(b.icmp_signed(">", self.n_waiting.get(), e.i64(0))):
                self._add(self.waiting.get(), self.n_waiting.get(), self.list.get(), self.count.get())
            complete = self.list.get()
            self.list.set(self.waiting.get())
            self.waiting.set(complete)
            self.n_waiting.set(self.count.get())
            self.limit.set(self.batch)
        self.count.set(e.i64(0))

    def flush(self) -> None:
        """Add up what is there (nothing: no call, since an inversion is not free)."""
        e, b = self.e, self.e.builder
        with e.when(b.icmp_signed(">", self.count.get(), e.i64(0))):
            self._hand_over()
        if self.ahead:
            with e.when(b.icmp_signed(">", self.n_waiting.get(), e.i64(0))):
                self._add(self.waiting.get(), self.n_waiting.get(), self.waiting.get(), e.i64(0))
                self.n_waiting.set(e.i64(0))


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
        none = e.arg("a"), e.arg("b"), e.i64(0)
        e.call(Functions(e.module, shape).add_pairs(), *(e.arg(name) for name in names), *none)

    return KernelSpec(f"{shape.name}_add_pairs", ("out*", "points*", "a*", "b*", "dst*", "prefix*", "n"), emit)


def _sum_rows(shape: CurveShape) -> KernelSpec:
    """out[r] <- the sum over row r of +-points[entry], for r in first..last-1; infinity for an empty row.

    entries: uint32 (`SIGN_BIT` | index); row r is entries[starts[r]:ends[r]], int64. Entries with an index below
    `least` are left out. work: room for sum ceil(length/2) points over the rows; kept: uint32[longest row + LIST_STEP],
    used where `least` > 0. rows: uint32[ROW_WORDS, last - first]; lists: `layout.pair_lists(batch)`; prefix:
    `layout.batch_scratch(batch)`. batch >= 1. `out` must overlap neither `points` nor `work`.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        functions = Functions(e.module, shape)
        copy_signed = _copy_signed(e, shape)
        work, points = e.arg("work"), e.arg("points")
        first = e.arg("first")
        n_rows = b.sub(e.arg("last"), first)
        columns = [e.at(e.arg("rows"), b.mul(n_rows, e.i64(k)), I32) for k in range(ROW_WORDS)]
        place, start, length, odd_entry, odd_place = columns
        filtering = b.icmp_signed(">", e.arg("least"), e.i64(0))

        # Round 1: from the points to `work`, where row r takes up ceil(k/2) places from place[r] on. The entry in the
        # middle of an odd row has no partner: its point is asked for here and copied after the additions.
        pairs = _PairList(e, functions, work, points, ahead=True)
        free, active, n_odd = (e.var(I64, 0) for _ in range(3))
        with e.loop(0, n_rows) as row:
            begin = e.load(e.arg("starts"), I64, b.add(first, row))
            count = e.var(I64, b.sub(e.load(e.arg("ends"), I64, b.add(first, row)), begin))
            source = e.var(PTR, e.at(e.arg("entries"), begin, I32))
            with e.when(filtering):
                _keep_from(e, source.get(), e.arg("kept"), e.arg("least"), count)
                source.set(e.arg("kept"))
            k, entries, at = count.get(), source.get(), free.get()
            half = b.ashr(k, e.i64(1))
            rest = b.sub(k, half)
            is_odd = b.icmp_signed("!=", half, rest)
            middle = b.select(is_odd, e.at(entries, half, I32), place)  # an address that can be read in any case
            entry = e.load(middle, I32, align=4)
            e.store(entry, odd_entry, n_odd.get(), align=4)
            e.store(b.trunc(b.add(at, half), I32), odd_place, n_odd.get(), align=4)
            n_odd.set(b.add(n_odd.get(), b.zext(is_odd, I64)))
            wanted = point_at(e, shape, points, b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64))
            for offset in range(0, shape.point_bytes + 1, CACHE_LINE - 1):
                e.prefetch(e.at(wanted, offset, I8), nearest=False)
            pairs.push_entries(entries, e.at(entries, rest, I32), at, half)
            empty = b.icmp_signed("==", k, e.i64(0))
            e.store(b.select(empty, const(I32, -1), b.trunc(at, I32)), place, row, align=4)
            e.store(b.trunc(at, I32), start, active.get(), align=4)
            e.store(b.trunc(rest, I32), length, active.get(), align=4)
            active.set(b.add(active.get(), b.zext(b.icmp_signed(">", rest, e.i64(1)), I64)))
            free.set(b.add(at, rest))
        pairs.flush()
        with e.loop(0, n_odd.get()) as j:
            entry = e.load(odd_entry, I32, j, align=4)
            point = point_at(e, shape, points, b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64))
            target = point_at(e, shape, work, e.as_i64(e.load(odd_place, I32, j, align=4)))
            e.call(copy_signed, target, point, b.icmp_signed("<", entry, const(I32, 0)))

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
        "points*", "entries*", "starts*", "ends*", "least", "first", "last", "batch",
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
            pairs.push_places(at, b.add(at, rest), half)
            e.store(b.trunc(at, I32), start, still.get(), align=4)
            e.store(b.trunc(rest, I32), length, still.get(), align=4)
            still.set(b.add(still.get(), b.zext(b.icmp_signed(">", rest, e.i64(1)), I64)))
        pairs.flush()
        active.set(still.get())


def _keep_from(e: Emitter, source: Value, kept: Value, least: Value, count: Var) -> None:
    """Copy those of `count` entries whose index is not below `least`, set `count` to their number; no branches."""
    b = e.builder
    n = e.var(I64)
    n.set(e.i64(0))
    with e.loop(0, count.get()) as i:
        entry = e.load(source, I32, i, align=4)
        e.store(entry, kept, n.get(), align=4)
        index = b.zext(b.and_(entry, const(I32, INDEX_MASK)), I64)
        n.set(b.add(n.get(), b.zext(b.icmp_signed(">=", index, least), I64)))
    count.set(n.get())


def _fold_buckets(shape: CurveShape) -> KernelSpec:
    """In place, for each of `sets` runs of M = 2^log_size points: place 0 <- S, place 2^q <- O_q for q < log_size.

    The other places are left with intermediate values. lists and prefix as for `sum_rows`.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        buckets = e.arg("buckets")
        pairs = _PairList(e, Functions(e.module, shape), buckets, buckets)
        total = b.shl(e.arg("sets"), e.arg("log_size"))  # sets are contiguous powers of two: one run of blocks
        with e.loop(0, e.arg("log_size")) as r:
            distance, stride = b.shl(e.i64(1), r), b.shl(e.i64(2), r)
            blocks = b.lshr(total, b.add(r, e.i64(1)))

            def pair(place: Value, distance: Value = distance, stride: Value = stride, blocks: Value = blocks) -> None:
                """The points at `place` of every block of this round."""
                pairs.push_places(place, b.add(place, distance), blocks, stride)

            pair(e.i64(0))
            with e.loop(0, r) as q:
                pair(b.shl(e.i64(1), q))
            pairs.flush()

    return KernelSpec(
        f"{shape.name}_fold_buckets", ("buckets*", "lists*", "prefix*", "sets", "log_size", "batch"), emit
    )


def sum_specs(shapes: Sequence[CurveShape]) -> tuple[KernelSpec, ...]:
    """The kernels of this group for some curves."""
    return tuple(make(shape) for shape in shapes for make in (_add_pairs, _sum_rows, _fold_buckets))


SPECS = sum_specs(SHAPES)
