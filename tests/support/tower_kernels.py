"""Kernels that only tests have: each operation of the tower alone, out[i] = operation(a[i], b[i], ...)."""

from __future__ import annotations

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import ScalarField
from zkcompanion.proving.kernels.ir import KernelSpec
from zkcompanion.proving.kernels.tower_ops import Tower


def _spec(name, result, degrees, formula):
    def emit(e):
        t = Tower(e, lambda inner: ScalarField(inner, FP))
        with e.loop(0, e.arg("n")) as i:
            values = [t.level(d).load(e.arg(f"x{k}"), i) for k, d in enumerate(degrees)]
            level = t.level(result)
            level.store(level.canonical(formula(t, *values)), e.arg("out"), i)

    return KernelSpec(name, ("out*", *(f"x{k}*" for k in range(len(degrees))), "n"), emit)


SPECS = (
    _spec("fp_mul", 1, (1, 1), lambda t, a, b: t.fp.mul(a, b)),
    _spec("fp_sqr", 1, (1,), lambda t, a: t.fp.sqr(a)),
    _spec("fp2_mul", 2, (2, 2), lambda t, a, b: t.fp2.mul(a, b)),
    _spec("fp2_sqr", 2, (2,), lambda t, a: t.fp2.sqr(a)),
    _spec("fp2_inv", 2, (2,), lambda t, a: t.fp2.inv(a)),
    _spec("fp2_scale", 2, (2, 1), lambda t, a, k: t.fp2.scale(a, k)),
    _spec("fp6_add", 6, (6, 6), lambda t, a, b: t.fp6.add(a, b)),
    _spec("fp6_mul", 6, (6, 6), lambda t, a, b: t.fp6.mul(a, b)),
    _spec("fp6_mul_sparse", 6, (6, 2, 2), lambda t, a, d, e: t.fp6.mul_sparse(a, d, e)),
    _spec("fp6_inv", 6, (6,), lambda t, a: t.fp6.inv(a)),
    _spec("fp12_add", 12, (12, 12), lambda t, a, b: t.fp12.add(a, b)),
    _spec("fp12_sub", 12, (12, 12), lambda t, a, b: t.fp12.sub(a, b)),
    _spec("fp12_neg", 12, (12,), lambda t, a: t.fp12.neg(a)),
    _spec("fp12_zero", 12, (12,), lambda t, _: t.fp12.zero()),
    _spec("fp12_mul", 12, (12, 12), lambda t, a, b: t.fp12.mul(a, b)),
    _spec("fp12_sqr", 12, (12,), lambda t, a: t.fp12.sqr(a)),
    _spec("fp12_mul_line", 12, (12, 2, 2), lambda t, a, d, e: t.fp12.mul_line(a, d, e)),
    _spec("fp12_inv", 12, (12,), lambda t, a: t.fp12.inv(a)),
    _spec("fp12_conj", 12, (12,), lambda t, a: t.fp12.conj(a)),
    _spec("fp12_frobenius", 12, (12,), lambda t, a: t.fp12.frobenius(a)),
    _spec("fp12_cyclotomic_sqr", 12, (12,), lambda t, a: t.fp12.cyclotomic_sqr(a)),
    # chains whose operands are lazy: what a formula leaves unreduced must be safe to go on with
    _spec("fp12_chain", 12, (12, 12), lambda t, a, b: t.fp12.mul(t.fp12.sqr(t.fp12.sub(a, b)), t.fp12.add(a, b))),
)
