"""One object for all the heavy arithmetic: compiled kernels for this CPU, or Python integers with the same results.

A back end loads what is asked for and no more: verifying a proof does not load the kernels of multi-scalar
multiplication. Every kind gives the same results, bit for bit.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving import field_arrays, limit, ntt, pairing, rows
from zkcompanion.proving.buffers import NO_BUFFERS, Buffers
from zkcompanion.proving.curve import CurveArrays
from zkcompanion.proving.field_arrays import FieldArrays, FieldScaling, ReferenceFieldArrays
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.groth16.types import PairingCheck
from zkcompanion.proving.kernels.jit import (
    IFMA_GROUPS,
    SCALAR_GROUPS,
    KernelSet,
    KernelsUnavailable,
    ObjectStore,
    cpu_has_ifma,
)
from zkcompanion.proving.limit import KernelLimit, Multiplications
from zkcompanion.proving.msm import Msm
from zkcompanion.proving.ntt import Ntt, ReferenceNtt, Transforms
from zkcompanion.proving.pairing import Gt, Pairing
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1Point, G2Point
from zkcompanion.proving.rows import ReferenceRows, RowEvaluator, Rows

if TYPE_CHECKING:
    from zkcompanion.proving.reference.drivers import ReferenceCurve
    from zkcompanion.proving.scalar_order import ScalarOrder

#: What `load_backend` takes.
KINDS = ("auto", "ifma", "scalar", "reference")
#: Drivers that a proof needs, and a verification.
PROVING = ("rows", "ntt", "msm", "curve")
VERIFYING = ("pairing",)
#: What a profile needs beside.
PROFILING = ("limit",)
#: What constant work (`groth16/workmask`) needs beside.
MASKING = ("fields",)
#: Drivers that a key from powers of tau needs, and a development key.
SETTING_UP = ("curve", "fields")
MAKING_DEVELOPMENT_KEYS = ("curve", "fields", "ntt", "rows")
_SUM_GROUPS = ("sums", "msm", "curve")


class Schedule(Protocol):
    """What depends on the scalars of a multi-scalar multiplication alone; as secret as they are."""

    @property
    def steps(self) -> int:
        """`advance` calls of a multiplication in G1 with it."""

    @property
    def steps_in_g2(self) -> int:
        """The same in G2."""

    def slice_from(self, first: int) -> Any:
        """The schedule of scalars[first:]."""

    def part(self, begin: int, end: int) -> Any:
        """The schedule of the scalars of some neighbouring classes, where all other bases are infinity."""


class MultiScalar(Protocol):
    """What a back end offers of multi-scalar multiplication: see `msm.Msm`, of which this is a part."""

    def schedule(self, scalars: LimbArray, *, order: ScalarOrder | None = None, trace: Trace = NULL_TRACE) -> Any:
        """Of plain scalars uint64[n, 4] below r, in classes: a `Schedule`."""

    def g1(self, bases: LimbArray, schedule: Any, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_A) -> G1Point:
        """The sum over uint64[n, 8]."""

    def g2(self, bases: LimbArray, schedule: Any, *, trace: Trace = NULL_TRACE, phase: Phase = Phase.SUM_B2) -> G2Point:
        """The sum over uint64[n, 16]."""


class Pairings(PairingCheck, Protocol):
    """What a back end offers of pairings: the check of a verifier, and values."""

    def pairing(self, p: G1Point, q: G2Point) -> Gt:
        """e(P, Q), plain, in the layout of snarkjs's `vk_alphabeta_12`; one where either is infinity."""


