"""Witnesses that cheat: everything follows from what the cheat chooses, but for the constraints that it has to break.

`follow` solves all the other constraints, so that what `broken` finds afterwards is the last line of defence, alone.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import numpy as np

from tests.support.bundled_circuits import Circuit
from tests.support.determined import determined
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows

#: Says of a constraint's wires (wire 0, the constant one, left out) whether it is left aside.
LeftAside = Callable[[frozenset[int]], bool]


def only(circuit: Circuit, *names: str) -> LeftAside:
    """Constraints between these signals and no other."""
    wanted = frozenset(circuit.wires[name] for name in names)
    return lambda wires: wires == wanted


def with_all(circuit: Circuit, *names: str) -> LeftAside:
    """Constraints that hold all these signals, and maybe others."""
    wanted = frozenset(circuit.wires[name] for name in names)
    return lambda wires: wanted <= wires


def follow(circuit: Circuit, chosen: dict[str, int], *left_aside: LeftAside) -> list[int]:
    """The witness with these values; AssertionError where some wire does not follow or two constraints disagree."""
    wires = _wires(circuit.r1cs)
    keep = [row for row, found in enumerate(wires) if not any(aside(found) for aside in left_aside)]
    assert len(keep) < len(wires) or not left_aside
    part = SimpleNamespace(**{name: _pick(getattr(circuit.r1cs, name), keep) for name in "abc"})
    known = determined(cast("R1cs", part), {circuit.wires[name]: value % FR.modulus for name, value in chosen.items()})
    missing = set(range(circuit.r1cs.n_wires)) - set(known)
    assert not missing, sorted(name for name, wire in circuit.wires.items() if wire in missing)
    return [known[wire] for wire in range(circuit.r1cs.n_wires)]


def broken(circuit: Circuit, witness: list[int]) -> list[frozenset[int]]:
    """Wires of each constraint that does not hold."""
    sums = [_sums(rows, witness) for rows in (circuit.r1cs.a, circuit.r1cs.b, circuit.r1cs.c)]
    holds = ((a * b - c) % FR.modulus == 0 for a, b, c in zip(*sums, strict=True))
    return [wires for wires, fine in zip(_wires(circuit.r1cs), holds, strict=True) if not fine]


def impossible(circuit: Circuit, chosen: dict[str, int]) -> bool:
    """Whether constraints alone, whatever calculates the witness, lead from these values to a contradiction."""
    try:
        determined(circuit.r1cs, {circuit.wires[name]: value % FR.modulus for name, value in chosen.items()})
    except AssertionError:
        return True
    return False


def flat(values: dict[str, object]) -> dict[str, int]:
    """Inputs by the full names of their signals: {"a": [5, 6]} becomes {"main.a[0]": 5, "main.a[1]": 6}."""
    found: dict[str, int] = {}

    def add(name: str, value: object) -> None:
        if isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                add(f"{name}[{i}]", item)
        else:
            found[name] = cast("int", value)

    for name, value in values.items():
        add(f"main.{name}", value)
    return found


def _wires(r1cs: R1cs) -> list[frozenset[int]]:
    matrices = (r1cs.a, r1cs.b, r1cs.c)
    spans = zip(*(pairwise(rows.row_ptr.tolist()) for rows in matrices), strict=True)
    lists = [rows.wire.tolist() for rows in matrices]
    return [
        frozenset(wire for (start, end), wires in zip(row, lists, strict=True) for wire in wires[start:end]) - {0}
        for row in spans
    ]


def _sums(rows: SparseRows, witness: list[int]) -> list[int]:
    terms = [value * witness[wire] for wire, value in zip(rows.wire.tolist(), from_limbs(rows.value), strict=True)]
    return [sum(terms[start:end]) for start, end in pairwise(rows.row_ptr.tolist())]


def _pick(rows: SparseRows, keep: list[int]) -> SparseRows:
    spans = [slice(rows.row_ptr[row], rows.row_ptr[row + 1]) for row in keep]
    ends = np.cumsum([0, *(span.stop - span.start for span in spans)], dtype=np.int64)
    return SparseRows(ends, *(np.concatenate([of[span] for span in spans]) for of in (rows.wire, rows.value)))
