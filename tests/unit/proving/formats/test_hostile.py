"""Every length and count of every binary format, set to what a hostile file would say; and files cut or mixed up.

A reader must refuse quickly, in one sentence that names file, section and byte, without taking memory for what the file
only claims. Where a changed number leaves a consistent file, that is written down in `CONSISTENT` with the reason.
"""

from __future__ import annotations

import random
import struct
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.support.format_files import (
    container,
    note,
    patched,
    ptau,
    r1cs_sections,
    section_offset,
    wtns,
    wtns_sections,
    zkey,
)
from zkcompanion.base.errors import ExitCode, FileError, UnsupportedFileError
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.identify import identify
from zkcompanion.proving.formats.ptau import parse_ptau
from zkcompanion.proving.formats.r1cs import parse_r1cs
from zkcompanion.proving.formats.wtns import parse_wtns
from zkcompanion.proving.formats.zkey import parse_zkey

MOST_SECONDS = 5
MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Format:
    """A small good file, its reader, and where its own lengths and counts stand: name to (offset, width)."""

    name: str
    data: bytes
    read: Callable[..., object]
    numbers: dict[str, tuple[int, int]]

    def fields(self) -> dict[str, tuple[int, int]]:
        """The numbers of the container and of the format."""
        found = {"sections": (8, 4)}
        position = 12
        for _ in range(struct.unpack_from("<I", self.data, 8)[0]):
            number, size = struct.unpack_from("<IQ", self.data, position)
            found[f"size of section {number}"] = (position + 4, 8)
            position += 12 + size
        return {**found, **self.numbers}


def _formats() -> dict[str, Format]:
    witness = wtns()
    header = section_offset(witness, 1)
    found = [Format("wtns", witness, parse_wtns, {"n8": (header, 4), "count": (header + 36, 4)})]

    # random coefficients: among small ones a wrong count can hit upon zeros that read as empty combinations
    rng = random.Random(7)
    rows = [[[(rng.randrange(8), rng.randrange(FR.modulus)) for _ in range(n)] for n in (2, 1, 3)] for _ in range(4)]
    circuit = container(b"r1cs", 1, [*r1cs_sections(constraints=rows), (4, bytes(4)), (5, bytes(4))])
    header, body = section_offset(circuit, 1), section_offset(circuit, 2)
    names = ("wires", "outputs", "public inputs", "private inputs")
    numbers = {name: (header + 36 + 4 * i, 4) for i, name in enumerate(names)}
    numbers |= {"n8": (header, 4), "labels": (header + 52, 8), "constraints": (header + 60, 4)}
    numbers |= {"terms of A": (body, 4), "terms of B": (body + 76, 4), "terms of C": (body + 116, 4)}
    numbers |= {"uses of custom gates": (section_offset(circuit, 5), 4)}
    found.append(Format("r1cs", circuit, parse_r1cs, numbers))

    key = zkey()
    header, history = section_offset(key, 2), section_offset(key, 10)
    first_note = history + 68 + 384
    numbers = {"n8 of q": (header, 4), "n8 of r": (header + 36, 4)}
    names = ("wires", "public signals", "domain")
    numbers |= {name: (header + 72 + 4 * i, 4) for i, name in enumerate(names)}
    numbers |= {"coefficients": (section_offset(key, 4), 4), "contributions": (history + 64, 4)}
    numbers |= {"parameters": (first_note + 4, 4), "name": (first_note + 9, 1)}
    found.append(Format("zkey", key, parse_zkey, numbers))

    powers = ptau(power=2)
    header, history = section_offset(powers, 1), section_offset(powers, 7)
    first_note = history + 4 + 38 * 32 + 280
    numbers = {"n8": (header, 4), "power": (header + 36, 4), "ceremony power": (header + 40, 4)}
    numbers |= {"contributions": (history, 4), "parameters": (first_note + 4, 4), "name": (first_note + 9, 1)}
    found.append(Format("ptau", powers, parse_ptau, numbers))
    return {file.name: file for file in found}


