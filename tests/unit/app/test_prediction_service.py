"""Predictions: what decides, what corrects it, and how fast it is said again for another machine."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.examples import find_example
from zkcompanion.app.foresight import measure_circuit
from zkcompanion.app.hardware_views import MachineFacts, Memory, Processor, WhatIf
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.app.prediction_errors import Correction, correction_of, past_error, with_foretold
from zkcompanion.app.prediction_service import PredictionService
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.costs.rates import KINDS
from zkcompanion.costs.references import references
from zkcompanion.costs.shape import typical_shape
from zkcompanion.proving.phases import Phase

IFMA = frozenset({"avx512ifma", "avx512vl"})
MACHINE = MachineFacts(
    Processor(architecture="x86_64", features=IFMA, logical_cores=2),
    Memory(total_bytes=8 << 30, available_bytes=6 << 30),
)
SHAPE = typical_shape(20_000)


def calibrated(times=1.0, name="1", base_bytes=95_000_000):
    rates = references()["ifma"].rates.scaled("ifma", dict.fromkeys(KINDS, times))
    return SimpleNamespace(name=name, rates=rates, base_bytes=base_bytes)


def record(seconds, *, outcome="verified", **more):
    given = {"fingerprint": "f", "kernels": "ifma", "threads": 2} | more
    return ProofRecord(1, 1.0, "c", msg("C"), "c", outcome=outcome, proofs=1, seconds=seconds, **given)


def service(records=(), known=None, facts=MACHINE):
    return PredictionService(lambda: records, lambda: facts, lambda: known)


def test_before_a_calibration_reference_machines_are_asked_and_the_band_is_wide():
    view = service().predict_shape(SHAPE, MACHINE)
    assert (view.basis, view.kernels, view.threads) == ("estimated", "ifma", 2)
    assert view.seconds.low < view.seconds.likely / 2.4
    assert view.seconds.high > view.seconds.likely * 2.4
    assert (view.past_error, view.past_proofs) == (None, 0)
    assert (view.constraints, view.power, view.key_exact) == (20_000, 15, True)
    names = [need.phase for need in view.phases]
    assert names == [phase.value for phase in Phase if phase.value in names]
    assert view.disk_bytes > view.key_bytes


def test_a_calibration_decides_until_there_are_proofs():
    slow = service(known=calibrated(3.0))
    view, before = slow.predict_shape(SHAPE, MACHINE), service().predict_shape(SHAPE, MACHINE)
    assert view.basis == "calibrated"
    assert view.seconds.likely == pytest.approx(3 * before.seconds.likely)
    assert view.memory.likely - before.memory.likely == pytest.approx(95_000_000 - 90_200_000)
    other = slow.predict_shape(SHAPE, MACHINE, what_if=WhatIf(family="scalar"))
    assert other.basis == "estimated"
    assert other.seconds.likely > 2 * view.seconds.likely
    files = find_example("funds-above-threshold").files
    measured = [record(0.5, fingerprint=fingerprint_of(files))] * 4
    view = service(measured, calibrated(3.0)).predict_files(files)
    assert view.basis == "measured"
    assert view.seconds.likely == pytest.approx(0.5, rel=0.3)
    one = service(measured[:1], calibrated(3.0)).predict_files(files)
    nothing = service((), calibrated(3.0)).predict_files(files)
    # one proof moves the figure less than four do
    assert nothing.seconds.likely < one.seconds.likely < view.seconds.likely
    assert view.seconds.high >= 0.5
    loads = [next(need.seconds for need in one.phases if need.phase == "load") for one in (view, nothing)]
    assert loads[0] == loads[1]  # what comes once does not change with what proofs took


def fingerprint_of(files):
    from zkcompanion.app.describing import fingerprint_of

    return fingerprint_of(files.r1cs, files.zkey)


def test_proofs_of_other_circuits_correct_the_model_the_more_the_more_there_are():
    known = calibrated(name="7")
    alone = service(known=known).predict_shape(SHAPE, MACHINE).seconds.likely
    twice = [record(2.0, model="7", model_s=1.0)] * 30
    few = service(tuple(twice[:1]), known).predict_shape(SHAPE, MACHINE).seconds.likely
    many = service(tuple(twice), known).predict_shape(SHAPE, MACHINE).seconds.likely
    assert alone < few < 1.3 * alone
    assert 1.8 * alone < many < 2 * alone
    # of another calibration, other kernels, or failed
    for other in ({"model": "6"}, {"model": "7", "kernels": "scalar"}, {"model": "7", "threads": 1}):
        foreign = (record(2.0, model_s=1.0, **other),) * 9
        assert service(foreign, known).predict_shape(SHAPE, MACHINE).seconds.likely == alone
    assert correction_of([record(2.0, model="7", model_s=1.0, outcome="failed")], "7", "ifma", 2) == Correction()
    strange = correction_of([record(1e6, model="7", model_s=1.0)] * 50, "7", "ifma", 2)
    assert strange.factor == pytest.approx(4.0)


def test_the_past_error_is_the_median_of_finished_runs():
    kept = [record(1.0, predicted_s=p) for p in (1.1, 0.8, 1.5)]
    kept += [record(1.0), record(None, predicted_s=1.0), record(1.0, predicted_s=9.0, outcome="cancelled")]
    assert past_error(kept) == (pytest.approx(0.2), 3)
    assert past_error([]) == (None, 0)
    view = service(tuple(kept)).predict_shape(SHAPE, MACHINE)
    assert (view.past_error, view.past_proofs) == (pytest.approx(0.2), 3)


def test_what_was_foretold_is_kept_beside_what_a_run_took():
    circuit = measure_circuit(find_example("funds-above-threshold").files)
    known = calibrated(name="7")
    said = service(known=known).foretell(circuit, "f", "ifma", 2)
    assert (said.model, said.calibrated) == ("7", True)
    assert said.model_s == said.seconds.likely
    corrected = service((record(2.0, model="7", model_s=1.0),) * 20, known).foretell(circuit, "g", "ifma", 2)
    assert corrected.model_s == said.model_s < corrected.seconds.likely
    assert not service().foretell(circuit, "f", "scalar", 1).calibrated
    kept = with_foretold(record(0.3), said)
    assert (kept.predicted_s, kept.model_s, kept.model) == (said.seconds.likely, said.model_s, "7")
    assert kept.predicted_bytes == said.memory_bytes > 0
    for unchanged in (record(0.3, outcome="failed"), record(None)):
        assert with_foretold(unchanged, said) is unchanged
    assert with_foretold(kept, None) is kept


def test_another_machine_is_answered_at_once():
    asked = service(tuple(record(1.0, predicted_s=1.1) for _ in range(1000)), calibrated())
    for cores in (1, 2, 4, 8):  # what the sizes of a circuit need is worked out once
        asked.predict_shape(SHAPE, MACHINE, what_if=WhatIf(cores=cores))
    begun_s = SYSTEM_CLOCK.thread_cpu_s()
    for cores in range(1, 65):
        asked.predict_shape(SHAPE, MACHINE, what_if=WhatIf(cores=cores))
    assert (SYSTEM_CLOCK.thread_cpu_s() - begun_s) / 64 < 0.004  # some 0.4 ms on a core that does nothing else


def test_more_cores_and_better_features_make_proofs_faster():
    asked = service(known=calibrated())
    seconds = [
        asked.predict_shape(SHAPE, MACHINE, what_if=WhatIf(cores=cores)).seconds.likely for cores in (1, 2, 4, 16)
    ]
    assert seconds == sorted(seconds, reverse=True)
    families = [
        asked.predict_shape(SHAPE, MACHINE, what_if=WhatIf(family=family)).seconds.likely
        for family in ("ifma", "scalar", "reference")
    ]
    assert families == sorted(families)
    assert asked.predict_shape(SHAPE, MACHINE, what_if=WhatIf(family="reference")).threads == 1


def test_where_nothing_is_known_of_the_machine_the_slower_kernels_are_assumed():
    view = service(facts=None).predict_files(find_example("funds-above-threshold").files)
    assert (view.kernels, view.threads, view.basis) == ("scalar", 1, "estimated")
    assert any(need.phase == "setup" and need.seconds for need in view.phases)  # there is no key yet
    assert view.key_record_bytes == 0
    with pytest.raises(UsageError):
        service().predict_files(CircuitFiles("none"))


def test_the_clock_of_a_processor_counts_where_it_is_known():
    fast = replace(MACHINE, processor=replace(MACHINE.processor, max_hz=2 * references()["ifma"].hz))
    usual = service().predict_shape(SHAPE, MACHINE).seconds.likely
    assert service().predict_shape(SHAPE, fast).seconds.likely < usual
