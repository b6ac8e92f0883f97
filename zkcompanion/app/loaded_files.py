"""A circuit's files, read once: kept ready in memory by this process, and on the disk for all."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zkcompanion.base.lru import LruCache
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.formats.mapped import read_bounded
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.formats.sym import SignalNames, require_names_fit
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.storage.prepared import JudgedKey, Prepared, PreparedCircuits

if TYPE_CHECKING:
    from zkcompanion.proving.witness.calculator import WitnessCalculator
    from zkcompanion.proving.witness.sandbox import ModuleCache

T = TypeVar("T")

#: Things kept ready in memory, their files' sizes together. Windows would not let others write a file that is mapped.
_MOST_ENTRIES = 0 if sys.platform == "win32" else 8
_MOST_BYTES = 512 << 20


class LoadedFiles:
    """Context managers that give a file's content ready for use; it is closed when nobody uses it and room is needed.

    Arguments: what prepares, and where compiled calculators are kept. Safe to call from any thread.
    """

    def __init__(self, circuits: PreparedCircuits, module_cache: ModuleCache | None) -> None:
        self._circuits = circuits
        self._module_cache = module_cache
        self._memory: LruCache[bytes, Any] = LruCache(max_entries=_MOST_ENTRIES, max_bytes=_MOST_BYTES, let_go=_let_go)

    @contextmanager
    def key(
        self, path: Path, backend: Backend, *, trace: Trace = NULL_TRACE, anew: bool = False
    ) -> Iterator[Prepared[JudgedKey]]:
        """A proving key with what was found about it. Raises: as `read_zkey`."""
        prepared = self._circuits.key(path, lambda zkey: inspect_zkey(zkey, backend.pairing), trace=trace, anew=anew)
        with self._shared(prepared, anew) as shared:
            yield shared

    @contextmanager
    def system(self, path: Path, *, anew: bool = False) -> Iterator[Prepared[R1cs]]:
        """A circuit's constraints. Raises: as `read_r1cs`."""
        with self._shared(self._circuits.system(path, anew=anew), anew) as shared:
            yield shared

    @contextmanager
    def names(self, path: Path, system: R1cs) -> Iterator[SignalNames]:
        """The names of its signals, kept at once. Raises: FileError where they belong to another circuit."""
        names = self._circuits.names(path)
        require_names_fit(names.value, system.n_labels, file=str(path))
        names.keep()
        yield names.value

    @contextmanager
    def calculator(self, path: Path, *, trace: Trace = NULL_TRACE) -> Iterator[WitnessCalculator]:
        """What makes witnesses. Raises: as `read_calculator`."""
        # wasmtime is needed where there are inputs alone
        from zkcompanion.proving.witness.calculator import DEFAULT_LIMITS, WitnessCalculator

        wasm = read_bounded(path, max_bytes=DEFAULT_LIMITS.file_size_bytes)
        key = hashlib.sha256(str(path).encode("utf-8", "surrogateescape") + b"\0" + wasm).digest()

        def make() -> tuple[WitnessCalculator, int]:
            made = WitnessCalculator(wasm, file=str(path), module_cache=self._module_cache, trace=trace)
            return made, len(wasm)

        with self._memory.use(key, make) as calculator:
            yield calculator

    def sizes(self) -> Mapping[str, int]:
        """Bytes of what is kept ready, by the names of `accounts.COMPONENTS`."""
        return self._memory.sizes(lambda value: "circuits" if isinstance(value, Prepared) else "calculators")

    def close(self) -> None:
        """Let go of everything that is not in use; idempotent."""
        self._memory.clear()

    @contextmanager
    def _shared(self, prepared: Prepared[T], anew: bool) -> Iterator[Prepared[T]]:
        """The same thing out of the memory, where it is there; else this one, from now on."""
        if anew:
            self._memory.remove(prepared.key)
        taken: list[Prepared[T]] = []

        def take() -> tuple[Prepared[T], int]:
            taken.append(prepared)
            return prepared, prepared.size_bytes

        with self._memory.use(prepared.key, take) as shared:
            if taken:
                yield prepared
            else:
                _let_go(prepared)
                yield replace(cast("Prepared[T]", shared), shared=True)


def _let_go(value: object) -> None:
    if isinstance(value, Prepared) and isinstance(value.value, JudgedKey):
        value.value.zkey.close()
