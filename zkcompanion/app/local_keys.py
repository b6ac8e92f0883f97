"""Development keys that this program made for a circuit, kept so that the second proof starts at once.

A key lies in the data folder under the hash of its circuit's `.r1cs`. It is good for trying things out only: whoever
made it (this computer) may know its secrets.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from zkcompanion.app.outputs import Outputs
from zkcompanion.base.atomicfile import remove_stale_temporaries, sync_folder, temporary_beside
from zkcompanion.base.errors import FileError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.paths import AppDirs, make_private_folder
from zkcompanion.proving.backend import MAKING_DEVELOPMENT_KEYS, Backend
from zkcompanion.proving.formats.mapped import MappedFile
from zkcompanion.proving.formats.r1cs import R1CS, read_r1cs
from zkcompanion.proving.phases import Trace

_LOG = get_logger(__name__)
T = TypeVar("T")

#: Makes a key and writes it to the path it is given.
MakeKey = Callable[[Path], None]


class LocalKeys:
    """The folder of keys; several processes may use it at once."""

    def __init__(self, dirs: AppDirs, outputs: Outputs) -> None:
        self._dirs = dirs
        self._outputs = outputs

    def path_for(self, r1cs: Path) -> Path:
        """Where the key of this circuit lies, whether it is there or not. Raises: FileError."""
        with MappedFile(r1cs, max_bytes=R1CS.max_bytes) as mapped:
            digest = hashlib.blake2b(mapped.data, digest_size=24).hexdigest()
        return make_private_folder(self._dirs.data / "keys") / f"{digest}_development.zkey"

    def open(self, path: Path, read: Callable[[Path], T]) -> T | None:
        """The key at `path` as `read` gives it, or None where there is none; a damaged one is removed."""
        if not path.exists():
            return None
        try:
            return read(path)
        except FileError:
            _LOG.warning("Removed a damaged development key.")
            self.remove(path)
            return None

    def make(self, path: Path, r1cs: Path, backend: Backend, trace: Trace, read: Callable[[Path], T]) -> T:
        """Make the key of a circuit, and `read` it, as `add`.

        Raises: as `add`, FileError for the circuit, Cancelled.
        """
        # only whoever has no key needs it
        from zkcompanion.proving.groth16.development import write_development_key

        backend.load(MAKING_DEVELOPMENT_KEYS, trace=trace)
        # constraints are read once more for a proof: while the key is read, there may be no room for both
        return self.add(path, lambda draft: write_development_key(draft, read_r1cs(r1cs), backend, trace=trace), read)

    def add(self, path: Path, make: MakeKey, read: Callable[[Path], T]) -> T:
        """Make the key, and `read` it. Where another process was quicker, its key counts.

        Raises: FileError and ResourceError for the disk, and whatever `make` raises; then nothing is left behind.
        """
        draft = temporary_beside(path)
        with self._outputs.writing(path):
            try:
                make(draft)
                # keys have gigabytes, so what a killed process left is worth looking for
                remove_stale_temporaries(path.parent, draft.stat().st_mtime)
                _put(draft, path)
            finally:
                with contextlib.suppress(OSError):
                    draft.unlink()
        return read(path)

    def remove(self, path: Path) -> None:
        """Forget a key that turned out to be damaged."""
        with contextlib.suppress(OSError):
            path.unlink()


def _put(draft: Path, path: Path) -> None:
    """Give the draft its name unless the name is taken."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except (OSError, NotImplementedError):
        draft.replace(path)  # a file system without links: the last of two wins, and each proves with its own
    sync_folder(path.parent)
