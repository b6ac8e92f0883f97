"""Kernels that only tests have: products, and the forms of `TightOps`, alone on operands in their allowed ranges."""

from __future__ import annotations

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.field_ops import Fp2Ops, ScalarField
from zkcompanion.proving.kernels.inversion import inverse
from zkcompanion.proving.kernels.ir import I1, I256, KernelSpec

_FORMS = {
    "mul": lambda f, v: f.mul(*v[:2]),
    "mul_add": lambda f, v: f.mul_add(*v),
    "difference": lambda f, v: f.difference(*v[:2]),
    "minus_one": lambda f, v: f.minus(*v[:2]),
    "minus_two": lambda f, v: f.minus(*v[:3]),
}


def _spec(name, make, formula):
    def emit(e):
        f = make(e)
        with e.loop(0, e.arg("n")) as i:
            values = [f.load(e.arg(x), i) for x in "abcd"]
            f.store(formula(f, values), e.arg("out"), i)

    return KernelSpec(name, ("out*", "a*", "b*", "c*", "d*", "n"), emit)


def _negate_if(e):
    """Every odd element is negated."""
    f = ScalarField(e, FP)
    with e.loop(0, e.arg("n")) as i:
        odd = e.builder.trunc(e.builder.and_(i, e.i64(1)), I1)
        f.store(f.negate_if(odd, f.load(e.arg("a"), i)), e.arg("out"), i)


def _fp2_negate_if(e):
    f = Fp2Ops(ScalarField(e, FP))
    with e.loop(0, e.arg("n")) as i:
        odd = e.builder.icmp_signed("==", e.builder.and_(i, e.i64(1)), e.i64(1))
        f.store(f.negate_if(odd, f.load(e.arg("a"), i)), e.arg("out"), i)


def _inverse(params):
    def emit(e):
        with e.loop(0, e.arg("n")) as i:
            e.store(inverse(e, params, e.load(e.arg("a"), I256, i)), e.arg("out"), i)

    return KernelSpec(f"{params.name}_inverse", ("out*", "a*", "n"), emit)


_FIELDS = {
    "fr": lambda e: ScalarField(e, FR),
    "fp": lambda e: ScalarField(e, FP),
    "compact": lambda e: ScalarField(e, FP, compact=True),
    "fp2": lambda e: Fp2Ops(ScalarField(e, FP)),
}

SPECS = (
    *(
        _spec(f"{field}_{form}", make, formula)
        for field, make in _FIELDS.items()
        for form, formula in _FORMS.items()
        if (field, form) != ("fp2", "mul_add")
    ),
    _inverse(FR),
    _inverse(FP),
    KernelSpec("fp_negate_if", ("out*", "a*", "n"), _negate_if),
    KernelSpec("fp2_negate_if", ("out*", "a*", "n"), _fp2_negate_if),
)
