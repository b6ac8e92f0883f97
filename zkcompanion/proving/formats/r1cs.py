"""Constraint files (`.r1cs`, version 1): for each constraint i, (A_i * w) * (B_i * w) = C_i * w over the witness w.

Section 1: element size u32, prime, numbers of wires, public outputs, public inputs, private inputs (u32 each), number
of labels u64, number of constraints u32. Section 2: for each constraint three linear combinations, each a count u32 and
as many terms of wire u32 and coefficient (32 bytes, plain). Section 3: the label u64 of each wire, which the `.sym`
file names. Sections 4 and 5: custom gates, of PLONK only. Source: r1csfile 0.0.48, and what circom 2.2.3 writes.

A linear combination's length stands before it, so the counts are found one after the other in Python (about 0.1 us for
each); everything else is gathered by NumPy in blocks of rows.
"""

from __future__ import annotations

import contextlib
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import UnsupportedFileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.binfile import (
    BinFile,
    Container,
    Layout,
    Section,
    Sections,
    encode_prime,
    raw_bytes,
    write_container,
)
from zkcompanion.proving.formats.elements import SCALAR_PRIMES, first_not_below
from zkcompanion.proving.formats.mapped import Data, MappedFile, StrPath

R1CS = Container(
    b"r1cs",
    (1,),
    {1: "header", 2: "constraints", 3: "labels", 4: "custom gates", 5: "uses of custom gates"},
    max_bytes=64 << 30,
)
_PARSED = (1, 2, 3)
#: circom's order
_LAYOUT = Layout(1, (2, 1, 3))
#: A term, packed; its address in a file is a multiple of four at best.
_TERM = np.dtype([("wire", "<u4"), ("value", "<u8", (4,))])
_TERM_WORDS = 9
#: Rows gathered or scattered in one step.
_BLOCK_ROWS = 1 << 15

Words = npt.NDArray[np.uint32]
Index = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SparseRows:
    """One matrix in rows: the terms of row i are those from `row_ptr[i]` to `row_ptr[i + 1]`, in the order of the file.

    `row_ptr` int64[rows + 1], `wire` uint32[nnz], `value` uint64[nnz, 4] plain, below r. A wire may stand more than
    once in a row, and a value may be zero.
    """

    row_ptr: Index
    wire: Words
    value: LimbArray

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.row_ptr) - 1

    @property
    def n_terms(self) -> int:
        """Number of terms."""
        return len(self.wire)


@dataclass(frozen=True, eq=False)
class R1cs:
    """A circuit's constraints over BN254's scalar field.

    Wires: 0 is the constant one, then outputs, public inputs, private inputs, the rest. `n_private_inputs` counts
    inputs of the circuit, also those that no constraint uses and that have no wire. `wire_to_label` is uint64[n_wires].
    """

    n_wires: int
    n_outputs: int
    n_public_inputs: int
    n_private_inputs: int
    n_labels: int
    a: SparseRows
    b: SparseRows
    c: SparseRows
    wire_to_label: npt.NDArray[np.uint64]
    layout: Layout = _LAYOUT

    @property
    def n_public(self) -> int:
        """Number of public signals: outputs and public inputs."""
        return self.n_outputs + self.n_public_inputs

    @property
    def n_constraints(self) -> int:
        """Number of constraints."""
        return self.a.n_rows


@dataclass(frozen=True, slots=True)
class R1csOutline:
    """Sizes of a circuit; `n_terms` of A, B and C together, `size_bytes` of the file."""

    n_wires: int
    n_public: int
    n_constraints: int
    n_terms: int
    size_bytes: int


def read_r1cs_outline(path: StrPath) -> R1csOutline:
    """What a `.r1cs` says of its sizes; no constraint is looked at. Raises: as `read_r1cs`."""
    with MappedFile(path, max_bytes=R1CS.max_bytes) as mapped:
        binfile = BinFile(mapped.data, file=mapped.file, container=R1CS)
        n_wires, n_outputs, n_public, _, _, n_constraints = _read_header(binfile)
        words = _constraint_section(binfile, n_constraints).size_bytes // 4
        n_terms = (words - 3 * n_constraints) // _TERM_WORDS
        return R1csOutline(n_wires, n_outputs + n_public, n_constraints, n_terms, len(mapped.data))


def read_r1cs(path: StrPath) -> R1cs:
    """Read and check a whole `.r1cs`; everything is copied out of the file.

    Raises: FileError, UnsupportedFileError (another curve or version, custom gates).
    """
    with MappedFile(path, max_bytes=R1CS.max_bytes) as mapped:
        return parse_r1cs(mapped.data, file=mapped.file)


