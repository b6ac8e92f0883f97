"""Work that is known beforehand is what a proof counts afterwards; time follows from finished proofs alone."""

from collections import Counter

import pytest

from tests.support.backends import backend
from zkcompanion.benchmarks.generated import generate_sized
from zkcompanion.costs.memory import Run
from zkcompanion.costs.needs import predict
from zkcompanion.costs.shape import CircuitShape, shape_of_r1cs, system_of
from zkcompanion.costs.speed import Speed, predict_phase, predict_seconds, thread_speed_up
from zkcompanion.costs.work import MULTIPLYING, work_by_phase
from zkcompanion.proving.groth16.development import new_development_key
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.phases import Phase, Trace


class Counting(Trace):
    def __init__(self):
        self.counts = Counter()

    def work(self, phase, count):
        self.counts[phase] += count()


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("kind", "constraints", "off"), [("dense", 1000, 0.05), ("bits", 1500, 0.05), ("mix", 2000, 0.25)]
)
def test_predicted_work_is_about_what_a_proof_counts(kind, constraints, off):
    """Of a mix the shape does not tell whether the full-size values or the bits stand in A and B."""
    system, witness = generate_sized(kind, constraints)
    trace = Counting()
    prove(ProvingKey.prepare(new_development_key(system, backend())), witness, backend(), trace=trace)
    full = int(((witness[:, 0] > 1) | witness[:, 1:].any(axis=1)).sum())
    work = work_by_phase(shape_of_r1cs(system), Run(), full)
    assert set(trace.counts) == set(MULTIPLYING)
    for phase in (Phase.CONSTRAINTS, Phase.TRANSFORMS):
        assert work[phase] == trace.counts[phase]
    total = predict(shape_of_r1cs(system), Run(), full_size=full).multiplications
    assert total == sum(work[phase] for phase in MULTIPLYING)
    assert total == pytest.approx(sum(trace.counts.values()), rel=off)
    assert work[Phase.SUM_H] == pytest.approx(trace.counts[Phase.SUM_H], rel=0.03)


def test_phases_that_do_not_multiply_count_what_they_go_through():
    system, _ = generate_sized("mix", 100)
    shape, checked = shape_of_r1cs(system), system_of(system, 5000)
    work = work_by_phase(shape, Run(system=checked, makes_key=True), 10)
    assert work[Phase.LOAD] == shape.key_bytes + 5000
    assert work[Phase.CHECK] == checked.terms
    assert (work[Phase.WITNESS], work[Phase.ASSEMBLE], work[Phase.VERIFY]) == (shape.wires, 1, 2)
    assert work[Phase.SETUP] == 4 * shape.wires + shape.domain
    plain = work_by_phase(shape, Run(), 10)
    assert not {Phase.SETUP, Phase.CHECK} & set(plain)
    assert work_by_phase(shape, Run(), 0)[Phase.SUM_A] < plain[Phase.SUM_A]


def needs(power=12, threads=1, kernels="ifma"):
    n = (1 << power) - 2
    shape = CircuitShape(n, n + 3, 1, 1 << power, 2 * n, n, n // 2, n // 3, 0, 400 * n)
    return predict(shape, Run(threads=threads, kernels=kernels))


def seconds_of(needed, each=1e-8, factor=1.0):
    return {phase: work * each * factor for phase, work in needed.work.items()}


def test_a_machine_that_has_proved_nothing_has_no_time():
    assert predict_seconds(needs(), Speed()) is None
    assert predict_phase(Phase.SUM_A, needs(), Speed()) is None
    learned = Speed().learned(needs(), seconds_of(needs()))
    assert predict_seconds(needs(kernels="scalar"), learned) is None


def test_one_proof_gives_a_time_with_a_wide_band_and_many_a_narrow_one():
    true = sum(seconds_of(needs()).values())
    speed = Speed().learned(needs(), seconds_of(needs()))
    first = predict_seconds(needs(), speed)
    assert first.likely == pytest.approx(true)
    assert first.low <= 0.66 * true
    assert first.high >= 1.34 * true
    for _ in range(6):
        speed = speed.learned(needs(), seconds_of(needs()))
    narrow = predict_seconds(needs(), speed)
    assert narrow.low == pytest.approx(0.9 * true)
    assert narrow.high == pytest.approx(1.1 * true)


def test_one_slow_proof_does_not_move_the_middle():
    speed = Speed()
    for factor in (1.0, 1.02, 9.0, 0.98, 1.0):
        speed = speed.learned(needs(), seconds_of(needs(), factor=factor))
    true = sum(seconds_of(needs()).values())
    found = predict_seconds(needs(), speed)
    assert found.likely == pytest.approx(true, rel=0.03)
    assert found.high > 5 * true


def test_proofs_of_about_the_same_size_count():
    speed = Speed()
    for _ in range(5):
        speed = speed.learned(needs(8), seconds_of(needs(8), each=5e-8)).learned(needs(14), seconds_of(needs(14)))
    assert predict_seconds(needs(8), speed).likely == pytest.approx(sum(seconds_of(needs(8), each=5e-8).values()))
    assert predict_seconds(needs(13), speed).likely == pytest.approx(sum(seconds_of(needs(13)).values()), rel=1e-3)


def test_another_number_of_threads_follows_amdahl_until_it_was_seen():
    speed = Speed().learned(needs(), seconds_of(needs()))
    guessed = predict_seconds(needs(threads=2), speed)
    assert guessed.likely == pytest.approx(predict_seconds(needs(), speed).likely / thread_speed_up(2))
    assert thread_speed_up(2) == pytest.approx(1.84, abs=0.005)
    assert thread_speed_up(1) == 1
    seen = speed.learned(needs(threads=2), seconds_of(needs(threads=2), factor=0.7))
    assert predict_seconds(needs(threads=2), seen).likely == pytest.approx(0.7 * sum(seconds_of(needs()).values()))


def test_only_the_newest_of_each_phase_are_kept_and_what_took_no_time_is_not():
    speed = Speed()
    for index in range(40):
        speed = speed.learned(needs(), {Phase.SUM_A: 1.0 + index, Phase.SUM_H: 0.0})
    assert [one.phase for one in speed.observations] == [Phase.SUM_A] * 32
    assert [one.seconds for one in speed.observations] == [9.0 + index for index in range(32)]


def test_a_phase_that_was_never_seen_counts_nothing():
    speed = Speed().learned(needs(), {Phase.SUM_A: 2.0})
    assert predict_seconds(needs(), speed).likely == 2.0
    assert predict_phase(Phase.SETUP, needs(), speed) is None
