import struct

import numpy as np
import pytest

from tests.support.format_files import container, patched
from zkcompanion.base.errors import BugError, FileError, UnsupportedFileError
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats import binfile as module
from zkcompanion.proving.formats.binfile import BinFile, Container, Layout, raw_bytes, write_container
from zkcompanion.proving.formats.elements import SCALAR_PRIMES

TEST = Container(b"test", (1, 3), {1: "first", 2: "second"}, max_bytes=1 << 20)
GOOD = container(b"test", 3, [(2, b"twotwo"), (1, b"one"), (9, b"")])


def parse(data: bytes) -> BinFile:
    return BinFile(data, file="f.test", container=TEST)


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse(data)
    return caught.value


def test_sections_are_found_in_any_order():
    file = parse(GOOD)
    assert file.version == 3
    assert [(s.number, s.label, s.offset, s.size_bytes) for s in file.sections.values()] == [
        (2, "2 (second)", 24, 6),
        (1, "1 (first)", 42, 3),
        (9, "9 (unknown)", 57, 0),
    ]
    assert file.require(1).size_bytes == 3


def test_a_file_cut_anywhere_is_refused():
    for length in range(len(GOOD)):
        error = refused(GOOD[:length])
        assert error.offset is not None
        assert error.offset <= length


def test_bytes_after_the_last_section_are_refused():
    error = refused(GOOD + b"x")
    assert error.offset == len(GOOD)
    assert "1 bytes follow" in str(error)


def test_another_magic_is_refused_in_print():
    error = refused(patched(GOOD, 0, b"\x1b[2J"))
    assert error.offset == 0
    assert str(error) == "f.test, byte 0: The first four bytes should be 'test', but are '\\x1b[2J'."


def test_another_version_is_refused_as_unsupported():
    error = refused(patched(GOOD, 4, struct.pack("<I", 2)))
    assert isinstance(error, UnsupportedFileError)
    assert error.offset == 4
    assert "version 2" in str(error)


def test_more_than_64_sections_are_refused_and_64_are_not():
    many = [(number, b"") for number in range(65)]
    assert len(parse(container(b"test", 1, many[:64])).sections) == 64
    error = refused(container(b"test", 1, many))
    assert error.offset == 8
    assert "65 sections" in str(error)


def test_a_section_longer_than_the_file_is_refused():
    for size in (7, 2**31 - 1, 2**63, 2**64 - 1):
        error = refused(patched(container(b"test", 1, [(1, b"sixsix")]), 16, struct.pack("<Q", size)))
        assert error.offset == 16
        assert error.section == "1 (first)"
        assert str(size) in str(error)


def test_a_section_that_comes_twice_is_refused():
    error = refused(container(b"test", 1, [(1, b"a"), (7, b""), (1, b"b")]))
    assert (error.section, error.offset) == ("1 (first)", 37)


def test_a_missing_section_is_named_with_those_that_are_there():
    with pytest.raises(FileError, match=r"section 4 \(unknown\): The section is missing; the file has 2, 1, 9\."):
        parse(GOOD).require(4)
    with pytest.raises(FileError, match="the file has none"):
        parse(container(b"test", 1, [])).reader(1)


def test_a_section_of_a_wrong_size_is_refused_with_both_sizes():
    file = parse(GOOD)
    assert file.require_size(2, 2, 2, prefix_bytes=2).offset == 24
    with pytest.raises(FileError, match=r"2 entries of 4 bytes make a section of 8 bytes, but it has 6") as caught:
        file.require_size(2, 2, 4)
    assert caught.value.offset == 16


def test_a_reader_takes_little_endian_fields_and_stops_at_the_end():
    reader = parse(container(b"test", 1, [(1, bytes(range(1, 15)))])).reader(1)
    assert reader.u8("a") == 1
    assert reader.u32("b") == 0x05040302
    assert reader.u64("c") == 0x0D0C0B0A09080706
    assert reader.left_bytes == 1
    with pytest.raises(FileError, match="1 bytes follow") as caught:
        reader.finish()
    assert caught.value.offset == 24 + 13
    with pytest.raises(FileError, match="go on with a word of 4 bytes, but ends after 1") as caught:
        reader.u32("a word")
    assert caught.value.offset == 24 + 13
    reader.take(1, "d")
    reader.finish()


