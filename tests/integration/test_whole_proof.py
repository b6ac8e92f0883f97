"""From files on the disk to a proof that a stranger's pairing accepts, in whichever mode of arithmetic is asked for.

The suite "reference mode" runs this file again with ZKC_TEST_KERNELS=reference, where no generated code runs at all.
"""

import os
from pathlib import Path

import pytest

from tests.support import mcl
from tests.support.toygroth16 import chain_witness, multiplier_chain, toy_zkey
from zkcompanion.base.errors import InvalidProofError
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.verify import verify_proof

KIND = os.environ.get("ZKC_TEST_KERNELS", "auto")

pytestmark = [pytest.mark.integration, pytest.mark.reference_mode, pytest.mark.beside]


@pytest.fixture(scope="module")
def backend():
    home = Path(os.environ["ZKCOMPANION_HOME"])
    with load_backend(KIND, threads=2, store=SealedStore(home / "test-kernels", home / "test-kernels.key")) as backend:
        yield backend


@pytest.mark.kernels
def test_the_mode_that_was_asked_for_is_the_one_that_runs(backend):
    assert backend.kind in ({"scalar", "ifma"} if KIND == "auto" else {KIND})
    assert backend.notice is None


@pytest.mark.parametrize("n_constraints", [1, 2, 13, 60])
def test_a_proof_from_files_verifies_here_and_with_mcl(backend, tmp_path, n_constraints):
    constraints, n_vars, n_public = multiplier_chain(n_constraints)
    write_zkey(tmp_path / "key.zkey", toy_zkey(constraints, n_vars, n_public, seed=n_constraints))
    write_wtns(tmp_path / "witness.wtns", to_limbs(chain_witness(n_constraints, FR.modulus - 5)))
    with read_zkey(tmp_path / "key.zkey") as zkey:
        key = ProvingKey.prepare(zkey)
        witness = read_wtns(tmp_path / "witness.wtns")
        proof, public = prove(key, witness, backend)
        again, _ = prove(key, witness, backend)
        verification_key = key.verification_key()
    assert public == tuple(chain_witness(n_constraints, FR.modulus - 5)[1:3])
    assert proof != again  # fresh blinding each time
    verify_proof(verification_key, public, proof, pairing=backend.pairing)
    assert mcl.groth16_verifies(verification_key, public, proof)
    with pytest.raises(InvalidProofError):
        verify_proof(verification_key, (public[0], (public[1] + 1) % FR.modulus), proof, pairing=backend.pairing)
