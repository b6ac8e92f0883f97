"""Proofs, public signals and verification keys as JSON, in the layout of snarkjs, byte for byte.

Numbers are strings of canonical decimals below their modulus; a point is affine with a last coordinate of exactly one,
or the one form of infinity. There is one way to write a value, so what was read and is written again is the same. The
value of the pairing is c0 + c1*w with halves a + b*v + c*v^2, w^2 = v, v^3 = 9 + u: `[[a, b, c], [a, b, c]]`.
Source: snarkjs 0.7.6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.redaction import redact
from zkcompanion.base.strictjson import load_json
from zkcompanion.proving.fields import FP, FR
from zkcompanion.proving.formats.mapped import StrPath, read_bounded
from zkcompanion.proving.groth16.types import Proof, VerificationKey
from zkcompanion.proving.points import Fp2, G1Point, G2Point

MAX_PROOF_BYTES = 64 << 10
MAX_PUBLIC_BYTES = 16 << 20
MAX_KEY_BYTES = 16 << 20
#: Longest list read. 16 MiB hold 210,000 public signals of the usual length, and 100,000 points.
MAX_ENTRIES = 1 << 18

#: A value of the pairing, an element of Fp12 as plain integers [2][3][2]: coefficient of w, of v, of u.
Gt = Sequence[Sequence[Sequence[int]]]

#: Names of bn254 in files; ours, and snarkjs's, is the first.
_CURVE_NAMES = ("bn128", "bn254", "altbn128", "alt_bn128")
_SCHEMES = ("plonk", "fflonk")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,76}", re.ASCII)
_MAX_SHOWN = 24

_PROOF_KEYS = ("pi_a", "pi_b", "pi_c", "protocol")
_KEY_KEYS = ("protocol", "nPublic", "vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2", "IC")
_PAIRING = "vk_alphabeta_12"


class _Place:
    """A value inside a JSON file, with the name that messages use: `pi_b[0][1]`."""

    def __init__(self, value: object, *, file: str, name: str = "") -> None:
        self.value = value
        self.file = file
        self.name = name

    def refusal(self, message: Message) -> FileError:
        return FileError(msg("{name}: {what}", name=self.name, what=message) if self.name else message, file=self.file)

    def items(self, count: int | None = None) -> list[_Place]:
        """The entries of a list, which must have `count` of them."""
        if not isinstance(self.value, list):
            raise self.refusal(msg("A list is expected, not {found}.", found=_kind(self.value)))
        if len(self.value) > MAX_ENTRIES:
            raise self.refusal(
                msg("The list has {found} entries; at most {limit} are read.", found=len(self.value), limit=MAX_ENTRIES)
            )
        if count is not None and len(self.value) != count:
            raise self.refusal(
                msg("{expected} entries are expected, not {found}.", expected=count, found=len(self.value))
            )
        return [_Place(entry, file=self.file, name=f"{self.name}[{index}]") for index, entry in enumerate(self.value)]

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, _Place]:
        """The entries of an object: all of `required`, nothing beyond `optional`."""
        if not isinstance(self.value, dict):
            raise self.refusal(msg("An object is expected, not {found}.", found=_kind(self.value)))
        for name in required:
            if name not in self.value:
                raise self.refusal(msg("The entry {name} is missing.", name=name))
        for name in self.value:
            if name not in required and name not in optional:
                raise self.refusal(msg("The entry {name} does not belong here.", name=_shown(name)))
        return {name: _Place(value, file=self.file, name=name) for name, value in self.value.items()}

    def number(self, modulus: int) -> int:
        """A canonical decimal string below `modulus`."""
        if not isinstance(self.value, str):
            raise self.refusal(msg("A decimal number in quotes is expected, not {found}.", found=_kind(self.value)))
        if _NUMBER.fullmatch(self.value) is None:
            raise self.refusal(
                msg(
                    "A plain decimal number is expected, without sign, spaces or leading zeros, not {found}.",
                    found=_shown(self.value),
                )
            )
        value = int(self.value)
        if value >= modulus:
            raise self.refusal(msg("The number is not below the field's prime."))
        return value

    def fp2(self) -> Fp2:
        """c0 + c1*u as a list of two."""
        c0, c1 = (item.number(FP.modulus) for item in self.items(2))
        return c0, c1

    def g1(self) -> G1Point:
        """[x, y, "1"], or ["0", "1", "0"] for infinity."""
        x, y, z = (item.number(FP.modulus) for item in self.items(3))
        if (x, y, z) == (0, 1, 0):
            return None
        if z != 1:
            raise self.refusal(msg("The last coordinate of a point should be one (affine form)."))
        return x, y

    def g2(self) -> G2Point:
        """As `g1`, with coordinates in Fp2."""
        x, y, z = (item.fp2() for item in self.items(3))
        if (x, y, z) == ((0, 0), (1, 0), (0, 0)):
            return None
        if z != (1, 0):
            raise self.refusal(msg("The last coordinate of a point should be one (affine form)."))
        return x, y

    def gt(self) -> Gt:
        """Two lists of three elements of Fp2."""
        return tuple(tuple(item.fp2() for item in half.items(3)) for half in self.items(2))


def _kind(value: object) -> str:
    """What a JSON value is, without saying it."""
    kinds: Mapping[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")


def _shown(text: str) -> str:
    """Text from the file as a message may hold it: short and printable, without long numbers (they may be secret)."""
    return ascii(redact(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "..."))


def _check_scheme(root: _Place) -> None:
    """Refuse other schemes and curves by name, before anything else is looked at."""
    if not isinstance(root.value, dict):
        return
    protocol = root.value.get("protocol")
    if protocol in _SCHEMES:
        raise UnsupportedFileError(
            msg("This belongs to {scheme}; this program works with groth16.", scheme=protocol), file=root.file
        )
    if "protocol" in root.value and protocol != "groth16":
        raise UnsupportedFileError(msg("The protocol should be groth16; this program knows no other."), file=root.file)
    curve = root.value.get("curve", _CURVE_NAMES[0])
    if not isinstance(curve, str) or curve.lower() not in _CURVE_NAMES:
        shown = _shown(curve) if isinstance(curve, str) else _kind(curve)
        raise UnsupportedFileError(
            msg("This belongs to the curve {curve}; this program works with bn128, also called bn254.", curve=shown),
            file=root.file,
        )


def proof_from_json(data: bytes, *, file: str) -> Proof:
    """A proof; `curve` may be missing, as other provers leave it out.

    Raises: FileError, UnsupportedFileError.
    """
    root = _Place(load_json(data, file=file, max_bytes=MAX_PROOF_BYTES), file=file)
    _check_scheme(root)
    fields = root.fields(_PROOF_KEYS, ("curve",))
    return Proof(fields["pi_a"].g1(), fields["pi_b"].g2(), fields["pi_c"].g1())


def public_from_json(data: bytes, *, file: str) -> tuple[int, ...]:
    """Public signals, outputs first; each below r.

    Raises: FileError.
    """
    root = _Place(load_json(data, file=file, max_bytes=MAX_PUBLIC_BYTES), file=file)
    return tuple(item.number(FR.modulus) for item in root.items())


def verification_key_from_json(data: bytes, *, file: str) -> VerificationKey:
    """A verification key; that its points are good is not checked here.

    Raises: FileError, UnsupportedFileError.
    """
    return verification_key_and_pairing_from_json(data, file=file)[0]


def verification_key_and_pairing_from_json(data: bytes, *, file: str) -> tuple[VerificationKey, Gt | None]:
    """As `verification_key_from_json`, with `vk_alphabeta_12` as it stands in the file (not checked), or None."""
    root = _Place(load_json(data, file=file, max_bytes=MAX_KEY_BYTES), file=file)
    _check_scheme(root)
    fields = root.fields(_KEY_KEYS, ("curve", _PAIRING))
    n_public = fields["nPublic"].value
    if not isinstance(n_public, int) or isinstance(n_public, bool) or n_public < 0:
        raise fields["nPublic"].refusal(msg("A number of signals is expected."))
    key = VerificationKey(
        n_public,
        fields["vk_alpha_1"].g1(),
        fields["vk_beta_2"].g2(),
        fields["vk_gamma_2"].g2(),
        fields["vk_delta_2"].g2(),
        tuple(item.g1() for item in fields["IC"].items(n_public + 1)),
    )
    return key, fields[_PAIRING].gt() if _PAIRING in fields else None


def proof_to_json(proof: Proof) -> bytes:
    """The file that `snarkjs groth16 prove` writes for this proof."""
    return _encode(
        {
            "pi_a": _g1(proof.pi_a),
            "pi_b": _g2(proof.pi_b),
            "pi_c": _g1(proof.pi_c),
            "protocol": "groth16",
            "curve": _CURVE_NAMES[0],
        }
    )


def public_to_json(public: tuple[int, ...]) -> bytes:
    """The file of public signals that snarkjs writes."""
    # its writer breaks the line inside an empty list
    return _encode([str(value) for value in public]) if public else b"[\n]"


def verification_key_to_json(key: VerificationKey, pairing: Gt | None = None) -> bytes:
    """The file that `snarkjs zkey export verificationkey` writes; `pairing` is e(alpha, beta), left out where None."""
    value: dict[str, object] = {
        "protocol": "groth16",
        "curve": _CURVE_NAMES[0],
        "nPublic": key.n_public,
        "vk_alpha_1": _g1(key.vk_alpha_1),
        "vk_beta_2": _g2(key.vk_beta_2),
        "vk_gamma_2": _g2(key.vk_gamma_2),
        "vk_delta_2": _g2(key.vk_delta_2),
    }
    if pairing is not None:
        value[_PAIRING] = [[[str(number) for number in element] for element in half] for half in pairing]
    value["IC"] = [_g1(point) for point in key.ic]
    return _encode(value)


def _encode(value: object) -> bytes:
    return json.dumps(value, indent=1).encode("ascii")


def _fp2(value: Fp2) -> list[str]:
    return [str(value[0]), str(value[1])]


def _g1(point: G1Point) -> list[str]:
    return ["0", "1", "0"] if point is None else [str(point[0]), str(point[1]), "1"]


def _g2(point: G2Point) -> list[list[str]]:
    if point is None:
        return [["0", "0"], ["1", "0"], ["0", "0"]]
    return [_fp2(point[0]), _fp2(point[1]), ["1", "0"]]


def read_proof(path: StrPath) -> Proof:
    """`proof_from_json` of a file."""
    return proof_from_json(read_bounded(path, max_bytes=MAX_PROOF_BYTES), file=str(path))


def read_public(path: StrPath) -> tuple[int, ...]:
    """`public_from_json` of a file."""
    return public_from_json(read_bounded(path, max_bytes=MAX_PUBLIC_BYTES), file=str(path))


def read_verification_key(path: StrPath) -> VerificationKey:
    """`verification_key_from_json` of a file."""
    return verification_key_from_json(read_bounded(path, max_bytes=MAX_KEY_BYTES), file=str(path))
