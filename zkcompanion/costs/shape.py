"""The shape of a circuit: the few numbers that memory and work of a proof depend on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.costs.bits import likely_bits
from zkcompanion.proving.formats.mapped import StrPath, read_bounded
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import COEFFICIENT, read_zkey_outline

Index = npt.NDArray[np.int64]
#: Rows, wires and matrix (0: A, 1: B) of some terms.
Terms = tuple[Index, Index, int]

#: Terms looked at in one step.
_CHUNK = 1 << 18
#: A G1 point and a G2 point of a key, in bytes.
_G1, _G2 = 64, 128
#: Of a key beside its points and coefficients: header, section headers, hash of the circuit; and the record of the one
#: contribution of a development key.
_KEY_HEADER_BYTES, DEVELOPMENT_RECORD_BYTES = 868, 421
#: Largest witness calculator, as in `proving/witness/sandbox`.
_MAX_WASM_BYTES = 64 << 20
_WASM_MAGIC = b"\0asm\1\0\0\0"
_WASM_PAGE_BYTES = 1 << 16
_WASM_MEMORY_SECTION = 5


@dataclass(frozen=True, slots=True)
class System:
    """A circuit's `.r1cs`, where the witness is checked against it."""

    constraints: int
    #: of A, B and C
    terms: int
    #: of the widest of the three matrices
    most_terms: int
    size_bytes: int
    #: constraints with terms in both A and B
    products: int = 0


@dataclass(frozen=True, slots=True)
class Calculator:
    """A circuit's `.wasm`: size of the file, and the linear memory that it declares."""

    size_bytes: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Names:
    """A circuit's `.sym`."""

    lines: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CircuitShape:
    """What a proof's needs depend on. `constraints` counts rows of the key without those of the public wires."""

    constraints: int
    wires: int
    public: int
    domain: int
    #: entries of A and B in the key, the rows of the public wires included
    coefficients: int
    #: of the larger one of A and B
    most_coefficients: int
    #: wires that stand in A, and in B: their points are not infinity
    finite_a: int
    finite_b: int
    #: wires of which a constraint says that they are 0 or 1
    bits: int
    #: from an `.r1cs`: with the record of a development key
    key_bytes: int
    #: wires that are most likely 0 or 1, `bits` and what is made of them, and how many of them stand in A and in B
    #: (`costs/bits`); None where the constraints are not all known
    small: int | None = None
    small_a: int = 0
    small_b: int = 0

    @property
    def power(self) -> int:
        """log2 of the domain."""
        return self.domain.bit_length() - 1

    @property
    def points_c(self) -> int:
        """Points C of the key."""
        return self.wires - self.public - 1


#: Of circuits of which only the size is known: what stands for each constraint or wire, between those of a hash made
#: for proofs and of one made of bits (`docs/hardware.md`).
_TYPICAL_TERMS, _TYPICAL_IN_A, _TYPICAL_IN_B, _TYPICAL_BITS = 4.0, 0.7, 0.6, 0.13


def typical_shape(constraints: int, *, wires: int | None = None, public: int = 1) -> CircuitShape:
    """A shape for a circuit of which only the size is known; its key's size is right to a third or so.

    Raises: ValueError where there are no constraints, or no more wires than public ones.
    """
    wires = max(constraints, public + 2) if wires is None else wires
    if constraints < 1 or public < 0 or wires < public + 2:
        raise ValueError("no such circuit")
    domain = domain_of(constraints, public)
    terms = round(_TYPICAL_TERMS * constraints) + public + 1
    finite_a, finite_b = (round(share * wires) for share in (_TYPICAL_IN_A, _TYPICAL_IN_B))
    return CircuitShape(
        constraints,
        wires,
        public,
        domain,
        terms,
        round(0.62 * terms),
        finite_a,
        finite_b,
        round(_TYPICAL_BITS * wires),
        key_bytes_of(wires, domain, terms) + DEVELOPMENT_RECORD_BYTES,
    )


def key_bytes_of(wires: int, domain: int, coefficients: int) -> int:
    """Of a new key, before anybody contributed: records of contributions come on top."""
    return _G1 * (3 * wires + domain) + _G2 * wires + COEFFICIENT.itemsize * coefficients + _KEY_HEADER_BYTES


def shape_of_zkey(path: StrPath) -> CircuitShape:
    """The shape that a key is for; reads its header and its coefficients, no point.

    Raises: FileError, UnsupportedFileError.
    """
    key = read_zkey_outline(path)
    entries = key.coefficients
    seen = _Seen(key.n_vars, key.domain_size)
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        for matrix in (0, 1):
            of = chunk[chunk["matrix"] == matrix]
            seen.add((of["constraint"].astype(np.int64), of["signal"].astype(np.int64), matrix))
    rows = int(entries["constraint"].max()) - key.n_public if len(entries) else 0
    return seen.shape(max(rows, 0), key.n_public, key_bytes=key.size_bytes)


def shape_of_r1cs(system: R1cs) -> CircuitShape:
    """The shape that a key for this circuit will have."""
    domain = domain_of(system.n_constraints, system.n_public)
    seen = _Seen(system.n_wires, domain)
    for matrix, rows in enumerate((system.a, system.b)):
        for part in _terms(rows, matrix):
            seen.add(part)
    public = np.arange(system.n_public + 1, dtype=np.int64)
    seen.add((system.n_constraints + public, public, 0))
    shape, said = seen.shape(system.n_constraints, system.n_public), seen.said_to_be_bits()
    small = likely_bits(system, said)
    in_a, in_b = ((small & seen.stands_in(matrix)) for matrix in (0, 1))
    return replace(shape, small=int(small.sum()), small_a=int(in_a.sum()), small_b=int(in_b.sum()))


