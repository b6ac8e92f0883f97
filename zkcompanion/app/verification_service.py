"""The verdict on a proof that somebody made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zkcompanion.app.backends import Backends
from zkcompanion.app.keys import key_view, key_warnings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import VerificationView
from zkcompanion.base.errors import InvalidProofError
from zkcompanion.base.messages import msg
from zkcompanion.proving.formats.identify import FileType, identify_file
from zkcompanion.proving.formats.proofjson import read_proof, read_public, read_verification_key
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.types import PairingCheck, Proof, VerificationKey
from zkcompanion.proving.groth16.verify import PreparedKey, prepare_key, prepare_zkey, verify_prepared
from zkcompanion.proving.phases import Phase

#: Public signals whose values a verdict names; a circuit may have thousands.
SHOWN_VALUES = 100


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """A verification key, the public signals and a proof, as they were read."""

    key: VerificationKey
    public: tuple[int, ...]
    proof: Proof


def read_request(verification_key: Path, public: Path, proof: Path) -> VerificationRequest:
    """From three JSON files. Raises: FileError."""
    return VerificationRequest(read_verification_key(verification_key), read_public(public), read_proof(proof))


class VerificationService:
    """Verifies with the pairing of the chosen kernels."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    def verify_files(
        self, verification_key: Path, public: Path, proof: Path, trace: RecordingTrace, *, allow_insecure_key: bool
    ) -> VerificationView:
        """The verdict on a proof in a file. Raises: FileError (a file that is not what it should be), Cancelled."""
        with trace.phase(Phase.LOAD):
            request = read_request(verification_key, public, proof)
        return self.verify(request, trace, allow_insecure_key=allow_insecure_key)

    def verify(
        self, request: VerificationRequest, trace: RecordingTrace, *, allow_insecure_key: bool
    ) -> VerificationView:
        """The verdict; a proof that does not hold is an answer here, not an error. Raises: Cancelled."""
        return self._judge(partial(prepare_key, request.key), request.public, request.proof, trace, allow_insecure_key)

    def verify_with(
        self, key: Path, public: Path, proof: Path, trace: RecordingTrace, *, allow_insecure_key: bool
    ) -> VerificationView:
        """As `verify_files`, where `key` may also be a `.zkey`, known by its content. Raises: FileError, Cancelled."""
        with trace.phase(Phase.LOAD):
            is_zkey = identify_file(key).type is FileType.ZKEY
        if not is_zkey:
            return self.verify_files(key, public, proof, trace, allow_insecure_key=allow_insecure_key)
        with trace.phase(Phase.LOAD):
            signals, made = read_public(public), read_proof(proof)
            zkey = read_zkey(key)
        with zkey:
            return self._judge(partial(prepare_zkey, zkey), signals, made, trace, allow_insecure_key)

    def _judge(
        self,
        prepare: Callable[[PairingCheck], PreparedKey],
        public: tuple[int, ...],
        proof: Proof,
        trace: RecordingTrace,
        allow_insecure_key: bool,
    ) -> VerificationView:
        pairing = self._backends.pairing(trace)
        refusal: InvalidProofError | None = None
        with trace.stopwatch() as watch, trace.phase(Phase.VERIFY):
            prepared = prepare(pairing)
            try:
                verify_prepared(prepared, public, proof, pairing=pairing, allow_insecure_key=allow_insecure_key)
            except InvalidProofError as error:
                refusal = error
        key = key_view(prepared.trust)
        if refusal is None:
            return VerificationView(
                verified=True,
                reason=None,
                message=msg("The proof is valid for these public signals."),
                hint=None,
                key=key,
                public_signals=len(public),
                seconds=watch.seconds,
                warnings=key_warnings(key),
                public_values=_shown(public),
            )
        return VerificationView(
            verified=False,
            reason=refusal.reason,
            message=refusal.message,
            hint=refusal.hint,
            key=key,
            public_signals=len(public),
            seconds=watch.seconds,
            public_values=_shown(public),
        )


def _shown(public: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(str(value) for value in public[:SHOWN_VALUES])
