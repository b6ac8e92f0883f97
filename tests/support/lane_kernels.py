"""Kernels that only tests have: fixed products and whole transforms of the vector family, on blocks uint64[5, 8].

Here for any CPU; `ifma_lane_kernels` has them with the instruction itself.
"""

from __future__ import annotations

from tests.support.portable_lanes import PortableField
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.kernels.ifma_fixed import constant_factor, load_factor, mul_fixed
from zkcompanion.proving.kernels.ifma_ntt_levels import FINAL_BOUND, MERGE_BOUND, Levels, block, get, put
from zkcompanion.proving.kernels.ir import KernelSpec

#: Bounds, in units of p, of what tests multiply: 2^260 is 84.6 p.
BOUND, HALF_BOUND = 83.0, 41.0
#: The factor of the kernels `..._constant`.
CONSTANT = 3**150


def _fixed(make_field, field, variant):
    """out[i] = a[i] * (the factor i, or CONSTANT), loose; `loose`: (a[i] - b[i]) * factor i."""

    def emit(e):
        f = make_field(e, field)
        with e.loop(0, e.arg("n")) as i:
            x, y = (
                get(e, block(e, e.arg(name), i), HALF_BOUND if variant == "loose" else BOUND, tight=True)
                for name in "ab"
            )
            factor = constant_factor(CONSTANT, field) if variant == "constant" else load_factor(e, e.arg("factors"), i)
            product = mul_fixed(f, f.sub(x, y) if variant == "loose" else x, factor)
            put(e, product, block(e, e.arg("out"), i), 10.0)

    return KernelSpec(f"{field.name}_{variant}", ("out*", "a*", "b*", "factors*", "n"), emit)


def _transform(make_field, name):
    """In place; the result is below FINAL_BOUND*p, and tight."""

    def emit(e):
        f = make_field(e, FR)
        levels = Levels(e, lambda e: make_field(e, FR))
        data, size = e.arg("data"), e.arg("size")
        if name == "shift":
            e.call(levels.shift(), data, e.arg("inverse_roots"), e.arg("roots"), e.arg("middles"), size)
        elif name == "merge":
            e.call(levels.merge(), data, e.arg("roots"), size)
        else:
            e.call(levels.split(), data, e.arg("inverse_roots"), size)
        with e.loop(0, size) as i:
            at = block(e, data, i)
            put(e, f.tighten(get(e, at, FINAL_BOUND)), at, FINAL_BOUND)

    return KernelSpec(name, ("data*", "inverse_roots*", "roots*", "middles*", "size"), emit)


def lane_test_specs(make_field):
    """The kernels on any make of eight lanes."""
    fixed = [_fixed(make_field, field, kind) for field in (FP, FR) for kind in ("table", "constant", "loose")]
    return (*fixed, *(_transform(make_field, name) for name in ("split", "merge", "shift")))


#: What a transform takes: values below these multiples of p.
TRANSFORM_BOUNDS = {"split": 2.1, "merge": MERGE_BOUND, "shift": 2.1}
SPECS = lane_test_specs(PortableField)
