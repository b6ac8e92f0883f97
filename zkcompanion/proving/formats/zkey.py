"""Groth16 proving keys (`.zkey`, version 1, protocol 1), memory-mapped.

Section 1: protocol u32. 2: base and scalar field, numbers of wires, public signals and domain points (u32 each), alpha
and beta in G1, beta, gamma in G2, delta in G1 and G2. 3: IC. 4: count u32 and the entries of A and B. 5 A, 6 B1, 7 B2,
8 C, 9 H: points. 10: hash of the circuit and contributions. Points are affine, Montgomery, little-endian; zeros are
infinity. A coefficient v is stored as v * R^2 mod r, so that one Montgomery multiplication by a plain witness value
gives the Montgomery form of the product. Source: snarkjs 0.7.6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from zkcompanion.base.errors import BugError, UnsupportedFileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.fields import FP, FR, LimbArray
from zkcompanion.proving.formats.binfile import (
    BinFile,
    Container,
    Layout,
    Section,
    SectionReader,
    Sections,
    encode_prime,
    raw_bytes,
    write_container,
)
from zkcompanion.proving.formats.contributions import (
    KEY_CONTRIBUTION_BYTES,
    KeyContribution,
    encode_key_contribution,
    read_contribution_count,
    read_g1,
    read_g2,
    read_key_contribution,
)
from zkcompanion.proving.formats.elements import BASE_PRIMES, SCALAR_PRIMES, first_not_below, nothing
from zkcompanion.proving.formats.mapped import Data, MappedFile, StrPath
from zkcompanion.proving.groth16.types import VerificationKey
from zkcompanion.proving.points import G1Point, G2Point, g1_from_limbs, g1_to_limbs, g2_to_limbs

ZKEY = Container(
    b"zkey",
    (1,),
    {
        1: "protocol",
        2: "groth16 header",
        3: "points IC",
        4: "coefficients",
        5: "points A",
        6: "points B1",
        7: "points B2",
        8: "points C",
        9: "points H",
        10: "contributions",
    },
    max_bytes=256 << 30,
)
GROTH16 = 1
#: Protocol numbers of snarkjs.
PROTOCOLS = {GROTH16: "groth16", 2: "plonk", 10: "fflonk"}
_PARSED = tuple(range(1, 11))
#: The order in which snarkjs writes a new key, and a key with a contribution.
SETUP_LAYOUT = Layout(1, (1, 2, 4, 3, 9, 8, 5, 6, 7, 10))
CONTRIBUTED_LAYOUT = Layout(1, _PARSED)
MAX_POWER = 28

#: An entry of A (matrix 0) or B (matrix 1); packed, 44 bytes.
COEFFICIENT = np.dtype([("matrix", "<u4"), ("constraint", "<u4"), ("signal", "<u4"), ("value", "<u8", (4,))])
#: What stands in section 10 before the number of contributions.
_HASH_BYTES = 64
#: Entries checked in one step.
_CHUNK = 1 << 16


@dataclass(eq=False, slots=True)
class Groth16Zkey:
    """A proving key; context manager where it is mapped from a file, and then unusable after `close`.

    Single points are affine and plain. Arrays are affine Montgomery points uint64[n, 8] (G1) and uint64[n, 16] (G2),
    read-only views of the file at any alignment, every coordinate below the prime; that they lie on the curve is not
    checked here. Lengths: `ic` n_public + 1; `points_a`, `points_b1`, `points_b2` n_vars; `points_c`
    n_vars - n_public - 1; `points_h` domain_size. `coefficients` has dtype COEFFICIENT, indices within bounds, in any
    order; `value` is v * R^2 mod r. `circuit_hash` is the 64 bytes that snarkjs calls csHash.
    """

    n_vars: int
    n_public: int
    domain_size: int
    vk_alpha_1: G1Point
    vk_beta_1: G1Point
    vk_beta_2: G2Point
    vk_gamma_2: G2Point
    vk_delta_1: G1Point
    vk_delta_2: G2Point
    ic: LimbArray
    coefficients: npt.NDArray[np.void]
    points_a: LimbArray
    points_b1: LimbArray
    points_b2: LimbArray
    points_c: LimbArray
    points_h: LimbArray
    circuit_hash: bytes
    contributions: tuple[KeyContribution, ...] = ()
    layout: Layout = SETUP_LAYOUT
    source: MappedFile | None = None

    @property
    def power(self) -> int:
        """Base-two logarithm of the domain."""
        return self.domain_size.bit_length() - 1

    @property
    def n_constraints(self) -> int | None:
        """Of the circuit: rows of the coefficients, one of which stands for each public wire; None where all are empty.

        Reads all coefficients.
        """
        rows, last = self.coefficients["constraint"], -1
        for start in range(0, len(rows), _CHUNK):
            last = max(last, int(rows[start : start + _CHUNK].max()))
            self.give_back()
        return max(0, last - self.n_public) if last >= 0 else None

    def verification_key(self) -> VerificationKey:
        """The public half, affine and plain."""
        return VerificationKey(
            self.n_public,
            self.vk_alpha_1,
            self.vk_beta_2,
            self.vk_gamma_2,
            self.vk_delta_2,
            tuple(g1_from_limbs(self.ic)),
        )

    def give_back(self) -> None:
        """Pages of a key that was read sparingly no longer count as this process's memory (`MappedFile.give_back`)."""
        if self.source is not None:
            self.source.give_back()

    def close(self) -> None:
        """Let go of the file; arrays that others still hold stay valid. A key that is not mapped keeps its arrays."""
        if self.source is not None:
            del self.ic, self.coefficients, self.points_a, self.points_b1, self.points_b2, self.points_c, self.points_h
            self.source.close()
            self.source = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_zkey(path: StrPath, *, sparing: bool = False) -> Groth16Zkey:
    """Map a proving key and check all that can be checked without curve arithmetic.

    `sparing`: hold no more than a few MB of its pages here, and give pages back at `Groth16Zkey.give_back`.
    Raises: FileError, UnsupportedFileError (another scheme, curve or version).
    """
    mapped = MappedFile(path, max_bytes=ZKEY.max_bytes, sparing=sparing)
    try:
        zkey = parse_zkey(mapped.data, file=mapped.file, step=mapped.give_back)
    except BaseException:
        mapped.close()
        raise
    zkey.source = mapped
    return zkey


