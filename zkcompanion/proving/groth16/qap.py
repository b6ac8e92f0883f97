"""A circuit as a quadratic arithmetic program, as keys of snarkjs have it.

Row i of A, B and C belongs to the point w^i of the domain. After the constraints A has one more row for the constant
one and for each public signal, with that wire alone: it makes the public part of A independent, so that public signals
cannot be traded for one another. The domain is the smallest power of two with room for all rows and, as snarkjs rounds,
never below 2. Source: snarkjs 0.7.6 (zkey_new).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.proving.field_arrays import FieldScaling
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.rows import even_ranges

#: Entries of section 4 made at once, about.
PART_TERMS = 1 << 16


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
    out, done = np.empty(n_coefficients(r1cs), dtype=COEFFICIENT), 0
    for part in coefficient_parts(r1cs, fields, trace=trace):
        out[done : done + len(part)] = part
        done += len(part)
    return out


def n_coefficients(r1cs: R1cs) -> int:
    """Entries of section 4."""
    return r1cs.a.n_terms + r1cs.b.n_terms + r1cs.n_public + 1


def coefficient_parts(r1cs: R1cs, fields: FieldScaling, *, trace: Trace = NULL_TRACE) -> Iterator[npt.NDArray[np.void]]:
    """`key_coefficients` in parts of at most 2^17 entries."""
    before = r1cs.a.row_ptr + r1cs.b.row_ptr
    for first, end in even_ranges(before, PART_TERMS):
        if before[end] - before[first] <= 2 * PART_TERMS:
            yield _coefficients_of(r1cs, first, end, fields, trace)
            continue
        # a long row ends the range
        yield _coefficients_of(r1cs, first, end - 1, fields, trace)
        yield from _coefficients_of_row(r1cs, end - 1, fields, trace)
    for start in range(0, r1cs.n_public + 1, PART_TERMS):
        public = np.arange(start, min(start + PART_TERMS, r1cs.n_public + 1))
        out = np.zeros(len(public), dtype=COEFFICIENT)
        out["constraint"] = r1cs.n_constraints + public
        out["signal"] = public
        out["value"] = to_limbs([FR.r2])
        yield out


def _coefficients_of_row(r1cs: R1cs, row: int, fields: FieldScaling, trace: Trace) -> Iterator[npt.NDArray[np.void]]:
    """Those of one constraint."""
    for matrix, rows in enumerate((r1cs.a, r1cs.b)):
        stop = int(rows.row_ptr[row + 1])
        for start in range(int(rows.row_ptr[row]), stop, PART_TERMS):
            terms = slice(start, min(start + PART_TERMS, stop))
            out = np.empty(terms.stop - start, dtype=COEFFICIENT)
            out["matrix"], out["constraint"], out["signal"] = matrix, row, rows.wire[terms]
            out["value"] = fields.scale(FR, rows.value[terms], 1 << 768, trace=trace)
            yield out


def _coefficients_of(r1cs: R1cs, first: int, end: int, fields: FieldScaling, trace: Trace) -> npt.NDArray[np.void]:
    """Those of some neighbouring constraints."""
    a, b = r1cs.a, r1cs.b
    sizes = [int(rows.row_ptr[end] - rows.row_ptr[first]) for rows in (a, b)]
    out = np.empty(sum(sizes), dtype=COEFFICIENT)
    # the terms of B that stand before a row of A, and those of A before the same row of B
    before_a, before_b = b.row_ptr[first:end] - b.row_ptr[first], a.row_ptr[first + 1 : end + 1] - a.row_ptr[first]
    for matrix, rows, before in ((0, a, before_a), (1, b, before_b)):
        terms, lengths = slice(rows.row_ptr[first], rows.row_ptr[end]), np.diff(rows.row_ptr[first : end + 1])
        at = np.arange(sizes[matrix]) + np.repeat(before, lengths)
        out["matrix"][at] = matrix
        out["constraint"][at] = np.repeat(np.arange(first, end), lengths)
        out["signal"][at] = rows.wire[terms]
        out["value"][at] = fields.scale(FR, rows.value[terms], 1 << 768, trace=trace)
    return out
