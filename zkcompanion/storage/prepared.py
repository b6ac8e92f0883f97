"""Circuits that need not be prepared again: what is worked out once from a key, an `.r1cs` or a `.sym`, between runs.

A key's entry holds its rows and the order of its wires (`ProvingKey`), what was found when the key was looked at, and
that coordinates and coefficients were checked; the key itself stays in its file. An entry belongs to one content, see
`identity`; a `.sym` is hashed whole. Nothing here is secret: no witness and no input comes near.

A wrong entry could cost a proof, never make one: every proof is verified with the verification key as it stands in the
file, which is always read and hashed whole. `docs/cache.md` has the argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from zkcompanion import __version__
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.logs import get_logger
from zkcompanion.base.plainmessages import message_from_plain, message_to_plain
from zkcompanion.base.sealed import Buffer, SealedStore
from zkcompanion.proving.formats.binfile import BinFile
from zkcompanion.proving.formats.mapped import MappedFile, StrPath, read_bounded
from zkcompanion.proving.formats.r1cs import R1CS, R1cs, SparseRows, parse_r1cs
from zkcompanion.proving.formats.sym import MAX_BYTES as SYM_MAX_BYTES
from zkcompanion.proving.formats.sym import SignalNames, parse_sym
from zkcompanion.proving.formats.zkey import ZKEY, Groth16Zkey, parse_zkey
from zkcompanion.proving.groth16.keytrust import Finding, KeyLevel, KeyTrust
from zkcompanion.proving.groth16.prove import ProvingKey
from zkcompanion.proving.groth16.wires import N_CLASSES
from zkcompanion.proving.phases import NULL_TRACE, Trace
from zkcompanion.proving.rows import KeyRows, RowOrder, require_rows
from zkcompanion.proving.scalar_order import ScalarOrder
from zkcompanion.storage.identity import identity, settled, unchanged
from zkcompanion.storage.packed import pack, unpack
from zkcompanion.storage.repeated import Places, Rows, fold, unfold

KEY_NAME, SYSTEM_NAME, NAMES_NAME = "prepared-key", "prepared-system", "prepared-names"
_LOG = get_logger(__name__)

#: Of what is in the entries; entries of another version are not found any more.
_FORMAT = 2
#: Sections of a key that the verification key and the judgement of it come from.
_JUDGED = (1, 2, 3, 10)

T = TypeVar("T")
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(eq=False)
class Prepared(Generic[T]):
    """A value, whether it came from the cache, and what keeps it there and forgets it.

    `shared`: this process prepared it for something before.
    """

    value: T
    key: bytes
    cached: bool
    size_bytes: int
    shared: bool = False
    _keep: Callable[[], bool] = field(default=lambda: False, repr=False)
    _forget: Callable[[], object] = field(default=lambda: None, repr=False)

    def keep(self) -> bool:
        """Put it into the cache unless it is from there or its file has changed; whether it is there."""
        return self.cached or self._keep()

    def forget(self) -> None:
        """Take it out of the cache."""
        self._forget()


@dataclass(frozen=True, eq=False)
class JudgedKey:
    """A proving key with what was found about it; open until `zkey.close`."""

    proving: ProvingKey
    trust: KeyTrust

    @property
    def zkey(self) -> Groth16Zkey:
        """The key itself."""
        return self.proving.zkey


class PreparedCircuits:
    """`store` None: everything is read anew. Safe to call from any thread."""

    def __init__(self, store: SealedStore | None, clock: Clock = SYSTEM_CLOCK) -> None:
        self._store = store
        self._clock = clock

    def key(
        self,
        path: StrPath,
        judge: Callable[[Groth16Zkey], KeyTrust],
        *,
        trace: Trace = NULL_TRACE,
        anew: bool = False,
    ) -> Prepared[JudgedKey]:
        """A proving key; `judge` looks at one that was not looked at before; `anew`: do not look into the cache.

        A malformed key is not kept and its rows and wires are empty: nothing may be proved with it.
        Raises: as `read_zkey`.
        """
        mapped = MappedFile(path, max_bytes=ZKEY.max_bytes)
        try:
            return self._key(path, mapped, judge, trace, anew)
        except BaseException:
            mapped.close()
            raise

    def system(self, path: StrPath, *, anew: bool = False) -> Prepared[R1cs]:
        """A circuit's constraints; arrays from the cache are mapped and read-only. Raises: as `read_r1cs`."""
        with MappedFile(path, max_bytes=R1CS.max_bytes) as mapped:
            key = _entry_key(identity(mapped.status, mapped.data))
            found = None if anew else self._find(SYSTEM_NAME, key, _system_from)
            if found is not None:
                return self._prepared(SYSTEM_NAME, key, found, 0, cached=True)
            begun_s = self._clock.monotonic_s()
            system = parse_r1cs(mapped.data, file=mapped.file)
            cost_s = self._clock.monotonic_s() - begun_s
            status = mapped.status

        def keep() -> bool:
            return self._still(status, path) and self._put(SYSTEM_NAME, key, _system_to(system), cost_s)

        return self._prepared(SYSTEM_NAME, key, system, _system_bytes(system), keep=keep)

    def names(self, path: StrPath) -> Prepared[SignalNames]:
        """The names of a circuit's signals. Raises: as `read_sym`."""
        data = read_bounded(path, max_bytes=SYM_MAX_BYTES)
        key = _entry_key(hashlib.sha256(data).digest())
        found = self._find(NAMES_NAME, key, lambda _about, arrays: _names_from(data, arrays))
        if found is not None:
            return self._prepared(NAMES_NAME, key, found, len(data), cached=True)
        begun_s = self._clock.monotonic_s()
        names = parse_sym(data, file=str(path))
        cost_s = self._clock.monotonic_s() - begun_s
        return self._prepared(
            NAMES_NAME, key, names, len(data), keep=lambda: self._put(NAMES_NAME, key, _names_to(names), cost_s)
        )

    # -- keys

    def _key(
        self, path: StrPath, mapped: MappedFile, judge: Callable[[Groth16Zkey], KeyTrust], trace: Trace, anew: bool
    ) -> Prepared[JudgedKey]:
        sections = BinFile(mapped.data, file=mapped.file, container=ZKEY).sections
        judged = [(s.offset, s.size_bytes) for number in _JUDGED if (s := sections.get(number)) is not None]
        table = [(max(0, s.offset - 12), 12) for s in sections.values()]
        key = _entry_key(identity(mapped.status, mapped.data, [*table, *judged]))

        def restore(about: dict[str, Any], arrays: Arrays) -> JudgedKey:
            zkey = parse_zkey(mapped.data, file=mapped.file, checked=True)
            zkey.source = mapped
            return _key_from(zkey, about, arrays)

        size_bytes = len(mapped.data)
        found = None if anew else self._find(KEY_NAME, key, restore)
        if found is not None:
            return self._prepared(KEY_NAME, key, found, size_bytes, cached=True)
        begun_s = self._clock.monotonic_s()
        zkey = parse_zkey(mapped.data, file=mapped.file)
        trust = judge(zkey)
        if trust.worst is not None and trust.worst.malformed:
            none = KeyRows.of(zkey.coefficients[:0], n_vars=zkey.n_vars, domain_size=zkey.domain_size)
            zkey.source = mapped
            unusable = JudgedKey(ProvingKey(zkey, none, ScalarOrder.natural(0)), trust)
            return self._prepared(KEY_NAME, key, unusable, size_bytes)
        judged_key = JudgedKey(ProvingKey.prepare(zkey, trace=trace), trust)
        zkey.source = mapped
        cost_s = self._clock.monotonic_s() - begun_s
        status = mapped.status

        def keep() -> bool:
            return self._still(status, path) and self._put(KEY_NAME, key, _key_to(judged_key), cost_s)

        return self._prepared(KEY_NAME, key, judged_key, size_bytes, keep=keep)

    # -- the store

    def _find(self, name: str, key: bytes, restore: Callable[[dict[str, Any], Arrays], T]) -> T | None:
        data = None if self._store is None else self._store.get_mapped(name, key)
        if data is None:
            return None
        try:
            return restore(*unpack(data))
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            # sealed by us, so of another program of the same version
            _LOG.warning("A prepared entry of kind %s could not be used (%s).", name, type(error).__name__)
            return None

    def _put(self, name: str, key: bytes, parts: list[Buffer], cost_s: float) -> bool:
        return self._store is not None and self._store.put(name, key, parts, cost_s=cost_s)

    def _prepared(
        self,
        name: str,
        key: bytes,
        value: T,
        size_bytes: int,
        *,
        cached: bool = False,
        keep: Callable[[], bool] = lambda: False,
    ) -> Prepared[T]:
        store = self._store
        forget = (lambda: None) if store is None else (lambda: store.remove(name, key))
        return Prepared(value, name.encode("ascii") + key, cached, size_bytes, _keep=keep, _forget=forget)

    def _still(self, status: Any, path: StrPath) -> bool:
        return settled(status, self._clock.unix_s()) and unchanged(status, path)