@dataclass(frozen=True, eq=False, slots=True)
class ZkeyOutline:
    """Sizes of a proving key, and its coefficients as in `Groth16Zkey`, mapped.

    `record_bytes`: of `size_bytes`, records of contributions.
    """

    n_vars: int
    n_public: int
    domain_size: int
    size_bytes: int
    coefficients: npt.NDArray[np.void]
    record_bytes: int = 0


def read_zkey_outline(path: StrPath, *, check: bool = True) -> ZkeyOutline:
    """What a key is for, without a look at its points: only header and coefficients are read from the disk.

    Sizes and indices are checked (`check` False: sizes alone, and no coefficient is read), values and points are not.
    The file stays mapped while `coefficients` lives.
    Raises: as `read_zkey`.
    """
    with MappedFile(path, max_bytes=ZKEY.max_bytes) as mapped:
        size_bytes = len(mapped.data)
        binfile = BinFile(mapped.data, file=mapped.file, container=ZKEY)
        _require_groth16(binfile)
        n_vars, n_public, domain_size = _read_sizes(binfile.reader(2))
        for number, (count, width) in _point_sections(n_vars, n_public, domain_size).items():
            binfile.require_size(number, count, 8 * width)
        coefficients = _coefficients(binfile)
        if check:
            _check_indices(binfile, coefficients, domain_size, n_vars)
        records = binfile.reader(10)
        records.take(_HASH_BYTES, "the hash of the circuit")
        read_contribution_count(records, KEY_CONTRIBUTION_BYTES)
    return ZkeyOutline(n_vars, n_public, domain_size, size_bytes, coefficients, records.left_bytes)


