"""The proof as it stands in the textbook: what `prove` saves is measured against it (`scripts/measure/budget`).

The key is read whole into the heap. Every step has a buffer of its own, and nothing is given up or used again before
the end: A, B and C in rows, their values on the domain, their coefficients, these moved to the coset, the values there,
the quotient, and for each sum its own schedule of all scalars. The kernels are the same; so are the proofs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.mapped import StrPath, read_bounded
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.formats.zkey import ZKEY, Groth16Zkey, parse_zkey
from zkcompanion.proving.groth16.prove import assemble
from zkcompanion.proving.groth16.sums import Sums
from zkcompanion.proving.groth16.toxic import ToxicArrays, powers
from zkcompanion.proving.groth16.types import Proof
from zkcompanion.proving.ntt import coset_generator
from zkcompanion.proving.phases import NULL_TRACE


@dataclass(frozen=True, eq=False)
class WholeKey:
    """A key in the heap, its coefficients sorted out."""

    zkey: Groth16Zkey
    a: SparseRows
    b: SparseRows


def read_whole(path: StrPath, backend: Backend) -> WholeKey:
    """Read all of it. Raises: FileError, UnsupportedFileError."""
    zkey = parse_zkey(read_bounded(path, max_bytes=ZKEY.max_bytes), file=str(path))
    a, b = (_rows(zkey.coefficients, matrix, zkey.domain_size, backend) for matrix in (0, 1))
    return WholeKey(zkey, a, b)


def prove_straightforwardly(key: WholeKey, witness: LimbArray, backend: Backend, *, blinding: tuple[int, int]) -> Proof:
    """The proof of `prove` for the same blinding; `witness` plain uint64[n_vars, 4], satisfying. For measurements."""
    zkey, kept = key.zkey, []
    a, b = (backend.rows.evaluate(rows, witness) for rows in (key.a, key.b))
    c = backend.rows.multiply(a, b)
    shifts = powers(1, coset_generator(zkey.power), zkey.domain_size, backend, ToxicArrays(), NULL_TRACE)
    on_coset = []
    for values in (a, b, c):
        coefficients = backend.ntt.inverse(values)
        shifted = backend.rows.multiply(coefficients, shifts)
        on_coset.append(backend.ntt.forward(shifted))
        kept.append((values, coefficients, shifted))
    h = backend.rows.multiply(on_coset[0], on_coset[1])
    backend.fields.add_into(FR, h, backend.fields.scale(FR, on_coset[2], (FR.modulus - 1) << 256))
    schedules: list[Any] = []

    def total(function: Any, bases: LimbArray, scalars: LimbArray) -> Any:
        schedules.append(backend.msm.schedule(scalars))
        return function(bases, schedules[-1])

    sums = Sums(
        a=total(backend.msm.g1, zkey.points_a, witness),
        b1=total(backend.msm.g1, zkey.points_b1, witness),
        b2=total(backend.msm.g2, zkey.points_b2, witness),
        c=total(backend.msm.g1, zkey.points_c, witness[zkey.n_public + 1 :]),
        h=total(backend.msm.g1, zkey.points_h, h),
    )
    return assemble(zkey, sums, *blinding, backend)


def _rows(records: npt.NDArray[np.void], matrix: int, domain: int, backend: Backend) -> SparseRows:
    """One matrix with plain values."""
    own = records[records["matrix"] == matrix]
    own = own[np.argsort(own["constraint"], kind="stable")]
    row_ptr = np.searchsorted(own["constraint"], np.arange(domain + 1))
    # v * R^2 in the key; a scaling divides by R
    plain = backend.fields.scale(FR, backend.fields.scale(FR, own["value"], 1), 1)
    return SparseRows(row_ptr, np.ascontiguousarray(own["signal"]), plain)
