"""Kernels that only tests have: each operation of the vector family alone, on blocks uint64[5, 8]."""

from __future__ import annotations

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.field_ops import Fp2Ops
from zkcompanion.proving.kernels.ifma_field import IfmaField, Lanes, parts, transpose_8x4, transpose_8x8, whole
from zkcompanion.proving.kernels.ir import I64, KernelSpec, ir

#: Bounds of a and b in the tests: values below BOUND_A*p and BOUND_B*p.
BOUND_A, BOUND_B = 8, 10
#: A bound that is no whole number, as products have.
BROKEN_BOUND = 9.5
#: a, b -> result; stored tight, with whatever bound it has
OPERATIONS = {
    "add": lambda f, a, b: f.add(a, b),
    "sub": lambda f, a, b: f.sub(a, b),
    "sub_broken": lambda f, a, b: f.sub(a, Lanes(b.limbs, BROKEN_BOUND, tight=True)),
    "mul": lambda f, a, b: f.mul(a, b),
    "loose_mul": lambda f, a, b: f.mul(f.sub(a, b), f.add(a, b)),
    "neg": lambda f, a, _: f.neg(a),
    "opposite": lambda f, a, _: f.opposite(a, BOUND_A + 2),
    "less": lambda f, a, b: f.less(f.opposite(b, BOUND_A + BOUND_B), a, BOUND_A + BOUND_B),
    "times_4": lambda f, a, _: f.times_4(f.reduce(a)),
    "sqr": lambda f, a, _: f.sqr(a),
    "sqr_loose": lambda f, a, _: f.reduce(f.times_16(f.sqr(a, loose=True))),
    "reduce": lambda f, a, b: f.reduce(f.add(f.add(a, b), f.add(a, b))),
    "reduce_loose": lambda f, a, b: f.reduce(f.sub(f.sub(f.times_16(f.mul(a, b, loose=True)), b), a)),
    "reduce_negative": lambda f, a, b: f.reduce(f.sub(a, b)),
    "canonical": lambda f, a, b: f.canonical(f.sub(a, b)),
    "times_16": lambda f, a, _: f.times_16(f.reduce(a)),
    "inv": lambda f, a, _: f.inv(a),
    "is_zero": lambda f, a, b: f.select(f.is_zero(f.sub(a, b)), f.one(), f.zero()),
    "select": lambda f, a, b: f.select(f.is_zero(a), a, b),
    "words": lambda f, a, _: f.from_words(f.to_words(f.reduce(a)), 1.5),
}


def _spec(field, name, formula):
    def emit(e):
        f = IfmaField(e, field)
        with e.loop(0, e.arg("n")) as i:
            a = f.load_bounded(e.arg("a"), i, BOUND_A)
            b = f.load_bounded(e.arg("b"), i, BOUND_B)
            f.store(formula(f, a, b), e.arg("out"), i)

    return KernelSpec(f"{field.name}_{name}", ("out*", "a*", "b*", "n"), emit)


def _extension(name, formula):
    """Blocks come in twos: c0 and c1."""

    def emit(e):
        f = IfmaField(e, FP)
        ops = Fp2Ops(f)
        with e.loop(0, e.arg("n")) as i:
            first = e.builder.shl(i, e.i64(1))
            places = first, e.builder.add(first, e.i64(1))
            a, b = (whole([f.load_bounded(e.arg(x), p, 1.0) for p in places]) for x in ("a", "b"))
            for part, p in zip(parts(formula(ops, a, b)), places, strict=True):
                f.store(f.canonical(part), e.arg("out"), p)

    return KernelSpec(f"fp2_{name}", ("out*", "a*", "b*", "n"), emit)


def _transposes(e):
    """out[0:8] = the transpose of a[8, 8]; out[8:12] = that of its left half a[8, 4]."""
    eight, four = ir.VectorType(I64, 8), ir.VectorType(I64, 4)
    rows = [e.load(e.arg("a"), eight, i) for i in range(8)]
    halves = [e.load(e.arg("a"), four, 2 * i) for i in range(8)]
    for i, column in enumerate([*transpose_8x8(e, rows), *transpose_8x4(e, halves)]):
        e.store(column, e.arg("out"), i)


SPECS = (
    *(_spec(field, name, formula) for field in (FP, FR) for name, formula in OPERATIONS.items()),
    _extension("mul", lambda f, a, b: f.mul(a, b)),
    _extension("sqr", lambda f, a, _: f.sqr(a)),
    _extension("inv", lambda f, a, _: f.inv(a)),
    KernelSpec("transposes", ("out*", "a*"), _transposes),
)
