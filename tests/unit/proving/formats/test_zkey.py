import dataclasses
import struct

import numpy as np
import pytest

from tests.support.format_files import NOTES, container, patched, section_offset, zkey, zkey_sections
from zkcompanion.base.errors import BugError, FileError, UnsupportedFileError
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.formats import zkey as module
from zkcompanion.proving.formats.zkey import (
    COEFFICIENT,
    CONTRIBUTED_LAYOUT,
    Groth16Zkey,
    parse_zkey,
    read_zkey,
    read_zkey_outline,
    write_zkey,
)
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_to_limbs, g2_to_limbs

GOOD = zkey()
HEADER = section_offset(GOOD, 2)
SIZES = HEADER + 72
COEFFICIENTS = section_offset(GOOD, 4)
P = FP.modulus.to_bytes(32, "little")


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_zkey(data, file="k.zkey")
    return caught.value


def test_the_parts_of_a_key_are_where_they_belong():
    key = parse_zkey(GOOD, file="")
    sections = dict(zkey_sections())
    assert (key.n_vars, key.n_public, key.domain_size, key.power) == (4, 1, 4, 2)
    for array, number, width in (
        (key.ic, 3, 8), (key.points_a, 5, 8), (key.points_b1, 6, 8), (key.points_b2, 7, 16), (key.points_c, 8, 8),
        (key.points_h, 9, 8),
    ):  # fmt: skip
        assert array.tobytes() == sections[number]
        assert array.shape[1] == width
        assert not array.flags.writeable
    numbers = [int.from_bytes(sections[2][i : i + 32], "little") for i in range(84, 660, 32)]
    plain = [FP.from_mont(value) for value in numbers]
    assert key.vk_alpha_1 == (plain[0], plain[1])
    assert key.vk_beta_1 == (plain[2], plain[3])
    assert key.vk_beta_2 == ((plain[4], plain[5]), (plain[6], plain[7]))
    assert key.vk_gamma_2 == ((plain[8], plain[9]), (plain[10], plain[11]))
    assert key.vk_delta_1 == (plain[12], plain[13])
    assert key.vk_delta_2 == ((plain[14], plain[15]), (plain[16], plain[17]))
    assert key.coefficients.dtype.itemsize == 44
    assert key.coefficients.tobytes() == sections[4][4:]
    first = key.coefficients[0]
    assert struct.unpack("<III", sections[4][4:16]) == (first["matrix"], first["constraint"], first["signal"])
    assert key.circuit_hash == sections[10][:64]
    assert [contribution.note.shown_name for contribution in key.contributions] == ["Ada", "beacon"]


def test_the_verification_key_is_the_public_half():
    key = parse_zkey(GOOD, file="")
    public = key.verification_key()
    assert (public.n_public, public.vk_gamma_2, public.vk_delta_2) == (1, key.vk_gamma_2, key.vk_delta_2)
    assert (public.vk_alpha_1, public.vk_beta_2) == (key.vk_alpha_1, key.vk_beta_2)
    assert g1_to_limbs(public.ic).tobytes() == key.ic.tobytes()


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"notes": []},
        {"notes": NOTES},
        {"n_coefficients": 0},
        {"n_vars": 1, "n_public": 0, "domain_size": 2},
        {"n_vars": 3, "n_public": 2, "domain_size": 32},
    ],
)
def test_what_was_read_is_written_the_same(tmp_path, keywords):
    path = tmp_path / "k.zkey"
    sections = zkey_sections(**keywords)
    for arranged in (sections, sorted(sections), [(1000, b"odd"), *reversed(sections)]):
        data = container(b"zkey", 1, arranged)
        path.write_bytes(data)
        with read_zkey(path) as key:
            write_zkey(tmp_path / "copy.zkey", key)
        assert (tmp_path / "copy.zkey").read_bytes() == data


def made_key(**changes) -> Groth16Zkey:
    """A key with infinity in every place where a point may be infinity, made in memory."""
    coefficients = np.zeros(1, dtype=COEFFICIENT)
    parts = {
        "n_vars": 3, "n_public": 1, "domain_size": 2,
        "vk_alpha_1": G1_GENERATOR, "vk_beta_1": None, "vk_beta_2": None,
        "vk_gamma_2": G2_GENERATOR, "vk_delta_1": G1_GENERATOR, "vk_delta_2": G2_GENERATOR,
        "ic": g1_to_limbs([G1_GENERATOR, None]),
        "coefficients": coefficients,
        "points_a": g1_to_limbs([None] * 3), "points_b1": g1_to_limbs([None] * 3),
        "points_b2": g2_to_limbs([None, G2_GENERATOR, None]),
        "points_c": g1_to_limbs([None]), "points_h": g1_to_limbs([G1_GENERATOR, None]),
        "circuit_hash": bytes(64),
    }  # fmt: skip
    return Groth16Zkey(**{**parts, **changes})


