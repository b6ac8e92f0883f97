"""The container of iden3's binary files: magic, version, and a list of numbered sections.

    magic 4 bytes | version u32 | number of sections u32 | { number u32 | size u64 | payload } ...

All numbers are little-endian. Sections come in any order. A file is taken apart before anything in it is believed:
each section must lie inside the file, none may come twice, and nothing may follow the last. Counts are compared with
the size of their section before memory is taken for them. Source: @iden3/binfileutils 0.0.12 and the files that snarkjs
0.7.6 and circom 2.2.3 write.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.base.errors import BugError, FileError, UnsupportedFileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.formats.mapped import Data, StrPath

MAX_SECTIONS = 64
#: Sections that we do not understand are kept for re-writing; more than this of them is refused.
MAX_UNKNOWN_BYTES = 16 << 20
_FILE_HEADER = struct.Struct("<4sII")
_SECTION_HEADER = struct.Struct("<IQ")

#: What can be written into a section; see `raw_bytes` for arrays.
Chunk = bytes | memoryview
#: Size in bytes and chunks of each section, by number.
Sections = Mapping[int, tuple[int, Iterable[Chunk]]]


@dataclass(frozen=True, slots=True)
class Container:
    """What one format says of its container: `titles` names the sections that it knows."""

    magic: bytes
    versions: Sequence[int]
    titles: Mapping[int, str]
    max_bytes: int

    def label(self, number: int) -> str:
        """A section as messages name it, such as `4 (coefficients)`."""
        return f"{number} ({self.titles.get(number, 'unknown')})"


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section's payload lies in the file."""

    number: int
    label: str
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What is needed, beside the meaning of a file, to write the same bytes again.

    `order` holds the section numbers in file order, `raw` the payload of the sections that are kept as they are.
    """

    version: int
    order: tuple[int, ...]
    raw: Mapping[int, bytes] = field(default_factory=dict, repr=False)


class BinFile:
    """A parsed container: `file` (name for messages), `version`, `sections` (by number, in file order), `data`."""

    def __init__(self, data: Data, *, file: str, container: Container) -> None:
        self.data = data
        self.file = file
        self.container = container
        self.version, count = self._file_header()
        self.sections: dict[int, Section] = {}
        end = self._scan(count)
        if end != len(data):
            raise self.refusal(
                msg("The last section ends here, but {extra} bytes follow.", extra=len(data) - end), offset=end
            )

    def _file_header(self) -> tuple[int, int]:
        """Version and number of sections."""
        if len(self.data) < _FILE_HEADER.size:
            raise self.refusal(
                msg(
                    "A file of this kind begins with {expected} bytes of header; this one has {found} bytes in all.",
                    expected=_FILE_HEADER.size,
                    found=len(self.data),
                ),
                offset=len(self.data),
            )
        magic, version, count = _FILE_HEADER.unpack_from(self.data)
        if magic != self.container.magic:
            raise self.refusal(
                msg(
                    "The first four bytes should be {expected}, but are {found}.",
                    expected=ascii(self.container.magic.decode()),
                    found=ascii(magic.decode("latin-1")),
                ),
                offset=0,
            )
        if version not in self.container.versions:
            raise UnsupportedFileError(
                msg(
                    "This is version {found} of the format; this program reads version {expected}.",
                    found=version,
                    expected=self.container.versions[-1],
                ),
                file=self.file,
                offset=4,
            )
        if count > MAX_SECTIONS:
            raise self.refusal(
                msg("The file claims {count} sections; at most {limit} are read.", count=count, limit=MAX_SECTIONS),
                offset=8,
            )
        return version, count

    def _scan(self, count: int) -> int:
        """Fill `sections`; the position after the last."""
        position = _FILE_HEADER.size
        for index in range(count):
            left = len(self.data) - position - _SECTION_HEADER.size
            if left < 0:
                raise self.refusal(
                    msg(
                        "The file claims {count} sections, but ends in the header of the one with index {index}.",
                        count=count,
                        index=index,
                    ),
                    offset=position,
                )
            number, size_bytes = _SECTION_HEADER.unpack_from(self.data, position)
            label = self.container.label(number)
            if size_bytes > left:
                raise FileError(
                    msg(
                        "The section claims {claimed} bytes, but only {left} are left in the file.",
                        claimed=size_bytes,
                        left=left,
                    ),
                    file=self.file,
                    section=label,
                    offset=position + 4,
                )
            if number in self.sections:
                raise FileError(
                    msg("The section is there a second time."), file=self.file, section=label, offset=position
                )
            position += _SECTION_HEADER.size
            self.sections[number] = Section(number, label, position, size_bytes)
            position += size_bytes
        return position

    def refusal(self, message: Message, *, section: Section | None = None, offset: int | None = None) -> FileError:
        """The error that refuses this file; `offset` counts from the start of the file."""
        return FileError(message, file=self.file, section=None if section is None else section.label, offset=offset)

    def require(self, number: int) -> Section:
        """The section with this number; FileError where it is missing."""
        section = self.sections.get(number)
        if section is None:
            raise FileError(
                msg("The section is missing; the file has {found}.", found=_listed(self.sections)),
                file=self.file,
                section=self.container.label(number),
            )
        return section

    def require_size(self, number: int, count: int, item_bytes: int, *, prefix_bytes: int = 0) -> Section:
        """The section, which must hold exactly `prefix_bytes` and `count` items of `item_bytes`."""
        section = self.require(number)
        expected = prefix_bytes + count * item_bytes
        if section.size_bytes != expected:
            raise self.refusal(
                msg(
                    "{count} entries of {item_bytes} bytes make a section of {expected} bytes, but it has {found}.",
                    count=count,
                    item_bytes=item_bytes,
                    expected=expected,
                    found=section.size_bytes,
                ),
                section=section,
                offset=section.offset - 8,
            )
        return section

    def array(
        self,
        section: Section,
        dtype: npt.DTypeLike,
        shape: tuple[int, ...],
        *,
        skip_bytes: int = 0,
        strides: tuple[int, ...] | None = None,
    ) -> npt.NDArray[Any]:
        """A read-only view of the payload, from `skip_bytes` on, not copied; its address may have any alignment.

        The caller has compared the shape with the size of the section.
        """
        # frombuffer keeps a map from being closed while an array still looks at it; ndarray(buffer=) alone does not,
        # and a read would then end the process
        octets = np.frombuffer(self.data, dtype=np.uint8)
        return np.ndarray(shape, dtype=dtype, buffer=octets, offset=section.offset + skip_bytes, strides=strides)

    def reader(self, number: int) -> SectionReader:
        """Reads the section field by field."""
        return SectionReader(self, self.require(number))

    def layout(self, parsed: Iterable[int]) -> Layout:
        """Order of the sections, and the payload of all that are not in `parsed`."""
        known = set(parsed)
        raw: dict[int, bytes] = {}
        kept_bytes = 0
        for section in self.sections.values():
            if section.number in known:
                continue
            kept_bytes += section.size_bytes
            if kept_bytes > MAX_UNKNOWN_BYTES:
                raise self.refusal(
                    msg(
                        "Up to here the file has {found} bytes that this program does not understand; at most {limit} "
                        "are kept.",
                        found=kept_bytes,
                        limit=MAX_UNKNOWN_BYTES,
                    ),
                    section=section,
                    offset=section.offset - 8,
                )
            raw[section.number] = bytes(self.data[section.offset : section.offset + section.size_bytes])
        return Layout(self.version, tuple(self.sections), raw)


class SectionReader:
    """Reads one section from its start; every step refuses to go beyond its end."""

    def __init__(self, binfile: BinFile, section: Section) -> None:
        self.binfile = binfile
        self.section = section
        #: position in the file
        self.offset = section.offset

    @property
    def left_bytes(self) -> int:
        """Bytes of the section that have not been read."""
        return self.section.offset + self.section.size_bytes - self.offset

    def refusal(self, message: Message, *, at: int | None = None) -> FileError:
        """The error that refuses the file, at `at` or where the reader stands."""
        return self.binfile.refusal(message, section=self.section, offset=self.offset if at is None else at)

    def take(self, size_bytes: int, what: str) -> bytes:
        """The next bytes; `what` names them in the message where the section ends before."""
        if size_bytes > self.left_bytes:
            raise self.refusal(
                msg(
                    "The section should go on with {what} of {expected} bytes, but ends after {left}.",
                    what=what,
                    expected=size_bytes,
                    left=self.left_bytes,
                )
            )
        start = self.offset
        self.offset += size_bytes
        return self.binfile.data[start : self.offset]

    def u8(self, what: str) -> int:
        """One byte."""
        return self.take(1, what)[0]

    def u32(self, what: str) -> int:
        """Four bytes, little-endian."""
        return int.from_bytes(self.take(4, what), "little")

    def u64(self, what: str) -> int:
        """Eight bytes, little-endian."""
        return int.from_bytes(self.take(8, what), "little")

    def prime(self, expected: int, names: Mapping[int, str]) -> None:
        """A field's element size and prime: those of BN254, or the file is refused, by the curve's name where known."""
        start = self.offset
        n8 = self.u32("the size of a field element")
        # the widest prime known here has 48 bytes; a larger claim is not worth reading
        value = int.from_bytes(self.take(n8, "a prime"), "little") if n8 <= 96 else 0
        if value != expected and value in names:
            raise UnsupportedFileError(
                msg("This file is for {curve}; this program works with bn254.", curve=names[value]),
                file=self.binfile.file,
                section=self.section.label,
                offset=start + 4,
            )
        if n8 != 32:
            raise self.refusal(msg("A field element should have 32 bytes, not {found}.", found=n8), at=start)
        if value != expected:
            raise self.refusal(msg("The prime is of no curve that this program knows."), at=start + 4)

    def finish(self) -> None:
        """Nothing may be left."""
        if self.left_bytes:
            raise self.refusal(msg("The section should end here, but {left} bytes follow.", left=self.left_bytes))


def _listed(sections: Mapping[int, Section]) -> str:
    return ", ".join(str(number) for number in sections) or "none"


def encode_prime(modulus: int) -> bytes:
    """Element size and prime as they stand in headers."""
    return (32).to_bytes(4, "little") + modulus.to_bytes(32, "little")


def raw_bytes(array: npt.NDArray[Any]) -> memoryview:
    """The bytes of an array in C order, not copied where they lie together."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def write_container(path: StrPath, container: Container, layout: Layout, sections: Sections) -> None:
    """Write the sections of `layout.order`, whole or not at all.

    `sections` gives the size in bytes and the chunks of each section that is not in `layout.raw`. Chunks are written as
    they come, so that a large file need not be in memory at once.

    Raises: OSError; BugError where a section's chunks do not add up to its size.
    """

    def fill(stream: BinaryIO) -> None:
        stream.write(_FILE_HEADER.pack(container.magic, layout.version, len(layout.order)))
        for number in layout.order:
            size_bytes, chunks = _section_content(number, layout, sections)
            stream.write(_SECTION_HEADER.pack(number, size_bytes))
            written = sum(stream.write(chunk) for chunk in chunks)
            if written != size_bytes:
                raise BugError(msg("Section {number} was written with a wrong size.", number=number))

    write_atomic(Path(path), fill)


def _section_content(number: int, layout: Layout, sections: Sections) -> tuple[int, Iterable[Chunk]]:
    raw = layout.raw.get(number)
    return sections[number] if raw is None else (len(raw), (raw,))