def parse_zkey(data: Data, *, file: str, step: Callable[[], None] = nothing, checked: bool = False) -> Groth16Zkey:
    """As `read_zkey`, from memory, whose lifetime is the caller's; `file` is the name for messages.

    `step` is called between checks, after a few MB each. `checked`: this content went through here before, so that
    coordinates and coefficients are not looked at again. Sizes, header and contributions always are.
    """
    binfile = BinFile(data, file=file, container=ZKEY)
    _require_groth16(binfile)
    reader = binfile.reader(2)
    n_vars, n_public, domain_size = _read_sizes(reader)
    alpha_1 = read_g1(reader, "alpha in G1")
    beta_1 = read_g1(reader, "beta in G1")
    beta_2 = read_g2(reader, "beta in G2")
    gamma_2 = read_g2(reader, "gamma in G2")
    delta_1 = read_g1(reader, "delta in G1")
    delta_2 = read_g2(reader, "delta in G2")
    reader.finish()
    points = {
        number: (binfile.require_size(number, count, 8 * width), count, width)
        for number, (count, width) in _point_sections(n_vars, n_public, domain_size).items()
    }
    coefficients = _coefficients(binfile)
    circuit_hash, contributions = _read_contributions(binfile.reader(10))
    arrays = {number: _points(binfile, *shape, step, checked=checked) for number, shape in points.items()}
    if not checked:
        _check_coefficients(binfile, coefficients, domain_size, n_vars, step)
    return Groth16Zkey(
        n_vars,
        n_public,
        domain_size,
        alpha_1,
        beta_1,
        beta_2,
        gamma_2,
        delta_1,
        delta_2,
        ic=arrays[3],
        coefficients=coefficients,
        points_a=arrays[5],
        points_b1=arrays[6],
        points_b2=arrays[7],
        points_c=arrays[8],
        points_h=arrays[9],
        circuit_hash=circuit_hash,
        contributions=contributions,
        layout=binfile.layout(_PARSED),
    )


def _point_sections(n_vars: int, n_public: int, domain_size: int) -> dict[int, tuple[int, int]]:
    """Number of points and limbs of each, by section."""
    return {
        3: (n_public + 1, 8),
        5: (n_vars, 8),
        6: (n_vars, 8),
        7: (n_vars, 16),
        8: (n_vars - n_public - 1, 8),
        9: (domain_size, 8),
    }


def _require_groth16(binfile: BinFile) -> None:
    reader = binfile.reader(1)
    protocol = reader.u32("the protocol")
    reader.finish()
    if protocol == GROTH16:
        return
    if protocol in PROTOCOLS:
        raise UnsupportedFileError(
            msg("This is a key for {scheme}; this program works with groth16.", scheme=PROTOCOLS[protocol]),
            file=binfile.file,
            section=reader.section.label,
            offset=reader.section.offset,
        )
    raise reader.refusal(
        msg("The protocol should be 1 (groth16), not {found}.", found=protocol), at=reader.section.offset
    )


def _read_sizes(reader: SectionReader) -> tuple[int, int, int]:
    """Numbers of wires, public signals and domain points."""
    reader.prime(FP.modulus, BASE_PRIMES)
    reader.prime(FR.modulus, SCALAR_PRIMES)
    start = reader.offset
    n_vars = reader.u32("the number of wires")
    n_public = reader.u32("the number of public signals")
    domain_size = reader.u32("the size of the domain")
    if n_public >= n_vars:
        raise reader.refusal(
            msg(
                "There should be fewer public signals than wires, but there are {n_public} and {n_vars}.",
                n_public=n_public,
                n_vars=n_vars,
            ),
            at=start + 4,
        )
    if domain_size.bit_count() != 1 or not 2 <= domain_size <= 1 << MAX_POWER:
        raise reader.refusal(
            msg(
                "The size of the domain should be a power of two from 2 to 2^{power}, not {found}.",
                power=MAX_POWER,
                found=domain_size,
            ),
            at=start + 8,
        )
    return n_vars, n_public, domain_size