FORMATS = _formats()
FIELDS = [(file.name, field) for file in FORMATS.values() for field in file.fields()]

#: Changed numbers that leave a consistent file, of another circuit or ceremony: nothing else in the file says what they
#: should be, and nothing is sized by them.
CONSISTENT = {
    # where the border lies between outputs, public inputs and the rest
    ("r1cs", "outputs"): {0, 2},
    ("r1cs", "public inputs"): {0, 2},
    # how many of the circuit's inputs are private, at most one for each label
    ("r1cs", "private inputs"): {0, 1, 3},
    # signals that were removed have labels too; the largest label of a wire is 7
    ("r1cs", "labels"): {8, 10, 2**31 - 1, 2**32 - 1, 2**63},
    # a truncated file says how large the ceremony was
    ("ptau", "ceremony power"): {3},
}


def values_for(original: int, width: int) -> list[int]:
    hostile = {0, 1, original - 1, original + 1, 2**31 - 1, 2**32 - 1, 2**63}
    return sorted(value for value in hostile if 0 <= value < 1 << (8 * width) and value != original)


def check_refused(file: Format, data: bytes) -> FileError | None:
    """Parse within the limits; the error, or None where the file was taken."""
    tracemalloc.start()
    begin = time.perf_counter()
    try:
        file.read(data, file=f"hostile.{file.name}")
    except FileError as error:
        return error
    else:
        return None
    finally:
        taken_s = time.perf_counter() - begin
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert taken_s < MOST_SECONDS
        assert peak < MOST_BYTES


def check_sentence(file: Format, error: FileError, length: int) -> None:
    """One sentence with file, section (unless the container itself is broken) and byte."""
    text = str(error)
    place = f"hostile.{file.name}"
    if error.section is not None:
        place += f", section {error.section}"
    assert text.startswith(f"{place}, byte {error.offset}: ")
    assert "\n" not in text
    assert text.endswith(".")
    assert text.count(". ") == 0
    assert 0 <= error.offset <= length
    assert error.exit_code == ExitCode.BAD_FILE


def test_the_good_files_are_good():
    for file in FORMATS.values():
        assert check_refused(file, file.data) is None


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}: {field}" for name, field in FIELDS])
def test_hostile_numbers_are_refused(name, field):
    file = FORMATS[name]
    offset, width = file.fields()[field]
    original = int.from_bytes(file.data[offset : offset + width], "little")
    taken = set()
    for value in values_for(original, width):
        data = patched(file.data, offset, value.to_bytes(width, "little"))
        error = check_refused(file, data)
        if error is None:
            taken.add(value)
        else:
            check_sentence(file, error, len(data))
    assert taken == CONSISTENT.get((name, field), set())


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_anywhere_is_refused(name):
    file = FORMATS[name]
    for length in range(len(file.data)):
        with pytest.raises(FileError) as caught:
            file.read(file.data[:length], file=f"hostile.{name}")
        check_sentence(file, caught.value, length)


@pytest.mark.parametrize("name", FORMATS)
def test_anything_after_the_end_is_refused(name):
    file = FORMATS[name]
    for extra in (b"\0", file.data):
        error = check_refused(file, file.data + extra)
        assert error is not None
        assert error.offset == len(file.data)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_another_format_is_refused(name):
    for other in FORMATS.values():
        if other.name != name:
            error = check_refused(FORMATS[name], other.data)
            assert error is not None
            assert error.offset == 0


@pytest.mark.parametrize("name", FORMATS)
def test_a_field_of_another_size_is_refused(name):
    file = FORMATS[name]
    for field in (field for field in file.numbers if field.startswith("n8")):
        for value in (0, 1, 8, 31, 33, 48, 64, 2**31 - 1):
            error = check_refused(file, patched(file.data, file.numbers[field][0], struct.pack("<I", value)))
            assert error is not None
            assert not isinstance(error, UnsupportedFileError)


