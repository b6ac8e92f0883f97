import json

import pytest

from tests.support.bounds import bounded
from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.formats import proofjson
from zkcompanion.proving.formats.proofjson import (
    MAX_ENTRIES,
    proof_from_json,
    proof_to_json,
    public_from_json,
    public_to_json,
    read_proof,
    read_public,
    read_verification_key,
    verification_key_and_pairing_from_json,
    verification_key_from_json,
    verification_key_to_json,
)
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.pairing import gt_to_nested, pairing

PROOF = Proof((1, 2), ((3, 4), (5, 6)), (FP.modulus - 1, 0))
KEY = VerificationKey(1, (1, 2), ((3, 4), (5, 6)), ((7, 8), (9, 10)), None, ((11, 12), None))
GT = tuple(tuple((6 * i + 2 * j, 6 * i + 2 * j + 1) for j in range(3)) for i in range(2))

#: as snarkjs lays it out: one space a level, no line feed at the end
PROOF_TEXT = b"""{
 "pi_a": [
  "1",
  "2",
  "1"
 ],
 "pi_b": [
  [
   "3",
   "4"
  ],
  [
   "5",
   "6"
  ],
  [
   "1",
   "0"
  ]
 ],
 "pi_c": [
  "21888242871839275222246405745257275088696311157297823662689037894645226208582",
  "0",
  "1"
 ],
 "protocol": "groth16",
 "curve": "bn128"
}"""


def changed(data: bytes, path: tuple[str | int, ...], value: object) -> bytes:
    document = json.loads(data)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document).encode()


def without(data: bytes, name: str) -> bytes:
    document = json.loads(data)
    del document[name]
    return json.dumps(document).encode()


def refused(read, data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        read(data, file="f.json")
    return caught.value


def test_a_proof_is_laid_out_as_snarkjs_does():
    assert proof_to_json(PROOF) == PROOF_TEXT
    assert proof_from_json(PROOF_TEXT, file="") == PROOF


def test_infinity_has_one_form():
    proof = Proof(None, None, None)
    data = proof_to_json(proof)
    document = json.loads(data)
    assert document["pi_a"] == ["0", "1", "0"]
    assert document["pi_b"] == [["0", "0"], ["1", "0"], ["0", "0"]]
    assert proof_from_json(data, file="") == proof
    for form in (["0", "0", "0"], ["1", "1", "0"], ["0", "2", "0"], ["1", "2", "0"], ["1", "2", "2"], ["1", "2", "7"]):
        assert "should be one" in str(refused(proof_from_json, changed(data, ("pi_a",), form)))
    for z in (["0", "0"], ["1", "1"], ["0", "1"], ["2", "0"]):
        assert "should be one" in str(refused(proof_from_json, changed(PROOF_TEXT, ("pi_b", 2), z)))


def test_public_signals_are_laid_out_as_snarkjs_does():
    assert public_to_json((33, 0, FR.modulus - 1)) == b'[\n "33",\n "0",\n "%d"\n]' % (FR.modulus - 1)
    assert public_to_json(()) == b"[\n]"
    for public in ((), (0,), (33, 0, FR.modulus - 1)):
        assert public_from_json(public_to_json(public), file="") == public


def test_a_verification_key_is_read_and_written_the_same():
    for gt in (None, GT):
        data = verification_key_to_json(KEY, gt)
        assert verification_key_and_pairing_from_json(data, file="") == (KEY, gt)
        assert verification_key_from_json(data, file="") == KEY
        assert verification_key_to_json(*verification_key_and_pairing_from_json(data, file="")) == data
    names = [
        "protocol",
        "curve",
        "nPublic",
        "vk_alpha_1",
        "vk_beta_2",
        "vk_gamma_2",
        "vk_delta_2",
        "vk_alphabeta_12",
        "IC",
    ]
    assert list(json.loads(data)) == names
    assert json.loads(data)["vk_alphabeta_12"][1][2] == ["10", "11"]


def test_the_pairing_is_written_in_the_tower_of_the_reference():
    value = pairing(G1_GENERATOR, G2_GENERATOR)
    data = verification_key_to_json(KEY, gt_to_nested(value))
    _, found = verification_key_and_pairing_from_json(data, file="")
    assert [[list(pair) for pair in half] for half in found] == gt_to_nested(value)


NOT_CANONICAL = [
    "", " 1", "1 ", "1\n", "+1", "-1", "-0", "00", "01", "1_000", "1e3", "1.0", "0x26", "1,000",
    "\u0663\u0664", "1\u0663", "\u00b2", "\uff11", "1" * 78, "1" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_CANONICAL, ids=range(len(NOT_CANONICAL)))
def test_numbers_must_be_canonical(text):
    for path in (("pi_a", 0), ("pi_b", 1, 0), ("pi_c", 2)):
        if len(text) < 60_000:
            error = refused(proof_from_json, changed(PROOF_TEXT, path, text))
            assert "plain decimal number" in str(error)
            assert str(error).isascii()
            assert len(str(error)) < 200
    assert "[1]: A plain decimal" in str(refused(public_from_json, json.dumps(["0", text]).encode()))


@pytest.mark.parametrize("value", [1, 0, 1.0, True, None, [], {}, ["1"]], ids=str)
def test_numbers_must_be_strings(value):
    assert "in quotes" in str(refused(proof_from_json, changed(PROOF_TEXT, ("pi_a", 0), value)))
    assert "in quotes" in str(refused(public_from_json, json.dumps([value]).encode()))


def test_numbers_must_be_below_the_modulus():
    for value in (FP.modulus, FP.modulus + 1, 10**77 - 1):
        assert "not below" in str(refused(proof_from_json, changed(PROOF_TEXT, ("pi_a", 0), str(value))))
    for value in (FR.modulus, FR.modulus + 33):
        assert "not below" in str(refused(public_from_json, json.dumps([str(value)]).encode()))
    # a coordinate lies in the other field
    assert proof_from_json(changed(PROOF_TEXT, ("pi_a", 0), str(FR.modulus)), file="").pi_a == (FR.modulus, 2)


@pytest.mark.parametrize("value", ["1", 1, None, {}, [], ["1"], ["1", "2"], ["1", "2", "1", "0"]], ids=str)
def test_points_must_have_three_coordinates(value):
    error = refused(proof_from_json, changed(PROOF_TEXT, ("pi_a",), value))
    assert "f.json: pi_a: " in str(error)
    assert "expected" in str(error)
    if value != ["1", "2"]:
        assert "pi_b[0]: " in str(refused(proof_from_json, changed(PROOF_TEXT, ("pi_b", 0), value)))


@pytest.mark.parametrize("name", ["pi_a", "pi_b", "pi_c", "protocol"])
def test_a_proof_must_have_its_entries(name):
    assert f"entry {name} is missing" in str(refused(proof_from_json, without(PROOF_TEXT, name)))


def test_entries_that_do_not_belong_are_refused():
    error = refused(proof_from_json, changed(PROOF_TEXT, ("pi_d\x1b" + "x" * 99,), "1"))
    assert "does not belong" in str(error)
    assert str(error).isascii()
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"[]", "a list"), (b'"a"', "a text"), (b"true", "true or false"), (b"null", "null"), (b"5", "a number")],
)
def test_the_document_must_be_of_the_right_kind(data, found):
    for read in (proof_from_json, verification_key_from_json):
        assert f"An object is expected, not {found}" in str(refused(read, data))
    if found != "a list":
        assert f"A list is expected, not {found}" in str(refused(public_from_json, data))
    assert "A list is expected, not an object" in str(refused(public_from_json, b"{}"))


