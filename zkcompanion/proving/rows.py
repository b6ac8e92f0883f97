"""Sparse rows times a witness, on arrays: constraints of a key (A*w, B*w) and of an `.r1cs` (for the witness check).

A key keeps its coefficients one after another, A and B mixed, 44 bytes each. `KeyRows` adds row starts and the order of
the records, 4 bytes each; the values stay where they are in the mapped file. Rows are cut into ranges of about equal
work, which do not depend on the number of threads. A single row is never cut: one of a million terms takes 0.02 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.fields import FR, LimbArray, from_limbs, to_limbs, to_mont_limbs
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT
from zkcompanion.proving.kernels.jit import KernelSet
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.reference import rows as reference

#: Kernel groups that `Rows` calls.
GROUPS = ("rows",)
#: Work of one range, in terms; a row counts as one term more (about 1 ms).
_RANGE_TERMS = 1 << 16
#: Coefficients looked at in one step of the preparation: its temporary memory.
_CHUNK = 1 << 18

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class RowOrder:
    """One matrix of a key: row i has the records order[k], starts[i] <= k < starts[i + 1].

    starts: int64[domain_size + 1]; order: uint32[terms], within a row as in the file.
    """

    starts: npt.NDArray[np.int64]
    order: npt.NDArray[np.uint32]
    ranges: Ranges

    def require_within(self, n_rows: int, n_records: int) -> None:
        """ValueError where a kernel would read or write beyond so many rows and records."""
        _require_starts(self.starts, n_rows, self.order.shape)
        if len(self.order) and int(self.order.max()) >= n_records:
            raise ValueError("no such record")
        cuts = [0, *(end for _, end in self.ranges)]
        if self.ranges != tuple(pairwise(cuts)) or cuts[-1] != n_rows or cuts != sorted(set(cuts)):
            raise ValueError("ranges that do not cover the rows")


@dataclass(frozen=True, eq=False)
class KeyRows:
    """A and B of a key in rows, and the coefficient records (not copied) that they point into."""

    n_vars: int
    domain_size: int
    a: RowOrder
    b: RowOrder
    records: npt.NDArray[np.void]

    @classmethod
    def of(
        cls, coefficients: npt.NDArray[np.void], *, n_vars: int, domain_size: int, trace: Trace = NULL_TRACE
    ) -> KeyRows:
        """Rows of `coefficients` (dtype COEFFICIENT of `formats/zkey`, any order).

        ValueError where an index is out of bounds (a key that was read is checked already; kernels rely on it here).
        """
        if coefficients.dtype != COEFFICIENT or not coefficients.flags.c_contiguous:
            raise ValueError("coefficients are contiguous records of a key")
        order: tuple[list[npt.NDArray[np.uint32]], ...] = ([], [])
        for start in range(0, len(coefficients), _CHUNK):
            trace.check()
            chunk = coefficients[start : start + _CHUNK]
            if (chunk["matrix"] > 1).any() or (chunk["constraint"] >= domain_size).any():
                raise ValueError("no such row")
            if (chunk["signal"] >= n_vars).any():
                raise ValueError("no such wire")
            for matrix in (0, 1):
                found = np.flatnonzero(chunk["matrix"] == matrix)
                order[matrix].append((found + start).astype(np.uint32))
        a, b = (_row_order(coefficients, parts, domain_size) for parts in order)
        return cls(n_vars, domain_size, a, b, coefficients)

    @property
    def steps(self) -> int:
        """`advance` calls of one evaluation."""
        return len(self.a.ranges) + len(self.b.ranges)


def _row_order(coefficients: npt.NDArray[np.void], parts: list[npt.NDArray[np.uint32]], domain_size: int) -> RowOrder:
    order = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint32)
    rows = coefficients["constraint"][order]
    if (rows[1:] < rows[:-1]).any():  # snarkjs writes them in order, but the format does not ask for it
        by_row = np.argsort(rows, kind="stable")
        order, rows = order[by_row], rows[by_row]
    starts = np.searchsorted(rows, np.arange(domain_size + 1, dtype=np.uint32))
    return RowOrder(starts, order, even_ranges(starts))


def even_ranges(starts: npt.NDArray[np.int64], size: int = _RANGE_TERMS) -> Ranges:
    """Ranges of rows of about `size` terms each, covering all rows; at least four where there is that much work."""
    n_rows = len(starts) - 1
    work = starts + np.arange(n_rows + 1)
    total = int(work[-1])
    step = max(min(size, total >> 2), 1 << 10)
    cuts = np.searchsorted(work, np.arange(step, total, step))
    bounds = sorted({0, *cuts.tolist(), n_rows})
    return tuple(pairwise(bounds))


class RowEvaluator(Protocol):
    """What a back end offers of rows."""

    def evaluate_key(
        self, rows: KeyRows, witness: LimbArray, *, trace: Trace = NULL_TRACE
    ) -> tuple[LimbArray, LimbArray]:
        """(A*w, B*w) on the domain: two arrays uint64[domain_size, 4], Montgomery, canonical; the caller's own.

        witness: uint64[n_vars, 4], plain, below r, contiguous (ValueError for another shape). Runs as
        Phase.CONSTRAINTS.
        """
        ...

    def evaluate(
        self, rows: SparseRows, witness: LimbArray, *, montgomery: bool = False, trace: Trace = NULL_TRACE
    ) -> LimbArray:
        """Each row's sum of value * witness[wire]: uint64[n_rows, 4], canonical, plain unless `montgomery`.

        rows as in `formats/r1cs` (values plain); witness as above, longer than every wire number (ValueError).
        """
        ...

    def multiply(self, a: LimbArray, b: LimbArray) -> LimbArray:
        """Products one by one of plain uint64[n, 4] below r, plain and canonical; for up to a million at once."""
        ...


def _check_witness(witness: LimbArray, n_vars: int | None = None) -> None:
    if witness.ndim != 2 or witness.shape[1] != 4 or witness.dtype != np.uint64 or not witness.flags.c_contiguous:
        raise ValueError("a witness is a contiguous array uint64[n, 4]")
    if n_vars is not None and len(witness) != n_vars:
        raise ValueError("as many witness values as wires")


def require_rows(rows: SparseRows, n_wires: int) -> None:
    """What a kernel relies on: positions within the terms, wires within the witness. Raises: ValueError."""
    terms = len(rows.wire)
    _require_starts(rows.row_ptr, len(rows.row_ptr) - 1, rows.wire.shape)
    if rows.value.shape != (terms, 4):
        raise ValueError("as many values as terms")
    if terms and int(rows.wire.max()) >= n_wires:
        raise ValueError("no such wire")


def _require_starts(starts: npt.NDArray[np.int64], n_rows: int, terms: tuple[int, ...]) -> None:
    if starts.shape != (n_rows + 1,) or n_rows < 0 or len(terms) != 1:
        raise ValueError("rows of another shape")
    if starts[0] != 0 or starts[-1] != terms[0] or (starts[1:] < starts[:-1]).any():
        raise ValueError("rows that do not cover their terms")


class Rows:
    """`RowEvaluator` on compiled kernels; may be used from several threads."""

    def __init__(self, kernels: KernelSet, team: ThreadTeam, buffers: Buffers = NO_BUFFERS) -> None:
        self._kernels = kernels
        self._team = team
        self._buffers = buffers

    def evaluate_key(
        self, rows: KeyRows, witness: LimbArray, *, trace: Trace = NULL_TRACE
    ) -> tuple[LimbArray, LimbArray]:
        """See `RowEvaluator`. Cost: one multiplication a term (15 ns scalar), more where the witness is in no cache."""
        _check_witness(witness, rows.n_vars)
        kernel = self._kernels["fr_rows_of_key"]
        records_at, witness_at, n_vars = rows.records.ctypes.data, witness.ctypes.data, rows.n_vars
        a, b = (self._buffers.empty((rows.domain_size, 4)) for _ in range(2))
        items: list[tuple[tuple[int, int, int], tuple[int, int]]] = []
        for matrix, out in ((rows.a, a), (rows.b, b)):
            at = out.ctypes.data, matrix.starts.ctypes.data, matrix.order.ctypes.data
            items += [(at, bounds) for bounds in matrix.ranges]

        def evaluate(item: tuple[tuple[int, int, int], tuple[int, int]]) -> None:
            at, bounds = item
            kernel(*at, records_at, witness_at, n_vars, *bounds)
            trace.advance(Phase.CONSTRAINTS)

        try:
            with trace.phase(Phase.CONSTRAINTS, len(items)):
                self._team.map(evaluate, items, trace)
        except BaseException:
            a.fill(0)
            b.fill(0)
            raise
        return a, b

    def evaluate(
        self, rows: SparseRows, witness: LimbArray, *, montgomery: bool = False, trace: Trace = NULL_TRACE
    ) -> LimbArray:
        """See `RowEvaluator`."""
        _check_witness(witness)
        require_rows(rows, len(witness))
        starts = np.ascontiguousarray(rows.row_ptr, dtype=np.int64)
        wires = np.ascontiguousarray(rows.wire, dtype=np.uint32)
        values = np.ascontiguousarray(rows.value, dtype=np.uint64)
        out: LimbArray = self._buffers.empty((len(starts) - 1, 4))
        factor = to_limbs([FR.to_mont(FR.r2) if montgomery else FR.r2])
        kernel = self._kernels["fr_rows_plain"]
        at = tuple(array.ctypes.data for array in (out, starts, wires, values, witness, factor))
        try:
            self._team.map(lambda bounds: kernel(*at, len(witness), *bounds), even_ranges(starts), trace)
        except BaseException:
            out.fill(0)
            raise
        return out

    def multiply(self, a: LimbArray, b: LimbArray) -> LimbArray:
        """See `RowEvaluator`."""
        if a.shape != b.shape:
            raise ValueError("as many factors on both sides")
        a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
        out: LimbArray = self._buffers.empty((len(a), 4))
        factor = to_limbs([FR.r2])
        self._kernels["fr_rows_product"](*(array.ctypes.data for array in (out, a, b, factor)), len(a))
        return out


class ReferenceRows:
    """`RowEvaluator` on Python integers."""

    def evaluate_key(
        self, rows: KeyRows, witness: LimbArray, *, trace: Trace = NULL_TRACE
    ) -> tuple[LimbArray, LimbArray]:
        """See `RowEvaluator`."""
        _check_witness(witness, rows.n_vars)
        with trace.phase(Phase.CONSTRAINTS):
            a, b, _ = reference.zkey_rows(rows.records, from_limbs(witness), rows.domain_size)
        return to_mont_limbs(a, FR), to_mont_limbs(b, FR)

    def evaluate(
        self, rows: SparseRows, witness: LimbArray, *, montgomery: bool = False, trace: Trace = NULL_TRACE
    ) -> LimbArray:
        """See `RowEvaluator`."""
        _check_witness(witness)
        require_rows(rows, len(witness))
        trace.check()
        sums = reference.sparse_rows(rows.row_ptr, rows.wire, rows.value, from_limbs(witness))
        convert: Callable[[list[int]], LimbArray] = (lambda v: to_mont_limbs(v, FR)) if montgomery else to_limbs
        return convert(sums)

    def multiply(self, a: LimbArray, b: LimbArray) -> LimbArray:
        """See `RowEvaluator`."""
        return to_limbs(x * y % FR.modulus for x, y in zip(from_limbs(a), from_limbs(b), strict=True))
