"""Slices that fit a budget: the longest that do, none below the least, and the terms of the model."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.backends import backend
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.budget import (
    SHORTEST,
    bounding_shape,
    bounding_system,
    least_bytes,
    stream_within,
    streamed_with,
)
from zkcompanion.costs.memory import Run
from zkcompanion.costs.needs import predict
from zkcompanion.costs.shape import Calculator, CircuitShape, Names, shape_of_zkey, system_of
from zkcompanion.costs.terms import system_bytes
from zkcompanion.proving.groth16.development import write_development_key
from zkcompanion.proving.groth16.slices import StreamPlan
from zkcompanion.proving.phases import Phase

MB = 1_000_000
#: About a dense circuit of 2^20 constraints: domain 2^21.
MILLION = CircuitShape(
    1 << 20, (1 << 20) + 5, 1, 1 << 21, 1_750_000, 970_000, 600_000, 600_000, 0, 128 * (1 << 21) + 400 * MB
)


def test_a_million_constraints_fit_700_mb_and_less_where_slices_are_shorter():
    run = Run(threads=2)
    whole = predict(MILLION, run, full_size=MILLION.wires).peak.high
    assert whole > 1000 * MB
    wide = stream_within(MILLION, run, 700 * MB)
    narrow = stream_within(MILLION, run, 400 * MB)
    assert wide.plan == StreamPlan(MILLION.wires, MILLION.domain)
    assert wide.peak_bytes <= 700 * MB
    assert narrow.peak_bytes <= 400 * MB
    assert narrow.plan.wires < MILLION.wires
    assert narrow.plan.points < MILLION.domain


@pytest.mark.parametrize("kernels", ["ifma", "scalar"])
def test_the_least_is_the_smallest_budget_there_is_a_plan_for(kernels):
    run = Run(threads=2, kernels=kernels)
    least = least_bytes(MILLION, run)
    found = stream_within(MILLION, run, least)
    assert found is not None
    assert found.peak_bytes <= least
    assert stream_within(MILLION, run, least - 1) is None
    small = replace(MILLION, wires=100, domain=128, coefficients=300, most_coefficients=200, key_bytes=60_000)
    assert stream_within(small, run, least_bytes(small, run)).plan == StreamPlan(100, 128)


def test_where_sums_bind_the_shortest_slice_is_the_end():
    """Many wires for a small domain: sums hold the most to the last."""
    wide = replace(
        MILLION, wires=1 << 15, domain=1 << 10, coefficients=1 << 12, most_coefficients=1 << 11, key_bytes=MB
    )
    least = least_bytes(wide, Run())
    found = stream_within(wide, Run(), least)
    assert found.plan.wires == SHORTEST
    assert stream_within(wide, Run(), least - 1) is None


def test_what_is_read_beside_the_key_is_held_too():
    system = bounding_system(MILLION, 188 * MB)
    plan = StreamPlan(SHORTEST, SHORTEST)
    alone = streamed_with(MILLION, Run(), plan)
    checked = streamed_with(MILLION, Run(system=system), plan)
    assert {phase.phase for phase in checked.phases} - {phase.phase for phase in alone.phases} == {Phase.CHECK}
    more = checked.phases[-1].arrays - alone.phases[-1].arrays
    assert more == system_bytes(MILLION.wires, system)
    named = streamed_with(MILLION, Run(names=Names(1000, 30_000)), plan)
    assert named.phases[-1].arrays - alone.phases[-1].arrays == 86_000
    calculated = streamed_with(MILLION, Run(calculator=Calculator(100_000, 4 * MB)), plan)
    assert calculated.peak_bytes > alone.peak_bytes
    assert next(p for p in calculated.phases if p.phase is Phase.WITNESS).mapped == 0


@pytest.mark.kernels
def test_a_bounding_shape_needs_at_least_what_the_key_does(tmp_path):
    system, _ = generate_sized("mix", 500)
    write_development_key(tmp_path / "k.zkey", system, backend("scalar"))
    exact, bound = shape_of_zkey(tmp_path / "k.zkey"), bounding_shape(tmp_path / "k.zkey")
    assert (bound.wires, bound.domain, bound.public, bound.coefficients, bound.key_bytes) == (
        exact.wires,
        exact.domain,
        exact.public,
        exact.coefficients,
        exact.key_bytes,
    )
    assert bound.most_coefficients >= exact.most_coefficients
    assert bound.constraints >= exact.constraints
    of_system = system_of(system, 0)
    size = 36 * of_system.terms + 12 * of_system.constraints + 8 * system.n_wires
    held = system_bytes(exact.wires, bounding_system(exact, size))
    arrays = [array for m in (system.a, system.b, system.c) for array in (m.row_ptr, m.wire, m.value)]
    assert held >= sum(array.nbytes for array in arrays)
    assert np.isclose(bound.key_bytes, (tmp_path / "k.zkey").stat().st_size)
