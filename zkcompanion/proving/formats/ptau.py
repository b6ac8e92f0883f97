"""Powers-of-tau files (`.ptau`, version 1), memory-mapped; read only.

Section 1: base field, power u32, power of the ceremony u32. 2 tau^i in G1 (2 * 2^power - 1 points), 3 tau^i in G2,
4 alpha * tau^i and 5 beta * tau^i in G1 (2^power points each), 6 beta in G2. 7: contributions. A file that is prepared
for phase 2 also has, for each power p up to its own, the same points over the Lagrange base of 2^p, one p after the
other: 12, 13, 14 and 15 belong to 2, 3, 4 and 5, and 12 goes one power further. Points are affine, Montgomery.
Source: snarkjs 0.7.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.fields import FP, LimbArray
from zkcompanion.proving.formats.binfile import BinFile, Container
from zkcompanion.proving.formats.contributions import (
    PTAU_CONTRIBUTION_BYTES,
    PtauContribution,
    read_contribution_count,
    read_ptau_contribution,
)
from zkcompanion.proving.formats.elements import BASE_PRIMES, first_not_below
from zkcompanion.proving.formats.mapped import Data, MappedFile, StrPath

PTAU = Container(
    b"ptau",
    (1,),
    {
        1: "header",
        2: "tau in G1",
        3: "tau in G2",
        4: "alpha tau in G1",
        5: "beta tau in G1",
        6: "beta in G2",
        7: "contributions",
        12: "Lagrange tau in G1",
        13: "Lagrange tau in G2",
        14: "Lagrange alpha tau in G1",
        15: "Lagrange beta tau in G1",
    },
    max_bytes=512 << 30,
)
MAX_POWER = 28
TAU_G1, TAU_G2, ALPHA_TAU_G1, BETA_TAU_G1, BETA_G2 = 2, 3, 4, 5, 6
LAGRANGE_TAU_G1, LAGRANGE_TAU_G2, LAGRANGE_ALPHA_TAU_G1, LAGRANGE_BETA_TAU_G1 = 12, 13, 14, 15
#: 64-bit words of a point, by section.
_WIDTHS = {2: 8, 3: 16, 4: 8, 5: 8, 6: 16, 12: 8, 13: 16, 14: 8, 15: 8}
_PREPARED = (12, 13, 14, 15)


@dataclass(eq=False, slots=True)
class Ptau:
    """The powers of tau of a ceremony; context manager, unusable after `close`.

    All arrays are affine Montgomery points, uint64[n, 8] in G1 and uint64[n, 16] in G2, read-only views of the file at
    any alignment. A file may have hundreds of gigabytes, so points are looked at when they are asked for: every array
    that comes from here has its coordinates below the prime. That points lie on their curve, and that they are powers
    of one number, `powersoftau verify` checks.
    """

    power: int
    ceremony_power: int
    contributions: tuple[PtauContribution, ...]
    _binfile: BinFile = field(repr=False)
    source: MappedFile | None = field(default=None, repr=False)

    @property
    def prepared(self) -> bool:
        """Whether all four Lagrange sections are there (`snarkjs powersoftau prepare phase2`)."""
        return all(number in self._binfile.sections for number in _PREPARED)

    def points(self, number: int, first: int = 0, count: int | None = None) -> LimbArray:
        """`count` points of a section (all after it: None) from `first` on, each coordinate below the prime.

        Raises: FileError where a coordinate is not below the prime; UsageError where the section ends before.
        """
        section = self._binfile.require(number)
        width = _WIDTHS[number]
        available = section.size_bytes // (8 * width)
        stop = available if count is None else first + count
        if not 0 <= first <= stop <= available:
            raise UsageError(
                msg(
                    "Section {section} has {available} points, too few for this.",
                    section=section.label,
                    available=available,
                )
            )
        points = self._binfile.array(section, "<u8", (stop - first, width), skip_bytes=8 * width * first)
        bad = first_not_below(points.reshape(-1, 4), FP.modulus)
        if bad is not None:
            raise self._binfile.refusal(
                msg("A coordinate of point {index} is not below the field's prime.", index=first + 4 * bad // width),
                section=section,
                offset=section.offset + 8 * width * first + 32 * bad,
            )
        return points

    @property
    def file(self) -> str:
        """The name for messages."""
        return self._binfile.file

    def bytes_after(self, number: int, count: int) -> bytes:
        """The `count` bytes that follow a section (fewer at the end of the file), whatever they are.

        snarkjs reads behind section 2 when it hashes a circuit, see `groth16/circuit_hash`.
        """
        section = self._binfile.require(number)
        end = section.offset + section.size_bytes
        return self._binfile.data[end : end + count]

    def point_refusal(self, message: Message, number: int, index: int) -> FileError:
        """An error that names a point of a section, which somebody else has looked at."""
        section = self._binfile.require(number)
        return self._binfile.refusal(message, section=section, offset=section.offset + 8 * _WIDTHS[number] * index)

    @property
    def tau_g1(self) -> LimbArray:
        """[tau^i]_1 for i < 2 * 2^power - 1."""
        return self.points(TAU_G1)

    @property
    def tau_g2(self) -> LimbArray:
        """[tau^i]_2 for i < 2^power."""
        return self.points(TAU_G2)

    @property
    def alpha_tau_g1(self) -> LimbArray:
        """[alpha * tau^i]_1 for i < 2^power."""
        return self.points(ALPHA_TAU_G1)

    @property
    def beta_tau_g1(self) -> LimbArray:
        """[beta * tau^i]_1 for i < 2^power."""
        return self.points(BETA_TAU_G1)

    @property
    def beta_g2(self) -> LimbArray:
        """[beta]_2, one point."""
        return self.points(BETA_G2)

    def lagrange_g1(self, power: int) -> LimbArray | None:
        """[L_i(tau)]_1 for the 2^power points of a domain, power up to one above the file's; None: not prepared."""
        return self._lagrange(LAGRANGE_TAU_G1, power)

    def lagrange_g2(self, power: int) -> LimbArray | None:
        """[L_i(tau)]_2; None where the file is not prepared."""
        return self._lagrange(LAGRANGE_TAU_G2, power)

    def lagrange_alpha_g1(self, power: int) -> LimbArray | None:
        """[alpha * L_i(tau)]_1; None where the file is not prepared."""
        return self._lagrange(LAGRANGE_ALPHA_TAU_G1, power)

    def lagrange_beta_g1(self, power: int) -> LimbArray | None:
        """[beta * L_i(tau)]_1; None where the file is not prepared."""
        return self._lagrange(LAGRANGE_BETA_TAU_G1, power)

    def _lagrange(self, number: int, power: int) -> LimbArray | None:
        if number not in self._binfile.sections:
            return None
        # the bases of the smaller powers come before: 1 + 2 + 4 + ...
        return self.points(number, (1 << power) - 1, 1 << power)

    def close(self) -> None:
        """Let go of the file; arrays that others still hold stay valid."""
        self._binfile.data = b""
        if self.source is not None:
            self.source.close()
            self.source = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_ptau(path: StrPath) -> Ptau:
    """Map a `.ptau`, prepared or not, and check its sizes and contributions.

    Raises: FileError, UnsupportedFileError (another curve or version).
    """
    mapped = MappedFile(path, max_bytes=PTAU.max_bytes)
    try:
        ptau = parse_ptau(mapped.data, file=mapped.file)
    except BaseException:
        mapped.close()
        raise
    ptau.source = mapped
    return ptau


