"""What a calibration times: each kind of work of a proof on the real kernels, at sizes that rise.

Points are multiples of the generators, made once and repeated where more are asked for; scalars come from a generator
of pseudo-random numbers, because nothing here is secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zkcompanion.costs.rates import Kind
from zkcompanion.costs.windows import full_size_windows
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import LimbArray
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows, read_r1cs, write_r1cs
from zkcompanion.proving.formats.wtns import read_wtns, write_wtns
from zkcompanion.proving.formats.zkey import COEFFICIENT, Groth16Zkey, read_zkey, write_zkey
from zkcompanion.proving.groth16.keytrust import inspect_zkey
from zkcompanion.proving.groth16.prove import ProvingKey
from zkcompanion.proving.phases import Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.rows import KeyRows
from zkcompanion.proving.witness.check import check_witness
from zkcompanion.proving.workcount import fold_additions, quotient_products

#: Points that are made; more are these again. Multiples, so that no two that meet in a sum are equal.
_DISTINCT = {1: 1 << 14, 2: 1 << 13}
_SEED = 7
#: Terms of a row of each matrix, and rows for each wire.
_TERMS = 2


@dataclass(frozen=True)
class Piece:
    """One size of one kind: `run` does it once with a back end, of one thread or of all; `work` as `Kind` counts it.

    `serial`: more threads would not shorten it, so that it is measured with one alone.
    """

    kind: Kind
    work: float
    run: Callable[[Backend], object]
    serial: bool = False


@dataclass(frozen=True)
class Step:
    """A piece that is made when it is asked for; `size` is about what it grows with."""

    size: int
    make: Callable[[], Piece]


#: log2 of the sizes of each kind, of kernels and of Python's integers.
_POWERS: Mapping[Kind, tuple[int, ...]] = {
    "read-witness": (8, 12, 16, 18),
    "read-system": (8, 12, 15),
    "read-key": (8, 12, 15),
    "sort-bits": (8, 12, 16, 18),
    "g1-bits": (6, 10, 14, 16, 18),
    "g2-bits": (6, 10, 14, 16, 17),
    "rows": (8, 12, 15, 18),
    "check": (8, 12, 15, 17),
    "sort": (8, 10, 12, 14, 16, 18),
    "transforms": (6, 8, 10, 12, 13, 14, 15, 16, 17, 18),
    "g1": (6, 8, 10, 12, 14, 16, 18),
    "g2": (6, 8, 10, 12, 14, 16, 17),
}
_REFERENCE_POWERS: Mapping[Kind, tuple[int, ...]] = {
    kind: tuple(power for power in powers if power <= 10) for kind, powers in _POWERS.items()
}


class Workshop:
    """Arrays to work on, made at their first use with a back end of all threads."""

    def __init__(self, backend: Backend, folder: Path, trace: Trace) -> None:
        self._backend = backend
        self._folder = folder
        self._trace = trace
        self._random = np.random.default_rng(_SEED)
        self._powers = _REFERENCE_POWERS if backend.kind == "reference" else _POWERS

    def ladders(self) -> list[list[Step]]:
        """For each kind its pieces, the smallest first; kinds that take little come first."""
        return [
            [Step(1 << power, partial(self._make, kind, power)) for power in powers]
            for kind, powers in self._powers.items()
        ]

    def _make(self, kind: Kind, power: int) -> Piece:
        n = 1 << power
        match kind:
            case "sort" | "sort-bits":
                scalars = (self.scalars if kind == "sort" else self.bits)[:n]
                return Piece(kind, n, lambda backend: backend.msm.schedule(scalars, trace=self._trace))
            case "g1" | "g2" | "g1-bits" | "g2-bits":
                return self._sum(kind, n)
            case "transforms":
                return self._transform(power)
            case "rows":
                return self._rows(n)
            case "check":
                return self._check(n)
            case "read-witness":
                path = self._folder / f"{power}.wtns"
                write_wtns(path, self.witness[:n])
                return Piece(kind, n, lambda _: read_wtns(path), serial=True)
            case "read-system":
                path = self._folder / f"{power}.r1cs"
                write_r1cs(path, self.system(n))
                return Piece(kind, path.stat().st_size, lambda _: read_r1cs(path), serial=True)
            case _:
                return self._read_key(power)

    # -- what they work on

    @cached_property
    def scalars(self) -> LimbArray:
        """2^18 numbers below 2^253."""
        values = self._random.integers(0, 1 << 63, size=(1 << 18, 4), dtype=np.uint64) * np.uint64(2)
        values[:, 3] >>= np.uint64(3)
        values[:, 0] |= np.uint64(1)
        return values

    @cached_property
    def bits(self) -> LimbArray:
        """2^18 numbers, zero or one."""
        values = np.zeros((1 << 18, 4), dtype=np.uint64)
        values[:, 0] = self._random.integers(0, 2, size=1 << 18)
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
        n = min(_DISTINCT[1], self._most)
        return curve.fixed_base_g1(G1_GENERATOR, self.scalars[:n], trace=self._trace)

    @cached_property
    def points_g2(self) -> LimbArray:
        """uint64[n, 16]."""
        curve = self._backend.curve
        n = min(_DISTINCT[2], self._most)
        return curve.fixed_base_g2(G2_GENERATOR, self.scalars[:n], trace=self._trace)

    @property
    def _most(self) -> int:
        return 1 << max(self._powers["g1"])

    def _bases(self, n: int, *, in_g2: bool) -> LimbArray:
        points = self.points_g2 if in_g2 else self.points_g1
        return np.tile(points, (-(-n // len(points)), 1))[:n]

    # -- pieces

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

    def _transform(self, power: int) -> Piece:
        n = 1 << power
        a, b = self.scalars[:n].copy(), self.scalars[-n:].copy()

        def run(backend: Backend) -> object:
            b[:] = a  # the quotient uses both up
            return backend.ntt.quotient(a, b, trace=self._trace)

        return Piece("transforms", quotient_products(power), run)

    def _rows(self, n: int) -> Piece:
        rows = KeyRows.of(self._coefficients(n), n_vars=n // _TERMS, domain_size=n // _TERMS)
        witness = self.witness[: n // _TERMS]
        return Piece("rows", n, lambda backend: backend.rows.evaluate_key(rows, witness, trace=self._trace))

    def _check(self, n: int) -> Piece:
        system, witness = self.system(n), self.witness[:n]
        terms = sum(rows.n_terms for rows in (system.a, system.b, system.c))

        def run(backend: Backend) -> None:
            rows = backend.rows
            check_witness(system, witness, None, self._trace, evaluate_rows=rows.evaluate, multiply=rows.multiply)

        return Piece("check", terms, run)

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
        near = np.resize(np.arange(below), n) - self._random.integers(0, 64, size=n)
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

    def _read_key(self, power: int) -> Piece:
        n, path = 1 << power, self._folder / f"{power}.zkey"
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
