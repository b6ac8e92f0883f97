"""Wires that are most likely bits: what constraints say, and what they make of it."""

import numpy as np
import pytest

from zkcompanion.app.examples import find_example
from zkcompanion.benchmarks.builder import ONE, CircuitBuilder
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs import bits as module
from zkcompanion.costs.bits import likely_bits
from zkcompanion.costs.shape import shape_of_r1cs
from zkcompanion.proving.formats.r1cs import read_r1cs


def found_in(builder, said):
    system, _ = builder.finish()
    flags = np.zeros(system.n_wires, dtype=np.bool_)
    flags[list(said)] = True
    return set(np.flatnonzero(likely_bits(system, flags)).tolist())


@pytest.mark.parametrize("kind", ["dense", "bits", "mix"])
def test_what_is_found_in_generated_circuits_is_what_their_witness_has(kind, monkeypatch):
    monkeypatch.setattr(module, "_STEP", 97)  # terms go over the edges of what is looked at in one step
    system, witness = generate_sized(kind, 2600)
    small = (witness[:, 0] < 2) & ~witness[:, 1:].any(axis=1)
    shape = shape_of_r1cs(system)
    # all but the constant one, of which no constraint says anything
    assert shape.small == small.sum() - 1
    in_a, in_b = (np.isin(np.arange(system.n_wires), rows.wire) for rows in (system.a, system.b))
    small[0] = False
    assert shape.small_a == (small & in_a).sum()
    assert shape.small_b == (small & in_b).sum()


@pytest.mark.parametrize(
    ("example", "full"),
    # values that are neither 0 nor 1 in a witness of each; of the first, one in fifty wires carries a short sum
    [("sha256-preimage", 412), ("merkle-membership", 5424), ("funds-above-threshold", 261)],
)
def test_what_is_found_in_circuits_of_circom_is_close(example, full):
    shape = shape_of_r1cs(read_r1cs(find_example(example).r1cs_path))
    assert abs(shape.wires - shape.small - full) <= max(2, shape.wires // 40)


def test_products_sums_and_choices_of_bits_are_found_in_any_order():
    c = CircuitBuilder()
    x, y = c.wire(1), c.wire(0)
    both = c.product([(x, 1)], [(y, 1)])
    either = c.wire(1)
    c.constrain([(x, 2)], [(y, 1)], [(x, 1), (y, 1), (either, -1)])
    chosen = c.wire(1)
    c.constrain([(both, 1)], [(either, 1), (y, -1)], [(chosen, 1), (y, -1)])
    # (x - 4u) * (1 + x) = -6u: what it defines stands in a factor too
    third = c.wire(0)
    c.constrain([(x, 1), (third, -4)], [(ONE, 1), (x, 1)], [(third, -6)])
    assert found_in(c, {x, y}) == {x, y, both, either, chosen, third}


def test_what_may_be_any_number_is_not_found():
    c = CircuitBuilder()
    x = c.wire(1)
    inverse = c.wire(1)
    c.constrain([(x, 1)], [(inverse, 1)], [(ONE, 1)])  # solved for a factor
    root = c.wire(1)
    c.constrain([(root, 1)], [(root, 1)], [(x, 1)])
    root_and_more = c.wire(0)
    c.constrain([(root_and_more, 1)], [(root_and_more, 1)], [(root_and_more, 1), (x, 1)])
    unknown, other = c.wire(5), c.wire(6)
    c.constrain([(x, 1)], [(unknown, 1)], [(other, 1)])
    weighted = c.linear([(x, 1 << 60)])
    negative = c.linear([(x, -(1 << 60))])
    assert found_in(c, {x}) == {x}
    assert weighted != negative


def test_a_circuit_without_bits_has_none():
    c = CircuitBuilder()
    c.product([(ONE, 1)], [(ONE, 1)])
    found = found_in(c, ())
    assert found == {1}  # made of the constant alone
    assert found_in(CircuitBuilder(), ()) == set()