def prime_refusal(payload: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse(container(b"test", 1, [(1, payload)])).reader(1).prime(FR.modulus, SCALAR_PRIMES)
    return caught.value


def test_the_prime_must_be_that_of_bn254():
    good = struct.pack("<I", 32) + FR.modulus.to_bytes(32, "little")
    parse(container(b"test", 1, [(1, good)])).reader(1).prime(FR.modulus, SCALAR_PRIMES)
    for prime, name in SCALAR_PRIMES.items():
        for size in (32, 48):
            if prime != FR.modulus and size >= prime.bit_length() // 8:
                error = prime_refusal(struct.pack("<I", size) + prime.to_bytes(size, "little"))
                assert isinstance(error, UnsupportedFileError)
                assert f"is for {name};" in str(error)
    error = prime_refusal(struct.pack("<I", 32) + (FR.modulus + 2).to_bytes(32, "little"))
    assert not isinstance(error, UnsupportedFileError)
    assert error.offset == 28


@pytest.mark.parametrize("size", [0, 1, 31, 33, 40, 96, 97, 2**31 - 1, 2**32 - 1])
def test_an_element_size_other_than_32_is_refused(size):
    payload = struct.pack("<I", size) + FR.modulus.to_bytes(100, "little")
    error = prime_refusal(payload)
    assert (error.section, error.offset) == ("1 (first)", 24)
    assert f"32 bytes, not {size}" in str(error)


def test_the_layout_keeps_what_is_not_parsed(monkeypatch):
    file = parse(GOOD)
    assert file.layout((1,)) == Layout(3, (2, 1, 9), {2: b"twotwo", 9: b""})
    assert "twotwo" not in repr(file.layout(()))
    monkeypatch.setattr(module, "MAX_UNKNOWN_BYTES", 5)
    assert file.layout((2,)).raw == {1: b"one", 9: b""}
    with pytest.raises(FileError, match=r"section 2 .*has 6 bytes that this program does not understand"):
        file.layout((1,))
    # the limit is for all of them together
    monkeypatch.setattr(module, "MAX_UNKNOWN_BYTES", 8)
    with pytest.raises(FileError, match=r"section 1 .*has 9 bytes that this program does not understand"):
        file.layout(())


def test_arrays_are_read_only_views(tmp_path):
    file = parse(container(b"test", 1, [(1, b"_" + struct.pack("<3Q", 1, 2, 3))]))
    array = file.array(file.require(1), "<u8", (3,), skip_bytes=1)
    assert array.tolist() == [1, 2, 3]
    assert not array.flags.writeable
    assert not array.flags.owndata
    assert file.array(file.require(1), "<u8", (0, 4), skip_bytes=25).shape == (0, 4)


def test_writing_follows_the_layout(tmp_path):
    path = tmp_path / "f"
    layout = Layout(3, (2, 1, 9), {9: b""})
    write_container(path, TEST, layout, {1: (3, [b"o", b"ne"]), 2: (6, [raw_bytes(np.frombuffer(b"twotwo", "u1"))])})
    assert path.read_bytes() == GOOD


def test_a_section_written_with_a_wrong_size_leaves_no_file(tmp_path):
    with pytest.raises(BugError):
        write_container(tmp_path / "f", TEST, Layout(1, (1,)), {1: (4, [b"one"])})
    assert list(tmp_path.iterdir()) == []


def test_raw_bytes_copies_only_what_does_not_lie_together():
    array = np.arange(6, dtype="<u2").reshape(2, 3)
    assert bytes(raw_bytes(array)) == struct.pack("<6H", *range(6))
    assert bytes(raw_bytes(array.T)) == struct.pack("<6H", 0, 3, 1, 4, 2, 5)
    assert bytes(raw_bytes(np.zeros((0, 8), dtype="<u8"))) == b""
    assert np.shares_memory(np.frombuffer(raw_bytes(array), dtype="u1"), array)
