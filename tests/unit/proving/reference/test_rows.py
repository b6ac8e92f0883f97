import random

import numpy as np

from tests.support.toygroth16 import chain_witness, multiplier_chain, toy_zkey
from zkcompanion.proving.fields import FR, to_limbs
from zkcompanion.proving.reference.rows import sparse_rows, zkey_rows

R = FR.modulus


def test_rows_are_the_sums_of_their_terms():
    rng = random.Random(1)
    witness = [rng.randrange(R) for _ in range(6)]
    rows = [[], [(0, 1)], [(5, R - 1), (2, 7)], [], [(w, rng.randrange(R)) for w in range(6)]]
    row_ptr = np.cumsum([0, *map(len, rows)])
    wire = np.array([w for row in rows for w, _ in row], dtype=np.uint32)
    value = to_limbs(v for row in rows for _, v in row)
    expected = [sum(v * witness[w] for w, v in row) % R for row in rows]
    assert sparse_rows(row_ptr, wire, value, witness) == expected


def test_a_system_without_constraints_has_no_rows():
    assert sparse_rows(np.zeros(1, np.int64), np.zeros(0, np.uint32), to_limbs([]), [1]) == []


def test_rows_of_a_key_undo_its_scaling_and_leave_empty_rows_zero():
    n = 3
    constraints, n_vars, n_public = multiplier_chain(n)
    key = toy_zkey(constraints, n_vars, n_public)
    witness = chain_witness(n, 11)
    a, b, c = zkey_rows(key.coefficients, witness, key.domain_size)
    xs = [witness[2], witness[3], witness[4], witness[1]]
    public = [1, witness[1], witness[2]]
    assert a == [*xs[:n], *public, *([0] * (key.domain_size - n - 3))]
    assert b == [xs[0], xs[1] + 1, xs[2] + 2, *([0] * (key.domain_size - n))]
    assert c == [x * y % R for x, y in zip(a, b, strict=True)]
    assert c[:n] == xs[1:]
