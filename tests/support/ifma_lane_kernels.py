"""`lane_kernels` on AVX-512 IFMA."""

from __future__ import annotations

from tests.support.lane_kernels import lane_test_specs
from zkcompanion.proving.kernels.ifma_field import IfmaField

SPECS = lane_test_specs(IfmaField)