class Backend(ABC):
    """The drivers. Context manager; after `close` no thread is left and nothing may be called."""

    #: "ifma", "scalar" or "reference"
    kind: str
    #: why this is not the kind that was hoped for, or None
    notice: Message | None
    #: threads that a driver may use, the caller's included
    threads: int
    #: where the drivers' large arrays come from
    buffers: Buffers

    @property
    @abstractmethod
    def rows(self) -> RowEvaluator:
        """Sparse rows times a witness."""

    @property
    @abstractmethod
    def ntt(self) -> Transforms:
        """Number-theoretic transforms over Fr."""

    @property
    @abstractmethod
    def msm(self) -> MultiScalar:
        """Multi-scalar multiplication in G1 and G2."""

    @property
    @abstractmethod
    def curve(self) -> CurveArrays | ReferenceCurve:
        """Curve arithmetic on arrays."""

    @property
    @abstractmethod
    def fields(self) -> FieldScaling:
        """Changes of representation of field elements."""

    @property
    @abstractmethod
    def pairing(self) -> Pairings:
        """Products of pairings, for a verifier, and single values."""

    @property
    @abstractmethod
    def limit(self) -> Multiplications | None:
        """Multiplications and nothing else, for a profile; None where no kernels compute."""

    @abstractmethod
    def load(self, drivers: Sequence[str], *, trace: Trace = NULL_TRACE) -> None:
        """Make these drivers ready now (`PROVING`, `VERIFYING`, or names); compiling runs as Phase.COMPILE.

        A driver that was not made ready is so at its first use, without a word to a trace.
        Raises: KernelsUnavailable.
        """

    @abstractmethod
    def close(self) -> None:
        """End the threads; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class KernelBackend(Backend):
    """Compiled kernels of one family on a team of threads. Drivers may be used from several threads at once."""

    def __init__(
        self,
        kind: str,
        groups: Mapping[str, str],
        *,
        threads: int,
        store: ObjectStore | None,
        buffers: Buffers = NO_BUFFERS,
    ) -> None:
        self.kind = kind
        self.notice = None
        self.threads = threads
        self.buffers = buffers
        self._kernels = KernelSet(kind, groups, store=store)
        self._team = ThreadTeam(threads)
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}

    def on_threads(self, threads: int) -> KernelBackend:
        """The same kernels, loaded once, on another team of threads; each is closed by itself."""
        other = KernelBackend(self.kind, {}, threads=threads, store=None, buffers=self.buffers)
        other._kernels, other._lock, other.notice = self._kernels, self._lock, self.notice
        return other

    @property
    def compiled(self) -> tuple[str, ...]:
        """Kernel groups that had to be compiled, because no store had them."""
        return tuple(self._kernels.compiled)

    @property
    def rows(self) -> RowEvaluator:
        """See `Backend`."""
        driver: Rows = self._driver("rows")
        return driver

    @property
    def ntt(self) -> Transforms:
        """See `Backend`."""
        driver: Ntt = self._driver("ntt")
        return driver

    @property
    def msm(self) -> MultiScalar:
        """See `Backend`."""
        driver: Msm = self._driver("msm")
        return driver

    @property
    def curve(self) -> CurveArrays:
        """See `Backend`."""
        driver: CurveArrays = self._driver("curve")
        return driver

    @property
    def fields(self) -> FieldScaling:
        """See `Backend`."""
        driver: FieldArrays = self._driver("fields")
        return driver

    @property
    def pairing(self) -> Pairings:
        """See `Backend`."""
        driver: Pairing = self._driver("pairing")
        return driver

    @property
    def limit(self) -> Multiplications:
        """See `Backend`."""
        driver: KernelLimit = self._driver("limit")
        return driver

    def load(self, drivers: Sequence[str], *, trace: Trace = NULL_TRACE) -> None:
        """See `Backend`."""
        with self._lock:
            missing = [name for name in drivers if name not in self._made]
            if missing:
                groups = [group for name in missing for group in _DRIVERS[name][0]]
                self._kernels.load(list(dict.fromkeys(groups)), trace=trace)
                made = {name: _DRIVERS[name][1](self._kernels, self._team, self.buffers) for name in missing}
                self._made |= made

    @property
    def kernel_bytes(self) -> int:
        """Code of the kernels that are loaded, which back ends on other threads share."""
        return self._kernels.size_bytes

    @property
    def table_bytes(self) -> int:
        """Tables that the drivers keep."""
        ntt = self._made.get("ntt")
        return 0 if ntt is None else ntt.table_bytes

    def _driver(self, name: str) -> Any:
        if name not in self._made:
            self.load([name])
        return self._made[name]

    def close(self) -> None:
        """See `Backend`."""
        self._team.close()


_DRIVERS: Mapping[str, tuple[Sequence[str], Callable[[KernelSet, ThreadTeam, Buffers], Any]]] = {
    "rows": (rows.GROUPS, Rows),
    "ntt": (ntt.GROUPS, Ntt),
    "msm": (_SUM_GROUPS, lambda kernels, team, buffers: Msm(kernels, team, buffers=buffers)),
    "curve": (_SUM_GROUPS, lambda kernels, team, _: CurveArrays(kernels, team)),
    "fields": (field_arrays.GROUPS, FieldArrays),
    "pairing": (pairing.GROUPS, lambda kernels, *_: Pairing(kernels)),
    "limit": (limit.GROUPS, lambda kernels, *_: KernelLimit(kernels)),
}


class ReferenceBackend(Backend):
    """Python integers in one thread: thousands of times slower, and right where no kernel can run."""

    kind = "reference"
    threads = 1
    buffers = NO_BUFFERS
    kernel_bytes = table_bytes = 0

    def __init__(self, notice: Message | None = None) -> None:
        self.notice = notice

    def on_threads(self, _threads: int) -> ReferenceBackend:
        """Itself: it uses one."""
        return self

    @cached_property
    def rows(self) -> RowEvaluator:
        """See `Backend`."""
        return ReferenceRows()

    @cached_property
    def ntt(self) -> Transforms:
        """See `Backend`."""
        return ReferenceNtt()

    @cached_property
    def msm(self) -> MultiScalar:
        """See `Backend`."""
        from zkcompanion.proving.reference.drivers import ReferenceMsm

        return ReferenceMsm()

    @cached_property
    def curve(self) -> ReferenceCurve:
        """See `Backend`."""
        from zkcompanion.proving.reference.drivers import ReferenceCurve

        return ReferenceCurve()

    @cached_property
    def fields(self) -> FieldScaling:
        """See `Backend`."""
        return ReferenceFieldArrays()

    @property
    def limit(self) -> None:
        """See `Backend`."""

    @cached_property
    def pairing(self) -> Pairings:
        """See `Backend`."""
        from zkcompanion.proving.reference.drivers import ReferencePairings

        return ReferencePairings()

    def load(self, drivers: Sequence[str], *, trace: Trace = NULL_TRACE) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to end."""


