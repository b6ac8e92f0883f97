"""What making a development key holds, beside what the process was seen to allocate."""

import tracemalloc

import pytest

from tests.support.backends import backend
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.making import making_key, making_peak
from zkcompanion.costs.shape import System, domain_of, system_of
from zkcompanion.costs.terms import system_bytes
from zkcompanion.proving.groth16.development import write_development_key

MB = 1_000_000
#: About a dense circuit of 2^20 constraints.
MILLION = System(1 << 20, 2_750_000, 1_700_000, 120 * MB)


@pytest.mark.kernels
def test_the_arrays_are_those_that_are_allocated(tmp_path):
    system, kernels = generate_sized("dense", 12_000)[0], backend("scalar", threads=1)
    write_development_key(tmp_path / "warm.zkey", generate_sized("dense", 10)[0], kernels)
    tracemalloc.start()
    try:
        write_development_key(tmp_path / "k.zkey", system, kernels)
        making = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    domain = domain_of(system.n_constraints, system.n_public)
    held = system_of(system, 0)
    model = making_key(system.n_wires, domain, held, kernels.threads)
    most = max(step.arrays for step in model[1:]) - system_bytes(system.n_wires, held)
    assert 0.7 * most < making < 1.02 * most


def test_a_million_constraints_take_half_a_gigabyte():
    peak = making_peak((1 << 20) + 5, 1 << 21, MILLION, threads=2, base_bytes=100 * MB)
    assert 400 * MB < peak < 550 * MB
    more = making_peak((1 << 20) + 5, 1 << 21, MILLION, threads=2, base_bytes=110 * MB)
    assert 10 * MB < more - peak < 11 * MB


def test_a_table_of_roots_that_is_too_long_is_not_kept():
    (_, _, columns, points, *_), (_, _, more_columns, more_points, *_) = (
        making_key(1000, domain, System(0, 0, 0, 0), 1) for domain in (1 << 21, 1 << 22)
    )
    assert more_columns.arrays - columns.arrays == (64 << 20) - (32 << 20)
    assert points.arrays - more_points.arrays == 32 << 20
