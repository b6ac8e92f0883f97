"""Seconds by phase from rates: what each phase counts, and bands."""

from dataclasses import replace

import pytest

from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.band import Band
from zkcompanion.costs.memory import Run
from zkcompanion.costs.needs import full_size_bounds, likely_full_size
from zkcompanion.costs.rates import KINDS, Rate, Rates
from zkcompanion.costs.seconds import band_of, rest_seconds, seconds_by_phase, values_of, warm_seconds
from zkcompanion.costs.shape import System, shape_of_r1cs, system_of, typical_shape
from zkcompanion.proving.phases import Phase

#: One second for each unit of work.
UNIT = Rates("ifma", 1, {kind: Rate(((1.0, 1.0),)) for kind in KINDS}, {})


def without(*kinds):
    return Rates("ifma", 1, {kind: rate for kind, rate in UNIT.one.items() if kind not in kinds}, {})


def test_each_phase_counts_its_own_work():
    shape = replace(typical_shape(1000), small=None)
    system = System(1000, 5000, 3000, 90_000, products=400)
    found = seconds_by_phase(shape, Run(1, "ifma", system=system), shape.wires, without("check-products"))
    assert list(found) == [phase for phase in Phase if phase in found]
    assert found[Phase.LOAD] == shape.key_bytes + system.size_bytes
    assert found[Phase.WITNESS] == shape.wires
    assert found[Phase.CHECK] == system.terms
    assert found[Phase.CONSTRAINTS] == shape.coefficients
    assert found[Phase.ASSEMBLE] == found[Phase.VERIFY] == 1.0
    # A has more finite points than B, and sorts the digits for all
    assert found[Phase.SUM_A] - shape.wires > found[Phase.SUM_B1] == found[Phase.SUM_B2]
    assert Phase.SETUP not in found
    assert rest_seconds(shape, shape.wires, UNIT) > 96 * shape.domain


def test_without_constraints_there_is_no_check_and_without_a_key_a_setup():
    found = seconds_by_phase(typical_shape(100), Run(1, "ifma", makes_key=True), 50, UNIT)
    assert Phase.CHECK not in found
    assert found[Phase.SETUP] > 19 * 400


def test_products_of_full_size_values_take_more_than_their_terms():
    shape, system = typical_shape(1000), System(1000, 5000, 3000, 90_000, products=400)
    slow = Rates("ifma", 1, {**UNIT.one, "check-products": Rate(((1.0, 10.0),))}, {})
    found = seconds_by_phase(shape, Run(1, "ifma", system=system), shape.wires, slow)
    assert found[Phase.CHECK] == 5000 + 400 * 10 - 3 * 400
    found = seconds_by_phase(shape, Run(1, "ifma", system=system), 0, slow)
    assert found[Phase.CHECK] == 5000


def test_where_the_bits_stand_decides_which_sums_they_make_cheap():
    system, witness = generate_sized("mix", 3000)
    shape = shape_of_r1cs(system)
    full = likely_full_size(shape)
    values = values_of(shape, full)
    assert (values.small_a, values.small_b) == (shape.small_a, shape.small_b)
    assert values.full_a + values.small_a == shape.finite_a
    assert values.full + values.small == shape.wires == len(witness)
    # more full-size values than were thought leave fewer bits, in the same places
    more = values_of(shape, full + shape.small // 2)
    assert more.small_a == pytest.approx(shape.small_a / 2, abs=1)
    nowhere = values_of(replace(shape, small=None), full)
    assert nowhere.small_a == round((shape.wires - full) / shape.wires * shape.finite_a)
    run = Run(1, "ifma", system=system_of(system, 1000))
    assert seconds_by_phase(shape, run, 0, UNIT)[Phase.SUM_A] < seconds_by_phase(shape, run, full, UNIT)[Phase.SUM_A]


def test_a_band_joins_what_the_witness_may_do_and_what_the_model_may_miss():
    band = band_of((1.0, 2.0, 4.0), 10.0, 0.0, 0.0)
    assert (band.low, band.likely, band.high) == pytest.approx((10.0, 20.0, 40.0))
    band = band_of((2.0, 2.0, 2.0), 1.0, 0.5, 1.0)
    assert (band.low, band.likely, band.high) == pytest.approx((1.0, 2.0, 4.0))
    both = band_of((1.0, 2.0, 4.0), 1.0, 0.5, 1.0)
    assert 0.5 < both.low < 1.0
    assert 4.0 < both.high < 8.0
    assert band_of((0.0, 2.0, 2.0), 1.0, 0.0, 0.0).low == pytest.approx(0.02)
    assert band_of((0.0, 0.0, 2.0), 1.0, 0.1, 0.5) == Band(0.0, 0.0, 3.0)


def test_a_warm_proof_does_not_load():
    band = Band(1.0, 2.0, 3.0)
    found = warm_seconds({Phase.SETUP: band, Phase.LOAD: band, Phase.SUM_A: band, Phase.SUM_H: band}, band)
    assert found == Band(3.0, 6.0, 9.0)


def test_bounds_of_full_size_values():
    shape = typical_shape(1000)
    assert full_size_bounds(shape) == (0, likely_full_size(shape), shape.wires)
    known = replace(shape, small=400)
    assert full_size_bounds(known) == (300, 600, 650)


@pytest.mark.parametrize(
    "wrong", [{"constraints": 0}, {"constraints": 5, "wires": 2}, {"constraints": 5, "public": -1}]
)
def test_no_such_circuit(wrong):
    with pytest.raises(ValueError, match="no such circuit"):
        typical_shape(**wrong)


def test_a_typical_shape_is_about_as_large_as_circuits_are():
    system, _ = generate_sized("mix", 3000)
    real, typical = shape_of_r1cs(system), typical_shape(3000)
    assert typical.domain == real.domain
    assert typical.key_bytes == pytest.approx(real.key_bytes, rel=0.35)
    assert typical_shape(3000, wires=6000, public=9).points_c == 5990
