import struct

import pytest

from tests.support.format_files import NOTES, container, patched, ptau, ptau_sections, section_offset
from zkcompanion.base.errors import FileError, UnsupportedFileError, UsageError
from zkcompanion.proving.fields import FP
from zkcompanion.proving.formats.ptau import PTAU, TAU_G1, TAU_G2, parse_ptau, read_ptau

GOOD = ptau(power=2)
HEADER = section_offset(GOOD, 1)
P = FP.modulus.to_bytes(32, "little")


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_ptau(data, file="p.ptau")
    return caught.value


@pytest.mark.parametrize("power", [1, 2, 3])
def test_powers_and_lagrange_points_are_where_they_belong(tmp_path, power):
    path = tmp_path / "p.ptau"
    path.write_bytes(ptau(power=power, ceremony_power=28))
    sections = dict(ptau_sections(power=power))
    with read_ptau(path) as file:
        assert (file.power, file.ceremony_power, file.prepared) == (power, 28, True)
        assert file.tau_g1.tobytes() == sections[2]
        assert file.tau_g2.tobytes() == sections[3]
        assert file.alpha_tau_g1.tobytes() == sections[4]
        assert file.beta_tau_g1.tobytes() == sections[5]
        assert file.beta_g2.tobytes() == sections[6]
        assert [c.note.shown_name for c in file.contributions] == ["Ada", "beacon"]
        for get, number, item, top in (
            (file.lagrange_g1, 12, 64, power + 1),
            (file.lagrange_g2, 13, 128, power),
            (file.lagrange_alpha_g1, 14, 64, power),
            (file.lagrange_beta_g1, 15, 64, power),
        ):
            joined = b"".join(get(p).tobytes() for p in range(top + 1))
            assert joined == sections[number]
            assert get(top).shape == (1 << top, item // 8)
            with pytest.raises(UsageError, match="too few"):
                get(top + 1)
        points = file.tau_g1
    assert points.tobytes() == sections[2]
    file.close()


def test_a_file_that_is_not_prepared_has_no_lagrange_points():
    file = parse_ptau(ptau(prepared=False, notes=[]), file="p.ptau")
    assert not file.prepared
    assert file.contributions == ()
    gets = (file.lagrange_g1, file.lagrange_g2, file.lagrange_alpha_g1, file.lagrange_beta_g1)
    assert all(get(1) is None for get in gets)
    with pytest.raises(FileError, match="missing"):
        file.points(12)


def test_a_file_that_is_prepared_in_part_says_so():
    file = parse_ptau(container(b"ptau", 1, ptau_sections()[:9]), file="")
    assert not file.prepared
    assert file.lagrange_g2(1) is not None
    assert file.lagrange_alpha_g1(1) is None


def test_points_are_taken_by_range():
    file = parse_ptau(GOOD, file="")
    all_points = file.points(TAU_G2)
    assert file.points(TAU_G2, 1, 2).tobytes() == all_points[1:3].tobytes()
    assert file.points(TAU_G2, 3).tobytes() == all_points[3:].tobytes()
    assert file.points(TAU_G2, 4, 0).shape == (0, 16)
    for first, count in ((0, 5), (5, None), (-1, 1), (3, 2), (2, -1)):
        with pytest.raises(UsageError):
            file.points(TAU_G2, first, count)


def test_coordinates_are_looked_at_when_the_points_are_asked_for():
    offset = section_offset(GOOD, 2) + 5 * 64 + 32
    file = parse_ptau(patched(GOOD, offset, P), file="p.ptau")
    assert len(file.points(TAU_G1, 0, 5)) == 5
    for first in (0, 3, 5):
        with pytest.raises(FileError, match="coordinate of point 5") as caught:
            file.points(TAU_G1, first)
        assert caught.value.section == "2 (tau in G1)"
        assert caught.value.offset == offset


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 12, 13, 14, 15])
def test_each_section_must_have_the_size_that_the_power_asks_for(number):
    sections = dict(ptau_sections())
    for changed in (sections[number][:-1], sections[number] + bytes(64)):
        error = refused(container(b"ptau", 1, list({**sections, number: changed}.items())))
        assert error.section == PTAU.label(number)


@pytest.mark.parametrize("number", range(1, 8))
def test_sections_1_to_7_must_be_there(number):
    sections = dict(ptau_sections())
    del sections[number]
    error = refused(container(b"ptau", 1, list(sections.items())))
    assert error.section == PTAU.label(number)
    assert "missing" in str(error)


def test_the_power_must_be_in_range():
    for power in (0, 29, 2**31 - 1, 2**32 - 1):
        error = refused(patched(GOOD, HEADER + 36, struct.pack("<I", power)))
        assert (error.section, error.offset) == ("1 (header)", HEADER + 36)
    for power in (1, 3, 28):
        assert "make a section of" in str(refused(patched(GOOD, HEADER + 36, struct.pack("<II", power, 28))))
    for power in (0, 1, 29, 2**32 - 1):
        error = refused(patched(GOOD, HEADER + 40, struct.pack("<I", power)))
        assert error.offset == HEADER + 40
        assert f"from 2 to 28, not {power}" in str(error)


def test_other_curves_and_broken_headers_are_refused():
    q = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
    (_, header), *rest = ptau_sections()
    other = struct.pack("<I", 48) + q.to_bytes(48, "little") + header[36:]
    error = refused(container(b"ptau", 1, [(1, other), *rest]))
    assert isinstance(error, UnsupportedFileError)
    assert "bls12-381" in str(error)
    assert "1 bytes follow" in str(refused(container(b"ptau", 1, [(1, header + b"x"), *rest])))


def test_contributions_must_fill_their_section():
    sections = dict(ptau_sections(notes=NOTES))
    offset = section_offset(ptau(notes=NOTES), 7)
    assert parse_ptau(ptau(notes=NOTES), file="").contributions[2].note.name is None
    assert refused(patched(ptau(notes=NOTES), offset, struct.pack("<I", 2))).section == "7 (contributions)"
    assert "4 contributions need" in str(refused(patched(ptau(notes=NOTES), offset, struct.pack("<I", 4))))
    longer = {**sections, 7: sections[7] + b"x"}
    assert "1 bytes follow" in str(refused(container(b"ptau", 1, list(longer.items()))))


def test_a_refused_file_is_closed(tmp_path):
    path = tmp_path / "p.ptau"
    path.write_bytes(GOOD[:-1])
    with pytest.raises(FileError):
        read_ptau(path)


def test_the_bytes_after_a_section_end_with_the_file():
    file = parse_ptau(GOOD, file="p.ptau")
    assert file.file == "p.ptau"
    end = section_offset(GOOD, 2) + 7 * 64
    assert file.bytes_after(TAU_G1, 20) == GOOD[end : end + 20]
    last = parse_ptau(ptau(prepared=False, notes=[]), file="")
    assert last.bytes_after(7, 20) == b""
    assert len(last.bytes_after(6, 20)) == 16
