"""The memory model: its terms are the sizes of the very arrays that a proof makes, and its phases add up."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.support.backends import backend
from tests.support.bundled_circuits import bundled
from tests.support.kernels import scalar_kernels
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.constants import MEMORY
from zkcompanion.costs.memory import TILE_ENTRIES, WIRE_CLASSES, Run, at_peak, memory_by_phase
from zkcompanion.costs.needs import likely_full_size, predict
from zkcompanion.costs.shape import Calculator, CircuitShape, Names, System, shape_of_r1cs, system_of
from zkcompanion.costs.terms import SCRATCH_BYTES, system_bytes
from zkcompanion.costs.windows import full_size_windows
from zkcompanion.proving.backend import ReferenceBackend
from zkcompanion.proving.groth16.development import new_development_key
from zkcompanion.proving.groth16.wires import order_wires
from zkcompanion.proving.msm import GROUPS, Msm
from zkcompanion.proving.parallel import ThreadTeam
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.row_sums import G1_CURVE, G2_CURVE, TILING, RowSums
from zkcompanion.proving.rows import KeyRows

MIB = 1 << 20


def shape(power=16, bits=0, **changes):
    n = (1 << power) - 2
    made = CircuitShape(n, n + 3, 1, 1 << power, 2 * n, n + n // 8, n // 2, n // 3, bits, 400 * n)
    return replace(made, **changes)


def totals(phases):
    return {phase.phase: phase.total for phase in phases}


@pytest.mark.kernels
def test_the_work_arrays_of_a_thread_have_the_sizes_that_are_reckoned_with():
    assert TILING.tile_entries == TILE_ENTRIES
    with ThreadTeam(1) as team:
        for curve, size in zip((G1_CURVE, G2_CURVE), SCRATCH_BYTES, strict=True):
            own = RowSums(scalar_kernels(*GROUPS), team, curve).scratch()
            arrays = (own.prefix, own.work, own.rows, own.kept, own.lists)
            assert size == pytest.approx(sum(array.nbytes for array in arrays), rel=0.01)


@pytest.mark.kernels
def test_a_schedule_of_the_witness_has_the_sizes_that_are_reckoned_with():
    system, witness = generate_sized("dense", 1000)
    order = order_wires(new_development_key(system, backend("scalar")))
    assert order.indices.nbytes == 4 * system.n_wires
    with ThreadTeam(1) as team:
        msm = Msm(scalar_kernels(*GROUPS), team)
        schedule, plain = msm.schedule(witness, order=order), msm.schedule(witness)
    buckets = schedule.windows[-1].first_row + schedule.windows[-1].n_buckets
    # the last class of a bucket ends where the first one of the next begins
    own = {id(array.base): array.base for array in schedule.bounds if array.base is not None}
    own |= {id(array): array for array in schedule.bounds if array.base is None}
    assert sum(array.nbytes for array in own.values()) == 8 * WIRE_CLASSES * buckets + 8
    assert len(plain.bounds) == 2
    assert plain.bounds[0].base is plain.bounds[1].base
    assert schedule.entries.nbytes == 4 * int(np.sum(schedule.bounds[-1] - schedule.bounds[0]))


def test_the_order_of_the_wires_stays_and_the_bounds_of_their_classes_are_held_while_they_are_summed():
    made = shape(wires=1 << 16)
    phases = {phase.phase: phase for phase in memory_by_phase(made, Run(), made.wires)}
    windows = full_size_windows(made.wires)
    assert phases[Phase.SUM_C].arrays == phases[Phase.SUM_B1].arrays == phases[Phase.SUM_A].arrays
    # as many scalars of h, in one class, whose order is made with the schedule
    bounds = 8 * (WIRE_CLASSES - 1) * windows.buckets
    assert phases[Phase.SUM_C].arrays - phases[Phase.SUM_H].arrays == bounds - 4 * made.domain
    # 1000 wires more: their values, their order, and what choosing classes left in the heap
    wider = totals(memory_by_phase(replace(made, wires=made.wires + 1000), Run(), 0))
    more = wider[Phase.SUM_H] - totals(memory_by_phase(made, Run(), 0))[Phase.SUM_H]
    assert more == pytest.approx(36 * 1000 + MEMORY.load_kept * 8 * 1000, abs=1)


def test_sums_in_g2_lie_beside_the_hole_of_those_in_g1_where_nothing_larger_was_freed():
    made = shape()
    windows = full_size_windows(made.wires)
    in_g1, in_g2 = 64 * windows.buckets, 128 * windows.buckets_at_once_in_g2
    assert in_g2 > in_g1
    found = []
    for run in (Run(), Run(calculator=Calculator(200_000, 40 * MIB)), Run(makes_key=True)):
        phases = {phase.phase: phase.arrays for phase in memory_by_phase(made, run, made.wires)}
        found.append(phases[Phase.SUM_B2] - phases[Phase.SUM_B1])
    assert found == [in_g2, in_g2 - in_g1, in_g2 - in_g1]
    # the hole is one that is kept: no sums of buckets in G1 reach 32 MiB
    assert all(64 * full_size_windows(1 << power).buckets < 32 * MIB for power in range(28))


def test_the_schedule_of_h_is_made_in_the_hole_that_is_left_where_it_fits():
    """Sums of h that are larger than the hole lie beside it, and beside what the schedule was made with otherwise."""
    made, none = shape(), full_size_windows(1 << 16)
    making = 36 * none.scalars + 8 * none.buckets + 4 * made.domain

    def arrays(full_size):
        (phase,) = (p for p in memory_by_phase(made, Run(), full_size) if p.phase is Phase.SUM_H)
        return phase.arrays

    alone = arrays(0)
    small, middle = 5000, 40_000
    left = [64 * full_size_windows(count).buckets for count in (small, middle)]
    assert left[0] < making <= left[1] < 64 * none.buckets
    assert arrays(small) - alone == left[0]
    assert arrays(middle) - alone == left[1] - making
    # as large as those of h: they are the hole's
    assert arrays(made.wires) == alone


def test_rows_and_constraints_have_the_sizes_that_are_reckoned_with():
    system, _ = generate_sized("mix", 60)
    of_system = system_of(system, 0)
    made = shape_of_r1cs(system)
    key = new_development_key(system, ReferenceBackend())
    rows = KeyRows.of(key.coefficients, n_vars=key.n_vars, domain_size=key.domain_size)
    arrays = [array for order in (rows.a, rows.b) for array in (order.starts, order.order)]
    expected = 4 * made.coefficients + 16 * (made.domain + 1)
    assert sum(array.nbytes for array in arrays) == expected
    arrays = [array for m in (system.a, system.b, system.c) for array in (m.row_ptr, m.wire, m.value)]
    expected = 36 * of_system.terms + 24 * (of_system.constraints + 1) + 8 * made.wires
    assert sum(array.nbytes for array in arrays) + system.wire_to_label.nbytes == expected
    # what a witness check adds to a run is that, what reading leaves behind, and the sums of the rows
    alone = totals(memory_by_phase(made, Run(), 0))
    checked = totals(memory_by_phase(made, Run(system=of_system), 0))
    assert set(checked) - set(alone) == {Phase.CHECK}
    left = checked[Phase.SUM_H] - alone[Phase.SUM_H] - expected
    assert 0 <= left <= MEMORY.load_kept * (48 * 60 + 52 * of_system.most_terms) + 1


def test_names_have_the_sizes_that_are_reckoned_with():
    names = bundled("age-over-18").names
    arrays = (names.name_spans, names.labels, names.wires, names.components, names.by_wire, names._sorted_wires)
    assert sum(array.nbytes for array in arrays) == 56 * len(names)
    seen = Names(len(names), len(names._data))
    with_names = memory_by_phase(shape(10), Run(names=seen), 0)
    more = totals(with_names)[Phase.SUM_H] - totals(memory_by_phase(shape(10), Run(), 0))[Phase.SUM_H]
    assert more == 56 * len(names) + seen.size_bytes + round(MEMORY.load_kept * 100 * len(names))


def test_a_dense_witness_binds_at_b2_and_one_of_bits_at_h():
    dense = memory_by_phase(shape(), Run(), shape().wires)
    bits = memory_by_phase(shape(), Run(), 0)
    assert at_peak(dense).phase is Phase.SUM_B2
    assert at_peak(bits).phase is Phase.SUM_H
    assert at_peak(dense).total > at_peak(bits).total
    # the h of both is as large
    assert totals(dense)[Phase.TRANSFORMS] == totals(bits)[Phase.TRANSFORMS]


def test_a_phase_is_the_sum_of_its_parts_and_the_key_is_mapped_in_each():
    for phase in memory_by_phase(shape(), Run(threads=2), 1000):
        assert phase.total == phase.mapped + phase.arrays + phase.scratch + phase.base
        assert phase.mapped >= shape().key_bytes
        assert phase.base == MEMORY.base["ifma"]


def test_more_threads_take_more_work_arrays_and_nothing_else():
    one, two = (memory_by_phase(shape(), Run(threads=count), 1000) for count in (1, 2))
    assert [2 * phase.scratch for phase in one] == pytest.approx([phase.scratch for phase in two], abs=2)
    assert [phase.arrays for phase in one] == [phase.arrays for phase in two]


@pytest.mark.parametrize("kernels", ["ifma", "scalar", "reference"])
def test_larger_circuits_take_more(kernels):
    sizes = [at_peak(memory_by_phase(shape(power), Run(kernels=kernels), 1 << power)).total for power in range(4, 25)]
    assert all(a < b for a, b in pairwise(sizes))


def test_scalar_kernels_keep_a_table_of_roots_up_to_32_mib():
    vector, scalar = (totals(memory_by_phase(shape(), Run(kernels=k), 0)) for k in ("ifma", "scalar"))
    bases = MEMORY.base["scalar"] - MEMORY.base["ifma"]
    assert scalar[Phase.SUM_H] - vector[Phase.SUM_H] - bases == 32 << 16
    vector, scalar = (totals(memory_by_phase(shape(21), Run(kernels=k), 0)) for k in ("ifma", "scalar"))
    assert scalar[Phase.SUM_H] - vector[Phase.SUM_H] - bases == 0
    assert scalar[Phase.TRANSFORMS] - vector[Phase.TRANSFORMS] - bases > 60 * MIB


def test_a_freed_array_of_more_than_32_mib_leaves_the_process():
    """Below that, what a schedule was made with stays beside the sums of its buckets."""
    small, large = (memory_by_phase(shape(power), Run(), 0)[-1] for power in (19, 21))
    windows_small, windows_large = 36 << 19, 36 << 21
    assert small.arrays > windows_small
    assert large.arrays - 4 * small.arrays < -windows_large / 2


def test_a_calculator_takes_its_library_and_its_memory():
    calculator = Calculator(200_000, 40 * MIB)
    alone, run = memory_by_phase(shape(10), Run(), 0), memory_by_phase(shape(10), Run(calculator=calculator), 0)
    assert run[0].base == alone[0].base + MEMORY.calculator
    witness = totals(run)[Phase.WITNESS] - totals(alone)[Phase.WITNESS]
    assert witness > MEMORY.calculator + MEMORY.wasm_memory * 40 * MIB
    assert totals(run)[Phase.SUM_H] - totals(alone)[Phase.SUM_H] < witness


def test_making_the_key_comes_first_and_leaves_holes():
    system = System(65534, 400_000, 200_000, 15_000_000)
    phases = memory_by_phase(shape(), Run(system=system, makes_key=True), 0)
    assert phases[0].phase is Phase.SETUP
    assert phases[0].arrays > 2 * 32 * shape().domain + system_bytes(shape().wires, system)
    without = memory_by_phase(shape(), Run(makes_key=True), 0)
    assert without[0].arrays < phases[0].arrays
    assert at_peak(phases).total >= at_peak(memory_by_phase(shape(), Run(system=system), 0)).total


def test_a_base_that_was_measured_takes_the_place_of_the_fitted_one():
    assert memory_by_phase(shape(), Run(), 0, base=50 * MIB)[0].base == 50 * MIB
    needs = predict(shape(), Run(), base_bytes=50 * MIB)
    assert needs.binding.base == 50 * MIB
    assert predict(shape(), Run()).peak.likely - needs.peak.likely == MEMORY.base["ifma"] - 50 * MIB


def test_the_band_reaches_from_a_witness_of_bits_to_a_full_one():
    made = shape(bits=6000)
    needs = predict(made, Run())
    assert needs.peak.low < needs.peak.likely < needs.peak.high
    low, high = (at_peak(memory_by_phase(made, Run(), count)).total for count in (0, made.wires))
    assert needs.peak.low == low * (1 - MEMORY.margin)
    assert needs.peak.high == high * (1 + MEMORY.margin)
    known = predict(made, Run(), full_size=0)
    assert known.peak.likely == low
    assert known.peak.high == low * (1 + MEMORY.margin)
    assert (needs.threads, needs.kernels) == (1, "ifma")


def test_what_is_likely_lies_in_the_band_where_a_few_values_more_take_less():
    # 287,689 values are likely, and with four more the windows are narrower
    shape = CircuitShape(261_144, 287_693, 1_000, 1 << 19, 0, 0, 0, 0, 1, 10**6)
    totals = [at_peak(memory_by_phase(shape, Run(), full)).total for full in (287_689, 287_693)]
    assert totals[0] > totals[1]
    peak = predict(shape, Run()).peak
    assert peak.low < peak.likely < peak.high


def test_a_key_that_has_to_be_made_has_a_wider_band():
    run = Run(system=System(65534, 400_000, 200_000, 15_000_000), makes_key=True)
    needs = predict(shape(), run, full_size=0)
    assert needs.peak.high / needs.peak.likely == pytest.approx(1 + MEMORY.setup_margin)


def test_bits_of_a_witness_are_guessed_from_those_that_must_be_bits():
    assert likely_full_size(shape()) == shape().wires
    assert likely_full_size(shape(bits=shape().wires)) == 0
    _, witness = generate_sized("bits", 3000)
    system, _ = generate_sized("bits", 3000)
    made = shape_of_r1cs(system)
    full = int((witness[:, 0] > 1).sum() + np.count_nonzero(witness[:, 1:].any(axis=1) & (witness[:, 0] < 2)))
    assert abs(likely_full_size(made) - full) < 0.25 * made.wires


def test_a_circuit_without_anything_fits():
    empty = CircuitShape(0, 1, 0, 2, 1, 1, 1, 0, 0, 1500)
    assert at_peak(memory_by_phase(empty, Run(system=System(0, 0, 0, 120)), 0)).total > 0
