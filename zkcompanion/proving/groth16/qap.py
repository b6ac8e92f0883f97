"""A circuit as a quadratic arithmetic program, as keys of snarkjs have it.

Row i of A, B and C belongs to the point w^i of the domain. After the constraints A has one more row for the constant
one and for each public signal, with that wire alone: it makes the public part of A independent, so that public signals
cannot be traded for one another. The domain is the smallest power of two with room for all rows and, as snarkjs rounds,
never below 2. Source: snarkjs 0.7.6 (zkey_new).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.proving.field_arrays import FieldScaling
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT
from zkcompanion.proving.phases import NULL_TRACE, Trace


def domain_power(r1cs: R1cs) -> int:
    """log2 of the domain: floor(log2(constraints + public signals)) + 1, and 1 for an empty circuit.

    Raises: ResourceError where the field has no root of unity of that order.
    """
    power = max(1, (r1cs.n_constraints + r1cs.n_public).bit_length())
    if power > FR.two_adicity:
        raise ResourceError(
            msg(
                "The circuit has {rows} constraints and public signals; keys on this curve can have {limit}.",
                rows=r1cs.n_constraints + r1cs.n_public,
                limit=(1 << FR.two_adicity) - 1,
            )
        )
    return power


def a_with_public_rows(r1cs: R1cs) -> SparseRows:
    """A and its rows for the constant one and the public signals."""
    extra = r1cs.n_public + 1
    row_ptr = np.concatenate((r1cs.a.row_ptr, r1cs.a.row_ptr[-1] + 1 + np.arange(extra)))
    wire = np.concatenate((r1cs.a.wire, np.arange(extra, dtype=np.uint32)))
    return SparseRows(row_ptr, wire, np.concatenate((r1cs.a.value, to_limbs([1] * extra))))


def columns(parts: Sequence[tuple[SparseRows, int]], n_wires: int) -> SparseRows:
    """The matrices in columns: row s of the result has the terms of wire s, first those of the first matrix.

    Its `wire` is the row of the term plus the matrix's offset (the second number of each part), in rising order.
    """
    wire = np.concatenate([rows.wire for rows, _ in parts])
    place = [offset + np.repeat(np.arange(rows.n_rows), np.diff(rows.row_ptr)) for rows, offset in parts]
    order = np.argsort(wire, kind="stable")
    row_ptr = np.concatenate(([0], np.cumsum(np.bincount(wire, minlength=n_wires))))
    value = np.concatenate([rows.value for rows, _ in parts])[order]
    return SparseRows(row_ptr, np.concatenate(place)[order].astype(np.uint32), value)


def key_coefficients(r1cs: R1cs, fields: FieldScaling, *, trace: Trace = NULL_TRACE) -> npt.NDArray[np.void]:
    """Section 4 of a key: for each constraint its terms of A, then those of B; last A's extra rows."""
    a, b = a_with_public_rows(r1cs), r1cs.b
    out = np.empty(a.n_terms + b.n_terms, dtype=COEFFICIENT)
    # the terms of B that stand before row i of A; after the constraints, all of them
    b_before = np.append(b.row_ptr, np.repeat(b.row_ptr[-1], a.n_rows - b.n_rows))
    for matrix, rows, before in ((0, a, b_before), (1, b, a.row_ptr[1:])):
        row = np.repeat(np.arange(rows.n_rows), np.diff(rows.row_ptr))
        at = np.arange(rows.n_terms) + before[row]
        out["matrix"][at] = matrix
        out["constraint"][at] = row
        out["signal"][at] = rows.wire
        out["value"][at] = fields.scale(FR, rows.value, 1 << 768, trace=trace)
    return out
