import json
import struct

import pytest

from tests.support.format_files import container, ptau, r1cs, r1cs_sections, wtns, zkey, zkey_sections
from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.proving.formats import identify as module
from zkcompanion.proving.formats.elements import BASE_PRIMES, SCALAR_PRIMES
from zkcompanion.proving.formats.identify import FileKind, FileType, identify, identify_file
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json, verification_key_to_json
from zkcompanion.proving.groth16.types import Proof, VerificationKey

BINARY = [
    (r1cs(), FileType.R1CS, None, 1, 3),
    (wtns(), FileType.WTNS, None, 2, 2),
    (zkey(), FileType.ZKEY, "groth16", 1, 10),
    (ptau(), FileType.PTAU, None, 1, 11),
]


@pytest.mark.parametrize(("data", "kind", "scheme", "version", "n_sections"), BINARY)
def test_binary_files_are_known_by_their_content(tmp_path, data, kind, scheme, version, n_sections):
    path = tmp_path / "no.extension"
    path.write_bytes(data)
    found = identify_file(path)
    assert (found.type, found.scheme, found.curve, found.version) == (kind, scheme, "bn254", version)
    assert found.size_bytes == len(data)
    assert len(found.sections) == n_sections
    assert all("unknown" not in section.label for section in found.sections)


def test_other_schemes_curves_and_versions_are_named():
    header, *rest = zkey_sections()
    for number, name in ((2, "plonk"), (10, "fflonk"), (77, None)):
        data = container(b"zkey", 2, [(1, struct.pack("<I", number)), *rest])
        assert (identify(data, file="").scheme, identify(data, file="").version) == (name, 2)
    body, (_, r1cs_header), labels = r1cs_sections()
    for prime, name in SCALAR_PRIMES.items():
        size = (prime.bit_length() + 63) // 64 * 8
        field = struct.pack("<I", size) + prime.to_bytes(size, "little")
        assert identify(container(b"r1cs", 1, [body, (1, field + r1cs_header[36:]), labels]), file="").curve == name
    for prime, name in BASE_PRIMES.items():
        size = (prime.bit_length() + 63) // 64 * 8
        field = struct.pack("<I", size) + prime.to_bytes(size, "little")
        assert identify(container(b"zkey", 1, [header, (2, field), *rest[1:]]), file="").curve == name
    assert identify(container(b"r1cs", 1, [(1, bytes(40))]), file="").curve is None


@pytest.mark.parametrize("data", [row[0] for row in BINARY])
def test_a_binary_file_that_breaks_off_is_refused(data):
    for length in range(4, len(data), 7):
        with pytest.raises(FileError):
            identify(data[:length], file="")


G1, G2 = (1, 2), ((1, 2), (3, 4))
KEY = VerificationKey(0, G1, G2, G2, G2, (G1,))
VK = FileType.VERIFICATION_KEY


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (proof_to_json(Proof(G1, G2, G1)), (FileType.PROOF, "groth16", "bn254")),
        (verification_key_to_json(KEY), (VK, "groth16", "bn254")),
        (public_to_json((1, 2)), (FileType.PUBLIC, None, None)),
        (public_to_json(()), (FileType.PUBLIC, None, None)),
        (b'{"protocol": "plonk", "curve": "bls12381", "nPublic": 1}', (VK, "plonk", "bls12-381")),
        (b'{"protocol": "fflonk", "curve": "BLS12-381"}', (FileType.PROOF, "fflonk", "bls12-381")),
        (b'{"pi_a": [], "protocol": 5, "curve": 5}', (FileType.PROOF, None, None)),
        (b'{"protocol": "stark", "curve": "stark"}', (FileType.PROOF, None, None)),
        (b' \n\t{"a": 3}', (FileType.JSON, None, None)),
        (b"{}", (FileType.JSON, None, None)),
    ],
)  # fmt: skip
def test_json_files_are_known_by_their_entries(data, expected):
    found = identify(data, file="")
    assert (found.type, found.scheme, found.curve) == expected
    assert (found.version, found.sections) == (None, ())


def test_wasm_and_names_are_known():
    assert identify(b"\0asm\1\0\0\0rest", file="") == FileKind(FileType.WASM, 12, version=1)
    assert identify(b"1,1,0,main.a\n2,-1,0,main.b[0]\n", file="").type is FileType.SYM


@pytest.mark.parametrize(
    "data",
    [b"", b"r1c", b"\0asm\1\0\0", b"pragma circom 2.0.0;", b"1,2,3\n", b"1,x,0,main.a\n", b"5", b"null", b"\xff\xfe[]"],
)
def test_what_is_not_known_is_refused(data):
    with pytest.raises(UnsupportedFileError, match="no file that this program knows"):
        identify(data, file="f")


def test_other_json_lists_are_refused():
    with pytest.raises(UnsupportedFileError, match="not one of public signals"):
        identify(json.dumps(["1", 2]).encode(), file="f")


def test_broken_and_large_json_is_refused(monkeypatch):
    with pytest.raises(FileError, match="not JSON"):
        identify(b'{"a": ', file="f")
    monkeypatch.setattr(module, "MAX_JSON_BYTES", 10)
    with pytest.raises(FileError, match="JSON of 11 bytes; at most 10"):
        identify(b'{"a":    1}', file="f")


@pytest.mark.external
def test_files_of_other_tools_are_what_their_names_say(external_vectors):
    for path in sorted(external_vectors.rglob("snarkjs/**/*")):
        if path.suffix in {".r1cs", ".wtns", ".zkey", ".sym", ".wasm"}:
            assert identify_file(path).type == path.suffix[1:]
    folder = external_vectors / "snarkjs"
    assert identify_file(folder / "fflonk" / "circuit.zkey").scheme == "fflonk"
    assert identify_file(folder / "plonk_circuit" / "verification_key.json").scheme == "plonk"
    assert identify_file(folder / "plonk_circuit" / "proof.json").type is FileType.PROOF
