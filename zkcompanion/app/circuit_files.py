"""Which files belong to a circuit: beside a key, in a folder as circom leaves it, or named one by one."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zkcompanion.base.errors import MissingFileError, UsageError, error_of_system
from zkcompanion.base.messages import msg

#: What snarkjs users put behind a circuit's name when they name a key.
_KEY_ENDING = re.compile(r"[_.-](final|development|[0-9]{1,4})$")


@dataclass(frozen=True, slots=True)
class CircuitFiles:
    """The files of one circuit; None where there is none. `name` is for people."""

    name: str
    zkey: Path | None = None
    r1cs: Path | None = None
    wasm: Path | None = None
    sym: Path | None = None
    witness: Path | None = None
    input: Path | None = None

    @property
    def size_bytes(self) -> int:
        """Of key and constraints; what cannot be looked at counts as nothing."""
        sizes = 0
        for path in (self.zkey, self.r1cs):
            with contextlib.suppress(OSError):
                sizes += 0 if path is None else path.stat().st_size
        return sizes


def circuit_name(zkey: Path) -> str:
    """`circuit` for `circuit_final.zkey`, `circuit_0001.zkey` and the like."""
    return _KEY_ENDING.sub("", zkey.stem)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; False where the system does not tell, for a name too long or without leave."""
    return os.path.isdir(path)  # noqa: PTH112  # the method of the path raises then


def find_circuit(path: Path) -> CircuitFiles:
    """The circuit of a folder, a `.zkey` or an `.r1cs`, with what lies beside it.

    Raises: UsageError where `path` is nothing of the kind or the folder holds several circuits; FileError where it is
        not there.
    """
    if is_folder(path):
        return _in_folder(path)
    kind = path.suffix.lower()
    if not os.path.exists(path):  # noqa: PTH110  # as above
        raise MissingFileError(msg("There is no such file or folder."), file=str(path))
    if kind == ".zkey":
        return replace(_beside(path.parent, circuit_name(path)), zkey=path)
    if kind == ".r1cs":
        return replace(_beside(path.parent, path.stem, with_key=True), r1cs=path)
    if kind == ".circom":
        raise UsageError(
            msg("{file} is a circuit's source; it has to be compiled first.", file=path),
            hint=msg("circom {file} --r1cs --wasm --sym, then give the folder.", file=path),
        )
    raise UsageError(
        msg("{file} is no circuit that can be proved.", file=path),
        hint=msg("Give an example's name, a folder with a circuit's files, or a .zkey file."),
    )


def _in_folder(folder: Path) -> CircuitFiles:
    keys = _with_suffix(folder, ".zkey")
    systems = _with_suffix(folder, ".r1cs")
    if not keys and not systems:
        raise UsageError(
            msg("{folder} holds no circuit: there is no .zkey and no .r1cs file in it.", folder=folder),
            hint=msg("Give a folder that holds a circuit's files, or an example's name."),
        )
    names = {circuit_name(key) for key in keys} or {system.stem for system in systems}
    if len(names) > 1:
        raise _several(folder, keys or systems)
    name = names.pop()
    found = _beside(folder, name, with_key=True)
    return replace(found, name=folder.resolve().name if name == "circuit" else name)


def _beside(folder: Path, name: str, *, with_key: bool = False) -> CircuitFiles:
    modules = [*_with_suffix(folder, ".wasm")]
    modules += [
        module for sub in sorted(folder.glob("*_js")) if is_folder(sub) for module in _with_suffix(sub, ".wasm")
    ]
    return CircuitFiles(
        name=name,
        zkey=_key(folder, name) if with_key else None,
        r1cs=_own(_with_suffix(folder, ".r1cs"), name),
        wasm=_own(modules, name),
        sym=_own(_with_suffix(folder, ".sym"), name),
        witness=_own(_with_suffix(folder, ".wtns"), name, "witness"),
        input=_own((path for path in _with_suffix(folder, ".json") if "input" in path.stem), name, "input"),
    )


def _key(folder: Path, name: str) -> Path | None:
    """The key of this circuit: the final one, or the only one."""
    keys = [key for key in _with_suffix(folder, ".zkey") if circuit_name(key) == name]
    final = [key for key in keys if key.stem == f"{name}_final"] or [key for key in keys if key.stem == name]
    if len(keys) > 1 and len(final) != 1:
        raise _several(folder, keys)
    return next(iter(final or keys), None)


def _own(paths: Iterable[Path], name: str, *usual: str) -> Path | None:
    """The path with this name, else with a usual one, else the only one."""
    found = list(paths)
    for stem in (name, *usual):
        for path in found:
            if path.stem == stem:
                return path
    return found[0] if len(found) == 1 else None


def _with_suffix(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == suffix and path.is_file())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise error_of_system(error, msg("The folder cannot be read: {why}.", why=why), file=str(folder)) from error


def _several(folder: Path, paths: Sequence[Path]) -> UsageError:
    shown = ", ".join(path.name for path in paths[:5]) + (", ..." if len(paths) > 5 else "")
    return UsageError(
        msg("{folder} holds several: {files}.", folder=folder, files=shown),
        hint=msg("Give the .zkey file that you mean."),
    )
