"""The files that a command leaves behind: whole or not at all, even when the process has to end abruptly."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from zkcompanion.base.atomicfile import own_temporaries, write_atomic
from zkcompanion.base.errors import FileError, ResourceError, error_of_system
from zkcompanion.base.messages import msg


class Outputs:
    """Writes files for the user, and knows at each moment what is half written.

    Build it before threads start: the process's file mask can only be read by setting it.
    """

    def __init__(self) -> None:
        mask = os.umask(0o077)
        os.umask(mask)
        self._public_mode = 0o666 & ~mask
        self._lock = threading.Lock()
        self._before: dict[Path, set[str]] = {}

    def write_public(self, files: Mapping[Path, bytes], *, follow_links: bool = True) -> None:
        """Write files that hold no secret, in a row, with the permissions that the user's other files get."""
        with self.writing(*files):
            for path, data in files.items():
                write_atomic(path, data, mode=self._public_mode, follow_links=follow_links)

    @contextlib.contextmanager
    def writing(self, *paths: Path) -> Iterator[None]:
        """Around code that writes `paths`, each by `write_atomic`; makes their folders.

        Raises: FileError or ResourceError in place of the system's OSError.
        """
        with self._lock:
            shown = ", ".join(str(path) for path in paths)
            try:
                for path in paths:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    # write_atomic puts its draft beside what a link points to
                    folder = Path(os.path.realpath(path)).parent
                    self._before[folder] = own_temporaries(folder)
                yield
            except OSError as error:
                raise _write_error(shown, error) from error
            finally:
                self._before.clear()

    def abandon(self) -> None:
        """The process is about to end: see that nothing half written stays, and that nothing more is begun."""
        if self._lock.acquire(timeout=0.05):
            return  # kept for good, so that no writer can start
        for folder, before in list(self._before.items()):
            for name in own_temporaries(folder) - before:
                with contextlib.suppress(OSError):
                    (folder / name).unlink()


def require_writable(path: Path) -> None:
    """See that a file could be made at `path`, before much time is spent on what shall go there.

    Raises: FileError.
    """
    if path.is_dir():
        raise FileError(msg("The file cannot be written: there is a folder of this name."), file=str(path))
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(msg("Nothing can be written here: {folder} is not a folder.", folder=folder), file=str(path))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(msg("Nothing can be written here: {folder} is read-only.", folder=folder), file=str(path))


def _write_error(shown: str, error: OSError) -> FileError | ResourceError:
    why = error.strerror or type(error).__name__
    return error_of_system(error, msg("The file cannot be written: {why}.", why=why), file=shown)
