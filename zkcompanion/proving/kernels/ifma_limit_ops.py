"""The group `limit` of the vector family: products of eight lanes."""

from __future__ import annotations

from typing import cast

from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels.field_ops import Element, FieldOps
from zkcompanion.proving.kernels.ifma_field import LANES, IfmaField
from zkcompanion.proving.kernels.ir import Value
from zkcompanion.proving.kernels.limit_ops import limit_specs


def _load(ops: FieldOps, pointer: Value, index: Value) -> Element:
    # a product of 2p and 1p is below p*(1.13 + 2/84.6)
    return cast(IfmaField, ops).load_bounded(pointer, index, 2.0)


SPECS = limit_specs(lambda e: IfmaField(e, FP), _load, LANES)
