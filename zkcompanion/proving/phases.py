"""Phases of a proof, and the one object through which work reports progress and hears that it should stop.

The mathematics has no clock: whoever passes the trace in (the app, an engine worker) times `begin` and `end` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Phase(StrEnum):
    """Names as they stand in JSON; the order is the order of a proof."""

    COMPILE = "compile"  # kernels for this CPU, first use only
    LOAD = "load"
    WITNESS = "witness"
    CHECK = "check"  # witness against the constraints
    CONSTRAINTS = "constraints"  # rows of A and B times the witness
    TRANSFORMS = "transforms"  # number-theoretic transforms, quotient
    SUM_A = "sum-a"
    SUM_B1 = "sum-b1"
    SUM_B2 = "sum-b2"
    SUM_C = "sum-c"
    SUM_H = "sum-h"
    ASSEMBLE = "assemble"
    VERIFY = "verify"
    SETUP = "setup"  # making a key


class Trace:
    """Told about phases; asked between tiles of work whether to go on. This one ignores everything.

    `check` is called from any thread, often; a subclass raises `Cancelled` from it to stop. `advance` may be called
    from any thread too. `begin` and `end` come from the thread that runs the proof.
    """

    def begin(self, phase: Phase, steps: int = 0) -> None:
        """`phase` starts; it will call `advance` `steps` times in all (0: unknown)."""

    def advance(self, phase: Phase, steps: int = 1) -> None:
        """`steps` more units of `phase` are done."""

    def end(self, phase: Phase) -> None:
        """`phase` is over (not called when it raised)."""

    def resumed(self, phase: Phase) -> None:
        """Another process went through `phase` of this proof, and what it gave is used; it neither begins nor ends."""

    def work(self, phase: Phase, count: Callable[[], int]) -> None:
        """`phase` took `count()` field multiplications more (`workcount`).

        Comes from the thread that runs the proof, after the work; whoever keeps no profile does not call `count`.
        """

    def check(self) -> None:
        """Raise `Cancelled` if the work should stop."""

    @contextmanager
    def phase(self, phase: Phase, steps: int = 0) -> Iterator[None]:
        """`begin` and `end` around a block; `check` first."""
        self.check()
        self.begin(phase, steps)
        yield
        self.end(phase)


NULL_TRACE = Trace()