def load_backend(
    kind: str,
    *,
    threads: int,
    store: ObjectStore | None = None,
    buffers: Buffers = NO_BUFFERS,
    trace: Trace = NULL_TRACE,
) -> KernelBackend | ReferenceBackend:
    """The back end of a kind: "ifma", "scalar", "reference", or "auto", the best that this computer runs.

    Args:
        kind: of `KINDS`.
        threads: at least 1; the reference uses one.
        store: keeps compiled kernels between runs; None compiles them each time.
        buffers: where large arrays come from; the reference needs none.
        trace: hears of the compilation of the first, small group, which shows whether kernels run at all.

    Raises:
        UsageError: "ifma" where the processor has no AVX-512 IFMA, or no kind at all.
        KernelsUnavailable: "ifma" or "scalar" where the system does not let code run that was compiled on it. "auto"
            falls back to the reference then and says so in `notice`.
    """
    if kind == "reference":
        return ReferenceBackend()
    if kind not in KINDS:
        raise UsageError(msg("There are no kernels called {kind}; choose one of {kinds}.", kind=kind, kinds=KINDS))
    vector = kind != "scalar" and cpu_has_ifma()
    if kind == "ifma" and not vector:
        raise UsageError(
            msg("This processor has no AVX-512 IFMA, which the vector kernels need."),
            hint=msg("Use --kernels auto or scalar."),
        )
    family, groups = ("ifma", IFMA_GROUPS) if vector else ("scalar", SCALAR_GROUPS)
    backend = KernelBackend(family, groups, threads=threads, store=store, buffers=buffers)
    try:
        backend.load(["rows"], trace=trace)
    except KernelsUnavailable as error:
        backend.close()
        if kind != "auto":
            raise
        return ReferenceBackend(msg("{reason} Slow arithmetic is used instead.", reason=error.message))
    except BaseException:
        backend.close()
        raise
    return backend
