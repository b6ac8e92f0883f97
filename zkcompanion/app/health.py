"""For the report: the bounds of this process, whether what is kept is sound, and how the cache does. Lines of text."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from zkcompanion.app.history_rows import SCHEMA as HISTORY
from zkcompanion.app.preferences import SCHEMA as SETTINGS
from zkcompanion.app.settings import usable_cpus
from zkcompanion.base.documents import aside_files
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import SealedStore
from zkcompanion.base.units import format_duration, format_size
from zkcompanion.hardware.detect import detect_processor
from zkcompanion.monitoring.run_rows import SCHEMA as RUNS
from zkcompanion.monitoring.series_rows import SCHEMA as MONITOR
from zkcompanion.storage.check import is_whole
from zkcompanion.storage.database import connect_reading, refuse_strangers, size_bytes
from zkcompanion.storage.schema import Schema

_LANES = "avx512ifma"


def kernel_lines(chosen: object, loaded: str | None) -> Iterator[str]:
    """`chosen`: in the settings; `loaded`: the family at work, or why there is none, None where nothing is loaded."""
    lanes = "has" if _LANES in (detect_processor().features or ()) else "does not show"
    yield f"  chosen: {chosen}"
    yield f"  loaded: {loaded or 'nothing yet'}"
    yield f"  The processor {lanes} what the vector kernels need ({_LANES})."


def limit_lines() -> Iterator[str]:
    """What the system lets this process have."""
    yield f"  processors: {usable_cpus()} of {os.cpu_count()}"
    if sys.platform != "win32":
        import resource

        for name, number, size in (
            ("memory of its own", resource.RLIMIT_DATA, True),
            ("address space", resource.RLIMIT_AS, True),
            ("size of a file", resource.RLIMIT_FSIZE, True),
            ("core dumps", resource.RLIMIT_CORE, True),
            ("open files", resource.RLIMIT_NOFILE, False),
        ):
            soft = resource.getrlimit(number)[0]
            value = "unlimited" if soft == resource.RLIM_INFINITY else format_size(soft) if size else str(soft)
            yield f"  {name}: {value}"


def storage_lines(dirs: AppDirs) -> Iterator[str]:
    """The folders, and each store as SQLite's quick check sees it; nothing is made or changed but missing folders."""
    yield f"  config: {_told(lambda: _folder(dirs.config))}"
    yield f"  state: {_told(lambda: _folder(dirs.state))}"
    yield f"  data: {_told(lambda: _folder(dirs.data))}"
    yield f"  cache: {_told(lambda: _folder(dirs.cache))}"
    yield f"  settings: {_told(lambda: _store(dirs.config, SETTINGS))}"
    yield f"  history: {_told(lambda: _store(dirs.state, HISTORY))}"
    yield f"  runs: {_told(lambda: _store(dirs.state, RUNS))}"
    yield f"  monitor: {_told(lambda: _store(dirs.state, MONITOR))}"


def cache_lines(dirs: AppDirs) -> Iterator[str]:
    """Entries, bytes and limits, and for each kind of entry how it was used."""
    try:
        store = SealedStore(dirs.cache / "code", dirs.data / "seal.key")
        entries, bytes_ = store.size()
        limits = store.limits()
        usage = store.usage()
    except (CompanionError, OSError) as error:
        yield f"  unusable: {_why(error)}"
        return
    yield (f"  {entries} entries, {format_size(bytes_)}; at most {limits.entries}, {format_size(limits.size_bytes)}")
    for name, used in sorted(usage.items()):
        yield (
            f"  {name}: {used.hits} hits, {used.misses} misses, {used.kept} kept, {used.evicted} evicted,"
            f" {used.damaged} damaged, {format_duration(used.saved_s)} saved"
        )


def _told(look: Callable[[], str]) -> str:
    try:
        return look()
    except (CompanionError, OSError, sqlite3.Error) as error:
        return f"unusable: {_why(error)}"


def _why(error: Exception) -> str:
    return str(error.message) if isinstance(error, CompanionError) else type(error).__name__


def _folder(folder: Path) -> str:
    found = folder.stat()
    private = "private" if sys.platform == "win32" or not stat.S_IMODE(found.st_mode) & 0o077 else "open to others"
    writable = "writable" if os.access(folder, os.W_OK | os.X_OK) else "read-only"
    return f"{private}, {writable}, {format_size(shutil.disk_usage(folder).free)} free on its disk"


def _store(folder: Path, schema: Schema) -> str:
    path = folder / schema.file_name
    aside = sum(one.exists() for one in aside_files(path))
    before = f"; {aside} damaged set aside" if aside else ""
    if not path.exists():
        return f"nothing kept yet{before}"
    refuse_strangers(path)
    with contextlib.closing(connect_reading(path)) as connection:
        sound = "sound" if is_whole(connection) else "damaged"
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    return f"{sound}, version {version} of {schema.version}, {format_size(size_bytes(path))}{before}"
