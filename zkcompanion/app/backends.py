"""The arithmetic of a run, loaded once and as far as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from zkcompanion.app.memory import resident_bytes
from zkcompanion.app.settings import KernelKind, Settings
from zkcompanion.base.messages import Message
from zkcompanion.proving.backend import (
    MAKING_DEVELOPMENT_KEYS,
    MASKING,
    PROVING,
    SETTING_UP,
    VERIFYING,
    Backend,
    KernelBackend,
    ReferenceBackend,
    load_backend,
)
from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.groth16.types import PairingCheck
from zkcompanion.proving.kernels.jit import ObjectStore
from zkcompanion.proving.phases import Trace

#: Drivers that checking a witness needs.
CHECKING = ("rows",)


class Backends:
    """Arguments: the settings, and a function that gives the store of compiled code (None: nothing is kept).

    One back end for each family of kernels and number of threads; those of a family share its kernels.
    """

    def __init__(self, settings: Settings, store: Callable[[], ObjectStore | None]) -> None:
        self._settings = settings
        self._store = store
        self._kind, self._threads = settings.kernels, settings.threads
        self._made: dict[tuple[KernelKind, int], KernelBackend | ReferenceBackend] = {}
        self._lock = threading.Lock()
        self._base_bytes = 0
        #: memory of large arrays, for all of them
        self.buffers = Buffers(settings.buffer_bytes)

    def choose(self, *, threads: int, kernels: KernelKind | None = None) -> None:
        """Use so many threads from now on, and this family of kernels; None: the one of the settings."""
        self._threads, self._kind = threads, self._settings.kernels if kernels is None else kernels

    def proving(self, trace: Trace) -> Backend:
        """Ready to prove and verify. Raises: UsageError, KernelsUnavailable, Cancelled."""
        masking = MASKING if self._settings.constant_work else ()
        backend = self._ready((*PROVING, *VERIFYING, *masking), trace)
        if not self._base_bytes:
            own = sum(self.sizes().values())
            self._base_bytes = max(1, resident_bytes() - own)
        return backend

    def pairing(self, trace: Trace) -> PairingCheck:
        """Ready to verify. Raises: as `proving`."""
        return self.verifying(trace).pairing

    def verifying(self, trace: Trace) -> Backend:
        """What `pairing` hands out a part of. Raises: as `proving`."""
        return self._ready(VERIFYING, trace)

    def checking(self, trace: Trace) -> Backend:
        """Ready to check witnesses. Raises: as `proving`."""
        return self._ready(CHECKING, trace)

    def setting_up(self, trace: Trace) -> Backend:
        """Ready to make a key from powers of tau. Raises: as `proving`."""
        return self._ready(SETTING_UP, trace)

    def making_development_keys(self, trace: Trace) -> Backend:
        """Ready to make a development key. Raises: as `proving`."""
        return self._ready(MAKING_DEVELOPMENT_KEYS, trace)

    @property
    def notices(self) -> tuple[Message, ...]:
        """What the user should know of the choice that was made."""
        backend = self._made.get((self._kind, self._threads))
        notice = backend.notice if backend is not None else None
        return () if notice is None else (notice,)

    def sizes(self) -> Mapping[str, int]:
        """Bytes by the names of `accounts.COMPONENTS`; `base` is what there was when a proof could first be made."""
        with self._lock:
            made = dict(self._made)
        # those of one family share their kernels
        kernels = {kind: backend.kernel_bytes for (kind, _), backend in made.items()}
        tables = sum(backend.table_bytes for backend in made.values())
        return {"base": self._base_bytes, "kernels": sum(kernels.values()), "tables": tables}

    def close(self) -> None:
        """End the threads, and keep no memory; idempotent."""
        with self._lock:
            while self._made:
                self._made.popitem()[1].close()
        self.buffers.close()

    def _ready(self, drivers: Sequence[str], trace: Trace) -> Backend:
        backend = self._get(trace)
        backend.load(drivers, trace=trace)
        return backend

    def _get(self, trace: Trace) -> Backend:
        with self._lock:
            wanted = self._kind, self._threads
            if wanted not in self._made:
                alike = next((made for (kind, _), made in self._made.items() if kind == self._kind), None)
                self._made[wanted] = (
                    alike.on_threads(self._threads)
                    if alike is not None
                    else load_backend(
                        self._kind, threads=self._threads, store=self._store(), buffers=self.buffers, trace=trace
                    )
                )
            return self._made[wanted]