def parse_ptau(data: Data, *, file: str) -> Ptau:
    """As `read_ptau`, from memory, whose lifetime is the caller's; `file` is the name for messages."""
    binfile = BinFile(data, file=file, container=PTAU)
    reader = binfile.reader(1)
    reader.prime(FP.modulus, BASE_PRIMES)
    power = reader.u32("the power")
    ceremony_power = reader.u32("the power of the ceremony")
    reader.finish()
    if not 1 <= power <= MAX_POWER:
        raise reader.refusal(
            msg("The power should be from 1 to {limit}, not {found}.", limit=MAX_POWER, found=power),
            at=reader.offset - 8,
        )
    if not power <= ceremony_power <= MAX_POWER:
        raise reader.refusal(
            msg(
                "The power of the ceremony should be from {power} to {limit}, not {found}.",
                power=power,
                limit=MAX_POWER,
                found=ceremony_power,
            ),
            at=reader.offset - 4,
        )
    for number, count in _point_counts(power).items():
        if number in binfile.sections or number not in _PREPARED:
            binfile.require_size(number, count, 8 * _WIDTHS[number])
    history = binfile.reader(7)
    count = read_contribution_count(history, PTAU_CONTRIBUTION_BYTES)
    contributions = tuple(read_ptau_contribution(history) for _ in range(count))
    history.finish()
    return Ptau(power, ceremony_power, contributions, binfile)


def _point_counts(power: int) -> dict[int, int]:
    """Number of points by section; a Lagrange section has 1 + 2 + ... + 2^power of them, 12 one power more."""
    n = 1 << power
    return {2: 2 * n - 1, 3: n, 4: n, 5: n, 6: 1, 12: 4 * n - 1, 13: 2 * n - 1, 14: 2 * n - 1, 15: 2 * n - 1}
