"""What is known of the worker processes: who they are, which kernels they use and why, and what they do."""

from __future__ import annotations

import threading
from dataclasses import replace

from zkcompanion.app.accounts import AccountsView
from zkcompanion.app.codec import decode, encode
from zkcompanion.app.fallback import Fallback
from zkcompanion.app.job_endings import worker_view
from zkcompanion.app.job_views import WorkerView
from zkcompanion.app.pool_rules import memory_notice
from zkcompanion.app.settings import Settings
from zkcompanion.app.views import ProvingView
from zkcompanion.app.worker_entry import Warmth, WorkerConfig, open_worker, private_folders
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.messages import Message
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.work import Outcome, WorkerStatus
from zkcompanion.engine.worker import Spec

PROVER = "prover"
CLERK = "clerk"


class WorkerPool:
    """Safe to call from any thread."""

    def __init__(self, settings: Settings, dirs: AppDirs, clock: Clock = SYSTEM_CLOCK) -> None:
        self._dirs = dirs
        self._clock = clock
        self._lock = threading.Lock()
        self._settings = settings
        self._fallback = Fallback()
        #: the family of kernels that the workers came to
        self._kernels: str | None = None
        self._notices: tuple[Message, ...] = ()
        self._statuses: tuple[WorkerStatus, ...] = ()
        self._resident: dict[int, int] = {}
        self._accounts: dict[str, AccountsView] = {}

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._settings

    @property
    def kernels(self) -> str | None:
        """The family of kernels that the workers use; None until they have loaded it."""
        with self._lock:
            return self._kernels

    @property
    def mode(self) -> str:
        """The family that is used in place of the one that was chosen; "" for that one."""
        with self._lock:
            return self._fallback.family or ""

    def change(self, settings: Settings) -> None:
        """Other settings; kernels that were given up get another chance."""
        with self._lock:
            self._settings, self._kernels, self._fallback, self._notices = settings, None, Fallback(), ()

    def prover(self, number: int) -> Spec:
        """The n-th worker that proves, from 1."""
        with self._lock:
            kernels = self._fallback.family or self._settings.kernels
        return self._spec(PROVER if number == 1 else f"{PROVER}-{number}", replace(self._settings, kernels=kernels))

    def clerk(self) -> Spec:
        """The worker that looks at files."""
        return self._spec(CLERK, self._settings)

    def views(self) -> tuple[WorkerView, ...]:
        """The worker processes."""
        with self._lock:
            short = memory_notice(self._settings)
            notices = (*(() if short is None else (short,)), *self._notices, *self._fallback.notices)
            now_s = self._clock.monotonic_s()
            return tuple(
                worker_view(status, self._resident, now_s=now_s)
                if status.name == CLERK
                else worker_view(
                    status,
                    self._resident,
                    kernels=self._kernels,
                    notices=notices,
                    now_s=now_s,
                    accounts=self._accounts.get(status.name),
                )
                for status in self._statuses
            )

    def seen(self, statuses: tuple[WorkerStatus, ...]) -> None:
        """The workers are like this now."""
        with self._lock:
            self._statuses = statuses

    def measured(self, resident: dict[int, int]) -> None:
        """Memory by process, in bytes."""
        with self._lock:
            self._resident = resident

    def warmed(self, worker: str, outcome: Outcome) -> None:
        """A worker that proves has loaded its kernels."""
        warmth = decode(outcome.body, Warmth)
        with self._lock:
            # one that began before the others fell back is not what the next job uses
            self._kernels, self._notices = self._fallback.family or warmth.kernels, warmth.notices
            if warmth.accounts is not None:
                self._accounts[worker] = warmth.accounts

    def proved(self, worker: str | None, result: ProvingView) -> None:
        """A run came to its end."""
        with self._lock:
            self._kernels = result.kernels
            if worker is not None and result.accounts is not None:
                self._accounts[worker] = result.accounts

    def crashed(self, family: str | None, exit_code: int | None) -> bool:
        """A worker that used a family (None: was loading it) ended so; whether another is used from now on."""
        family = family or self.kernels or self._loading()
        with self._lock:
            fell = self._fallback.crashed(family, exit_code)
            if fell:
                self._kernels = self._fallback.family
            return fell

    def refuses(self, work: int) -> bool:
        """Whether the kernels that are left are too slow for so many field multiplications."""
        with self._lock:
            return self._fallback.refuses(work)

    def _loading(self) -> str:
        """The best family that the processor runs, where none was chosen."""
        chosen = self.mode or self._settings.kernels
        if chosen != "auto":
            return chosen
        from zkcompanion.proving.kernels.jit import cpu_has_ifma

        return "ifma" if cpu_has_ifma() else "scalar"

    def _spec(self, name: str, settings: Settings) -> Spec:
        config = WorkerConfig(settings, self._dirs.home, all_kernels=name != CLERK)
        return Spec(name, open_worker, bytes(encode(config)), "warm", lambda: private_folders(self._dirs))
