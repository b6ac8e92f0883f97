"""One example for each entry of `docs/stricter-than-snarkjs.md`: three JSON texts that snarkjs 0.7.6 accepts."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.support.points import g1_point, twist_point_outside_subgroup
from tests.support.toygroth16 import toy_key
from zkcompanion.base.errors import FileError, InsecureKeyError, InvalidProofError, UnsupportedFileError
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json, verification_key_to_json
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.reference.curve import G1, G2

P = FP.modulus
R = FR.modulus
TOY = toy_key(2, seed=31)
KEY = TOY.key
PUBLIC = (38, 0)
PROOF = TOY.simulate(PUBLIC, random.Random(32))


@dataclass(frozen=True)
class Example:
    """File texts, and how we refuse them: the class of the error, and its reason where it has one."""

    key: str
    public: str
    proof: str
    error: type[Exception]
    reason: str | None = None


def _texts(key: VerificationKey = KEY, public=PUBLIC, proof: Proof = PROOF) -> dict[str, str]:
    return {
        "key": verification_key_to_json(key).decode(),
        "public": public_to_json(tuple(public)).decode(),
        "proof": proof_to_json(proof).decode(),
    }


def honest() -> Example:
    """The control: accepted by both."""
    return Example(**_texts(), error=AssertionError)


def _file(error: type[Exception] = FileError, **changed: str) -> Example:
    return Example(**(_texts() | changed), error=error)


def _edited(edit: Callable[[dict], None], text: str) -> str:
    value = json.loads(text)
    edit(value)
    return json.dumps(value)


def _s01() -> Example:
    return Example(**_texts(public=(38,)), error=InvalidProofError, reason="public-count")


def _s02() -> Example:
    return _file(public='["0x26", "0"]')


def _s03() -> Example:
    return _file(public='["038", "0"]')


def _s04() -> Example:
    return _file(public="[38, 0]")


def _s05() -> Example:
    x, y = PROOF.pi_a
    return _file(proof=_texts(proof=replace(PROOF, pi_a=(x + P, y)))["proof"])


def _s06() -> Example:
    x, y = PROOF.pi_a

    def scale(value: dict) -> None:
        value["pi_a"] = [str(x * 7**2 % P), str(y * 7**3 % P), "7"]

    return _file(proof=_edited(scale, _texts()["proof"]))


def _s07() -> Example:
    return _file(proof=_edited(lambda value: value.update(comment="hello"), _texts()["proof"]))


def _s08() -> Example:
    text = _texts()["proof"]
    return _file(proof=text[:-1].rstrip() + ', "protocol": "groth16"}')


def _s09() -> Example:
    return _file(UnsupportedFileError, proof=_edited(lambda value: value.update(protocol="plonk"), _texts()["proof"]))


def _s10() -> Example:
    """A and B with a*b = alpha*beta + gamma*sum, so that C is infinity."""
    a = 123456789
    b = (TOY.alpha * TOY.beta + TOY.public_sum(PUBLIC)) * pow(a, -1, R)
    proof = Proof(g1_point(a), G2.multiply(KEY.vk_gamma_2, b % R), None)
    return Example(**_texts(proof=proof), error=InvalidProofError, reason="infinity")


def _insecure(toy, reason: str, proof: Proof | None = None, public=PUBLIC) -> Example:
    proof = toy.simulate(public, random.Random(33)) if proof is None else proof
    return Example(**_texts(toy.key, public, proof), error=InsecureKeyError, reason=reason)


def _s11() -> Example:
    toy = TOY.with_(delta=1)
    forged = Proof(toy.key.vk_alpha_1, toy.key.vk_beta_2, g1_point(-toy.public_sum(PUBLIC)))
    return _insecure(toy, "delta-equals-gamma", forged)


def _s12() -> Example:
    return _insecure(TOY.with_(delta=1, gamma=987654321), "delta-equals-generator")


def _s13() -> Example:
    toy = TOY.with_(beta=2 * TOY.delta)
    key = toy.key
    forged = Proof(g1_point(toy.public_sum(PUBLIC)), key.vk_gamma_2, G1.multiply(key.vk_alpha_1, -2))
    return _insecure(toy, "delta-multiple-of-beta", forged)


def _s14() -> Example:
    return _insecure(TOY.with_(alpha=1), "alpha-equals-generator")


def _s15() -> Example:
    toy = TOY.with_(alpha=0)
    total = g1_point(toy.public_sum(PUBLIC))
    return _insecure(toy, "alpha-at-infinity", Proof(total, G2.add(toy.key.vk_gamma_2, toy.key.vk_delta_2), total))


def _s16() -> Example:
    """A proof for (38, 0), shown for (38, 1000000)."""
    toy = TOY.with_(ic=(*TOY.ic[:2], 0))
    return _insecure(toy, "ic-at-infinity", toy.simulate(PUBLIC, random.Random(34)), (38, 1_000_000))


def _s17() -> Example:
    """A proof for (38, 0), shown for (8, 30)."""
    toy = TOY.with_(ic=(TOY.ic[0], TOY.ic[1], TOY.ic[1]))
    return _insecure(toy, "ic-repeated", toy.simulate(PUBLIC, random.Random(35)), (8, 30))


def _s18() -> Example:
    texts = _texts()
    return _file(key=_edited(lambda value: value.update(nPublic=1), texts["key"]))


def _s19() -> Example:
    """The sum of IC is infinity for these public signals, so that nobody looks at gamma."""
    toy = TOY.with_(ic=(-38 * TOY.ic[1] % R, TOY.ic[1], TOY.ic[2]))
    key = replace(toy.key, vk_gamma_2=twist_point_outside_subgroup(random.Random(36)))
    proof = toy.simulate(PUBLIC, random.Random(37))
    return Example(**_texts(key, PUBLIC, proof), error=InsecureKeyError, reason="key-not-in-subgroup")


def _s20() -> Example:
    x, y = KEY.vk_alpha_1
    return _file(key=_texts(replace(KEY, vk_alpha_1=(x, y + P)))["key"])


@cache
def examples() -> dict[str, Example]:
    """By number, `S01` and on."""
    makers = {name: value for name, value in globals().items() if name.startswith("_s") and name[2:].isdigit()}
    return {name[1:].upper(): make() for name, make in sorted(makers.items())}
