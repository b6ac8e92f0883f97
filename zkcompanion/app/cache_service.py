"""The cache as people see it: what is in it, how it was used, whether it is sound, and how to be rid of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import Entry, Limits, SealedStore
from zkcompanion.base.usage import Usage

#: Kinds of entries, as `docs/cache.md` has them; all groups of kernels are one kind.
KERNELS = "kernels"
CALCULATORS = "witness-module"
KEYS, SYSTEMS, NAMES = "prepared-key", "prepared-system", "prepared-names"
KINDS = (KERNELS, CALCULATORS, KEYS, SYSTEMS, NAMES)
#: What another version wrote, or nobody; it is never read, and goes first.
OTHER = "other"
_PREPARED = frozenset({KEYS, SYSTEMS, NAMES})


@dataclass(frozen=True, slots=True)
class KindView:
    """Entries of one kind: what is there now, and how all processes together used it since counting began.

    `saved_s`: what making the entries took, less the reading, for each hit. `damaged`: found so, and removed.
    """

    kind: str
    entries: int = 0
    size_bytes: int = 0
    hits: int = 0
    misses: int = 0
    kept: int = 0
    evicted: int = 0
    damaged: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    saved_s: float = 0.0

    @property
    def hit_rate(self) -> float | None:
        """0 to 1; None where nothing was ever looked for."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


@dataclass(frozen=True, slots=True)
class CacheView:
    """Kinds in the order of `KINDS`, and `OTHER` where there is something of it; the limits hold for all together."""

    folder: str
    kinds: tuple[KindView, ...]
    max_entries: int
    max_bytes: int

    @property
    def total(self) -> KindView:
        """All kinds together."""
        return _sum("total", self.kinds)


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """Entries that were good, and that were removed because they were not."""

    good: int
    removed: int


@dataclass(frozen=True, slots=True)
class ClearedView:
    """Entries that went, and their bytes."""

    entries: int
    size_bytes: int


def kind_of(name: str) -> str:
    """The kind of an entry, by its name in the store."""
    if name in KINDS:
        return name
    return KERNELS if name.startswith(f"{KERNELS}-") else OTHER


class CacheService:
    """Reads folders and files at each call, so not for the thread that draws.

    Every method raises FileError where the program's folders cannot be had.
    """

    def __init__(self, dirs: AppDirs) -> None:
        self._dirs = dirs

    def view(self) -> CacheView:
        """What is there now."""
        store = self._store()
        limits = store.limits()
        kinds = _counted(store.entries(), store.usage())
        folder = str(self._dirs.cache / "code")
        shown = (*KINDS, *((OTHER,) if OTHER in kinds else ()))
        views = (kinds.get(kind, KindView(kind)) for kind in shown)
        return CacheView(folder, tuple(views), limits.entries, limits.size_bytes)

    def verify(self, check: Callable[[], object] = lambda: None) -> VerifiedView:
        """Look at each entry's seal, and whether a prepared one can be read; remove what is not good, and orphans.

        `check` is called between two entries and may raise to stop.
        """

        def sound(name: str, data: bytes) -> bool:
            check()
            return kind_of(name) not in _PREPARED or _is_packed(data)

        return VerifiedView(*self._store().verify(sound))

    def clear(self, kind: str | None = None) -> ClearedView:
        """Remove all entries, or those of one kind; counts of use stay."""
        return ClearedView(*self._store().clear(lambda name: kind is None or kind_of(name) == kind))

    def limit(self, limits: Limits) -> None:
        """Let these limits hold for all processes, from now on; what is over them goes."""
        store = self._store()
        if store.limits() != limits:
            store.set_limits(limits)

    def _store(self) -> SealedStore:
        return open_store(self._dirs)


def open_store(dirs: AppDirs) -> SealedStore:
    """The cache of these folders. Raises: FileError."""
    return SealedStore(dirs.cache / "code", dirs.data / "seal.key")


def _is_packed(data: bytes) -> bool:
    # needs NumPy
    from zkcompanion.storage.packed import unpack

    try:
        unpack(memoryview(data))
    except ValueError:
        return False
    return True


def _counted(entries: Iterable[Entry], usage: Mapping[str, Usage]) -> Mapping[str, KindView]:
    """By kind, what there is and what was done."""
    parts = [KindView(kind_of(entry.name), 1, entry.size_bytes) for entry in entries]
    parts += [KindView(kind_of(name), **asdict(used)) for name, used in usage.items()]
    kinds = {part.kind for part in parts}
    return {kind: _sum(kind, (part for part in parts if part.kind == kind)) for kind in kinds}


def _sum(kind: str, parts: Iterable[KindView]) -> KindView:
    found = list(parts)
    numbers = {one.name: sum(getattr(part, one.name) for part in found) for one in fields(KindView)[1:]}
    return KindView(kind, **numbers)
