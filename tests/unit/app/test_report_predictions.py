"""Predictions of the memory of finished runs are those of the cost model, and none is made up."""

from dataclasses import replace

from tests.support.report_sources import NOW, record
from zkcompanion.app.choose import find_files
from zkcompanion.app.describing import fingerprint_of
from zkcompanion.app.foresight import measure_circuit
from zkcompanion.app.report_predictions import predictions
from zkcompanion.costs.needs import predict

EXAMPLE = "age-over-18"


def known():
    files = find_files(EXAMPLE, {})
    return replace(record(7, NOW), source=EXAMPLE, fingerprint=fingerprint_of(files.r1cs, files.zkey), threads=2)


def test_a_run_of_a_known_circuit_is_predicted_as_the_model_does():
    one = known()
    measured = measure_circuit(find_files(EXAMPLE, {}))
    for kernels, family in (("scalar", "scalar"), ("reference", "reference"), ("ifma", "ifma")):
        run = replace(measured.run, threads=2, kernels=family, makes_key=False)
        peak = predict(measured.shape, run).peak
        assert predictions([replace(one, kernels=kernels)]) == {7: (peak.low, peak.high)}


def test_nothing_is_said_where_the_files_are_gone_changed_or_were_never_known(tmp_path):
    one = known()
    for other in (
        replace(one, source=str(tmp_path / "gone.zkey")),
        replace(one, source="no-such-example"),
        replace(one, fingerprint="of another circuit"),
        replace(one, outcome="failed"),
        replace(one, source=""),
    ):
        assert predictions([other]) == {}


def test_what_is_too_large_is_not_looked_at(monkeypatch):
    monkeypatch.setattr("zkcompanion.app.report_predictions._MOST_BYTES", 10)
    assert predictions([known()]) == {}