def parse_r1cs(data: Data, *, file: str) -> R1cs:
    """As `read_r1cs`, from memory; `file` is the name for messages."""
    binfile = BinFile(data, file=file, container=R1CS)
    n_wires, n_outputs, n_public, n_private, n_labels, n_constraints = _read_header(binfile)
    _refuse_custom_gates(binfile)
    section = binfile.require_size(3, n_wires, 8)
    labels = binfile.array(section, "<u8", (n_wires,)).copy()
    strange = np.flatnonzero(labels >= np.uint64(n_labels))
    if len(strange):
        raise binfile.refusal(
            msg(
                "The label of wire {wire} is not below the number of labels, {limit}.", wire=strange[0], limit=n_labels
            ),
            section=section,
            offset=section.offset + 8 * int(strange[0]),
        )
    a, b, c = _read_constraints(binfile, n_constraints, n_wires)
    return R1cs(n_wires, n_outputs, n_public, n_private, n_labels, a, b, c, labels, binfile.layout(_PARSED))


def _read_header(binfile: BinFile) -> tuple[int, int, int, int, int, int]:
    reader = binfile.reader(1)
    reader.prime(FR.modulus, SCALAR_PRIMES)
    start = reader.offset
    n_wires = reader.u32("the number of wires")
    n_outputs = reader.u32("the number of outputs")
    n_public_inputs = reader.u32("the number of public inputs")
    n_private_inputs = reader.u32("the number of private inputs")
    n_labels = reader.u64("the number of labels")
    n_constraints = reader.u32("the number of constraints")
    reader.finish()
    n_public = 1 + n_outputs + n_public_inputs
    if n_public > n_wires:
        raise reader.refusal(
            msg(
                "The constant one and the public signals make {count} wires, but there are {n_wires}.",
                count=n_public,
                n_wires=n_wires,
            ),
            at=start,
        )
    if n_public + n_private_inputs > n_labels:
        raise reader.refusal(
            msg(
                "The constant one and the circuit's signals make {count} labels, but there are {n_labels}.",
                count=n_public + n_private_inputs,
                n_labels=n_labels,
            ),
            at=start + 16,
        )
    return n_wires, n_outputs, n_public_inputs, n_private_inputs, n_labels, n_constraints


def _refuse_custom_gates(binfile: BinFile) -> None:
    if 5 not in binfile.sections:
        return
    reader = binfile.reader(5)
    uses = reader.u32("the number of uses")
    if uses:
        raise UnsupportedFileError(
            msg(
                "The circuit uses custom gates ({count} times), which only PLONK has; Groth16 cannot prove it.",
                count=uses,
            ),
            file=binfile.file,
            section=reader.section.label,
            offset=reader.section.offset,
        )
    reader.finish()


def _read_constraints(binfile: BinFile, n_constraints: int, n_wires: int) -> tuple[SparseRows, SparseRows, SparseRows]:
    section = _constraint_section(binfile, n_constraints)
    counts = _term_counts(binfile, section, n_constraints)
    # position of each linear combination's count, in words of the section
    starts = np.zeros_like(counts)
    np.cumsum((1 + _TERM_WORDS * counts.reshape(-1))[:-1], out=starts.reshape(-1)[1:])
    a, b, c = (_gather(binfile, section, starts[:, m], counts[:, m], n_wires) for m in range(3))
    return a, b, c


def _constraint_section(binfile: BinFile, n_constraints: int) -> Section:
    """Section 2, long enough for so many constraints."""
    section = binfile.require(2)
    # three counts are the least that a constraint can take: nothing is allocated from an unchecked number
    if section.size_bytes % 4 or section.size_bytes < 12 * n_constraints:
        raise binfile.refusal(
            msg(
                "{count} constraints do not fit a section of {found} bytes.",
                count=n_constraints,
                found=section.size_bytes,
            ),
            section=section,
            offset=section.offset - 8,
        )
    return section


def _term_counts(binfile: BinFile, section: Section, n_constraints: int) -> Index:
    """int64[n_constraints, 3]: number of terms of each linear combination; together they fill the section exactly."""
    counts = array("I")
    position = 0
    start, end = section.offset, section.offset + section.size_bytes
    with memoryview(binfile.data) as whole, whole[start:end] as payload, payload.cast("I") as words:
        n_words = len(words)
        # the index check of the memoryview is the bound; a count beyond the end shows at the next step
        with contextlib.suppress(IndexError):
            for _ in range(3 * n_constraints):
                count = words[position]
                position += 1 + _TERM_WORDS * count
                counts.append(count)
    if position > n_words or len(counts) < 3 * n_constraints:
        last = len(counts) - 1
        at = position - 1 - _TERM_WORDS * counts[last]
        raise binfile.refusal(
            msg(
                "Linear combination {letter} of constraint {row} claims {count} terms, and the section has no room for "
                "them and what should follow.",
                letter="ABC"[last % 3],
                row=last // 3,
                count=counts[last],
            ),
            section=section,
            offset=start + 4 * at,
        )
    if position < n_words:
        raise binfile.refusal(
            msg("The last constraint ends here, but {extra} bytes follow.", extra=4 * (n_words - position)),
            section=section,
            offset=start + 4 * position,
        )
    return np.frombuffer(counts, dtype=np.uint32).astype(np.int64).reshape(-1, 3)