def _entry_key(content: bytes) -> bytes:
    return f"{__version__} {_FORMAT} ".encode() + content


def _key_to(key: JudgedKey) -> list[Buffer]:
    rows, order = cast("KeyRows", key.proving.rows), key.proving.order  # keys without rows are not kept
    about = {
        "cuts": order.cuts,
        "findings": [[f.id, f.level.value, message_to_plain(f.message), f.malformed] for f in key.trust.findings],
    }
    arrays: Arrays = {"wires": order.indices}
    for name, one in (("a", rows.a), ("b", rows.b)):
        ranges = np.array(one.ranges, dtype=np.int64).reshape(-1, 2)
        arrays |= {f"{name}_starts": one.starts, f"{name}_order": one.order, f"{name}_ranges": ranges}
    return pack(about, arrays)


def _key_from(zkey: Groth16Zkey, about: dict[str, Any], arrays: Arrays) -> JudgedKey:
    def rows_of(name: str) -> RowOrder:
        ranges = tuple((int(first), int(end)) for first, end in cast("Any", arrays[f"{name}_ranges"]))
        return RowOrder(_as(arrays[f"{name}_starts"], np.int64), _as(arrays[f"{name}_order"], np.uint32), ranges)

    rows = KeyRows(zkey.n_vars, zkey.domain_size, rows_of("a"), rows_of("b"), zkey.coefficients)
    order = ScalarOrder(_as(arrays["wires"], np.uint32), tuple(map(int, about["cuts"])))
    for one in (rows.a, rows.b):
        one.require_within(zkey.domain_size, len(zkey.coefficients))
    order.require_within(zkey.n_vars, N_CLASSES)
    findings = tuple(
        Finding(word, KeyLevel(level), message, malformed)
        for word, level, plain, malformed in about["findings"]
        if (message := message_from_plain(plain)) is not None
    )
    return JudgedKey(ProvingKey(zkey, rows, order), KeyTrust(findings))