@pytest.mark.parametrize("scheme", ["plonk", "fflonk"])
def test_other_schemes_are_named(scheme):
    for read, data in ((proof_from_json, PROOF_TEXT), (verification_key_from_json, verification_key_to_json(KEY))):
        error = refused(read, changed(data, ("protocol",), scheme))
        assert isinstance(error, UnsupportedFileError)
        assert f"belongs to {scheme};" in str(error)
    # whatever else is in the file
    assert "belongs to" in str(refused(proof_from_json, json.dumps({"A": [], "protocol": scheme}).encode()))


@pytest.mark.parametrize("scheme", ["groth", "Groth16", "", None, 16, [], {}])
def test_unknown_schemes_are_refused(scheme):
    error = refused(proof_from_json, changed(PROOF_TEXT, ("protocol",), scheme))
    assert isinstance(error, UnsupportedFileError)
    assert "should be groth16" in str(error)


def test_other_curves_are_named():
    for name in ("bls12381", "BLS12-381", "bn128x", ""):
        error = refused(proof_from_json, changed(PROOF_TEXT, ("curve",), name))
        assert isinstance(error, UnsupportedFileError)
        assert f"the curve '{name}'" in str(error)
    assert "the curve a number" in str(refused(proof_from_json, changed(PROOF_TEXT, ("curve",), 5)))


@pytest.mark.parametrize("name", ["bn128", "BN128", "bn254", "BN254", "altbn128", "alt_bn128"])
def test_all_names_of_our_curve_are_taken(name):
    assert proof_from_json(changed(PROOF_TEXT, ("curve",), name), file="") == PROOF


def test_the_curve_may_be_left_out():
    assert proof_from_json(without(PROOF_TEXT, "curve"), file="") == PROOF
    assert verification_key_from_json(without(verification_key_to_json(KEY), "curve"), file="") == KEY


@pytest.mark.parametrize("name", ["protocol", "nPublic", "vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2", "IC"])
def test_a_verification_key_must_have_its_entries(name):
    data = without(verification_key_to_json(KEY, GT), name)
    assert f"entry {name} is missing" in str(refused(verification_key_from_json, data))


