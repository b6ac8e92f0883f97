"""The arithmetic of a run, loaded once and as far as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from zkcompanion.app.settings import Settings
from zkcompanion.base.messages import Message
from zkcompanion.proving.backend import (
    MAKING_DEVELOPMENT_KEYS,
    MASKING,
    PROVING,
    SETTING_UP,
    VERIFYING,
    Backend,
    load_backend,
)
from zkcompanion.proving.groth16.types import PairingCheck
from zkcompanion.proving.kernels.jit import ObjectStore
from zkcompanion.proving.phases import Trace

#: Drivers that checking a witness needs.
CHECKING = ("rows",)


class Backends:
    """Arguments: the settings, and a function that gives the store of compiled code (None: nothing is kept)."""

    def __init__(self, settings: Settings, store: Callable[[], ObjectStore | None]) -> None:
        self._settings = settings
        self._store = store
        self._backend: Backend | None = None
        self._lock = threading.Lock()

    def proving(self, trace: Trace) -> Backend:
        """Ready to prove and verify. Raises: UsageError, KernelsUnavailable, Cancelled."""
        masking = MASKING if self._settings.constant_work else ()
        return self._ready((*PROVING, *VERIFYING, *masking), trace)

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
        notice = self._backend.notice if self._backend is not None else None
        return () if notice is None else (notice,)

    def close(self) -> None:
        """End the threads; idempotent."""
        with self._lock:
            if self._backend is not None:
                self._backend.close()
                self._backend = None

    def _ready(self, drivers: Sequence[str], trace: Trace) -> Backend:
        backend = self._get(trace)
        backend.load(drivers, trace=trace)
        return backend

    def _get(self, trace: Trace) -> Backend:
        with self._lock:
            if self._backend is None:
                settings = self._settings
                self._backend = load_backend(
                    settings.kernels, threads=settings.threads, store=self._store(), trace=trace
                )
            return self._backend
