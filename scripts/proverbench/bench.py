"""What rows share: options, peers, circuits and back ends, each made when first asked for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from proverbench.circuits import Case, make_case
from proverbench.provers import Groth16py, Prover, WholeProcess, rapidsnark, snarkjs
from proverbench.rounds import Measured, Patience, measure
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.backend import PROVING, VERIFYING, Backend, load_backend
from zkcompanion.proving.kernels.jit import IFMA_GROUPS, SCALAR_GROUPS, KernelSet

ROOT = Path(__file__).resolve().parents[2]
SNARKJS = ROOT / "tests" / "interop" / "node_modules" / ".bin" / "snarkjs"


class NotThere(Exception):
    """A peer that a row needs is not installed, or the machine lacks what it measures."""


@dataclass(frozen=True)
class Options:
    """As given on the command line. `powers` None: each row's own."""

    threads: int
    rounds: int
    kernels: str
    powers: tuple[int, ...] | None
    patience: Patience
    rapidsnark: Path | None = None
    groth16py: Path | None = None
    snarkjs: Path | None = None


@dataclass
class Bench:
    """`folder` keeps circuits and keys."""

    options: Options
    folder: Path
    _cases: dict[tuple[str, int], Case] = field(default_factory=dict)
    _backends: dict[tuple[str, int], Backend] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for backend in self._backends.values():
            backend.close()

    def backend(self, kernels: str | None = None, threads: int | None = None) -> Backend:
        """Loaded and ready to prove and verify."""
        key = kernels or self.options.kernels, threads or self.options.threads
        if key not in self._backends:
            backend = load_backend(key[0], threads=key[1], store=_store())
            backend.load([*PROVING, *VERIFYING])
            self._backends[key] = backend
        return self._backends[key]

    def kernels(self, *groups: str) -> KernelSet:
        """The compiled kernels of some groups, of the family that the back end takes. Raises: NotThere."""
        family = self.backend().kind
        if family not in ("ifma", "scalar"):
            raise NotThere("no kernel runs here")
        kernels = KernelSet(family, IFMA_GROUPS if family == "ifma" else SCALAR_GROUPS, store=_store())
        kernels.load(groups)
        return kernels

    def case(self, kind: str, power: int) -> Case:
        """Made once."""
        if (kind, power) not in self._cases:
            self.note(f"making {kind} 2^{power}")
            self._cases[kind, power] = make_case(kind, power, self.backend(), self.folder)
        return self._cases[kind, power]

    def powers(self, usual: tuple[int, ...]) -> tuple[int, ...]:
        """Those asked for, or the row's usual ones."""
        return self.options.powers or usual

    def cores(self, threads: int) -> set[int] | None:
        """Cores for a peer that takes as many threads as it may use cores; None: all."""
        available = sorted(os.sched_getaffinity(0))
        return None if threads >= len(available) else set(available[:threads])

    def measure(self, case: Case, provers: Sequence[Prover]) -> Measured:
        """Interleaved rounds of these provers."""
        self.note(f"measuring {case.name}: {', '.join(p.name for p in provers)}")
        return measure(case, provers, self.options.rounds, self.options.patience)

    # -- peers -------------------------------------------------------------------------------------------------
    def rapidsnark(self) -> WholeProcess:
        """Raises: NotThere."""
        path = self.options.rapidsnark or _which("rapidsnark")
        if path is None:
            raise NotThere("rapidsnark is not there; give its program with --rapidsnark")
        return rapidsnark(path, self.cores(self.options.threads))

    def snarkjs(self) -> WholeProcess:
        """Raises: NotThere."""
        path = self.options.snarkjs or (SNARKJS if SNARKJS.exists() else _which("snarkjs"))
        if path is None:
            raise NotThere("snarkjs is not there; scripts/run_regression_tests.sh installs it")
        return snarkjs(path, self.cores(self.options.threads))

    def groth16py(self, threads: int) -> Groth16py:
        """Raises: NotThere."""
        if self.options.groth16py is None:
            raise NotThere("groth16py is not there; give a Python that has it with --groth16py")
        return Groth16py(self.options.groth16py, threads)

    @staticmethod
    def note(text: str) -> None:
        """What is going on, for whoever waits."""
        print(f"  {text}", file=sys.stderr, flush=True)


def _store() -> SealedStore:
    """Where the program itself keeps its compiled kernels."""
    dirs = AppDirs()
    return SealedStore(dirs.cache / "code", dirs.data / "seal.key")


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    return None if found is None else Path(found)
