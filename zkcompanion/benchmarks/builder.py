"""Builds a rank-1 constraint system and its witness together, for circuits that are made on the spot to be measured.

Not a circuit language: a constraint is three linear combinations on wires whose values are already known, so a
generator
is plain Python that computes as it constrains. Every system built here is satisfied by the witness built with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from zkcompanion.proving.fields import FR, LimbArray, to_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows

#: (wire, coefficient) terms; a coefficient is any integer, taken mod r
Terms = Sequence[tuple[int, int]]

ONE = 0  # wire 0 carries the constant one


class _Matrix:
    """Rows of one matrix as they are appended."""

    def __init__(self) -> None:
        self.row_ends: list[int] = [0]
        self.wires: list[int] = []
        self.values: list[int] = []

    def append(self, terms: Terms) -> None:
        for wire, value in terms:
            self.wires.append(wire)
            self.values.append(value % FR.modulus)
        self.row_ends.append(len(self.wires))

    def rows(self) -> SparseRows:
        return SparseRows(
            row_ptr=np.array(self.row_ends, dtype=np.int64),
            wire=np.array(self.wires, dtype=np.uint32),
            value=to_limbs(self.values) if self.values else np.zeros((0, 4), dtype=np.uint64),
        )


class CircuitBuilder:
    """Wires are numbered in the order they are made: 0 is one, then the public ones, then the rest."""

    def __init__(self) -> None:
        self.values: list[int] = [1]
        self.n_public = 0
        self._a, self._b, self._c = _Matrix(), _Matrix(), _Matrix()

    @property
    def n_constraints(self) -> int:
        """Constraints so far."""
        return len(self._a.row_ends) - 1

    def public(self, value: int) -> int:
        """A new public wire; only before the first private one."""
        if len(self.values) != self.n_public + 1:
            raise ValueError("public wires come first")
        self.n_public += 1
        return self.wire(value)

    def wire(self, value: int) -> int:
        """A new wire with its value; nothing constrains it yet."""
        self.values.append(value % FR.modulus)
        return len(self.values) - 1

    def value(self, terms: Iterable[tuple[int, int]]) -> int:
        """What a linear combination evaluates to, mod r."""
        return sum(self.values[w] * k for w, k in terms) % FR.modulus

    def constrain(self, a: Terms, b: Terms, c: Terms) -> None:
        """Add a * b = c."""
        self._a.append(a)
        self._b.append(b)
        self._c.append(c)

    def product(self, a: Terms, b: Terms) -> int:
        """A new wire that is a * b."""
        result = self.wire(self.value(a) * self.value(b))
        self.constrain(a, b, [(result, 1)])
        return result

    def linear(self, terms: Terms) -> int:
        """A new wire that equals a linear combination (a constraint with empty A and B, as circom writes it)."""
        result = self.wire(self.value(terms))
        self.constrain([], [], [*terms, (result, -1)])
        return result

    def bit(self, value: int) -> int:
        """A new wire constrained to 0 or 1."""
        wire = self.wire(value)
        self.constrain([(wire, 1)], [(wire, 1), (ONE, -1)], [])
        return wire

    def finish(self) -> tuple[R1cs, LimbArray]:
        """The system and its witness, plain `uint64[n_wires, 4]`."""
        n = len(self.values)
        r1cs = R1cs(
            n_wires=n,
            n_outputs=0,
            n_public_inputs=self.n_public,
            n_private_inputs=0,
            n_labels=n,
            a=self._a.rows(),
            b=self._b.rows(),
            c=self._c.rows(),
            wire_to_label=np.arange(n, dtype=np.uint64),
        )
        return r1cs, to_limbs(self.values)