_COUNTS = ("n_wires", "n_outputs", "n_public_inputs", "n_private_inputs", "n_labels")


def _system_to(system: R1cs) -> list[Buffer]:
    arrays: Arrays = {"labels": system.wire_to_label}
    for name, one in (("a", system.a), ("b", system.b), ("c", system.c)):
        arrays |= {f"{name}_ptr": one.row_ptr, f"{name}_wire": one.wire}
        folded = fold(one.value)
        arrays |= {f"{name}_value": one.value} if folded is None else _named(name, *folded)
    return pack({name: getattr(system, name) for name in _COUNTS}, arrays)


def _named(name: str, table: Rows, places: Places) -> Arrays:
    return {f"{name}_table": table, f"{name}_places": places}


def _system_from(about: dict[str, Any], arrays: Arrays) -> R1cs:
    def rows_of(name: str) -> SparseRows:
        ptr, wire = arrays[f"{name}_ptr"], arrays[f"{name}_wire"]
        value = arrays.get(f"{name}_value")
        if value is None:
            value = unfold(_as(arrays[f"{name}_table"], np.uint64), cast("Places", arrays[f"{name}_places"]))
        return SparseRows(_as(ptr, np.int64), _as(wire, np.uint32), _as(value, np.uint64))

    a, b, c = map(rows_of, "abc")
    labels = _as(arrays["labels"], np.uint64)
    n_wires, n_outputs, n_public_inputs, n_private_inputs, n_labels = (int(about[name]) for name in _COUNTS)
    for one in (a, b, c):
        require_rows(one, n_wires)
    if len({len(one.row_ptr) for one in (a, b, c)}) != 1 or labels.shape != (n_wires,):
        raise ValueError("parts of different circuits")
    return R1cs(n_wires, n_outputs, n_public_inputs, n_private_inputs, n_labels, a, b, c, labels)


def _system_bytes(system: R1cs) -> int:
    return sum(one.row_ptr.nbytes + one.wire.nbytes + one.value.nbytes for one in (system.a, system.b, system.c))


def _names_to(names: SignalNames) -> list[Buffer]:
    arrays: Arrays = {
        "spans": names.name_spans,
        "labels": names.labels,
        "wires": names.wires,
        "components": names.components,
        "by_wire": names.by_wire,
    }
    return pack({}, arrays)


def _names_from(data: bytes, arrays: Arrays) -> SignalNames:
    parts = (_as(arrays[name], np.int64) for name in ("spans", "labels", "wires", "components", "by_wire"))
    return SignalNames(data, *parts)


def _as(array: npt.NDArray[np.generic], dtype: Any) -> Any:
    """The array, which was written with this dtype."""
    return array.view(dtype)