def shape_of_both(path: StrPath, system: R1cs) -> CircuitShape:
    """The shape that a key is for, whose constraints are known too. Raises: as `shape_of_zkey`."""
    key, shape = read_zkey_outline(path, check=False), shape_of_r1cs(system)
    if (key.n_vars, key.domain_size, len(key.coefficients)) != (shape.wires, shape.domain, shape.coefficients):
        return shape_of_zkey(path)  # of another circuit, or made in another way
    return replace(shape, key_bytes=key.size_bytes)


def domain_of(constraints: int, public: int) -> int:
    """As `proving/groth16/qap`: one row of A more for the constant one and for each public wire."""
    return 1 << max(1, (constraints + public).bit_length())


def system_of(system: R1cs, size_bytes: int) -> System:
    """What checking a witness depends on; `size_bytes` of the file."""
    counts = [rows.n_terms for rows in (system.a, system.b, system.c)]
    in_a, in_b = (np.diff(rows.row_ptr) > 0 for rows in (system.a, system.b))
    return System(system.n_constraints, sum(counts), max(counts), size_bytes, int((in_a & in_b).sum()))


def names_of(path: Path) -> Names:
    """Of a `.sym`. Raises: FileError."""
    data = read_bounded(path, max_bytes=1 << 34)
    return Names(data.count(b"\n"), len(data))


def calculator_of(path: Path) -> Calculator:
    """Of a `.wasm`, from its memory section. Raises: FileError where there is none."""
    data = read_bounded(path, max_bytes=_MAX_WASM_BYTES)
    if data.startswith(_WASM_MAGIC):
        position = len(_WASM_MAGIC)
        while position < len(data):
            number = data[position]
            size, position = _leb128(data, position + 1)
            if number == _WASM_MEMORY_SECTION:
                # how many memories, whether there is a largest size, the smallest in pages
                _, at = _leb128(data, position)
                _, at = _leb128(data, at)
                pages, _ = _leb128(data, at)
                return Calculator(len(data), pages * _WASM_PAGE_BYTES)
            position += size
    raise FileError(msg("This is no WebAssembly module with a memory of its own."), file=str(path))


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """An unsigned number in WebAssembly's encoding (0 where the file ends before it), and where it ends."""
    value = shift = 0
    while position < len(data) and shift < 64:
        value |= (data[position] & 0x7F) << shift
        shift += 7
        position += 1
        if not data[position - 1] & 0x80:
            return value, position
    return 0, len(data)


def _terms(rows: SparseRows, matrix: int) -> Iterator[Terms]:
    row = np.repeat(np.arange(rows.n_rows, dtype=np.int64), np.diff(rows.row_ptr))
    for start in range(0, len(row), _CHUNK):
        part = slice(start, start + _CHUNK)
        yield row[part], rows.wire[part].astype(np.int64), matrix


class _Seen:
    """Which wires stand where, and which rows say that a wire is a bit: (w) * (w - 1) = 0, factors in any order."""

    def __init__(self, wires: int, domain: int) -> None:
        self._wires, self._domain = wires, domain
        self._in = np.zeros((2, wires), dtype=np.bool_)
        self._count = np.zeros((2, domain), dtype=np.int64)
        self._sum = np.zeros((2, domain), dtype=np.int64)
        self._ones = np.zeros((2, domain), dtype=np.int64)

    def add(self, terms: Terms) -> None:
        """Terms, in any order."""
        rows, wires, matrix = terms
        self._in[matrix, wires] = True
        self._count[matrix] += np.bincount(rows, minlength=self._domain)
        # exact: below 2^53
        self._sum[matrix] += np.bincount(rows, weights=wires, minlength=self._domain).astype(np.int64)
        self._ones[matrix] += np.bincount(rows[wires == 0], minlength=self._domain)

    def shape(self, constraints: int, public: int, *, key_bytes: int | None = None) -> CircuitShape:
        """All that was seen."""
        by_matrix = self._count.sum(axis=1).tolist()
        total = sum(by_matrix)
        if key_bytes is None:
            key_bytes = key_bytes_of(self._wires, self._domain, total) + DEVELOPMENT_RECORD_BYTES
        return CircuitShape(
            constraints,
            self._wires,
            public,
            self._domain,
            total,
            max(by_matrix),
            int(self._in[0].sum()),
            int(self._in[1].sum()),
            int(self.said_to_be_bits().sum()),
            key_bytes,
        )

    def stands_in(self, matrix: int) -> npt.NDArray[np.bool_]:
        """bool[wires]: which stand in A (0) or B (1)."""
        stands: npt.NDArray[np.bool_] = self._in[matrix]
        return stands

    def said_to_be_bits(self) -> npt.NDArray[np.bool_]:
        """bool[wires]: those with one term w on one side and the terms w and 1 on the other."""
        found = np.zeros(self._wires, dtype=np.bool_)
        for one, other in ((0, 1), (1, 0)):
            rows = (self._count[one] == 1) & (self._ones[one] == 0) & (self._count[other] == 2)
            rows &= (self._ones[other] == 1) & (self._sum[one] == self._sum[other])
            found[self._sum[one][rows]] = True
        return found
