"""Kernels that crash are given up for the next family that computes the same."""

from __future__ import annotations

from collections import Counter

from zkcompanion.app.settings import KernelKind
from zkcompanion.base.messages import Message, msg

#: Signals of code that cannot run here, or is wrong: SIGILL, SIGBUS, SIGFPE, SIGSEGV.
_NATIVE = frozenset({4, 7, 8, 11})
_NEXT: dict[str, KernelKind] = {"ifma": "scalar", "scalar": "reference"}
#: So many crashes, and the family is given up.
_CRASHES = 2
#: Python integers are thousands of times slower; a circuit with more field multiplications would take hours.
REFERENCE_WORK = 1_000_000


class Fallback:
    """Not for several threads at once."""

    def __init__(self) -> None:
        self._crashes: Counter[str] = Counter()
        #: the family that is used in place of the one that was chosen; None: that one
        self.family: KernelKind | None = None
        self.notices: tuple[Message, ...] = ()

    def crashed(self, family: str | None, exit_code: int | None) -> bool:
        """A worker that used a family ended so; whether the next one is used from now on."""
        following = _NEXT.get(family or "")
        if family is None or following is None or exit_code is None or -exit_code not in _NATIVE:
            return False
        self._crashes[family] += 1
        if self._crashes[family] != _CRASHES:
            return False
        self.family = following
        self.notices = (
            *self.notices,
            msg(
                "The kernels {family} ended two processes, so {following} is used from now on.",
                family=family,
                following=following,
            ),
        )
        return True

    def refuses(self, work: int) -> bool:
        """Whether what is left is too slow for a proof of so many field multiplications."""
        return self.family == "reference" and work > REFERENCE_WORK


TOO_SLOW = msg("The fast kernels crash on this computer, and Python integers are too slow for a circuit of this size.")
