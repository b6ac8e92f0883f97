"""What the program keeps on the disk beside its cache, and how to be rid of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zkcompanion.app.history_rows import SCHEMA as HISTORY
from zkcompanion.base.errors import FileError
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.run_rows import SCHEMA as RUNS
from zkcompanion.monitoring.series_rows import SCHEMA as MONITOR
from zkcompanion.storage.database import side_files

_KEY_FILES = "*_development.zkey"


@dataclass(frozen=True, slots=True)
class Stored:
    """One kind of thing: how many, and their bytes on the disk."""

    entries: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StorageView:
    """Development keys can be made again, which takes time; the history cannot. The cache: `cache_service`.

    `history` counts files (those of the list of proofs and of the monitor's runs, more while written), not records;
    `monitor` those of what was measured each second.
    """

    development_keys: Stored
    history: Stored
    monitor: Stored


class StorageUse:
    """Looks and clears; what cannot be read counts as nothing there."""

    def __init__(self, dirs: AppDirs) -> None:
        self._dirs = dirs

    def view(self) -> StorageView:
        """What there is now; reads folders, so not for the thread that draws."""
        return StorageView(_stored(self._keys()), _stored(self._history()), _stored(self._monitor()))

    def clear_development_keys(self) -> int:
        """Remove the keys that this program made; bytes freed. Proofs with the old keys' verification keys stay valid.

        A proof that runs keeps its key until it is over, where the system allows it (Windows keeps the file).
        """
        freed = 0
        for path in self._keys():
            with contextlib.suppress(OSError):
                size_bytes = path.stat().st_size
                path.unlink()
                freed += size_bytes
        return freed

    def _keys(self) -> list[Path]:
        with contextlib.suppress(FileError, OSError):
            return list((self._dirs.data / "keys").glob(_KEY_FILES))
        return []

    def _history(self) -> list[Path]:
        with contextlib.suppress(FileError):
            state = self._dirs.state
            return [*side_files(state / HISTORY.file_name), *side_files(state / RUNS.file_name)]
        return []

    def _monitor(self) -> list[Path]:
        with contextlib.suppress(FileError):
            return side_files(self._dirs.state / MONITOR.file_name)
        return []


def _stored(paths: list[Path]) -> Stored:
    sizes = list(_sizes(paths))
    return Stored(len(sizes), sum(sizes))


def _sizes(paths: list[Path]) -> Iterator[int]:
    for path in paths:
        with contextlib.suppress(OSError):
            yield path.stat().st_size
