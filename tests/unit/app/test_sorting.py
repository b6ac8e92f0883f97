import os
import shutil

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.format_files import container, ptau, wtns
from tests.support.toygroth16 import toy_key
from zkcompanion.app.sorting import sort_files
from zkcompanion.base.paths import resource_path
from zkcompanion.proving.formats.proofjson import public_to_json, verification_key_to_json

SHA256 = resource_path("circuits", "sha256-preimage")
PROOF = b'{"pi_a": ["1", "2", "1"], "protocol": "groth16", "curve": "bn128"}'


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_are_known_by_their_content(tmp_path):
    small = make_folder(tmp_path / "small")
    files = {
        "zkey": small.zkey,
        "r1cs": put(tmp_path / "one.bin", small.r1cs.read_bytes()),
        "wasm": put(tmp_path / "two", (SHA256 / "circuit.wasm").read_bytes()),
        "sym": put(tmp_path / "three.txt", (SHA256 / "circuit.sym").read_bytes()),
        "witness": small.witness,
        "input": put(tmp_path / "x.json", b'{"a": 1}'),
    }
    verdict = {
        "proof": put(tmp_path / "p.json", PROOF),
        "public": put(tmp_path / "q.json", public_to_json((1, 2))),
        "verification_key": put(tmp_path / "vk.json", verification_key_to_json(toy_key(2).key)),
    }
    found = sort_files([*files.values(), *verdict.values()])
    assert {role: getattr(found.circuit, role) for role in files} == files
    assert {role: getattr(found, role) for role in verdict} == verdict
    assert (found.circuit.name, found.refused, found.doubles) == ("small", (), ())


def test_a_folder_stands_for_its_circuit_and_its_proof(tmp_path):
    folder = tmp_path / "votes"
    shutil.copytree(SHA256, folder)
    (folder / "circuit_js").mkdir()
    (folder / "circuit.wasm").rename(folder / "circuit_js" / "circuit.wasm")
    put(folder / "proof.json", PROOF)
    put(folder / "package.json", b'{"name": "x"}')
    put(folder / "broken.json", b"{")
    found = sort_files([folder])
    assert found.circuit.name == "votes"
    assert found.circuit.wasm == folder / "circuit_js" / "circuit.wasm"
    assert found.circuit.input == folder / "input.json"
    assert found.proof == folder / "proof.json"
    assert (found.refused, found.doubles) == ((), ())


def test_a_folder_with_a_proof_alone_is_enough_and_one_with_nothing_says_so(tmp_path):
    put(tmp_path / "a" / "public.json", b'["1"]')
    assert sort_files([tmp_path / "a"]).public == tmp_path / "a" / "public.json"
    (tmp_path / "b").mkdir()
    ((name, error),) = sort_files([tmp_path / "b"]).refused
    assert (name, error.code) == ("b", "usage")


def test_a_folder_that_cannot_be_read_says_so(tmp_path, monkeypatch):
    from pathlib import Path

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    ((_, error),) = sort_files([tmp_path]).refused
    assert "Permission denied" in str(error.message)


def test_a_role_is_taken_once(tmp_path):
    one, two = put(tmp_path / "1.json", b'["1"]'), put(tmp_path / "2.json", b'["2"]')
    found = sort_files([one, two, one])
    assert (found.public, found.doubles) == (one, ("2.json",))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.ptau", ptau(), "powers of tau"),
        ("p.json", b'{"protocol": "plonk", "curve": "bn128"}', "PLONK over BN254"),
        ("f.json", b'{"protocol": "fflonk", "curve": "bls12-381"}', "FFLONK over BLS12-381"),
        ("b.json", b'{"protocol": "groth16", "curve": "bls12381", "nPublic": 1}', "Groth16 over BLS12-381"),
        ("x.zkey", container(b"zkey", 1, [(1, b"\2\0\0\0"), (2, b"\4\0\0\0" + b"\5\0\0\0")]), "PLONK over an unknown"),
        ("y.zkey", container(b"zkey", 1, [(1, b"\7\0\0\0"), (2, b"\4\0\0\0" + b"\5\0\0\0")]), "an unknown scheme"),
        ("w.wtns", container(b"wtns", 2, [(1, b"\4\0\0\0" + b"\5\0\0\0" + b"\1\0\0\0"), (2, b"")]), "an unknown curve"),
        ("c.circom", b"pragma circom 2.0.0;", "has to be compiled first"),
        ("t.txt", b"hello", "no file that this program knows"),
        ("w2.wtns", wtns()[:20], "w2.wtns"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path, name, data, words):
    found = sort_files([put(tmp_path / name, data)])
    ((shown, error),) = found.refused
    assert shown == name
    assert words in str(error.message)
    assert found.circuit.name == ""


def test_what_is_not_there_is_refused(tmp_path):
    ((name, _),) = sort_files([tmp_path / "none"]).refused
    assert name == "none"


def test_a_circuit_without_a_key_has_the_name_of_another_file(tmp_path):
    wasm = put(tmp_path / "age.wasm", b"\0asm\1\0\0\0")
    assert sort_files([wasm]).circuit.name == "age"


@pytest.mark.skipif(os.name == "nt", reason="POSIX names and permissions")
def test_a_name_too_long_for_the_system_is_refused_by_name(tmp_path):
    found = sort_files([tmp_path / ("n" * 4000)])
    ((name, error),) = found.refused
    assert name == "n" * 4000
    assert error.whose == "file"
    assert "cannot be opened" in str(error.message)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions that hold")
def test_what_may_not_be_looked_at_is_refused_by_name(tmp_path):
    closed = tmp_path / "closed"
    file = put(closed / "circuit.r1cs", b"x")
    closed.chmod(0)
    try:
        for path in (file, closed):
            ((_, error),) = sort_files([path]).refused
            assert "Permission denied" in str(error.message)
    finally:
        closed.chmod(0o700)
