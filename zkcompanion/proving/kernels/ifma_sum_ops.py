"""The group `sums` of the vector family: the same kernels, with batched additions on eight lanes."""

from __future__ import annotations

import dataclasses

from zkcompanion.proving.kernels.ifma_points import VectorAddPairs
from zkcompanion.proving.kernels.point_ops import SHAPES
from zkcompanion.proving.kernels.sum_ops import sum_specs

SPECS = sum_specs([dataclasses.replace(shape, pairs=VectorAddPairs) for shape in SHAPES])
