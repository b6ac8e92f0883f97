"""The textbook's way to the same proof, which is there to be measured against."""

import tracemalloc

import pytest

from tests.support.backends import backend
from tests.support.circuits import random_circuit
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.straightforward import prove_straightforwardly, read_whole

BLINDING = (7**80, 11**60)
KINDS = [pytest.param("scalar", marks=pytest.mark.kernels), "reference"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("public", [0, 3])
def test_it_makes_the_same_proof(tmp_path, kind, public):
    circuit, kernels = random_circuit(21, 14, n_public=public), backend(kind)
    write_development_key(tmp_path / "k.zkey", circuit.r1cs(), kernels)
    with read_zkey(tmp_path / "k.zkey") as zkey:
        expected, _ = prove(ProvingKey.prepare(zkey), circuit.limbs, kernels, blinding=BLINDING)
    whole = read_whole(tmp_path / "k.zkey", kernels)
    assert prove_straightforwardly(whole, circuit.limbs, kernels, blinding=BLINDING) == expected


@pytest.mark.kernels
def test_it_makes_the_same_proof_and_holds_more(tmp_path):
    """Beside the key, which it holds in the heap and the other one maps, at least twice as much."""
    kernels = backend("scalar")
    system, witness = generate_sized("dense", 4000)
    write_development_key(tmp_path / "k.zkey", system, kernels)

    def usual():
        with read_zkey(tmp_path / "k.zkey") as zkey:
            return prove(ProvingKey.prepare(zkey), witness, kernels, blinding=BLINDING)[0]

    def straightforward():
        return prove_straightforwardly(read_whole(tmp_path / "k.zkey", kernels), witness, kernels, blinding=BLINDING)

    proofs, peaks = [usual(), straightforward()], []
    for way in (usual, straightforward):
        tracemalloc.start()
        try:
            proofs.append(way())
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert len(set(proofs)) == 1
    assert peaks[1] - (tmp_path / "k.zkey").stat().st_size > 2 * peaks[0]
