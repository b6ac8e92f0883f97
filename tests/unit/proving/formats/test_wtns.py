import os
import stat
import struct

import pytest

from tests.support.bounds import bounded
from tests.support.format_files import container, patched, section_offset, wtns, wtns_sections
from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.proving.fields import FR, from_limbs, to_limbs
from zkcompanion.proving.formats.wtns import (
    parse_wtns,
    read_wtns,
    read_wtns_with_layout,
    require_witness_length,
    write_wtns,
)

GOOD = wtns(count=5)
VALUES = section_offset(GOOD, 2)


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_wtns(data, file="w.wtns")
    return caught.value


def test_values_are_plain_and_in_memory_of_their_own(tmp_path):
    path = tmp_path / "w.wtns"
    path.write_bytes(GOOD)
    values = read_wtns(path)
    raw = wtns_sections(count=5)[1][1]
    assert from_limbs(values) == [int.from_bytes(raw[i : i + 32], "little") for i in range(0, 160, 32)]
    assert values.flags.owndata


def test_what_was_read_is_written_the_same(tmp_path):
    path = tmp_path / "w.wtns"
    first, second = wtns_sections(count=3)
    for sections in ([first, second], [second, first], [(7, b"seven"), second, (99, b""), first]):
        data = container(b"wtns", 2, sections)
        path.write_bytes(data)
        values, layout = read_wtns_with_layout(path)
        write_wtns(path, values, layout=layout)
        assert path.read_bytes() == data


def test_a_new_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "w.wtns"
    write_wtns(path, to_limbs([1, 2, FR.modulus - 1]))
    assert from_limbs(read_wtns(path)) == [1, 2, FR.modulus - 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_value_not_below_the_prime_is_refused_with_its_wire_and_without_its_value():
    for value in (FR.modulus, FR.modulus + 5, 2**256 - 1):
        error = refused(patched(GOOD, VALUES + 3 * 32, value.to_bytes(32, "little")))
        assert error.offset == VALUES + 3 * 32
        assert "wire 3" in str(error)
        assert str(value) not in str(error)
    largest = patched(GOOD, VALUES + 32, (FR.modulus - 1).to_bytes(32, "little"))
    for evenly in (False, True):
        assert from_limbs(parse_wtns(largest, file="", evenly=evenly)[0])[1] == FR.modulus - 1
        with pytest.raises(FileError, match="wire 3"):
            parse_wtns(patched(GOOD, VALUES + 3 * 32, bytes([255] * 32)), file="", evenly=evenly)


def test_wire_0_must_be_one_and_its_value_is_not_shown():
    error = refused(patched(GOOD, VALUES, (1234567).to_bytes(32, "little")))
    assert error.offset == VALUES
    assert "constant one" in str(error)
    assert "1234567" not in str(error)


def test_an_empty_witness_is_refused():
    header = wtns_sections()[0][1][:-4] + struct.pack("<I", 0)
    assert "at least one value" in str(refused(container(b"wtns", 2, [(1, header), (2, b"")])))


def test_a_count_that_does_not_fit_the_section_is_refused():
    for count in (0, 4, 6, 2**31 - 1, 2**32 - 16, 2**32 - 1):
        error = refused(patched(GOOD, section_offset(GOOD, 1) + 36, struct.pack("<I", count)))
        assert error.section == "2 (values)"
        assert error.offset == VALUES - 8


def test_other_curves_and_versions_are_named():
    prime = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
    error = refused(patched(GOOD, section_offset(GOOD, 1) + 4, prime.to_bytes(32, "little")))
    assert isinstance(error, UnsupportedFileError)
    assert "bls12-381" in str(error)
    assert isinstance(refused(patched(GOOD, 4, struct.pack("<I", 1))), UnsupportedFileError)


def test_a_header_with_something_behind_it_is_refused():
    (_, header), values = wtns_sections()
    assert "1 bytes follow" in str(refused(container(b"wtns", 2, [(1, header + b"x"), values])))


def test_a_witness_for_another_circuit_is_refused_with_both_numbers():
    values = to_limbs([1, 2, 3])
    require_witness_length(values, 3, file="w.wtns")
    with pytest.raises(FileError, match=r"w\.wtns.*3 values, but the circuit has 4 wires"):
        require_witness_length(values, 4, file="w.wtns")


def test_a_witness_for_another_circuit_is_refused_before_memory_is_taken(tmp_path):
    # 320 MB on paper, nothing on the disk
    n = 10_000_000
    (_, header), _ = wtns_sections()
    path = tmp_path / "w.wtns"
    start = container(b"wtns", 2, [(1, header[:-4] + struct.pack("<I", n)), (2, b"")])
    path.write_bytes(start[:-8] + struct.pack("<Q", 32 * n) + b"\1")
    os.truncate(path, len(start) + 32 * n)
    with bounded(seconds=1, mebibytes=1):
        with pytest.raises(FileError, match="10000000 values, but the circuit has 4 wires") as caught:
            read_wtns(path, n_wires=4)
        assert caught.value.section == "2 (values)"
        # nor for what is no witness at all
        with path.open("r+b") as stream:
            stream.seek(len(start))
            stream.write(b"\2")
        with pytest.raises(FileError, match="constant one"):
            read_wtns(path)
    path.write_bytes(GOOD)
    assert len(read_wtns(path, n_wires=5)) == 5


@pytest.mark.external
def test_witnesses_of_other_tools_are_read_and_written_the_same(external_vectors, tmp_path):
    paths = sorted(external_vectors.rglob("*.wtns"))
    assert len(paths) >= 5
    for path in paths:
        values, layout = read_wtns_with_layout(path)
        write_wtns(tmp_path / "copy.wtns", values, layout=layout)
        assert (tmp_path / "copy.wtns").read_bytes() == path.read_bytes()
