"""Which wires of a circuit are most likely 0 or 1, as its constraints show: such values cost a proof next to nothing.

It begins with the wires of which a constraint says so, w*(w - 1) = 0. Then, again and again: where a constraint has
small coefficients, all of its wires but one are among those that were found, and that one is what it defines (it stands
in C, and not in both A and B), it is found too, because circuits make bits of bits: products, exclusive ors, choices,
sums and their carries. A sum that is larger is taken for a bit as well; there are few of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows

Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]

#: Coefficients below this in size are small: those of words of 32 bits and their carries.
_MOST = np.uint64(1 << 40)
_MODULUS = [np.uint64(FR.modulus >> 64 * limb & (1 << 64) - 1) for limb in range(4)]
#: Terms looked at in one step.
_STEP = 1 << 18


def likely_bits(system: R1cs, said: Flags) -> Flags:
    """bool[n_wires]: which wires are most likely 0 or 1; `said`: those of which a constraint says so."""
    known = said.copy()
    known[0] = True
    pairs = [_pairs(rows, system.n_wires) for rows in (system.a, system.b, system.c)]
    large = np.zeros(system.n_constraints, dtype=np.bool_)
    for rows in (system.a, system.b, system.c):
        _mark_large(rows, large)
    in_a, in_b, in_c = (np.unique(part) for part in pairs)
    every = np.unique(np.concatenate((in_a, in_b, in_c)))
    row, wire = np.divmod(every, system.n_wires)
    of = ~known[wire] & ~large[row]
    every, row, wire = every[of], row[of], wire[of]
    a, b, c = (np.isin(every, part, assume_unique=True) for part in (in_a, in_b, in_c))
    if len(wire):
        _spread(known, row, wire, ~c | (a & b), system)
    known[0] = said[0]
    return known


def _pairs(rows: SparseRows, n_wires: int) -> Index:
    """The row times n_wires plus the wire, of each term."""
    row = np.repeat(np.arange(rows.n_rows, dtype=np.int64), np.diff(rows.row_ptr))
    return row * n_wires + rows.wire


def _mark_large(rows: SparseRows, large: Flags) -> None:
    """Set large[row] where a coefficient is neither small nor the negative of a small one."""
    for start in range(0, rows.n_terms, _STEP):
        part = slice(start, start + _STEP)
        found = _is_large(rows.value[part])
        if found.any():
            large[np.searchsorted(rows.row_ptr, start + np.flatnonzero(found), side="right") - 1] = True


def _is_large(value: LimbArray) -> Flags:
    plus = (value[:, 0] < _MOST) & ~value[:, 1:].any(axis=1)
    # wraps for what is no such number, and is then large
    minus = (_MODULUS[0] - value[:, 0] < _MOST) & (value[:, 1:] == np.array(_MODULUS[1:])).all(axis=1)
    found: Flags = ~(plus | minus)
    return found


def _spread(known: Flags, row: Index, wire: Index, other: Flags, system: R1cs) -> None:
    """Marks what is found. The arrays are of pairs of a constraint and a wire of it that is not known yet; `other`:
    the constraint does not define the wire.
    """
    n_rows = system.n_constraints
    missing = np.bincount(row, minlength=n_rows)
    others = np.bincount(row[other], minlength=n_rows)
    # the sum of the wires that are missing is the last one, once there is one
    last = np.zeros(n_rows, dtype=np.int64)
    np.add.at(last, row, wire)
    by_wire = np.argsort(wire, kind="stable")
    row, other = row[by_wire], other[by_wire]
    starts = np.searchsorted(wire[by_wire], np.arange(system.n_wires + 1))
    rows = np.flatnonzero((missing == 1) & (others == 0))
    while len(rows):
        new = np.unique(last[rows])
        new = new[~known[new]]
        known[new] = True
        counts = starts[new + 1] - starts[new]
        ends = np.cumsum(counts)
        at = np.arange(counts.sum()) - np.repeat(ends - counts, counts) + np.repeat(starts[new], counts)
        rows = row[at]
        np.subtract.at(missing, rows, 1)
        np.subtract.at(others, rows[other[at]], 1)
        np.subtract.at(last, rows, np.repeat(new, counts))
        rows = rows[(missing[rows] == 1) & (others[rows] == 0)]
