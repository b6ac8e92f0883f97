"""Kernels on whole arrays of field elements: uint64[n, 4], canonical in and out, Montgomery where a product is taken.

Cost per element: one multiplication (14 ns scalar) for mul, conversions and the three of a batch inversion; 2 ns for
add and sub.
Any array may be the output of its own input (the same element is read before it is written).
"""

from __future__ import annotations

from collections.abc import Callable

from zkcompanion.proving.fields import FP, FR, FieldParams
from zkcompanion.proving.kernels.field_ops import Element, ScalarField
from zkcompanion.proving.kernels.ir import I256, Emitter, KernelSpec, const


def _elementwise(
    f: FieldParams, name: str, formula: Callable[[ScalarField, Element, Element], Element], *, fixed: bool = False
) -> KernelSpec:
    """out[i] = formula(a[i], b[i]); with `fixed`, b is one element for all."""

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, f)
        shared = ops.load(e.arg("b")) if fixed else None
        with e.loop(0, e.arg("n")) as i:
            second = shared if shared is not None else ops.load(e.arg("b"), i)
            ops.store(ops.canonical(formula(ops, ops.load(e.arg("a"), i), second)), e.arg("out"), i)

    return KernelSpec(f"{f.name}_{name}", ("out*", "a*", "b*", "n"), emit)


def _batch_inverse(f: FieldParams) -> KernelSpec:
    """out[i] = 1/a[i] (0 for 0); `out` must not be `a`. Montgomery's trick: 3M each and one inversion for all.

    out holds the running products on the way up; a zero enters them as one, so it never reaches the inversion.
    """

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, f)
        a, out, n = e.arg("a"), e.arg("out"), e.arg("n")
        running = e.var(I256, ops.one())
        with e.loop(0, n) as i:
            ops.store(running.get(), out, i)
            x = ops.load(a, i)
            running.set(ops.mul(running.get(), ops.select(ops.is_zero(x), ops.one(), x)))
        running.set(ops.inv(running.get()))
        with e.loop_down(n, 0) as i:
            x = ops.load(a, i)
            zero = ops.is_zero(x)
            inverse = ops.mul(running.get(), ops.load(out, i))
            ops.store(ops.canonical(ops.select(zero, ops.zero(), inverse)), out, i)
            running.set(ops.mul(running.get(), ops.select(zero, ops.one(), x)))

    return KernelSpec(f"{f.name}_batch_inverse", ("out*", "a*", "n"), emit)


def _convert(f: FieldParams, name: str, factor: int) -> KernelSpec:
    """out[i] = montmul(a[i], factor); a < 2^256 is allowed (the product is still below 2p, then made canonical)."""

    def emit(e: Emitter) -> None:
        ops = ScalarField(e, f)
        with e.loop(0, e.arg("n")) as i:
            # factor first: the no-carry bound is on the first operand (see ScalarField.mul)
            product = ops.mul(const(I256, factor), ops.load(e.arg("a"), i))
            ops.store(ops.canonical(product), e.arg("out"), i)

    return KernelSpec(f"{f.name}_{name}", ("out*", "a*", "n"), emit)


def _field_specs(f: FieldParams) -> tuple[KernelSpec, ...]:
    return (
        _elementwise(f, "mul", lambda o, a, b: o.mul(a, b)),
        _elementwise(f, "add", lambda o, a, b: o.add(a, b)),
        _elementwise(f, "sub", lambda o, a, b: o.sub(a, b)),
        _elementwise(f, "scale", lambda o, a, b: o.mul(a, b), fixed=True),
        _batch_inverse(f),
        _convert(f, "to_mont", f.r2),
        _convert(f, "from_mont", 1),
    )


SPECS = _field_specs(FR) + _field_specs(FP)