@pytest.mark.parametrize("value", [-1, "1", 1.0, True, None, [1]], ids=str)
def test_the_number_of_public_signals_must_be_a_number(value):
    error = refused(verification_key_from_json, changed(verification_key_to_json(KEY), ("nPublic",), value))
    assert "nPublic: A number of signals is expected" in str(error)


@pytest.mark.parametrize("value", [0, 2, 2**31 - 1, 2**32 - 1, 2**63])
def test_there_is_one_ic_point_more_than_public_signals(value):
    error = refused(verification_key_from_json, changed(verification_key_to_json(KEY), ("nPublic",), value))
    assert f"IC: {value + 1} entries are expected, not 2" in str(error)


def test_a_broken_pairing_value_is_refused():
    data = verification_key_to_json(KEY, GT)
    for path in (("vk_alphabeta_12",), ("vk_alphabeta_12", 0), ("vk_alphabeta_12", 1, 2)):
        error = refused(verification_key_from_json, changed(data, path, ["1"]))
        assert "vk_alphabeta_12" in str(error)
    assert "not below" in str(
        refused(verification_key_from_json, changed(data, ("vk_alphabeta_12", 1, 2, 0), str(FP.modulus)))
    )


def test_sizes_are_limited():
    for read, limit in (
        (proof_from_json, proofjson.MAX_PROOF_BYTES),
        (public_from_json, proofjson.MAX_PUBLIC_BYTES),
        (verification_key_from_json, proofjson.MAX_KEY_BYTES),
    ):
        assert f"the {limit} allowed" in str(refused(read, b" " * (limit + 1)))


def test_files_are_read_by_path(tmp_path):
    path = tmp_path / "f.json"
    for read, data, value in (
        (read_proof, PROOF_TEXT, PROOF),
        (read_public, public_to_json((1, 2)), (1, 2)),
        (read_verification_key, verification_key_to_json(KEY), KEY),
    ):
        path.write_bytes(data)
        assert read(path) == value
        path.write_bytes(data[:-1])
        with pytest.raises(FileError) as caught:
            read(path)
        assert caught.value.file == str(path)


def test_long_lists_are_refused_before_their_entries_are_looked_at():
    with bounded(seconds=3, mebibytes=60):
        error = refused(public_from_json, b"[" + b'"0",' * MAX_ENTRIES + b'"0"]')
    assert f"The list has {MAX_ENTRIES + 1} entries; at most {MAX_ENTRIES} are read" in str(error)
    point = '["0","1","0"]'
    for name, entry in (("IC", point), ("vk_alpha_1", '"0"')):
        data = changed(verification_key_to_json(KEY), (name,), "?").decode()
        data = data.replace('"?"', "[" + ",".join([entry] * (MAX_ENTRIES + 1)) + "]")
        with bounded(seconds=10, mebibytes=200, covered=False):
            error = refused(verification_key_from_json, data.encode())
        assert f"{name}: The list has" in str(error)


@pytest.mark.slow
@pytest.mark.parametrize("share", [4, pytest.param(1, marks=pytest.mark.nightly)])
def test_as_many_signals_as_are_read_cost_little(share):
    count = MAX_ENTRIES // share
    with bounded(seconds=15, mebibytes=150 / share, covered=False):
        assert len(public_from_json(b"[" + b'"0",' * (count - 1) + b'"0"]', file="")) == count


def test_a_long_number_in_the_wrong_place_is_not_shown():
    # somebody's private inputs, given in place of the public signals
    for value in ("0x" + "ab" * 32, "1" * 77 + " ", "+" + "7" * 20):
        error = refused(public_from_json, json.dumps([value]).encode())
        assert "[redacted]" in str(error)
        assert not any(part in str(error) for part in ("77777", "abab", "11111"))


@pytest.mark.external
def test_keys_of_other_tools_are_read_and_written_the_same_or_named(external_vectors):
    data = (external_vectors / "rapidsnark" / "verification_key.json").read_bytes()
    key, gt = verification_key_and_pairing_from_json(data, file="")
    assert verification_key_to_json(key, gt) == data
    assert gt_to_nested(pairing(key.vk_alpha_1, key.vk_beta_2)) == [[list(pair) for pair in half] for half in gt]
    folder = external_vectors / "snarkjs"
    for path, read, scheme in (
        (folder / "plonk_circuit" / "proof.json", read_proof, "plonk"),
        (folder / "plonk_circuit" / "verification_key.json", read_verification_key, "plonk"),
        (folder / "fflonk" / "circuit_vk.json", read_verification_key, "fflonk"),
    ):
        with pytest.raises(UnsupportedFileError, match=f"belongs to {scheme};"):
            read(path)
    public = folder / "plonk_circuit" / "public.json"
    assert public_to_json(read_public(public)) == public.read_bytes()
