"""What is said about keys, in one place for all services."""

from __future__ import annotations

from zkcompanion.app.views import KeyState, KeyView
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.backend import Pairings
from zkcompanion.proving.formats.proofjson import verification_key_to_json
from zkcompanion.proving.groth16.keytrust import KeyLevel, KeyTrust
from zkcompanion.proving.groth16.types import VerificationKey

_STATES: dict[KeyLevel, KeyState] = {
    KeyLevel.OK: "ok",
    KeyLevel.DEVELOPMENT: "development",
    KeyLevel.INSECURE: "insecure",
}
_ORDER = (KeyLevel.INSECURE, KeyLevel.DEVELOPMENT, KeyLevel.OK)


def key_view(trust: KeyTrust) -> KeyView:
    """The verdict on a key, worst findings first."""
    findings = sorted(trust.findings, key=lambda finding: _ORDER.index(finding.level))
    return KeyView(
        _STATES[trust.level],
        tuple(finding.id for finding in findings),
        tuple(finding.message for finding in findings),
    )


def encode_verification_key(key: VerificationKey, pairing: Pairings) -> bytes:
    """The JSON file with e(alpha, beta) in it, as snarkjs writes it."""
    return verification_key_to_json(key, pairing.pairing(key.vk_alpha_1, key.vk_beta_2))


def key_warnings(key: KeyView) -> tuple[Message, ...]:
    """A warning where anyone can forge for the key."""
    if key.state != "insecure":
        return ()
    return (msg("The key is insecure, so its proofs show nothing to others. {why}", why=key.messages[0]),)
