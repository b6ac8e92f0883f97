import dataclasses

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.circuits import Circuit, random_circuit, shapes
from zkcompanion.base.errors import ResourceError
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.r1cs import SparseRows
from zkcompanion.proving.groth16 import qap
from zkcompanion.proving.groth16.qap import (
    a_with_public_rows,
    coefficient_parts,
    columns,
    domain_power,
    key_coefficients,
)

SHAPES = shapes()


def dense(rows: SparseRows) -> dict[tuple[int, int], int]:
    """(row, wire) -> value, and that nothing stands twice."""
    row = np.repeat(np.arange(rows.n_rows), np.diff(rows.row_ptr)).tolist()
    keys = list(zip(row, rows.wire.tolist(), strict=True))
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, from_limbs(rows.value), strict=True))


@pytest.mark.parametrize(
    ("constraints", "public", "power"),
    [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 2), (2, 1, 2), (3, 0, 2), (3, 1, 3), (4, 0, 3), (7, 0, 3), (7, 1, 4)],
)
def test_the_domain_is_that_of_snarkjs(constraints, public, power):
    assert domain_power(random_circuit(1, constraints, n_public=public).r1cs()) == power


def test_a_circuit_beyond_the_largest_domain_is_refused():
    class Huge:
        n_constraints = 1 << FR.two_adicity
        n_public = 0

    with pytest.raises(ResourceError, match="268435456 constraints"):
        domain_power(Huge())


@pytest.mark.parametrize("name", SHAPES)
def test_columns_and_rows_hold_the_same(name):
    circuit = SHAPES[name]
    r1cs = circuit.r1cs()
    a = a_with_public_rows(r1cs)
    extra = {(r1cs.n_constraints + s, s): 1 for s in range(r1cs.n_public + 1)}
    assert dense(a) == dense(r1cs.a) | extra
    n = a.n_rows
    both = columns([(a, 0), (r1cs.b, n)], r1cs.n_wires)
    assert both.n_rows == r1cs.n_wires
    assert dense(both) == {(w, row): v for (row, w), v in dense(a).items()} | {
        (w, n + row): v for (row, w), v in dense(r1cs.b).items()
    }


@pytest.mark.parametrize("name", SHAPES)
def test_coefficients_are_those_of_the_key(name):
    circuit = SHAPES[name]
    made = key_coefficients(circuit.r1cs(), backend("reference").fields)
    # the toy key lists A and B constraint by constraint too
    assert np.array_equal(made, circuit.key().coefficients)


def test_many_public_signals_are_made_in_parts_too(monkeypatch):
    r1cs = Circuit([({1: 1}, {2: 1}, {3: 1})], 4, [1, 6, 7, 42, 0]).r1cs()
    fields = backend("reference").fields
    whole = key_coefficients(r1cs, fields)
    monkeypatch.setattr(qap, "PART_TERMS", 2)
    assert [len(part) for part in coefficient_parts(r1cs, fields)] == [2, 2, 2, 1]
    assert np.array_equal(key_coefficients(r1cs, fields), whole)


def test_a_wire_that_stands_twice_in_a_row_stays_so():
    r1cs = random_circuit(3, 2).r1cs()
    doubled = SparseRows(np.array([0, 2, 2]), np.array([1, 1], np.uint32), np.ones((2, 4), np.uint64))
    made = key_coefficients(dataclasses.replace(r1cs, a=doubled), backend("reference").fields)
    assert [tuple(e) for e in made[["matrix", "constraint", "signal"]][:2].tolist()] == [(0, 0, 1), (0, 0, 1)]
    assert columns([(doubled, 0)], r1cs.n_wires).wire.tolist() == [0, 0]
