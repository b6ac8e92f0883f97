"""Sums whose work does not depend on the witness, for provers whose time others can measure.

A multi-scalar multiplication is quick for scalars 0, 1 and short ones, so its time tells how many of them a witness has
(Tramer, Boneh, Paterson, "Remote Side-Channel Attacks on Anonymous Transactions", USENIX Security 2020). Here each
scalar k_i is replaced by k_i + t*m_i modulo r: the mask m is drawn once for a key, the factor t for each proof, both
uniform and secret. For any scalars k the new ones are uniform, so the schedule made of them, and with it all work,
tells nothing of k. The sum over t*m, which is too much in the result, is t times the sum over m, computed once.

Scalars of two proofs that share m but not t are tied by nothing but an unknown factor between them; that a witness was
proved before, or differs in a few values from the last, does not show. What is covered and what is not:
docs/constant-work.md.
"""

from __future__ import annotations

import secrets
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zkcompanion.proving.backend import MASKING, PROVING, Backend
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.elements import at_least
from zkcompanion.proving.groth16.checkpoints import NO_CHECKPOINTS, Checkpoints
from zkcompanion.proving.groth16.sums import OF_WITNESS, Sums, sum_all
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace

if TYPE_CHECKING:
    from zkcompanion.proving.formats.zkey import Groth16Zkey
    from zkcompanion.proving.scalar_order import ScalarOrder

R = FR.modulus
#: Elements drawn in one step.
_CHUNK = 1 << 16
#: The topmost limb of a number below 2^254, the least power of two above r.
_TOP_MASK = np.uint64((1 << 62) - 1)


class WorkMask:
    """The mask of a key and its sums; context manager, and of no use after `close`, which wipes it.

    Holds 32 bytes for each wire and each point of the domain; a proof with it takes as much again while it sums. May be
    used by several threads at once.
    """

    def __init__(self, zkey: Groth16Zkey, witness: LimbArray, h: LimbArray, sums: Sums) -> None:
        self._zkey = zkey
        self._witness = witness
        self._h = h
        self._sums = sums
        self._closed = False

    @classmethod
    def draw(cls, zkey: Groth16Zkey, order: ScalarOrder, backend: Backend, *, trace: Trace = NULL_TRACE) -> Self:
        """A new mask for a key, from the operating system's randomness; takes as long as the sums of a dense proof.

        Runs as Phase.LOAD (and Phase.COMPILE where kernels must be compiled).
        """
        backend.load((*PROVING, *MASKING), trace=trace)
        witness, h = (np.zeros((n, 4), dtype=np.uint64) for n in (zkey.n_vars, zkey.domain_size))
        try:
            with trace.phase(Phase.LOAD):
                _fill_uniform(witness, trace)
                _fill_uniform(h, trace)
                sums = sum_all(zkey, order, witness, h, backend, _Within(trace))
        except BaseException:
            witness.fill(0)
            h.fill(0)
            raise
        return cls(zkey, witness, h, sums)

    def sum_all(
        self,
        zkey: Groth16Zkey,
        order: ScalarOrder,
        witness: LimbArray,
        h: LimbArray,
        backend: Backend,
        trace: Trace,
        kept: Checkpoints = NO_CHECKPOINTS,
    ) -> Sums:
        """As `sums.sum_all`, with work that does not depend on `witness` and `h`.

        Each sum is freed of the mask before it is kept: another process has another mask.

        Raises: ValueError for another key than that of the mask, and after `close`.
        """
        if zkey is not self._zkey or self._closed:
            raise ValueError("the mask belongs to another key, or is closed")
        factor = 1 + secrets.randbelow(R - 1)
        of_witness, of_h = kept.missing(*OF_WITNESS), kept.missing(Phase.SUM_H)
        first = of_witness or of_h
        if first is not None:
            with trace.phase(first):
                if of_witness is not None:
                    witness = _masked(witness, self._witness, factor, backend, trace)
                if of_h is not None:
                    h = _masked(h, self._h, factor, backend, trace)

        def finish(phase: Phase, total: Any) -> Any:
            return self._taken_from(phase, total, factor, backend)

        return sum_all(zkey, order, witness, h, backend, trace, kept, finish)

    def _taken_from(self, phase: Phase, total: Any, factor: int, backend: Backend) -> Any:
        """A sum without `factor` times the mask's."""
        multiply = backend.curve.multiply_sum_g2 if phase is Phase.SUM_B2 else backend.curve.multiply_sum_g1
        return multiply((total, self._sums.of(phase)), (1, R - factor))

    def close(self) -> None:
        """Wipe the mask; idempotent."""
        self._closed = True
        self._witness.fill(0)
        self._h.fill(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "WorkMask(...)"


class _Within(Trace):
    """Phases inside another phase are not told; only the question whether to go on is."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def check(self) -> None:
        """As the outer trace."""
        self._trace.check()


def _masked(values: LimbArray, mask: LimbArray, factor: int, backend: Backend, trace: Trace) -> LimbArray:
    """The values + factor*mask, plain: a new array, which without the mask tells nothing of the values."""
    # the factor in Montgomery form, so that plain stays plain
    result = backend.fields.scale(FR, mask, FR.to_mont(factor), trace=trace)
    backend.fields.add_into(FR, result, values, trace=trace)
    return result


def _fill_uniform(out: LimbArray, trace: Trace) -> None:
    """Plain numbers uniform below r: 254 random bits each, drawn again (one in four) where they are not below r."""
    for start in range(0, len(out), _CHUNK):
        trace.check()
        left = np.arange(start, min(start + _CHUNK, len(out)))
        while len(left):
            drawn = np.frombuffer(secrets.token_bytes(32 * len(left)), dtype="<u8").reshape(-1, 4)
            out[left] = drawn
            out[left, 3] &= _TOP_MASK
            left = left[at_least(out[left], R)]
