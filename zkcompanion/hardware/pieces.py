"""What a calibration times: each kind of work of a proof on the real kernels, at sizes that rise.

Points are multiples of the generators, made once and repeated where more are asked for; scalars are the bytes of a
hash, because nothing here is secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zkcompanion.base.atomicfile import write_atomic
from zkcompanion.costs.rates import Kind
from zkcompanion.costs.windows import full_size_windows
from zkcompanion.hardware.tiny import TinyProof
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows, read_r1cs, write_r1cs
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns
from zkcompanion.proving.formats.zkey import COEFFICIENT, Groth16Zkey, read_zkey, write_zkey
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.groth16.prove import ProvingKey
from zkcompanion.proving.groth16.wires import N_CLASSES
from zkcompanion.proving.phases import Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.rows import KeyRows
from zkcompanion.proving.scalar_order import ScalarOrder
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.workcount import fold_additions, quotient_products

#: Points that are made; more are these again. Multiples, so that no two that meet in a sum are equal.
_DISTINCT, _DISTINCT_INTEGERS = {1: 1 << 14, 2: 1 << 13}, 1 << 6
_SEED = b"zkcompanion calibration"
#: Where points begin in a file: arrays of a key stand anywhere.
_OFFSET = 20
#: Terms of a row of each matrix, and rows for each wire.
_TERMS = 2


def _nothing() -> None:
    """There is nothing to prepare."""


@dataclass(frozen=True)
class Piece:
    """One size of one kind: `run` does it once with a back end, of one thread or of all; `work` as `Kind` counts it.

    `serial`: more threads would not shorten it, so that it is measured with one alone. `prepare`: comes before each
    run, and does not count.
    """

    kind: Kind
    work: float
    run: Callable[[Backend], object]
    serial: bool = False
    prepare: Callable[[], object] = _nothing


@dataclass(frozen=True)
class Step:
    """A piece that is made when it is asked for; `size` is about what it grows with."""

    size: int
    make: Callable[[], Piece]


#: log2 of the sizes of each kind, of kernels and of Python's integers.
_POWERS: Mapping[Kind, tuple[int, ...]] = {
    "assemble": (0,),
    "verify": (0,),
    "wipe": (10, 14, 18, 20),
    "read-witness": (8, 12, 16, 18),
    "read-system": (8, 12, 15),
    "read-key": (8, 12, 15),
    "sort-bits": (8, 12, 16, 18),
    "g1-bits": (6, 10, 14, 16, 18),
    "g2-bits": (6, 10, 14, 16, 17),
    "rows": (8, 12, 15, 18),
    "check": (8, 12, 15, 17),
    "check-products": (8, 12, 15, 17),
    "sort": (8, 10, 12, 14, 16, 18),
    "transforms": (6, 8, 10, 12, 13, 14, 15, 16, 17, 18),
    "g1": (6, 8, 10, 12, 14, 16, 18),
    "g2": (6, 8, 10, 12, 14, 16, 17),
}
_REFERENCE_POWERS: Mapping[Kind, tuple[int, ...]] = {
    kind: tuple(power for power in powers if power <= 10 or kind == "wipe") for kind, powers in _POWERS.items()
}


def _noise(n: int) -> npt.NDArray[np.uint8]:
    """The same n bytes each time, uniform."""
    return np.frombuffer(hashlib.shake_256(_SEED).digest(n), dtype=np.uint8)


class Workshop:
    """Arrays to work on, made at their first use with a back end of all threads."""

    def __init__(self, backend: Backend, folder: Path, trace: Trace) -> None:
        self._backend = backend
        self._folder = folder
        self._trace = trace
        self._powers = _REFERENCE_POWERS if backend.kind == "reference" else _POWERS

    def ladders(self) -> list[list[Step]]:
        """For each kind its pieces, the smallest first; kinds that take little come first."""
        return [
            [Step(1 << power, partial(self._make, kind, power)) for power in powers]
            for kind, powers in self._powers.items()
        ]

    def _make(self, kind: Kind, power: int) -> Piece:
        if kind in ("g1", "g2", "g1-bits", "g2-bits"):
            return self._sum(kind, 1 << power)
        if kind in ("assemble", "verify"):
            return Piece(kind, 1, self._proof.assemble if kind == "assemble" else self._proof.verify, serial=True)
        makers: dict[Kind, Callable[[int], Piece]] = {
            "sort": self._sort,
            "sort-bits": self._sort_bits,
            "wipe": self._wipe,
            "transforms": self._transform,
            "rows": self._rows,
            "check": lambda n: self._check("check", self.system(n), self.witness[:n]),
            "check-products": lambda n: self._check("check-products", *self._squares(n)),
            "read-witness": self._read_witness,
            "read-system": self._read_system,
            "read-key": self._read_key,
        }
        return makers[kind](1 << power)

    # -- what they work on

    @cached_property
    def scalars(self) -> LimbArray:
        """2^18 numbers below 2^253."""
        values = _noise(32 << 18).view(np.uint64).reshape(-1, 4).copy()
        values[:, 3] >>= np.uint64(3)
        values[:, 0] |= np.uint64(1)
        return values

    @cached_property
    def bits(self) -> LimbArray:
        """2^18 numbers, zero or one."""
        values = np.zeros((1 << 18, 4), dtype=np.uint64)
        values[:, 0] = _noise(1 << 18) & 1
        return values

    @cached_property
    def witness(self) -> LimbArray:
        """As `scalars`, with the constant one in front."""
        values = self.scalars.copy()
        values[0] = (1, 0, 0, 0)
        return values

    @cached_property
    def points_g1(self) -> LimbArray:
        """uint64[n, 8]: all that are made."""
        curve = self._backend.curve
        n = self._distinct(1)
        return curve.fixed_base_g1(G1_GENERATOR, self.scalars[:n], trace=self._trace)

    @cached_property
    def points_g2(self) -> LimbArray:
        """uint64[n, 16]."""
        curve = self._backend.curve
        n = self._distinct(2)
        return curve.fixed_base_g2(G2_GENERATOR, self.scalars[:n], trace=self._trace)

    def _distinct(self, group: int) -> int:
        return _DISTINCT_INTEGERS if self._backend.kind == "reference" else _DISTINCT[group]

    def _bases(self, n: int, *, in_g2: bool) -> LimbArray:
        """As they are in a proof: mapped from a file, at an address that nothing is aligned to."""
        points = self._mapped_g2 if in_g2 else self._mapped_g1
        return points[:n]

    @cached_property
    def _mapped_g1(self) -> LimbArray:
        return self._mapped(self.points_g1, max(self._powers["g1"]))

    @cached_property
    def _mapped_g2(self) -> LimbArray:
        return self._mapped(self.points_g2, max(self._powers["g2"]))

    def _mapped(self, points: LimbArray, power: int) -> LimbArray:
        """2^power of these points."""
        path = self._folder / f"{points.shape[1]}.points"
        times = -(-(1 << power) // len(points))
        write_atomic(path, bytes(_OFFSET) + times * points.tobytes())
        mapped = np.memmap(path, dtype=np.uint8, mode="r", offset=0)[_OFFSET:]
        found: LimbArray = np.asarray(mapped).view(np.uint64).reshape(-1, points.shape[1])
        return found

    @cached_property
    def _proof(self) -> TinyProof:
        return TinyProof(self._backend)

    # -- pieces

    def _sort(self, n: int) -> Piece:
        scalars = self.scalars[:n]
        return Piece("sort", n, lambda backend: backend.msm.schedule(scalars, trace=self._trace))

    def _sort_bits(self, n: int) -> Piece:
        """In classes, as `groth16/wires` has the scalars of a witness."""
        classes = _noise(n) % np.uint8(N_CLASSES)
        bits, order = self.bits[:n], ScalarOrder.by_class(classes, N_CLASSES)
        return Piece("sort-bits", n, lambda backend: backend.msm.schedule(bits, order=order, trace=self._trace))

    def _wipe(self, n: int) -> Piece:
        array = np.ones(32 * n, dtype=np.uint8)
        return Piece("wipe", 32 * n, lambda _: array.fill(0), serial=True)

    def _read_witness(self, n: int) -> Piece:
        path = self._folder / f"{n}.wtns"
        write_wtns(path, self.witness[:n])
        return Piece("read-witness", n, lambda _: read_wtns(path), serial=True)

    def _read_system(self, n: int) -> Piece:
        path = self._folder / f"{n}.r1cs"
        write_r1cs(path, self.system(n))
        return Piece("read-system", path.stat().st_size, lambda _: read_r1cs(path), serial=True)

    def _sum(self, kind: Kind, n: int) -> Piece:
        in_g2, of_bits = kind.startswith("g2"), kind.endswith("bits")
        schedule = self._backend.msm.schedule((self.bits if of_bits else self.scalars)[:n], trace=self._trace)
        bases = self._bases(n, in_g2=in_g2)
        if of_bits:
            work = n / 2
        else:
            windows = full_size_windows(n)
            work = windows.additions(n) + sum(fold_additions(bits - 1) for bits in windows.bits)

        def run(backend: Backend) -> object:
            fresh = schedule.slice_from(0)  # what is planned at the first use is planned anew
            return (backend.msm.g2 if in_g2 else backend.msm.g1)(bases, fresh, trace=self._trace)

        return Piece(kind, work, run)

    def _transform(self, n: int) -> Piece:
        """The quotient uses both of its arrays up."""
        a, b, of = self.scalars[:n].copy(), self.scalars[:n].copy(), self.scalars[:n]

        def prepare() -> None:
            a[:] = of
            b[:] = of

        return Piece(
            "transforms",
            quotient_products(n.bit_length() - 1),
            lambda backend: backend.ntt.quotient(a, b, trace=self._trace),
            prepare=prepare,
        )

    def _rows(self, n: int) -> Piece:
        rows = KeyRows.of(self._coefficients(n), n_vars=n // _TERMS, domain_size=n // _TERMS)
        witness = self.witness[: n // _TERMS]
        return Piece("rows", n, lambda backend: backend.rows.evaluate_key(rows, witness, trace=self._trace))

    def _check(self, kind: Kind, system: R1cs, witness: LimbArray) -> Piece:
        """Counts terms, or rows where each is a product."""
        terms = sum(rows.n_terms for rows in (system.a, system.b, system.c))

        def run(backend: Backend) -> None:
            rows = backend.rows
            check_witness(system, witness, None, self._trace, evaluate_rows=rows.evaluate, multiply=rows.multiply)

        return Piece(kind, terms if kind == "check" else system.n_constraints, run)

    def _squares(self, n: int) -> tuple[R1cs, LimbArray]:
        """So many constraints w_i * w_i = w_(n + i), and a witness for them."""
        roots = self.witness[:n]
        witness = np.concatenate((roots, self._backend.rows.multiply(roots, roots)))
        values = np.zeros((n, 4), dtype=np.uint64)
        values[:, 0] = 1
        starts = np.arange(n + 1, dtype=np.int64)
        root, square = (SparseRows(starts, np.arange(n, dtype=np.uint32) + np.uint32(k), values) for k in (0, n))
        return R1cs(2 * n, 0, 1, 0, 2 * n, root, root, square, np.arange(2 * n, dtype=np.uint64)), witness

    def _coefficients(self, n: int) -> npt.NDArray[Any]:
        """Records of n/2 rows, each with a term in A and in B, of wires near and far."""
        records = np.zeros(n, dtype=COEFFICIENT)
        rows = n // _TERMS
        records["matrix"] = np.tile(np.array([0, 1], dtype=np.uint32), rows)
        records["constraint"] = np.repeat(np.arange(rows, dtype=np.uint32), 2)
        records["signal"] = self._wires(n, rows)
        records["value"] = np.resize(self.scalars, (n, 4))
        return records

    def _wires(self, n: int, below: int) -> npt.NDArray[Any]:
        """A circuit's wires stand near their rows for the most part."""
        near = np.resize(np.arange(below), n) - _noise(n) % 64
        wires: npt.NDArray[Any] = np.maximum(near, 0).astype(np.uint32)
        return wires

    def system(self, n: int) -> R1cs:
        """As many constraints (w_i + w_j) * 1 = w_i + w_j as wires; they hold for any witness."""
        pairs = np.arange(n + 1, dtype=np.int64) * _TERMS
        wires = self._wires(2 * n, n)
        values = np.zeros((2 * n, 4), dtype=np.uint64)
        values[:, 0] = 1
        sums = SparseRows(pairs, wires, values)
        one = SparseRows(np.arange(n + 1, dtype=np.int64), np.zeros(n, dtype=np.uint32), values[:n])
        return R1cs(n, 0, 1, 0, n, sums, one, sums, np.arange(n, dtype=np.uint64))

    def _read_key(self, n: int) -> Piece:
        path = self._folder / f"{n}.zkey"
        point, twist = G1_GENERATOR, G2_GENERATOR
        in_g1 = self._bases(n, in_g2=False)
        key = Groth16Zkey(
            n,
            1,
            n,
            point,
            point,
            twist,
            twist,
            point,
            twist,
            ic=in_g1[:2],
            coefficients=self._coefficients(2 * n),
            points_a=in_g1,
            points_b1=in_g1,
            points_b2=self._bases(n, in_g2=True),
            points_c=in_g1[: n - 2],
            points_h=in_g1,
            circuit_hash=bytes(64),
        )
        write_zkey(path, key)

        def run(backend: Backend) -> object:
            with read_zkey(path) as read:
                inspect_zkey(read, backend.pairing)
                return ProvingKey.prepare(read, trace=self._trace)

        return Piece("read-key", path.stat().st_size, run, serial=True)
