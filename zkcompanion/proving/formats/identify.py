"""What a file is, by its content: for `file info`, and to say by name what this program does not work with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zkcompanion.base.errors import FileError, UnsupportedFileError
from zkcompanion.base.messages import msg
from zkcompanion.base.strictjson import load_json
from zkcompanion.proving.formats.binfile import BinFile, Container, Section
from zkcompanion.proving.formats.elements import BASE_PRIMES, SCALAR_PRIMES
from zkcompanion.proving.formats.mapped import Data, MappedFile, StrPath
from zkcompanion.proving.formats.ptau import PTAU
from zkcompanion.proving.formats.r1cs import R1CS
from zkcompanion.proving.formats.wtns import WTNS
from zkcompanion.proving.formats.zkey import PROTOCOLS, ZKEY

MAX_JSON_BYTES = 16 << 20
_ANY_VERSION = range(1 << 32)
_WASM_MAGIC = b"\0asm"
_JSON_START = re.compile(rb"[ \t\r\n]*[\[{]")
_SYM_LINE = re.compile(rb"[0-9]+,(?:-1|[0-9]+),[0-9]+,[!-+\--~]+\r?\n")
_JSON_CURVES = {"bn128": "bn254", "bn254": "bn254", "altbn128": "bn254", "bls12381": "bls12-381"}


class FileType(StrEnum):
    """Names as they stand in JSON output."""

    R1CS = "r1cs"
    WTNS = "wtns"
    ZKEY = "zkey"
    PTAU = "ptau"
    SYM = "sym"
    WASM = "wasm"
    PROOF = "proof"
    PUBLIC = "public"
    VERIFICATION_KEY = "verification-key"
    JSON = "json"  # an object that is none of the above: perhaps the inputs of a circuit


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file says it is; nothing beyond that has been checked.

    `scheme` is groth16, plonk or fflonk, `curve` a name such as bn254 or bls12-381; None where the file does not say or
    says something unknown. `version` and `sections` are those of a binary file (a wasm module has only the version).
    """

    type: FileType
    size_bytes: int
    scheme: str | None = None
    curve: str | None = None
    version: int | None = None
    sections: tuple[Section, ...] = ()


#: Container, section with the field's prime, names of the primes.
_BINARY: Mapping[bytes, tuple[FileType, Container, int, Mapping[int, str]]] = {
    b"r1cs": (FileType.R1CS, R1CS, 1, SCALAR_PRIMES),
    b"wtns": (FileType.WTNS, WTNS, 1, SCALAR_PRIMES),
    b"zkey": (FileType.ZKEY, ZKEY, 2, BASE_PRIMES),
    b"ptau": (FileType.PTAU, PTAU, 1, BASE_PRIMES),
}


def identify_file(path: StrPath) -> FileKind:
    """What the file at `path` is.

    Raises: FileError where it cannot be read or its outline is broken; UnsupportedFileError where it is nothing that is
        known here.
    """
    with MappedFile(path, max_bytes=PTAU.max_bytes) as mapped:
        return identify(mapped.data, file=mapped.file)


def identify(data: Data, *, file: str) -> FileKind:
    """As `identify_file`, from memory; `file` is the name for messages."""
    start = bytes(data[:4096])
    if start[:4] in _BINARY:
        return _identify_container(data, file)
    if start[:4] == _WASM_MAGIC and len(start) >= 8:
        return FileKind(FileType.WASM, len(data), version=int.from_bytes(start[4:8], "little"))
    if _JSON_START.match(start):
        return _identify_json(data, file)
    if _SYM_LINE.match(start):
        return FileKind(FileType.SYM, len(data))
    raise UnsupportedFileError(
        msg("This is no file that this program knows: no .r1cs, .wtns, .zkey, .ptau, .sym, .wasm or JSON."), file=file
    )


def _identify_container(data: Data, file: str) -> FileKind:
    kind, container, prime_section, names = _BINARY[data[:4]]
    known = Container(container.magic, _ANY_VERSION, container.titles, container.max_bytes)
    binfile = BinFile(data, file=file, container=known)
    scheme = PROTOCOLS.get(binfile.reader(1).u32("the protocol")) if kind is FileType.ZKEY else None
    reader = binfile.reader(prime_section)
    size_bytes = reader.u32("the size of a field element")
    prime = int.from_bytes(reader.take(min(size_bytes, reader.left_bytes), "a prime"), "little")
    sections = tuple(binfile.sections.values())
    return FileKind(kind, len(data), scheme, names.get(prime), binfile.version, sections)


def _identify_json(data: Data, file: str) -> FileKind:
    if len(data) > MAX_JSON_BYTES:
        raise FileError(
            msg(
                "This looks like JSON of {found} bytes; at most {limit} are read.",
                found=len(data),
                limit=MAX_JSON_BYTES,
            ),
            file=file,
        )
    value = load_json(bytes(data[:]), file=file, max_bytes=MAX_JSON_BYTES)
    if isinstance(value, list):
        if all(isinstance(entry, str) for entry in value):
            return FileKind(FileType.PUBLIC, len(data))
        raise UnsupportedFileError(msg("This is a JSON list, but not one of public signals."), file=file)
    entries = value if isinstance(value, dict) else {}
    scheme = entries.get("protocol")
    curve = entries.get("curve")
    return FileKind(
        _json_type(entries),
        len(data),
        scheme if isinstance(scheme, str) and scheme in PROTOCOLS.values() else None,
        _JSON_CURVES.get(curve.lower().replace("-", "").replace("_", "")) if isinstance(curve, str) else None,
    )


def _json_type(entries: Mapping[str, object]) -> FileType:
    if "nPublic" in entries:
        return FileType.VERIFICATION_KEY
    return FileType.PROOF if "pi_a" in entries or "protocol" in entries else FileType.JSON
