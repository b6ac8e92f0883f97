"""Kernels that turn scalars into a schedule for a multi-scalar multiplication: classes, digits, counting sort.

Digits are signed and carry-free (Booth's recoding): with v the c+1 bits of k from position pos-1 on (bit -1 is 0),
d = (v >> 1) + (v & 1) - 2^c*(top bit of v), so -2^(c-1) <= d <= 2^(c-1), and k = sum d_i*2^pos_i for any cut of
the bits into windows whose last one ends above the highest set bit. A digit depends on its window alone, so no digit
array is kept and windows are sorted independently. Cost: 1-2 ns for each scalar, window and pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.ir import I1, I8, I32, I64, I256, Emitter, KernelSpec, Value, const

_LIMB_BYTES = 32


class _Digits:
    """Digits at one window (pos, c); the shifts are computed once, before the loop."""

    def __init__(self, e: Emitter, pos: Value, c: Value) -> None:
        b = e.builder
        self.e = e
        below = b.sub(pos, e.i64(1))
        at_start = b.icmp_signed("==", pos, e.i64(0))
        # Eight bytes from the byte of bit pos-1 on hold all c+1 <= 57 bits; near the top the read is moved down.
        byte = b.select(at_start, e.i64(0), b.lshr(below, e.i64(3)))
        self.byte = b.select(b.icmp_signed(">", byte, e.i64(24)), e.i64(24), byte)
        shift = b.sub(below, b.shl(self.byte, e.i64(3)))
        self.right = b.select(at_start, e.i64(0), shift)
        self.left = b.zext(at_start, I64)
        self.c = c
        self.mask = b.sub(b.shl(e.i64(2), c), e.i64(1))

    def of(self, scalars: Value, i: Value) -> tuple[Value, Value]:
        """|d| (i64) and whether d is negative (i1; false or true for d = 0) for scalar i of uint64[n, 4]."""
        e, b = self.e, self.e.builder
        address = e.at(scalars, b.add(b.mul(i, e.i64(_LIMB_BYTES)), self.byte), I8)
        word = b.shl(b.lshr(e.load(address, I64, align=1), self.right), self.left)
        v = b.and_(word, self.mask)
        value = b.add(b.lshr(v, e.i64(1)), b.and_(v, e.i64(1)))
        negative = b.trunc(b.lshr(v, self.c), I1)
        return b.select(negative, b.sub(b.shl(e.i64(1), self.c), value), value), negative


def _classify() -> KernelSpec:
    """Sort scalars k < r (plain, uint64[*, 4]) into zeros (dropped), +-ones and all others; n = end - begin of them.

    They are taken in an order of their own: scalar number order[i] (uint32) for i in begin..end-1.
    ones: uint32[n], entries (index, sign bit set for r-1). general: uint64[n, 4], min(k, r-k) of the others, in order;
    entries: uint32[n], their index with the sign bit set where r-k stands for k.
    counts: int64[260]: how many ones, how many general, then how many general of bit length 0, 1, ..., 257.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        r = FR.modulus
        with e.loop(0, 260) as i:
            e.store(e.i64(0), e.arg("counts"), i)
        lengths = e.at(e.arg("counts"), 2, I64)
        n_ones, n_general = e.var(I64, 0), e.var(I64, 0)
        with e.loop(e.arg("begin"), e.arg("end")) as i:
            index = e.load(e.arg("order"), I32, i, align=4)
            k = e.load(e.arg("scalars"), I256, b.zext(index, I64), align=1)
            negative = b.icmp_unsigned(">", k, const(I256, r // 2))
            k = b.select(negative, b.sub(const(I256, r), k), k)
            entry = b.or_(index, b.select(negative, const(I32, 1 << 31), const(I32, 0)))
            is_one = b.icmp_unsigned("==", k, const(I256, 1))
            is_general = b.icmp_unsigned(">", k, const(I256, 1))
            # Always written, kept by counting on: no branch on the (secret and unpredictable) class.
            e.store(entry, e.arg("ones"), n_ones.get(), align=4)
            n_ones.set(b.add(n_ones.get(), b.zext(is_one, I64)))
            at = n_general.get()
            e.store(k, e.arg("general"), at)
            e.store(entry, e.arg("entries"), at, align=4)
            n_general.set(b.add(at, b.zext(is_general, I64)))
            bits = b.sub(e.i64(256), b.trunc(b.ctlz(k, const(I1, 0)), I64))
            e.store(b.add(e.load(lengths, I64, bits), b.zext(is_general, I64)), lengths, bits)
        e.store(n_ones.get(), e.arg("counts"), 0)
        e.store(n_general.get(), e.arg("counts"), 1)

    params = ("ones*", "general*", "entries*", "counts*", "scalars*", "order*", "begin", "end")
    return KernelSpec("msm_classify", params, emit)


def _choose_windows() -> KernelSpec:
    """chosen[p] <- width of the first window of the cheapest cut of the bits p, p+1, ..., top-1 (int64[top]).

    cost: int64[widths, top]: what a window of `narrowest` + i bits at position p costs. A cut may reach beyond top.
    best: int64[top] of scratch. Dynamic programming from the top down; the narrower of equally good windows.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        top = e.arg("top")
        with e.loop_down(top, 0) as p:
            least, width = e.var(I64), e.var(I64)
            least.set(e.i64((1 << 63) - 1))
            width.set(e.arg("narrowest"))
            with e.loop(0, e.arg("widths")) as i:
                c = b.add(e.arg("narrowest"), i)
                total = e.var(I64)
                total.set(e.load(e.arg("cost"), I64, b.add(b.mul(i, top), p)))
                after = b.add(p, c)
                with e.when(b.icmp_signed("<", after, top)):
                    total.set(b.add(total.get(), e.load(e.arg("best"), I64, after)))
                with e.when(b.icmp_signed("<", total.get(), least.get())):
                    least.set(total.get())
                    width.set(c)
            e.store(least.get(), e.arg("best"), p)
            e.store(width.get(), e.arg("chosen"), p)

    return KernelSpec("msm_choose_windows", ("chosen*", "best*", "cost*", "top", "narrowest", "widths"), emit)


@contextmanager
def _each_window(e: Emitter) -> Iterator[tuple[_Digits, Value]]:
    """Loop over rows `begin` to `end` of `windows` (int64[k, 3]: position, bits, first row): its digits, that row."""
    b = e.builder
    with e.loop(e.arg("begin"), e.arg("end")) as window:
        first = b.mul(window, e.i64(3))
        position, bits, row = (e.load(e.arg("windows"), I64, b.add(first, e.i64(k))) for k in range(3))
        yield _Digits(e, position, bits), row


def _count_digits() -> KernelSpec:
    """counts[row + |d|-1] += 1 for each scalar's digit d != 0 in windows begin..end-1, whose buckets start at `row`."""

    def emit(e: Emitter) -> None:
        b = e.builder
        with _each_window(e) as (digits, row):
            counts = e.at(e.arg("counts"), row, I64)
            with e.loop(0, e.arg("n")) as i:
                d, _ = digits.of(e.arg("scalars"), i)
                with e.when(b.icmp_signed("!=", d, e.i64(0))):
                    slot = b.sub(d, e.i64(1))
                    e.store(b.add(e.load(counts, I64, slot), e.i64(1)), counts, slot)

    return KernelSpec("msm_count_digits", ("counts*", "scalars*", "windows*", "n", "begin", "end"), emit)


def _place_entries() -> KernelSpec:
    """Second pass of the counting sort: out[cursor[row + |d|-1]++] = entry, its sign flipped for a negative digit."""

    def emit(e: Emitter) -> None:
        b = e.builder
        with _each_window(e) as (digits, row):
            cursor = e.at(e.arg("cursor"), row, I64)
            with e.loop(0, e.arg("n")) as i:
                d, negative = digits.of(e.arg("scalars"), i)
                with e.when(b.icmp_signed("!=", d, e.i64(0))):
                    slot = b.sub(d, e.i64(1))
                    at = e.load(cursor, I64, slot)
                    # Stores wait in a short queue, one after another, each for its line; this asks for lines at once.
                    e.prefetch(e.at(e.arg("out"), at, I32), write=True)
                    e.store(b.add(at, e.i64(1)), cursor, slot)
                    flip = b.shl(b.zext(negative, I32), const(I32, 31))
                    e.store(b.xor(e.load(e.arg("entries"), I32, i, align=4), flip), e.arg("out"), at, align=4)

    params = ("out*", "cursor*", "scalars*", "entries*", "windows*", "n", "begin", "end")
    return KernelSpec("msm_place_entries", params, emit)


def _table_entries() -> KernelSpec:
    """Rows of entries into a fixed-base table: row i has one for each digit d != 0 of scalar i.

    Windows of c bits from bit 0 on; entry = sign bit | (window*2^(c-1) + |d|-1). entries: uint32[n*windows];
    starts: int64[n+1]. c*windows > the scalars' bit length.
    """

    def emit(e: Emitter) -> None:
        b = e.builder
        n = e.var(I64, 0)
        with e.loop(0, e.arg("n")) as i:
            e.store(n.get(), e.arg("starts"), i)
            with e.loop(0, e.arg("windows")) as w:
                digits = _Digits(e, b.mul(w, e.arg("c")), e.arg("c"))
                d, negative = digits.of(e.arg("scalars"), i)
                offset = b.shl(w, b.sub(e.arg("c"), e.i64(1)))
                index = b.trunc(b.sub(b.add(offset, d), e.i64(1)), I32)
                e.store(b.or_(index, b.shl(b.zext(negative, I32), const(I32, 31))), e.arg("entries"), n.get(), align=4)
                n.set(b.add(n.get(), b.zext(b.icmp_signed("!=", d, e.i64(0)), I64)))
        e.store(n.get(), e.arg("starts"), e.arg("n"))

    return KernelSpec("msm_table_entries", ("entries*", "starts*", "scalars*", "n", "windows", "c"), emit)


SPECS = (_classify(), _choose_windows(), _count_digits(), _place_entries(), _table_entries())
