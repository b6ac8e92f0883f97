"""Kernels that only tests have: each operation of a field alone on lazy elements, and each control structure."""

from __future__ import annotations

from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.field_ops import Fp2Ops, ScalarField, join_limbs, split_limbs
from zkcompanion.proving.kernels.ir import I8, I16, I32, I64, I128, I256, KernelSpec, internal_function

#: one, two or no operands; results are stored as they come out, lazy
_OPERATIONS = {
    "add": (2, lambda f, a, b: f.add(a, b)),
    "sub": (2, lambda f, a, b: f.sub(a, b)),
    "mul": (2, lambda f, a, b: f.mul(a, b)),
    "neg": (1, lambda f, a: f.neg(a)),
    "sqr": (1, lambda f, a: f.sqr(a)),
    "inv": (1, lambda f, a: f.inv(a)),
    "canonical": (1, lambda f, a: f.canonical(a)),
    "is_zero": (1, lambda f, a: f.select(f.is_zero(a), f.one(), f.zero())),
    "select": (2, lambda f, a, b: f.select(f.is_zero(a), a, b)),
}


def _spec(name, make, operands, formula):
    def emit(e):
        f = make(e)
        with e.loop(0, e.arg("n")) as i:
            values = [f.load(e.arg(x), i) for x in ("a", "b")[:operands]]
            f.store(formula(f, *values), e.arg("out"), i)

    return KernelSpec(name, ("out*", "a*", "b*", "n"), emit)


_FIELDS = {
    "fr": lambda e: ScalarField(e, FR),
    "fp": lambda e: ScalarField(e, FP),
    "compact": lambda e: ScalarField(e, FP, compact=True),
    "fp2": lambda e: Fp2Ops(ScalarField(e, FP)),
}


def _constant(e):
    f = ScalarField(e, FR)
    f.store(f.constant(-5), e.arg("out"), 0)


# -- control and memory ------------------------------------------------------------------------------------------------
def _sum_loop(e):
    """out[0] = sum of range(start, stop, step); out[1] = the number of rounds."""
    total, rounds = e.var(I64, 0), e.var(I64, 0)
    with e.loop(e.arg("start"), e.arg("stop"), e.arg("step")) as i:
        total.set(e.builder.add(total.get(), i))
        rounds.set(e.builder.add(rounds.get(), e.i64(1)))
    e.store(total.get(), e.arg("out"), 0)
    e.store(rounds.get(), e.arg("out"), 1)


def _list_down(e):
    """out = reversed(range(start, stop))."""
    position = e.var(I64, 0)
    with e.loop_down(e.arg("stop"), e.arg("start")) as i:
        e.store(i, e.arg("out"), position.get())
        position.set(e.builder.add(position.get(), e.i64(1)))


def _collatz(e):
    """out[0] = steps from n down to 1."""
    b = e.builder
    n, steps = e.var(I64, e.arg("n")), e.var(I64, 0)
    with e.while_(lambda: b.icmp_signed(">", n.get(), e.i64(1))):
        odd = b.icmp_signed("==", b.and_(n.get(), e.i64(1)), e.i64(1))
        with e.either(odd) as (then, otherwise):
            with then:
                n.set(b.add(b.mul(n.get(), e.i64(3)), e.i64(1)))
            with otherwise:
                n.set(b.lshr(n.get(), e.i64(1)))
        steps.set(b.add(steps.get(), e.i64(1)))
    with e.when(b.icmp_signed("==", e.arg("n"), e.i64(0)), likely=False):
        steps.set(e.i64(-1))
    e.store(steps.get(), e.arg("out"))


def _widths(e):
    """out (bytes) = one element of each width of `in`, one after another, at odd addresses."""
    offset = 0
    for type_ in (I8, I16, I32, I64, I128, I256):
        value = e.load(e.at(e.arg("in"), offset, I8), type_, align=1)
        e.store(value, e.at(e.arg("out"), offset, I8), align=1)
        offset += type_.width // 8


def _narrow(e):
    """out[i] (64 bits) = in[i] (16 bits, unsigned)."""
    with e.loop(0, e.arg("n")) as i:
        e.store(e.as_i64(e.load(e.arg("in"), I16, i)), e.arg("out"), i)


def _shared(e):
    """out[0] = 3 * a, by a function that two calls share; the second body must not be emitted."""

    def body(inner):
        return inner.builder.add(inner.arg("x"), inner.arg("y"))

    def wrong(_):
        raise AssertionError

    params = [("x", I64), ("y", I64)]
    add = internal_function(e.module, "_add_for_test", params, I64, body)
    again = internal_function(e.module, "_add_for_test", params, I64, wrong)
    e.store(e.call(again, e.arg("a"), e.call(add, e.arg("a"), e.arg("a"))), e.arg("out"))


def _limbs(e):
    """out = the limbs of `in` in reverse."""
    limbs = split_limbs(e, e.load(e.arg("in"), I256))
    e.store(join_limbs(e, limbs[::-1]), e.arg("out"))


SPECS = (
    *(
        _spec(f"{name}_{operation}", make, operands, formula)
        for name, make in _FIELDS.items()
        for operation, (operands, formula) in _OPERATIONS.items()
    ),
    _spec("fp2_mul_by_nonresidue", _FIELDS["fp2"], 1, lambda f, a: f.mul_by_nonresidue(a)),
    KernelSpec("fr_constant", ("out*",), _constant),
    KernelSpec("sum_loop", ("out*", "start", "stop", "step"), _sum_loop),
    KernelSpec("list_down", ("out*", "start", "stop"), _list_down),
    KernelSpec("collatz", ("out*", "n"), _collatz),
    KernelSpec("widths", ("out*", "in*"), _widths),
    KernelSpec("narrow", ("out*", "in*", "n"), _narrow),
    KernelSpec("shared", ("out*", "a"), _shared),
    KernelSpec("limbs", ("out*", "in*"), _limbs),
)
