"""Keys against snarkjs 0.7.6: set-up byte for byte, and what it says of keys and contributions made here."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit, shapes
from tests.support.known_ptau import write_known_ptau
from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.formats.contributions import PERSON, Note
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json, verification_key_to_json
from zkcompanion.proving.formats.ptau import read_ptau
from zkcompanion.proving.formats.r1cs import R1cs, read_r1cs, write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.formats.zkey import CONTRIBUTED_LAYOUT, read_zkey, write_zkey
from zkcompanion.proving.groth16.contributions import new_contribution
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.setup import setup
from zkcompanion.proving.reference.curve import G1, G2

pytestmark = [pytest.mark.node, pytest.mark.integration, pytest.mark.kernels, pytest.mark.slow]

CLI = Path(__file__).resolve().parent / "node_modules" / "snarkjs" / "build" / "cli.cjs"
DATA = Path(__file__).resolve().parents[1] / "data" / "setup"
SHAPES = shapes()
R = FR.modulus


class Folder:
    """A folder in which snarkjs runs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, words: str) -> tuple[int, str]:
        command = ["node", str(CLI), *words.split()]
        done = subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=False, timeout=280)
        return done.returncode, done.stdout + done.stderr

    def snarkjs(self, words: str) -> str:
        code, output = self.run(words)
        assert code == 0, output
        return output

    def same_key(self, r1cs: R1cs, ptau: str) -> None:
        """Both make a key from the same files; the keys are the same bytes."""
        write_r1cs(self.path / "c.r1cs", r1cs)
        with read_ptau(self.path / ptau) as powers:
            circuit_hash = setup(self.path / "ours.zkey", r1cs, powers, backend("scalar"))
        printed = self.snarkjs(f"groth16 setup c.r1cs {ptau} theirs.zkey")
        assert circuit_hash.hex()[:32] in printed.replace(" ", "").replace("\n", "").replace("\t", "")
        assert (self.path / "ours.zkey").read_bytes() == (self.path / "theirs.zkey").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Folder:
    """With `power6.ptau` of snarkjs and `power11.ptau` of ours."""
    path = tmp_path_factory.mktemp("setup")
    shutil.copy(DATA / "power6.ptau", path)
    write_known_ptau(path / "power11.ptau", 11, backend("scalar"))
    return Folder(path)


@pytest.fixture(scope="module")
def their_shapes(folder) -> dict[str, bytes]:
    """snarkjs's key for every shape, all in one process."""
    for i, circuit in enumerate(SHAPES.values()):
        write_r1cs(folder.path / f"shape{i}.r1cs", circuit.r1cs())
    script = (
        "const snarkjs = require(process.argv[1]);"
        "(async () => { for (let i = 0; i < +process.argv[2]; i++)"
        " await snarkjs.zKey.newZKey(`shape${i}.r1cs`, 'power6.ptau', `shape${i}.zkey`); process.exit(0); })();"
    )
    command = ["node", "-e", script, str(CLI.parent / "main.cjs"), str(len(SHAPES))]
    subprocess.run(command, cwd=folder.path, check=True, capture_output=True, timeout=280)
    return {name: (folder.path / f"shape{i}.zkey").read_bytes() for i, name in enumerate(SHAPES)}


@pytest.mark.parametrize("name", SHAPES)
def test_the_key_of_every_shape_is_the_same_bytes(folder, their_shapes, name):
    with read_ptau(folder.path / "power6.ptau") as powers:
        setup(folder.path / "shape.zkey", SHAPES[name].r1cs(), powers, backend("scalar"))
    assert (folder.path / "shape.zkey").read_bytes() == their_shapes[name]


@pytest.mark.parametrize("name", ["inside", "full"])
def test_the_committed_keys_are_those_of_this_snarkjs(folder, name):
    seed, n, n_public = {"inside": (21, 24, 2), "full": (22, 60, 3)}[name]
    folder.same_key(random_circuit(seed, n, n_public=n_public).r1cs(), "power6.ptau")
    assert (folder.path / "theirs.zkey").read_bytes() == (DATA / f"{name}.zkey").read_bytes()


@pytest.mark.external
@pytest.mark.parametrize("name", ["groth16/circuit", "circuit2/circuit", "plonk_circuit/circuit", "fflonk/circuit"])
def test_keys_of_other_peoples_circuits_are_the_same_bytes(folder, external_vectors, name):
    folder.same_key(read_r1cs(external_vectors / "snarkjs" / f"{name}.r1cs"), "power11.ptau")


@pytest.mark.parametrize("kind", ["bits", "dense"])
def test_keys_of_hash_circuits_are_the_same_bytes(folder, kind):
    r1cs, _ = generate_circuit(kind, 11)
    folder.same_key(r1cs, "power11.ptau")