def _points(
    binfile: BinFile, section: Section, count: int, width: int, step: Callable[[], None], *, checked: bool
) -> LimbArray:
    points = binfile.array(section, "<u8", (count, width))
    bad = None if checked else first_not_below(points.reshape(-1, 4), FP.modulus, step=step)
    if bad is not None:
        raise binfile.refusal(
            msg("A coordinate of point {index} is not below the field's prime.", index=bad * 4 // width),
            section=section,
            offset=section.offset + 32 * bad,
        )
    return points


def _coefficients(binfile: BinFile) -> npt.NDArray[np.void]:
    reader = binfile.reader(4)
    count = reader.u32("the number of coefficients")
    section = binfile.require_size(4, count, COEFFICIENT.itemsize, prefix_bytes=4)
    return binfile.array(section, COEFFICIENT, (count,), skip_bytes=4)


def _check_indices(
    binfile: BinFile,
    coefficients: npt.NDArray[np.void],
    domain_size: int,
    n_vars: int,
    step: Callable[[], None] = nothing,
) -> None:
    section = binfile.sections[4]
    bounds = (("matrix", 2, 0), ("constraint", domain_size, 4), ("signal", n_vars, 8))
    for start in range(0, len(coefficients), _CHUNK):
        for name, bound, skip in bounds:
            column = coefficients[name][start : start + _CHUNK]
            if column.max() >= bound:
                index = start + int(np.argmax(column >= bound))
                raise binfile.refusal(
                    msg(
                        "Coefficient {index} has {name} {found}; it should be below {bound}.",
                        index=index,
                        name=name,
                        found=coefficients[name][index],
                        bound=bound,
                    ),
                    section=section,
                    offset=section.offset + 4 + COEFFICIENT.itemsize * index + skip,
                )
        step()


def _check_coefficients(
    binfile: BinFile, coefficients: npt.NDArray[np.void], domain_size: int, n_vars: int, step: Callable[[], None]
) -> None:
    _check_indices(binfile, coefficients, domain_size, n_vars, step)
    section = binfile.sections[4]
    bad = first_not_below(coefficients["value"], FR.modulus, step=step)
    if bad is not None:
        raise binfile.refusal(
            msg("The value of coefficient {index} is not below the field's prime.", index=bad),
            section=section,
            offset=section.offset + 4 + COEFFICIENT.itemsize * bad + 12,
        )


def _read_contributions(reader: SectionReader) -> tuple[bytes, tuple[KeyContribution, ...]]:
    circuit_hash = reader.take(_HASH_BYTES, "the hash of the circuit")
    count = read_contribution_count(reader, KEY_CONTRIBUTION_BYTES)
    contributions = tuple(read_key_contribution(reader) for _ in range(count))
    reader.finish()
    return circuit_hash, contributions


def write_zkey(path: StrPath, zkey: Groth16Zkey) -> None:
    """Write a proving key, section by section; one that was read gives the same bytes again.

    Raises: OSError; BugError where an array's shape does not fit the numbers of the key.
    """
    arrays = {
        3: zkey.ic,
        5: zkey.points_a,
        6: zkey.points_b1,
        7: zkey.points_b2,
        8: zkey.points_c,
        9: zkey.points_h,
    }
    for number, shape in _point_sections(zkey.n_vars, zkey.n_public, zkey.domain_size).items():
        if arrays[number].shape != shape:
            raise BugError(msg("Section {number} of a key has a wrong shape.", number=number))
    write_zkey_in_parts(
        path, zkey, len(zkey.coefficients), {4: [zkey.coefficients], **{n: [a] for n, a in arrays.items()}}
    )


def write_zkey_in_parts(
    path: StrPath, zkey: Groth16Zkey, n_coefficients: int, parts: Mapping[int, Iterable[npt.NDArray[Any]]]
) -> None:
    """Write a key whose arrays come in parts, as they are made: by section, 3 to 9, each iterated in the order of
    `zkey.layout` when it is its turn. The arrays of `zkey` itself are not looked at.

    Raises: OSError, whatever the parts raise; BugError where they do not add up. Then nothing is written.
    """
    header = b"".join(
        (
            encode_prime(FP.modulus),
            encode_prime(FR.modulus),
            struct.pack("<III", zkey.n_vars, zkey.n_public, zkey.domain_size),
            g1_to_limbs((zkey.vk_alpha_1, zkey.vk_beta_1)).tobytes(),
            g2_to_limbs((zkey.vk_beta_2, zkey.vk_gamma_2)).tobytes(),
            g1_to_limbs((zkey.vk_delta_1,)).tobytes(),
            g2_to_limbs((zkey.vk_delta_2,)).tobytes(),
        )
    )
    history = zkey.circuit_hash + struct.pack("<I", len(zkey.contributions))
    history += b"".join(map(encode_key_contribution, zkey.contributions))
    count = struct.pack("<I", n_coefficients)
    shapes = _point_sections(zkey.n_vars, zkey.n_public, zkey.domain_size)
    sections: Sections = {
        1: (4, [struct.pack("<I", GROTH16)]),
        2: (len(header), [header]),
        4: (4 + COEFFICIENT.itemsize * n_coefficients, chain([count], map(raw_bytes, parts[4]))),
        10: (len(history), [history]),
        **{number: (8 * n * width, map(raw_bytes, parts[number])) for number, (n, width) in shapes.items()},
    }
    write_container(path, ZKEY, zkey.layout, sections)