def test_a_key_made_in_memory_is_written_and_read_in_either_order(tmp_path):
    made = made_key()
    for layout in (made.layout, CONTRIBUTED_LAYOUT):
        write_zkey(tmp_path / "k.zkey", dataclasses.replace(made, layout=layout))
        with read_zkey(tmp_path / "k.zkey") as key:
            assert key.layout.order == layout.order
            for field in ("vk_alpha_1", "vk_beta_1", "vk_beta_2", "vk_gamma_2", "vk_delta_1", "vk_delta_2"):
                assert getattr(key, field) == getattr(made, field)
            for field in ("ic", "points_a", "points_b1", "points_b2", "points_c", "points_h", "coefficients"):
                assert np.array_equal(getattr(key, field), getattr(made, field))
            assert key.verification_key().ic == (G1_GENERATOR, None)


@pytest.mark.parametrize("field", ["ic", "points_a", "points_b1", "points_b2", "points_c", "points_h"])
def test_a_key_with_an_array_of_a_wrong_shape_is_not_written(tmp_path, field):
    wrong = np.zeros((5, 8), dtype=np.uint64)
    with pytest.raises(BugError):
        write_zkey(tmp_path / "k.zkey", made_key(**{field: wrong}))
    assert list(tmp_path.iterdir()) == []


def test_a_closed_key_has_no_arrays_but_those_taken_before_live_on(tmp_path):
    path = tmp_path / "k.zkey"
    path.write_bytes(GOOD)
    with read_zkey(path) as key:
        points = key.points_a
    with pytest.raises(AttributeError):
        _ = key.points_b1
    key.close()
    assert points.tobytes() == dict(zkey_sections())[5]
    assert key.n_vars == 4
    made = made_key()
    made.close()
    assert made.points_a.shape == (3, 8)


def test_a_refused_file_is_closed(tmp_path):
    path = tmp_path / "k.zkey"
    path.write_bytes(GOOD[:-1])
    with pytest.raises(FileError):
        read_zkey(path)


def test_other_schemes_are_named():
    for number, name in ((2, "plonk"), (10, "fflonk")):
        error = refused(patched(GOOD, 24, struct.pack("<I", number)))
        assert isinstance(error, UnsupportedFileError)
        assert (error.section, error.offset) == ("1 (protocol)", 24)
        assert f"key for {name};" in str(error)
    for number in (0, 3, 2**32 - 1):
        error = refused(patched(GOOD, 24, struct.pack("<I", number)))
        assert not isinstance(error, UnsupportedFileError)
        assert f"1 (groth16), not {number}" in str(error)


def test_other_curves_are_named():
    q = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
    sections = dict(zkey_sections())
    sections[2] = struct.pack("<I", 48) + q.to_bytes(48, "little") + sections[2][36:]
    error = refused(container(b"zkey", 1, list(sections.items())))
    assert isinstance(error, UnsupportedFileError)
    assert "bls12-381" in str(error)
    r = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
    error = refused(patched(GOOD, HEADER + 40, r.to_bytes(32, "little")))
    assert "bls12-381" in str(error)


def test_public_signals_must_be_fewer_than_wires():
    for n_vars, n_public in ((0, 0), (4, 4), (4, 2**32 - 1)):
        error = refused(patched(GOOD, SIZES, struct.pack("<II", n_vars, n_public)))
        assert error.offset == SIZES + 4
        assert f"{n_public} and {n_vars}" in str(error)


@pytest.mark.parametrize("size", [0, 1, 3, 5, 2**28 + 1, 2**29, 2**31 - 1, 2**31, 2**32 - 1])
def test_the_domain_must_be_a_power_of_two_in_range(size):
    error = refused(patched(GOOD, SIZES + 8, struct.pack("<I", size)))
    assert error.section == "2 (groth16 header)"
    assert error.offset == SIZES + 8
    assert f"not {size}" in str(error)


def test_each_section_must_have_the_size_that_the_header_asks_for():
    for number in (3, 4, 5, 6, 7, 8, 9):
        sections = dict(zkey_sections())
        for changed in (sections[number][:-1], sections[number] + b"x", sections[number][:-64]):
            error = refused(container(b"zkey", 1, list({**sections, number: changed}.items())))
            assert error.section == module.ZKEY.label(number)
    for number in range(1, 11):
        sections = dict(zkey_sections())
        del sections[number]
        error = refused(container(b"zkey", 1, list(sections.items())))
        assert (error.section, "missing" in str(error)) == (module.ZKEY.label(number), True)


def test_a_power_of_two_that_the_points_do_not_fit_is_refused():
    error = refused(patched(GOOD, SIZES + 8, struct.pack("<I", 8)))
    assert error.section == "9 (points H)"
    assert "8 entries of 64 bytes make a section of 512 bytes, but it has 256" in str(error)