@pytest.mark.nightly
@pytest.mark.parametrize("file_power", [15, 16])
def test_keys_of_large_circuits_are_the_same_bytes(tmp_path, file_power):
    """From 2^15 on snarkjs hashes a point too many; in a file of just that power it reads it behind the section."""
    write_known_ptau(tmp_path / "large.ptau", file_power, backend("scalar"))
    r1cs, _ = generate_circuit("mix", 15)
    Folder(tmp_path).same_key(r1cs, "large.ptau")


def test_snarkjs_accepts_the_key_and_contributes_to_it(folder):
    circuit = random_circuit(31, 40, n_public=2)
    folder.same_key(circuit.r1cs(), "power6.ptau")
    assert "ZKey Ok!" in folder.snarkjs("zkey verify c.r1cs power6.ptau ours.zkey")
    folder.snarkjs("zkey contribute ours.zkey second.zkey -e=entropy --name=somebody")
    assert "ZKey Ok!" in folder.snarkjs("zkey verify c.r1cs power6.ptau second.zkey")
    write_wtns(folder.path / "w.wtns", circuit.limbs)
    folder.snarkjs("groth16 prove second.zkey w.wtns proof.json public.json")
    folder.snarkjs("zkey export verificationkey second.zkey vk.json")
    assert "OK!" in folder.snarkjs("groth16 verify vk.json public.json proof.json")


def test_snarkjs_accepts_a_contribution_made_here(folder):
    """The record of `new_contribution`, on a key whose points are divided by the secret as `zkey contribute` does."""
    folder.same_key(random_circuit(32, 20, n_public=1).r1cs(), "power6.ptau")
    curve, secret = backend("scalar").curve, 3**100 % R
    with read_zkey(folder.path / "ours.zkey") as first:
        key, earlier = first, ()
        for name in (b"first", "zweites Gerät".encode()):
            record = new_contribution(key.circuit_hash, earlier, key.vk_delta_1, secret, Note(PERSON, name))
            earlier = (*earlier, record)
            by_secret = to_limbs([pow(secret, -1, R)])
            key = dataclasses.replace(
                key,
                vk_delta_1=G1.multiply(key.vk_delta_1, secret),
                vk_delta_2=G2.multiply(key.vk_delta_2, secret),
                points_c=curve.scale_points_g1(key.points_c, np.repeat(by_secret, len(key.points_c), axis=0)),
                points_h=curve.scale_points_g1(key.points_h, np.repeat(by_secret, len(key.points_h), axis=0)),
                contributions=earlier,
                layout=CONTRIBUTED_LAYOUT,
            )
            write_zkey(folder.path / "contributed.zkey", key)
            said = folder.snarkjs("zkey verify c.r1cs power6.ptau contributed.zkey")
            assert "ZKey Ok!" in said
            assert name.decode() in said


@pytest.mark.parametrize("name", ["no constraints", "no public signals", "squares"])
def test_snarkjs_proves_and_verifies_with_a_development_key(folder, name):
    circuit = SHAPES[name]
    path = folder.path
    write_r1cs(path / "c.r1cs", circuit.r1cs())
    write_wtns(path / "w.wtns", circuit.limbs)
    write_development_key(path / "dev.zkey", circuit.r1cs(), backend("scalar"))
    folder.snarkjs("zkey export verificationkey dev.zkey vk.json")
    folder.snarkjs("groth16 prove dev.zkey w.wtns proof.json public.json")
    assert "OK!" in folder.snarkjs("groth16 verify vk.json public.json proof.json")
    with read_zkey(path / "dev.zkey") as key:
        proof, public = prove(ProvingKey.prepare(key), circuit.limbs, backend("scalar"))
        value = backend("scalar").pairing.pairing(key.vk_alpha_1, key.vk_beta_2)
        # the verification key, pairing value and all, is what snarkjs exports
        assert verification_key_to_json(key.verification_key(), value) == (path / "vk.json").read_bytes()
    (path / "ours.json").write_bytes(proof_to_json(proof))
    (path / "ours_public.json").write_bytes(public_to_json(public))
    assert (path / "ours_public.json").read_bytes() == (path / "public.json").read_bytes()
    assert "OK!" in folder.snarkjs("groth16 verify vk.json ours_public.json ours.json")


def test_snarkjs_says_that_a_development_key_comes_from_no_powers_of_tau(folder):
    """Its contribution record is sound, so the answer is about alpha, which no file has."""
    r1cs = random_circuit(33, 10).r1cs()
    write_r1cs(folder.path / "c.r1cs", r1cs)
    write_development_key(folder.path / "dev.zkey", r1cs, backend("scalar"))
    code, said = folder.run("zkey verify c.r1cs power6.ptau dev.zkey")
    assert code == 1
    assert "INVALID:  Invalid alpha1" in said
