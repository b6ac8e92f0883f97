"""The vector family's transforms for any CPU: 52-bit multiply-add spelled out. Slow, but all else is theirs.

`portable_rows` are its rows.
"""

from __future__ import annotations

from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.ifma_field import LANES, LIMB_BITS, VECTOR, IfmaField
from zkcompanion.proving.kernels.ifma_ntt_ops import lane_specs
from zkcompanion.proving.kernels.ir import I128, const, internal_function, ir
from zkcompanion.proving.kernels.ntt_ops import SPECS as SCALAR_SPECS

_WIDE = ir.VectorType(I128, LANES)


def _emit_madd(half):
    def body(e):
        b, mask = e.builder, const(VECTOR, (1 << LIMB_BITS) - 1)
        x, y = (b.zext(b.and_(e.arg(name), mask), _WIDE) for name in "xy")
        product = b.mul(x, y)
        if half == "h":
            product = b.lshr(product, const(_WIDE, LIMB_BITS))
        return b.add(e.arg("acc"), b.and_(b.trunc(product, VECTOR), mask))

    return body


class PortableField(IfmaField):
    """`IfmaField` without the instruction it is named after."""

    def madd(self, half, acc, x, y):
        params = [(name, VECTOR) for name in ("acc", "x", "y")]
        return self.e.call(
            internal_function(self.e.module, f"_madd_{half}", params, VECTOR, _emit_madd(half)), acc, x, y
        )


SPECS = SCALAR_SPECS + lane_specs(lambda e: PortableField(e, FR))