@pytest.mark.parametrize("number", [3, 5, 6, 7, 8, 9])
def test_every_coordinate_must_be_below_the_prime(number):
    start = section_offset(GOOD, number)
    for place in range(len(dict(zkey_sections())[number]) // 32):
        error = refused(patched(GOOD, start + 32 * place, P))
        assert error.section == module.ZKEY.label(number)
        assert error.offset == start + 32 * place
        assert f"point {place // (4 if number == 7 else 2)} " in str(error)


def test_coordinates_of_the_header_must_be_below_the_prime():
    for place in range(18):
        assert refused(patched(GOOD, HEADER + 84 + 32 * place, P)).offset == HEADER + 84 + 32 * place


def test_indices_of_coefficients_must_be_within_bounds(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 2)
    for skip, name, bound in ((0, "matrix", 2), (4, "constraint", 4), (8, "signal", 4)):
        for index in range(3):
            for value in (bound, 2**32 - 1):
                offset = COEFFICIENTS + 4 + 44 * index + skip
                error = refused(patched(GOOD, offset, struct.pack("<I", value)))
                assert error.offset == offset
                assert error.section == "4 (coefficients)"
                assert f"Coefficient {index} has {name} {value}; it should be below {bound}" in str(error)


def test_an_outline_has_the_sizes_and_the_coefficients_and_looks_at_no_point(tmp_path):
    path = tmp_path / "k.zkey"
    point = section_offset(GOOD, 5) + 64
    path.write_bytes(patched(GOOD, point, P))  # a coordinate that is none
    outline = read_zkey_outline(path)
    assert (outline.n_vars, outline.n_public, outline.domain_size, outline.size_bytes) == (4, 1, 4, len(GOOD))
    assert outline.coefficients.tobytes() == parse_zkey(GOOD, file="").coefficients.tobytes()
    with pytest.raises(FileError):
        read_zkey(path)


def test_an_outline_of_a_bad_file_is_refused(tmp_path):
    path = tmp_path / "k.zkey"
    sections = [(number, data + bytes(64) if number == 9 else data) for number, data in zkey_sections()]
    signal = COEFFICIENTS + 4 + 8
    for data in (GOOD[:-1], container(b"zkey", 1, sections), patched(GOOD, signal, struct.pack("<I", 4))):
        path.write_bytes(data)
        with pytest.raises(FileError):
            read_zkey_outline(path)


def test_values_of_coefficients_must_be_below_the_prime():
    offset = COEFFICIENTS + 4 + 44 + 12
    error = refused(patched(GOOD, offset, FR.modulus.to_bytes(32, "little")))
    assert error.offset == offset
    assert "value of coefficient 1" in str(error)
    parse_zkey(patched(GOOD, offset, (FR.modulus - 1).to_bytes(32, "little")), file="")


def test_a_count_of_coefficients_that_does_not_fit_is_refused():
    for count in (0, 2, 4, 2**31 - 1, 2**32 - 1):
        error = refused(patched(GOOD, COEFFICIENTS, struct.pack("<I", count)))
        assert error.section == "4 (coefficients)"
        assert error.offset == COEFFICIENTS - 8


def test_too_many_contributions_are_refused_and_so_are_too_few():
    offset = section_offset(GOOD, 10) + 64
    assert "need 1176 bytes or more" in str(refused(patched(GOOD, offset, struct.pack("<I", 3))))
    for count in (0, 1):
        assert "bytes follow" in str(refused(patched(GOOD, offset, struct.pack("<I", count))))


def test_a_header_of_another_size_is_refused():
    sections = dict(zkey_sections())
    longer = {**sections, 2: sections[2] + b"x"}
    assert "1 bytes follow" in str(refused(container(b"zkey", 1, list(longer.items()))))
    shorter = {**sections, 2: sections[2][:-1]}
    assert "ends after 31" in str(refused(container(b"zkey", 1, list(shorter.items()))))
    longer = {**sections, 1: sections[1] + b"x"}
    assert "1 bytes follow" in str(refused(container(b"zkey", 1, list(longer.items()))))


def test_sections_at_odd_addresses_are_read_the_same():
    plain = parse_zkey(GOOD, file="")
    odd = parse_zkey(container(b"zkey", 1, [(1000, b"odd"), *zkey_sections()]), file="")
    for field in ("ic", "points_a", "points_b1", "points_b2", "points_c", "points_h", "coefficients"):
        assert np.array_equal(getattr(plain, field), getattr(odd, field))
    place = section_offset(GOOD, 9) + 12 + 3
    bad = container(b"zkey", 1, [(1000, b"odd"), *zkey_sections()])
    assert refused(patched(bad, place + 96, P)).section == "9 (points H)"


@pytest.mark.external
def test_keys_of_other_tools_are_read_and_written_the_same_or_named(external_vectors, tmp_path):
    path = external_vectors / "rapidsnark" / "circuit_final.zkey"
    with read_zkey(path) as key:
        assert (key.n_vars, key.n_public, key.domain_size) == (1003, 1, 1024)
        assert [c.note.shown_name for c in key.contributions][2] == "Final Beacon phase2"
        assert key.verification_key().vk_gamma_2 == G2_GENERATOR
        write_zkey(tmp_path / "copy.zkey", key)
    assert (tmp_path / "copy.zkey").read_bytes() == path.read_bytes()
    for folder, scheme in (("plonk_circuit", "plonk"), ("circuit2", "plonk"), ("fflonk", "fflonk")):
        with pytest.raises(UnsupportedFileError, match=scheme):
            read_zkey(external_vectors / "snarkjs" / folder / "circuit.zkey")