def test_a_large_file_of_small_lies_is_refused_within_the_same_bounds():
    # 31 MB in sections that nobody knows; the limit on what is kept for re-writing stops it
    unknown = [(100 + i, bytes(1 << 19)) for i in range(62)]
    error = check_refused(FORMATS["wtns"], container(b"wtns", 2, [*unknown, *wtns_sections()]))
    assert error is not None
    assert "does not understand" in str(error)
    # 12 MB of empty linear combinations, and one constraint more than there is room for
    _, (_, header), labels = r1cs_sections(constraints=[])
    many = header[:-4] + struct.pack("<I", 1_000_001)
    data = container(b"r1cs", 1, [(2, bytes(12_000_000)), (1, many), labels])
    error = check_refused(FORMATS["r1cs"], data)
    assert error is not None
    assert "do not fit" in str(error)
    # 1 MB in which the last count overruns the end
    many = header[:-4] + struct.pack("<I", 83_333)
    data = container(b"r1cs", 1, [(2, bytes(999_996 - 4) + b"\xff" * 4), (1, many), labels])
    error = check_refused(FORMATS["r1cs"], data)
    assert error is not None
    assert error.offset == 24 + 999_992
    # 6 MB of names in contributions
    data = zkey(notes=[note(name=b"x" * 255)] * 9_000)
    assert check_refused(FORMATS["zkey"], data[:-1]) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_identify_stays_within_the_same_bounds(name):
    file = FORMATS[name]
    for offset, width in file.fields().values():
        for value in values_for(int.from_bytes(file.data[offset : offset + width], "little"), width):
            data = patched(file.data, offset, value.to_bytes(width, "little"))
            check_refused(Format(name, data, identify, {}), data)


# The rows of the hostile-file matrix that other tools were measured against (see docs/formats/README.md).


def test_matrix_of_witness_files():
    file = FORMATS["wtns"]
    values = section_offset(file.data, 2)
    header = section_offset(file.data, 1)

    def refused(data: bytes) -> FileError:
        error = check_refused(file, data)
        assert error is not None
        check_sentence(file, error, len(data))
        return error

    refused(file.data[: len(file.data) // 2])
    refused(patched(file.data, 8, struct.pack("<I", 2**32 - 1)))
    refused(patched(file.data, values - 8, struct.pack("<Q", 2**63)))
    refused(patched(file.data, header + 36, struct.pack("<I", 2**32 - 16)))
    refused(patched(file.data, header, struct.pack("<I", 2**31 - 1)))
    refused(patched(file.data, values + 32, FR.modulus.to_bytes(32, "little")))
    # a flipped bit is another witness, which the constraints find out, unless it leaves the field or touches the one
    for bit in range(256):
        flipped = int.from_bytes(file.data[values : values + 32], "little") ^ 1 << bit
        refused(patched(file.data, values, flipped.to_bytes(32, "little")))
    top = values + 63
    refused(patched(file.data, top, bytes([file.data[top] | 0x80])))


def test_matrix_of_proving_keys():
    file = FORMATS["zkey"]
    header, coefficients = section_offset(file.data, 2), section_offset(file.data, 4)

    def refused(data: bytes) -> FileError:
        error = check_refused(file, data)
        assert error is not None
        check_sentence(file, error, len(data))
        return error

    refused(file.data[: len(file.data) // 2])
    for domain in (0, 2**31 - 1):
        refused(patched(file.data, header + 80, struct.pack("<I", domain)))
    refused(patched(file.data, coefficients, struct.pack("<I", 2**32 - 1)))
    for skip in (4, 8):
        refused(patched(file.data, coefficients + 4 + skip, struct.pack("<I", 2**32 - 1)))
    for skip in (72, 76):
        refused(patched(file.data, header + skip, struct.pack("<I", 2**32 - 1)))
    # a point off the curve is not seen here; coordinates that are none are
    point = section_offset(file.data, 5)
    refused(patched(file.data, point, b"\xff" * 32))
