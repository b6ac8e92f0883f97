"""A proof into a folder that the user chose, under the names that snarkjs uses; nothing is replaced unasked."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.app.circuit_files import is_folder
from zkcompanion.app.outputs import Outputs
from zkcompanion.app.views import ProvingView
from zkcompanion.base.errors import FileError, MissingFileError, error_of_system
from zkcompanion.base.messages import msg

#: Proof, public signals, verification key.
FILE_NAMES = ("proof.json", "public.json", "verification_key.json")
#: Numbers tried for names that are free.
_MOST_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class SavedProof:
    """`files` were written; or none was, because of `in_the_way`, and then `free` are names that nothing has."""

    files: tuple[Path, ...]
    in_the_way: tuple[str, ...] = ()
    free: tuple[str, ...] = ()


def save_proof(
    outputs: Outputs, folder: Path, result: ProvingView, *, names: Sequence[str] = FILE_NAMES, replace: bool = False
) -> SavedProof:
    """Write proof, public signals and verification key into `folder`.

    `names` are those of the three files, in the order of `FILE_NAMES`. With `replace`, which the user was asked for,
    files of these names may go. A link is never followed, even then.

    Raises: FileError (a link or a folder has one of the names, or the system refuses), ResourceError (no room).
    """
    if not is_folder(folder):
        raise MissingFileError(msg("There is no such folder."), file=str(folder))
    targets = [folder / name for name in names]
    in_the_way = tuple(target.name for target in targets if _is_there(target))
    if in_the_way and not replace:
        return SavedProof((), in_the_way, _free_names(folder))
    contents = (result.proof_json, result.public_json, result.verification_key_json)
    # a link may have been made since they were looked at
    outputs.write_public(dict(zip(targets, contents, strict=True)), follow_links=False)
    return SavedProof(tuple(targets))


def _is_there(target: Path) -> bool:
    try:
        kind = target.lstat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise error_of_system(
            error,
            msg("The folder cannot be read: {why}.", why=error.strerror or type(error).__name__),
            file=str(target.parent),
        ) from error
    if stat.S_ISLNK(kind):
        raise FileError(
            msg("This is a link to another place, so nothing was written through it."),
            file=str(target),
            hint=msg("Remove the link, or choose another folder."),
        )
    if not stat.S_ISREG(kind):
        raise FileError(
            msg("There is something of this name that is not a file, so nothing was written."),
            file=str(target),
            hint=msg("Choose another folder."),
        )
    return True


def _free_names(folder: Path) -> tuple[str, ...]:
    try:
        taken = {entry.name.casefold() for entry in folder.iterdir()}
    except OSError:
        return ()  # may be written to, but not read: then there is only replacing
    for number in range(2, _MOST_NUMBERS):
        names = tuple(f"{Path(name).stem}-{number}.json" for name in FILE_NAMES)
        if not any(name in taken for name in names):
            return names
    return ()
