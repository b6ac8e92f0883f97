"""The frame that measures the figures of requirements, and the fit of the memory model, without measuring."""

import json

import pytest

from tests.support.scripts import load_script
from zkcompanion.costs.constants import MEMORY
from zkcompanion.costs.memory import Run
from zkcompanion.costs.needs import predict
from zkcompanion.costs.shape import CircuitShape

frame = load_script("measure_requirements")
fitting = load_script("fit_costs")
from measure import corpus, figures, memory  # noqa: E402  # a package of scripts/, found once a script is loaded


def figure(value, **changes):
    values = {"value": value, "unit": "s", "floor": 2.0, "goal": 1.0, "test": "t", "artefact": {"runs": 3}}
    return figures.Figure(**(values | changes))


def with_rows(monkeypatch, **figures):
    monkeypatch.setattr(frame, "ROWS", {row: lambda _, found=found: found for row, found in figures.items()})


def test_rows_are_printed_as_json_and_a_missed_floor_is_the_exit_code(monkeypatch, capsys):
    with_rows(monkeypatch, P1=figure(1.5), P2=figure(3.0))
    assert frame.main(["--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["P1"] == {
        "value": 1.5,
        "unit": "s",
        "floor": 2.0,
        "goal": 1.0,
        "ok": True,
        "test": "t",
        "artefact": {"runs": 3},
    }
    assert not found["P2"]["ok"]
    assert frame.main(["P1"]) == 0
    assert capsys.readouterr().out == "P1: 1.5 (s); floor 2, goal 1: ok\n"


def test_figures_may_be_better_when_larger():
    assert figure(3.0, least=False).ok
    assert not figure(1.0, least=False).ok


def test_a_row_without_a_measurement_is_refused(monkeypatch, capsys):
    with_rows(monkeypatch, P1=figure(1.0))
    with pytest.raises(SystemExit):
        frame.main(["P1", "Q9"])
    assert "no measurement for Q9; there is one for P1" in capsys.readouterr().err


def measured(peak_factor, power=15, threads=1, margin=0.0):
    n = (1 << power) - 2
    shape = CircuitShape(n, n + 3, 1, 1 << power, 2 * n, n, n // 2, n // 3, 0, 400 * n)
    run = Run(threads=threads)
    setting = memory.Setting(corpus.Sample("dense", n), threads)
    return memory.Measured(setting, shape, run, round(predict(shape, run).peak.likely * peak_factor + margin))


def test_the_error_of_memory_predictions_is_the_median():
    runs = [measured(factor) for factor in (1.0, 1 / 1.02, 1 / 0.96, 1 / 1.5)]
    assert [round(abs(one.error), 4) for one in runs] == [0.0, 0.02, 0.04, 0.5]
    assert memory.median_error(runs) == pytest.approx(0.03, abs=1e-6)
    assert [one.inside for one in runs] == [True, True, True, False]
    assert runs[1].error_beyond > runs[1].error
    assert runs[3].row()["binds"] == "sum-b2"


def test_no_circuit_is_both_fitted_and_tested():
    assert not set(corpus.CALIBRATION) & set(corpus.TEST)
    assert len(set(corpus.TEST)) == len(corpus.TEST) >= 20
    settings = memory.test_settings()
    assert {one.threads for one in settings} == {1, 2}
    assert {one.sample.calculates for one in settings} == {True, False}
    assert {one.sample for one in memory.key_settings()} <= set(corpus.TEST)
    assert all(one.makes_key for one in memory.key_settings())


def test_names_of_settings_are_unique():
    names = [one.name for one in fitting.settings()]
    assert len(names) == len(set(names))
    assert memory.Setting(corpus.Sample("sudoku", 0), 2, "scalar", makes_key=True).name == (
        "sudoku, 2 threads, scalar, makes its key"
    )


def test_a_fit_finds_constants_again_that_were_moved(monkeypatch):
    """From a base 10 % too high back to that by which the peaks were made."""
    runs = [measured(1.0, power, threads) for power in (8, 12, 15, 17) for threads in (1, 2)]
    moved = fitting._changed(MEMORY, "base", "ifma", 1.1)
    before = fitting.error(moved, runs)
    fitted = fitting._descend(moved, runs, ("base",))
    assert fitting.error(fitted, runs) < before / 1000
    assert fitted.base["ifma"] == pytest.approx(MEMORY.base["ifma"], rel=0.002)


def test_what_a_fit_prints_is_what_the_program_reads():
    text = fitting.as_text(fitting.rounded(MEMORY))
    scope = {"MemoryConstants": type(MEMORY)}
    exec(text, scope)  # noqa: S102  # our own text
    assert scope["MEMORY"] == fitting.rounded(MEMORY)
    assert "MEMORY = MemoryConstants(" in fitting.CONSTANTS.read_text()


def test_shares_stay_shares():
    assert fitting._changed(MEMORY, "load_kept", "", 100.0).load_kept == 1.0
    assert fitting._changed(MEMORY, "calculator", "", 1.5).calculator == round(1.5 * MEMORY.calculator)