def _gather(binfile: BinFile, section: Section, starts: Index, counts: Index, n_wires: int) -> SparseRows:
    """One matrix: `starts` and `counts` int64[rows], word position and length of its linear combinations."""
    row_ptr = _row_pointers(counts)
    wire = np.empty(row_ptr[-1], dtype=np.uint32)
    value = np.empty((row_ptr[-1], 4), dtype=np.uint64)
    # a term could begin at every word: overlapping records, so that one index fetches a whole term
    n_places = max(section.size_bytes // 4 - _TERM_WORDS + 1, 0)
    records = binfile.array(section, _TERM, (n_places,), strides=(4,))
    for first in range(0, len(counts), _BLOCK_ROWS):
        rows = slice(first, first + _BLOCK_ROWS)
        places, begin, end = _term_places(starts[rows], counts[rows], row_ptr[first])
        terms = records[places]
        wire[begin:end] = terms["wire"]
        value[begin:end] = terms["value"]
        _check_terms(binfile, section, wire[begin:end], value[begin:end], places, n_wires)
    return SparseRows(row_ptr, wire, value)


def _row_pointers(counts: Index) -> Index:
    row_ptr = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=row_ptr[1:])
    return row_ptr


def _term_places(starts: Index, counts: Index, begin: int) -> tuple[Index, int, int]:
    """Word position of every term of some rows, and the numbers of the first term and of the one after the last."""
    before = _row_pointers(counts)
    in_row = np.arange(before[-1], dtype=np.int64) - np.repeat(before[:-1], counts)
    return np.repeat(starts + 1, counts) + _TERM_WORDS * in_row, begin, begin + int(before[-1])


def _check_terms(
    binfile: BinFile, section: Section, wire: Words, value: LimbArray, places: Index, n_wires: int
) -> None:
    strange = np.flatnonzero(wire >= n_wires)
    if len(strange):
        raise binfile.refusal(
            msg("A term names wire {wire}, but there are {n_wires} wires.", wire=wire[strange[0]], n_wires=n_wires),
            section=section,
            offset=section.offset + 4 * int(places[strange[0]]),
        )
    bad = first_not_below(value, FR.modulus)
    if bad is not None:
        raise binfile.refusal(
            msg("A coefficient is not below the field's prime."),
            section=section,
            offset=section.offset + 4 * int(places[bad]) + 4,
        )


def write_r1cs(path: StrPath, r1cs: R1cs) -> None:
    """Write a `.r1cs`; one that was read gives the same bytes again.

    Raises: OSError.
    """
    header = encode_prime(FR.modulus) + struct.pack(
        "<IIIIQI",
        r1cs.n_wires,
        r1cs.n_outputs,
        r1cs.n_public_inputs,
        r1cs.n_private_inputs,
        r1cs.n_labels,
        r1cs.n_constraints,
    )
    matrices = (r1cs.a, r1cs.b, r1cs.c)
    size_bytes = 12 * r1cs.n_constraints + 4 * _TERM_WORDS * sum(matrix.n_terms for matrix in matrices)
    sections: Sections = {
        1: (len(header), [header]),
        2: (size_bytes, _constraint_blocks(matrices)),
        3: (r1cs.wire_to_label.nbytes, [raw_bytes(r1cs.wire_to_label)]),
    }
    write_container(path, R1CS, r1cs.layout, sections)


def _constraint_blocks(matrices: tuple[SparseRows, SparseRows, SparseRows]) -> Iterator[memoryview]:
    """The payload of section 2, a block of rows at a time."""
    counts = np.stack([np.diff(matrix.row_ptr) for matrix in matrices], axis=1)
    for first in range(0, len(counts), _BLOCK_ROWS):
        rows = slice(first, first + _BLOCK_ROWS)
        ends = np.cumsum(1 + _TERM_WORDS * counts[rows].reshape(-1))
        # room for one whole term after the end keeps the overlapping records inside the buffer
        words = np.zeros(ends[-1] + _TERM_WORDS, dtype="<u4")
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        words[starts] = counts[rows].reshape(-1)
        records = np.ndarray((len(words) - _TERM_WORDS + 1,), _TERM, buffer=words, strides=(4,))
        for column, matrix in enumerate(matrices):
            places, begin, end = _term_places(starts[column::3], counts[rows, column], matrix.row_ptr[first])
            terms = np.empty(len(places), dtype=_TERM)
            terms["wire"] = matrix.wire[begin:end]
            terms["value"] = matrix.value[begin:end]
            records[places] = terms
        yield raw_bytes(words[: ends[-1]])
