"""The verdict on predictions, without making proofs."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support.scripts import load_script
from zkcompanion.app.hardware_views import PredictionView
from zkcompanion.costs.band import Band

bench = load_script("bench_prediction")
from measure import prediction  # noqa: E402
from measure.corpus import CALIBRATION, TEST  # noqa: E402


def view(likely_s=1.0, likely_bytes=100.0, key_bytes=1000, records=0):
    band = Band(0.8 * likely_s, likely_s, 1.2 * likely_s)
    memory = Band(0.95 * likely_bytes, likely_bytes, 1.05 * likely_bytes)
    return PredictionView(1, 1, 1, 12, key_bytes, True, records, 1, memory, band, (), "calibrated", "ifma", 2)


def compared(time_error=0.0, memory_error=0.0, records=421):
    said = view(1 + time_error, 100 * (1 + memory_error))
    by_key, by_system = view(key_bytes=1421, records=421), view(key_bytes=1421 - records)
    return prediction.Compared(prediction.SAMPLES[0], said, by_key, by_system, 1.0, 100, 1421, {})


def test_the_circuits_are_enough_of_every_kind_and_size_and_fitted_to_nowhere():
    assert len(prediction.SAMPLES) >= 20
    assert {sample.kind for sample in prediction.SAMPLES} == {"dense", "bits", "mix"}
    assert {(sample.size + 1).bit_length() for sample in prediction.SAMPLES} == set(range(12, 19))
    assert not set(prediction.SAMPLES) & {*CALIBRATION, *TEST}


@pytest.mark.parametrize(
    ("errors", "value"), [([0.1] * 9 + [9.0], 0.1), ([-0.2, 0.1], 0.2), ([0.01 * i for i in range(1, 22)], 0.19)]
)
def test_nine_of_ten_stay_within_the_figure(errors, value):
    assert prediction.nine_of_ten(errors) == pytest.approx(value)


def test_the_row_is_missed_where_time_memory_or_sizes_are():
    good = [compared(0.05, 0.01)] * 9 + [compared(2.0, 0.5)]
    found = prediction.figure(good)
    assert (found.ok, found.value) == (True, 0.05)
    assert found.artefact["memory_nine_of_ten"] == pytest.approx(0.01)
    assert found.artefact["inside_both_bands"] == 9
    assert not prediction.figure([compared(0.16)] * 10).ok
    assert not prediction.figure([compared(0.0, 0.06)] * 10).ok
    assert not prediction.figure([compared(records=0)] * 10).ok
    json.dumps(found.as_json())


def test_of_several_rounds_the_middle_of_both_sides_counts():
    rounds = [[compared(error)] for error in (-0.3, 0.1, 0.05)]
    rounds[2][0] = replace(rounds[2][0], seconds=3.0, peak_bytes=130, phases={"load": 1.0})
    rounds[0][0] = replace(rounds[0][0], seconds=2.0, phases={"load": 2.0})
    (one,) = prediction.over_rounds(rounds)
    assert one.said.seconds.likely == pytest.approx(1.05)
    assert (one.seconds, one.peak_bytes, one.phases) == (2.0, 100, {"load": 2.0})
    assert prediction.over_rounds(rounds[:1]) == list(rounds[0])


def test_a_circuit_is_a_line_and_says_where_it_left_its_bands():
    assert "outside" in prediction.line(compared(0.5))
    assert "outside" not in prediction.line(compared(0.05))


def test_the_script_prints_a_verdict_for_each_floor(monkeypatch, capsys, tmp_path):
    wanted = []

    def compare(_folder, samples, *, tell):
        wanted.extend(samples)
        tell("working")
        return [compared(0.05, 0.04)] * 10

    monkeypatch.setattr(bench, "compare", compare)
    assert bench.main(["--folder", str(tmp_path), "--only", "bits-2900", "--json"]) == 0
    assert [sample.name for sample in wanted] == ["bits-2900"] * prediction.ROUNDS
    printed = capsys.readouterr()
    assert json.loads(printed.out)["ok"]
    assert "time: nine of ten within 5.0%; floor 15%, goal 10%: goal met" in printed.err
    assert "memory: nine of ten within 4.0%; floor 5%, goal 3%: floor met" in printed.err
    monkeypatch.setattr(bench, "compare", lambda *_args, **_more: [compared(0.5)] * 10)
    assert bench.main([]) == 1
    assert "MISSED" in capsys.readouterr().err


def test_the_table_of_references_is_written_as_it_is_read(monkeypatch, tmp_path):
    from tests.unit.costs.test_rates import RATES
    from zkcompanion.costs.rates import rates_from_plain

    monkeypatch.setattr(bench, "REFERENCES", tmp_path / "rates.json")
    monkeypatch.setattr(bench, "open_store", lambda _dirs: None)

    class Backend:
        def on_threads(self, _threads):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *_):
            """Nothing to close."""

    monkeypatch.setattr(bench, "load_backend", lambda *_args, **_more: Backend())
    monkeypatch.setattr(bench, "calibrate", lambda *_: SimpleNamespace(quiet=1.0, rates=RATES))
    assert bench.main(["--write-reference", "Some machine", "--hz", "3e9"]) == 0
    machines = json.loads((tmp_path / "rates.json").read_text())["machines"]
    assert [one["machine"] for one in machines] == ["Some machine"] * 3
    assert rates_from_plain(machines[0]["rates"]).one == dict(RATES.one)
