"""What every proof takes, however small: putting it together and verifying it, of a real one."""

from __future__ import annotations

import numpy as np

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.groth16.development import new_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, assemble, prove
from zkcompanion.proving.groth16.sums import Sums
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.groth16.verify import prepare_zkey, verify_prepared
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR

#: Any numbers of full size.
_R, _S = (1 << 252) + 12_345, (1 << 251) + 67_891


def _system() -> tuple[R1cs, LimbArray]:
    """w_2 * w_2 = w_1, with w_1 public; and a witness."""

    def row(wire: int) -> SparseRows:
        value = np.array([[1, 0, 0, 0]], dtype=np.uint64)
        return SparseRows(np.array([0, 1], dtype=np.int64), np.array([wire], dtype=np.uint32), value)

    return R1cs(3, 0, 1, 1, 3, row(2), row(2), row(1), np.arange(3, dtype=np.uint64)), to_limbs([1, 9, 3])


class TinyProof:
    """A key and a proof that holds; takes some 30 ms to make."""

    def __init__(self, backend: Backend) -> None:
        system, witness = _system()
        key = ProvingKey.prepare(new_development_key(system, backend))
        self._zkey = key.zkey
        self._prepared = prepare_zkey(key.zkey, backend.pairing)
        self._proof, self._public = prove(key, witness, backend)

    def assemble(self, backend: Backend) -> Proof:
        """As at the end of each proof."""
        sums = Sums(G1_GENERATOR, G1_GENERATOR, G2_GENERATOR, G1_GENERATOR, G1_GENERATOR)
        return assemble(self._zkey, sums, _R, _S, backend)

    def verify(self, backend: Backend) -> None:
        """Raises: InvalidProofError where the arithmetic is wrong."""
        prepared, public = self._prepared, self._public
        verify_prepared(prepared, public, self._proof, pairing=backend.pairing, allow_insecure_key=True)
