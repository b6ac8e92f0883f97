"""Keys: from powers of tau, from this computer's randomness, and their public halves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zkcompanion.app.backends import Backends
from zkcompanion.app.budgeting import exceeded, fit_key
from zkcompanion.app.keys import encode_verification_key, key_view, key_warnings
from zkcompanion.app.memory import peak_rss_bytes, resident_bytes
from zkcompanion.app.outputs import Outputs, require_writable
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import BudgetView, KeySetupView, VerificationKeyView
from zkcompanion.base.errors import InsecureKeyError
from zkcompanion.base.process import return_freed_memory
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.formats.mapped import GIVES_BACK
from zkcompanion.proving.formats.ptau import read_ptau
from zkcompanion.proving.formats.r1cs import R1cs, read_r1cs
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.groth16.setup import setup
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.reference.drivers import ReferencePairings


class SetupService:
    """`backends` computes, `outputs` writes. A key that was made is read again before it is called done.

    `memory_bytes`: what the process may hold while it makes a development key, None for no limit.
    """

    def __init__(self, backends: Backends, outputs: Outputs, *, memory_bytes: int | None = None) -> None:
        self._backends = backends
        self._outputs = outputs
        self._memory_bytes = memory_bytes

    def make_key(self, r1cs: Path, ptau: Path, zkey: Path, trace: RecordingTrace) -> KeySetupView:
        """The first key of a circuit, as `snarkjs groth16 setup` writes it; it has no contribution yet.

        Raises: FileError, ResourceError, Cancelled; then nothing is written.
        """
        require_writable(zkey)
        with trace.stopwatch() as watch:
            with trace.phase(Phase.LOAD):
                system = read_r1cs(r1cs)
            backend = self._backends.setting_up(trace)
            with read_ptau(ptau) as powers, self._outputs.writing(zkey):
                setup(zkey, system, powers, backend, trace=trace)
        return _made(zkey, system, watch.seconds)

    def make_development_key(self, r1cs: Path, zkey: Path, trace: RecordingTrace) -> KeySetupView:
        """A key from this computer's randomness, for tests.

        Raises: FileError, ResourceError, Cancelled; then nothing is written.
        """
        require_writable(zkey)
        with trace.stopwatch() as watch:
            backend = self._backends.making_development_keys(trace)
            budget = keep_to_budget(self._memory_bytes, r1cs, backend)
            with trace.phase(Phase.LOAD):
                system = read_r1cs(r1cs)
            with self._outputs.writing(zkey):
                write_development_key(zkey, system, backend, trace=trace)
        made = _made(zkey, system, watch.seconds)
        return made if budget is None else replace(made, memory=budget, warnings=exceeded(budget, made.peak_rss_bytes))

    def export_verification_key(self, zkey: Path, verification_key: Path, trace: RecordingTrace) -> VerificationKeyView:
        """Write the public half of a key. Raises: FileError, InsecureKeyError (not even well formed), Cancelled."""
        require_writable(verification_key)
        pairing = ReferencePairings()
        with trace.phase(Phase.LOAD), read_zkey(zkey) as key:
            trust = inspect_zkey(key, pairing)
            public_half = key.verification_key()
        worst = trust.worst
        if worst is not None and worst.malformed:
            raise InsecureKeyError(worst.message, reason=worst.id)
        content = encode_verification_key(public_half, pairing)
        trace.check()
        self._outputs.write_public({verification_key: content})
        view = key_view(trust)
        return VerificationKeyView(str(verification_key), view, public_half.n_public, key_warnings(view))


def keep_to_budget(memory_bytes: int | None, r1cs: Path, backend: Backend) -> BudgetView | None:
    """See that a development key can be made within a budget (None: there is none), and have memory given back.

    Raises: ResourceError, FileError.
    """
    if memory_bytes is None:
        return None
    backend.buffers.trim()
    return_freed_memory()
    return fit_key(memory_bytes, r1cs, threads=backend.threads, base_bytes=resident_bytes())


def _made(zkey: Path, system: R1cs, seconds: float) -> KeySetupView:
    with read_zkey(zkey, sparing=GIVES_BACK) as key:
        return KeySetupView(
            file=str(zkey),
            key=key_view(inspect_zkey(key, ReferencePairings())),
            constraints=system.n_constraints,
            wires=system.n_wires,
            public_signals=system.n_public,
            domain_power=key.power,
            circuit_hash=key.circuit_hash.hex(),
            seconds=seconds,
            peak_rss_bytes=peak_rss_bytes(),
        )
