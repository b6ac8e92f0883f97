"""What files are that somebody dropped, by their content: a circuit's, a proof to be judged, or nothing we know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zkcompanion.app.circuit_files import CircuitFiles, circuit_name, find_circuit, is_folder
from zkcompanion.app.error_views import ErrorView, error_view
from zkcompanion.app.job_views import SortedFilesView
from zkcompanion.base.errors import CompanionError, FileError, ResourceError, UnsupportedFileError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.proving.formats.identify import FileKind, FileType, identify_file

#: Role of a file in `CircuitFiles` or `SortedFilesView` by its type.
_CIRCUIT = {
    FileType.R1CS: "r1cs",
    FileType.ZKEY: "zkey",
    FileType.WASM: "wasm",
    FileType.SYM: "sym",
    FileType.WTNS: "witness",
    FileType.JSON: "input",
}
_VERDICT = {
    FileType.PROOF: "proof",
    FileType.PUBLIC: "public",
    FileType.VERIFICATION_KEY: "verification_key",
}
_CURVE = "bn254"
_SCHEME = "groth16"
_SHOWN: Mapping[str, object] = {
    "plonk": "PLONK",
    "fflonk": "FFLONK",
    "groth16": "Groth16",
    "bn254": "BN254",
    "bls12-381": "BLS12-381",
}
#: Looked at in one folder; the home folder may be dropped too.
_MOST_FILES = 200


@dataclass(slots=True)
class _Sorted:
    roles: dict[str, Path] = field(default_factory=dict)
    refused: list[tuple[str, ErrorView]] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    name: str | None = None

    def refuse(self, path: Path, error: CompanionError) -> None:
        self.refused.append((path.name or str(path), error_view(error)))


def sort_files(paths: Sequence[Path]) -> SortedFilesView:
    """Each path by what is in it; a folder stands for the circuit and the proof that lie in it. Raises: nothing."""
    found = _Sorted()
    for path in paths:
        if is_folder(path):
            _sort_folder(path, found)
        else:
            _sort_file(path, found)
    circuit = CircuitFiles(
        name=found.name or _name(found.roles),
        zkey=found.roles.get("zkey"),
        r1cs=found.roles.get("r1cs"),
        wasm=found.roles.get("wasm"),
        sym=found.roles.get("sym"),
        witness=found.roles.get("witness"),
        input=found.roles.get("input"),
    )
    return SortedFilesView(
        circuit=circuit,
        proof=found.roles.get("proof"),
        public=found.roles.get("public"),
        verification_key=found.roles.get("verification_key"),
        refused=tuple(found.refused),
        doubles=tuple(found.doubles),
    )


def _sort_file(path: Path, found: _Sorted) -> None:
    try:
        kind = identify_file(path)
        _require_supported(kind, path)
    except (FileError, ResourceError) as error:
        found.refuse(path, _of_source(path) or error)
        return
    role = _CIRCUIT.get(kind.type) or _VERDICT[kind.type]
    if role in found.roles:
        if found.roles[role] != path:
            found.doubles.append(path.name)
    else:
        found.roles[role] = path


def _sort_folder(folder: Path, found: _Sorted) -> None:
    """The circuit in it as the command line would find it, and a proof with what belongs to it."""
    before = len(found.roles)
    refusal: CompanionError | None = None
    try:
        circuit = find_circuit(folder)
    except (UsageError, FileError, ResourceError) as error:
        refusal = error
    else:
        found.name = found.name or circuit.name
        for path in _files_of(circuit):
            _sort_file(path, found)
    for path in _jsons(folder):
        kind = _known(path)
        if kind is not None and kind.type in _VERDICT:
            _sort_file(path, found)
    if refusal is not None and len(found.roles) == before:
        found.refuse(folder, refusal)


def _files_of(circuit: CircuitFiles) -> Iterator[Path]:
    paths = (circuit.zkey, circuit.r1cs, circuit.wasm, circuit.sym, circuit.witness, circuit.input)
    return (path for path in paths if path is not None)


def _jsons(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json")[:_MOST_FILES]
    except OSError:
        return []  # `find_circuit` has said why


def _known(path: Path) -> FileKind | None:
    try:
        return identify_file(path)
    except (FileError, ResourceError):
        return None


def _require_supported(kind: FileKind, path: Path) -> None:
    """Raises: UnsupportedFileError, by name, for other schemes, curves and kinds of files."""
    if kind.type is FileType.PTAU:
        raise UnsupportedFileError(
            msg("These are powers of tau, which a key is made from; they are not needed to prove."), file=str(path)
        )
    scheme, curve = kind.scheme, kind.curve
    if kind.type is not FileType.ZKEY:
        scheme = scheme or _SCHEME
    if kind.type not in {FileType.R1CS, FileType.WTNS, FileType.ZKEY}:
        curve = curve or _CURVE
    if (scheme, curve) == (_SCHEME, _CURVE):
        return
    raise UnsupportedFileError(
        msg(
            "This is a file for {scheme} over {curve}; this program works with Groth16 over BN254.",
            scheme=_SHOWN.get(scheme or "", msg("an unknown scheme")),
            curve=_SHOWN.get(curve or "", msg("an unknown curve")),
        ),
        file=str(path),
    )


def _of_source(path: Path) -> UsageError | None:
    if path.suffix.lower() != ".circom":
        return None
    return UsageError(
        msg("{file} is a circuit's source; it has to be compiled first.", file=path.name),
        hint=msg("circom {file} --r1cs --wasm --sym, then give the folder.", file=path.name),
    )


def _name(roles: dict[str, Path]) -> str:
    """Of the circuit, for people."""
    if "zkey" in roles:
        return circuit_name(roles["zkey"])
    return next((roles[role].stem for role in ("r1cs", "wasm", "sym") if role in roles), "")
