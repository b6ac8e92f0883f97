"""Circuits to prove, with their files in one folder: `.r1cs`, witness, a development key, its verification key."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import from_limbs
from zkcompanion.proving.formats.proofjson import (
    proof_from_json,
    public_from_json,
    verification_key_to_json,
)
from zkcompanion.proving.formats.r1cs import write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.groth16.verify import PreparedKey, prepare_zkey, verify_prepared


@dataclass(frozen=True)
class Case:
    """One circuit, ready to be proved by anyone who reads these files."""

    kind: str
    power: int
    constraints: int
    wires: int
    circuit_blake2b: str
    folder: Path
    setup_seconds: float
    public: tuple[int, ...]
    prepared: PreparedKey
    backend: Backend

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.kind} 2^{self.power}"

    @property
    def zkey(self) -> Path:
        """The proving key."""
        return self.folder / "k.zkey"

    @property
    def witness(self) -> Path:
        """The witness."""
        return self.folder / "w.wtns"

    @property
    def verification_key(self) -> Path:
        """The verification key, as snarkjs reads it."""
        return self.folder / "vk.json"

    def verify(self, proof: Proof, public: tuple[int, ...]) -> None:
        """Raises InvalidProofError: a proof that does not hold stops the benchmark."""
        verify_prepared(self.prepared, public, proof, pairing=self.backend.pairing)

    def verify_files(self, proof: Path, public: Path) -> None:
        """The same for a proof in files."""
        # some provers end their text with a zero byte
        data = [path.read_bytes().rstrip(b"\0\n") for path in (proof, public)]
        self.verify(proof_from_json(data[0], file=proof.name), public_from_json(data[1], file=public.name))


def make_case(kind: str, power: int, backend: Backend, folder: Path) -> Case:
    """Make circuit, witness and key in a folder of its own inside `folder`, or take those made there before.

    A key is taken again only for a circuit of the same hash.
    """
    r1cs, witness = generate_circuit(kind, power)
    draft = folder / f"{kind}-{power}.r1cs"
    write_r1cs(draft, r1cs)
    digest = hashlib.blake2b(draft.read_bytes(), digest_size=16).hexdigest()
    own = folder / f"{kind}-{power}-{digest[:12]}"
    own.mkdir(exist_ok=True)
    draft.replace(own / "c.r1cs")
    write_wtns(own / "w.wtns", witness)
    setup_seconds = 0.0
    if not (own / "k.zkey").exists():
        start = time.perf_counter()
        write_development_key(own / "k.zkey", r1cs, backend)
        setup_seconds = time.perf_counter() - start
    with read_zkey(own / "k.zkey") as zkey:
        prepared = prepare_zkey(zkey, backend.pairing)
    alpha_beta = backend.pairing.pairing(prepared.key.vk_alpha_1, prepared.key.vk_beta_2)
    (own / "vk.json").write_bytes(verification_key_to_json(prepared.key, alpha_beta))
    public = tuple(from_limbs(witness[1 : prepared.key.n_public + 1]))
    sizes = r1cs.n_constraints, r1cs.n_wires
    return Case(kind, power, *sizes, digest, own, setup_seconds, public, prepared, backend)
