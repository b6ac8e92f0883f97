import random
import struct

import pytest

from tests.support.format_files import NOTES, container, key_contribution, note, ptau_contribution
from zkcompanion.base.errors import FileError
from zkcompanion.proving.fields import FP
from zkcompanion.proving.formats import contributions as module
from zkcompanion.proving.formats.binfile import BinFile, Container, SectionReader
from zkcompanion.proving.formats.contributions import (
    BEACON,
    KEY_CONTRIBUTION_BYTES,
    PTAU_CONTRIBUTION_BYTES,
    Note,
    encode_key_contribution,
    encode_ptau_contribution,
    read_contribution_count,
    read_g1,
    read_g2,
    read_key_contribution,
    read_ptau_contribution,
)
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_to_limbs, g2_to_limbs

KINDS = [
    (key_contribution, read_key_contribution, encode_key_contribution, KEY_CONTRIBUTION_BYTES),
    (ptau_contribution, read_ptau_contribution, encode_ptau_contribution, PTAU_CONTRIBUTION_BYTES),
]


def reader_of(payload: bytes) -> SectionReader:
    test = Container(b"test", (1,), {10: "contributions"}, max_bytes=1 << 20)
    return BinFile(container(b"test", 1, [(10, payload)]), file="f", container=test).reader(10)


def refused(payload: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        read_key_contribution(reader_of(payload))
    return caught.value


@pytest.mark.parametrize(("make", "read", "encode", "least_bytes"), KINDS)
@pytest.mark.parametrize("written", [*NOTES, note(name=b""), note(0, b"x" * 255, 255, b""), note(1, beacon=b"\xff")])
def test_a_contribution_is_read_and_written_the_same(make, read, encode, least_bytes, written):
    data = make(random.Random(4), written)
    reader = reader_of(data)
    contribution = read(reader)
    reader.finish()
    assert encode(contribution) == data
    assert len(data) == least_bytes - 8 + len(written)


def test_the_points_of_a_ptau_contribution_belong_to_their_keys():
    rng = random.Random(5)
    # the last bytes before the hashes: tau, alpha and beta in G2
    contribution = read_ptau_contribution(reader_of(ptau_contribution(rng, note())))
    rng = random.Random(5)
    numbers = [rng.randrange(FP.modulus) for _ in range(38)]
    plain = [FP.from_mont(value) for value in numbers]
    assert contribution.tau_g1 == tuple(plain[0:2])
    assert contribution.beta_g2 == ((plain[10], plain[11]), (plain[12], plain[13]))
    keys = (contribution.tau, contribution.alpha, contribution.beta)
    assert [key.g1_s for key in keys] == [(plain[14 + 4 * i], plain[15 + 4 * i]) for i in range(3)]
    assert [key.g1_sx for key in keys] == [(plain[16 + 4 * i], plain[17 + 4 * i]) for i in range(3)]
    tails = [plain[26 + 4 * i : 30 + 4 * i] for i in range(3)]
    assert [key.g2_spx for key in keys] == [((a, b), (c, d)) for a, b, c, d in tails]


def test_notes_are_read_as_they_were_written():
    written = note(1, "Zoë".encode() + b"\xff", 10, b"\1\2")
    found = read_key_contribution(reader_of(key_contribution(random.Random(1), written))).note
    assert found == Note(BEACON, "Zoë".encode() + b"\xff", 10, b"\1\2")
    assert found.shown_name == "Zoë\ufffd"
    assert Note(0).shown_name == ""


def test_points_are_plain_and_zeros_are_infinity():
    g1 = g1_to_limbs([G1_GENERATOR, None]).tobytes()
    reader = reader_of(g1 + g2_to_limbs([G2_GENERATOR, None]).tobytes())
    assert [read_g1(reader, "a") for _ in range(2)] == [G1_GENERATOR, None]
    assert [read_g2(reader, "a") for _ in range(2)] == [G2_GENERATOR, None]
    one_zero = reader_of(bytes(32) + bytes([1]) + bytes(31) + bytes(96) + bytes([1]) + bytes(31))
    assert read_g1(one_zero, "a") == (0, FP.r_inv)
    assert read_g2(one_zero, "a") == ((0, 0), (0, FP.r_inv))


@pytest.mark.parametrize("place", range(10))
def test_a_coordinate_not_below_the_prime_is_refused_where_it_stands(place):
    data = key_contribution(random.Random(1), note())
    bad = data[: 32 * place] + FP.modulus.to_bytes(32, "little") + data[32 * place + 32 :]
    error = refused(bad)
    assert error.offset == 24 + 32 * place
    assert "not below" in str(error)


def test_only_the_known_kinds_are_taken():
    error = refused(key_contribution(random.Random(1), note(kind=2)))
    assert error.offset == 24 + KEY_CONTRIBUTION_BYTES - 8
    assert "0 or 1, not 2" in str(error)


def parameters_refused(parameters: bytes, claimed: int | None = None) -> FileError:
    written = struct.pack("<II", 0, len(parameters) if claimed is None else claimed) + parameters
    return refused(key_contribution(random.Random(1), written))


PARAMETERS = 24 + KEY_CONTRIBUTION_BYTES


def test_parameters_must_be_known_and_rise():
    assert parameters_refused(b"\x00").offset == PARAMETERS
    assert parameters_refused(b"\x04\x00").offset == PARAMETERS
    assert parameters_refused(b"\x01\x00\x01\x00").offset == PARAMETERS + 2
    assert parameters_refused(b"\x03\x00\x02\x05").offset == PARAMETERS + 2


def test_parameters_stay_inside_their_length():
    error = parameters_refused(b"\x01\x03ab", claimed=3)
    assert "ends after 2" in str(error)
    error = parameters_refused(b"\x01\x03abc", claimed=4)
    assert (error.offset, "4 bytes, but take 5" in str(error)) == (PARAMETERS - 4, True)
    for claimed in (2**31 - 1, 2**32 - 1):
        error = parameters_refused(b"\x01\x00", claimed)
        assert (error.offset, f"claim {claimed} bytes, but 2 are left" in str(error)) == (PARAMETERS - 4, True)


def test_a_contribution_cut_anywhere_is_refused():
    for make, read, _, _ in KINDS:
        data = make(random.Random(1), NOTES[1])
        for length in range(len(data)):
            with pytest.raises(FileError):
                read(reader_of(data[:length]))


def test_the_number_of_contributions_is_bounded_by_the_section_and_by_a_limit(monkeypatch):
    payload = struct.pack("<I", 2) + bytes(20)
    assert read_contribution_count(reader_of(payload), 10) == 2
    with pytest.raises(FileError, match="2 contributions need 22 bytes or more, but the section has 20") as caught:
        read_contribution_count(reader_of(payload), 11)
    assert caught.value.offset == 24
    monkeypatch.setattr(module, "MAX_CONTRIBUTIONS", 1)
    with pytest.raises(FileError, match="claims 2 contributions; at most 1"):
        read_contribution_count(reader_of(payload), 10)
