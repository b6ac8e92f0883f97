"""What every proof takes, however small: putting it together and verifying it, measured on a real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import numpy as np

from zkcompanion.base.clock import Clock
from zkcompanion.costs.rates import Kind
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.groth16.development import new_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.groth16.verify import prepare_zkey, verify_prepared
from zkcompanion.proving.phases import Phase, Trace

_KINDS: Mapping[Phase, Kind] = {Phase.ASSEMBLE: "assemble", Phase.VERIFY: "verify"}


class _PhaseTimes(Trace):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: dict[Phase, float] = {}

    @contextmanager
    def phase(self, phase: Phase, steps: int = 0) -> Iterator[None]:  # noqa: ARG002
        """Times it."""
        begun_s = self._clock.monotonic_s()
        yield
        self.seconds[phase] = self._clock.monotonic_s() - begun_s


def _system() -> tuple[R1cs, LimbArray]:
    """w_2 * w_2 = w_1, with w_1 public."""

    def row(wire: int) -> SparseRows:
        value = np.array([[1, 0, 0, 0]], dtype=np.uint64)
        return SparseRows(np.array([0, 1], dtype=np.int64), np.array([wire], dtype=np.uint32), value)

    return R1cs(3, 0, 1, 1, 3, row(2), row(2), row(1), np.arange(3, dtype=np.uint64)), to_limbs([1, 9, 3])


@lru_cache(maxsize=1)
def _key(backend: Backend) -> ProvingKey:
    return ProvingKey.prepare(new_development_key(_system()[0], backend))


def tiny_proof(backend: Backend, clock: Clock) -> Mapping[Kind, float]:
    """Seconds of the phases that do not grow; the proof that they come from holds, or this raises InvalidProofError."""
    times = _PhaseTimes(clock)
    key = _key(backend)
    proof, public = prove(key, _system()[1], backend, trace=times)
    prepared = prepare_zkey(key.zkey, backend.pairing)
    with times.phase(Phase.VERIFY):
        verify_prepared(prepared, public, proof, pairing=backend.pairing, allow_insecure_key=True)
    return {kind: times.seconds[phase] for phase, kind in _KINDS.items()}
