"""The field arithmetic of a development key: powers of tau, and the constraints' columns evaluated there.

Everything here is as secret as tau. Arrays are plain uint64[n, 4], made some ten thousand elements at a time, and no
Python integer stands for an element. Whoever holds a `ToxicArrays` sees to it that all of them are overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FR, LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.ntt import coset_generator
from zkcompanion.proving.phases import Trace

R = FR.modulus
#: Elements made at once, and terms of the constraints gone through at once.
BLOCK, TERMS = 1 << 16, 1 << 16


class ToxicArrays:
    """Arrays that are overwritten when they are let go of; nothing of them is shown."""

    def __init__(self) -> None:
        self._arrays: list[LimbArray] = []

    def keep(self, array: LimbArray) -> LimbArray:
        """The same array, until `wipe`."""
        self._arrays.append(array)
        return array

    def wipe(self, array: LimbArray) -> None:
        """Overwrite one of them; it is used no more."""
        array.fill(0)
        self._arrays = [kept for kept in self._arrays if kept is not array]

    def wipe_all(self) -> None:
        """Overwrite all of them."""
        for array in self._arrays:
            array.fill(0)
        self._arrays.clear()

    @contextmanager
    def briefly(self, array: LimbArray) -> Iterator[LimbArray]:
        """The same array, for one block of code."""
        self.keep(array)
        try:
            yield array
        finally:
            self.wipe(array)


def powers(first: int, x: int, n: int, backend: Backend, toxic: ToxicArrays, trace: Trace) -> LimbArray:
    """The powers first * x^i for i < n, a power of two."""
    values = toxic.keep(np.empty((n, 4), dtype=np.uint64))
    values[:1] = to_limbs([first % R])
    done = 1
    while done < n:
        factor = pow(x, done, R) << 256
        for start in range(0, done, BLOCK):
            known = values[start : min(start + BLOCK, done)]
            with toxic.briefly(backend.fields.scale(FR, known, factor, trace=trace)) as more:
                values[done + start : done + start + len(more)] = more
        done *= 2
    return values


def lagrange_at(tau: int, power: int, backend: Backend, toxic: ToxicArrays, trace: Trace) -> LimbArray:
    """L_i(tau) for the domain of 2^power points: the inverse transform of the powers of tau."""
    return _inverse(powers(1, tau, 1 << power, backend, toxic, trace), backend, toxic, trace)


def quotients_at(tau: int, delta: int, power: int, backend: Backend, toxic: ToxicArrays, trace: Trace) -> LimbArray:
    """The scalars of H: what one value of A*B - C on the coset g*w^i adds to its quotient at tau, over delta.

    A polynomial of degree below 2n that vanishes on the domain, Z = x^n - 1, is the sum of its values on the coset
    times Z(tau)/Z(g) * L_i(tau/g). Where g is the root of order 2n these are the odd Lagrange polynomials of the domain
    twice as large, which snarkjs takes.
    """
    g, n = coset_generator(power), 1 << power
    first = (pow(tau, n, R) - 1) * pow((pow(g, n, R) - 1) * delta, -1, R) % R
    return _inverse(powers(first, tau * pow(g, -1, R) % R, n, backend, toxic, trace), backend, toxic, trace)


def _inverse(values: LimbArray, backend: Backend, toxic: ToxicArrays, trace: Trace) -> LimbArray:
    found = toxic.keep(backend.ntt.inverse(values, trace=trace))
    toxic.wipe(values)
    return found


def columns_at(
    rows: SparseRows, n_wires: int, lagrange: LimbArray, backend: Backend, toxic: ToxicArrays, trace: Trace
) -> LimbArray:
    """For each wire the sum of its terms' coefficients times L_row(tau): uint64[n_wires, 4].

    Some terms at a time are sorted by wire, so that it takes no more memory where one wire stands in every row.
    """
    total = toxic.keep(np.zeros((n_wires, 4), dtype=np.uint64))
    for start in range(0, rows.n_terms, TERMS):
        stop = min(start + TERMS, rows.n_terms)
        row = np.searchsorted(rows.row_ptr, np.arange(start, stop), side="right") - 1
        wire = rows.wire[start:stop]
        by_wire = np.argsort(wire, kind="stable")
        wires, begin = np.unique(wire[by_wire], return_index=True)
        first, last = int(row[0]), int(row[-1])
        place = (row[by_wire] - first).astype(np.uint32)
        columns = SparseRows(np.append(begin, stop - start), place, rows.value[start:stop][by_wire])
        with (
            toxic.briefly(backend.rows.evaluate(columns, lagrange[first : last + 1], trace=trace)) as part,
            toxic.briefly(total[wires]) as sums,
        ):
            backend.fields.add_into(FR, sums, part, trace=trace)
            total[wires] = sums
    return total


def add_multiple(
    total: LimbArray, values: LimbArray, factor: int, backend: Backend, toxic: ToxicArrays, trace: Trace
) -> None:
    """total[i] += factor * values[i]."""
    for start in range(0, len(total), BLOCK):
        part = slice(start, start + BLOCK)
        with toxic.briefly(backend.fields.scale(FR, values[part], factor << 256, trace=trace)) as multiples:
            backend.fields.add_into(FR, total[part], multiples, trace=trace)
