"""The vector family's rows for any CPU, see `portable_lanes`."""

from __future__ import annotations

from tests.support.portable_lanes import PortableField
from zkcompanion.proving.fields import FR
from zkcompanion.proving.kernels.ifma_row_ops import vector_products
from zkcompanion.proving.kernels.row_ops import row_specs

SPECS = row_specs(vector_products(lambda e: PortableField(e, FR)))
