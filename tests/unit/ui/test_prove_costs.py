"""What is expected of a circuit comes from what its proofs took here, with the kernels used last."""

from zkcompanion.app.history import History, ProofRecord
from zkcompanion.base.events import EventBus
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.ui.pages.prove.costs import Cost, costs_of, expectation_of


def history_of(tmp_path, monkeypatch, *runs):
    monkeypatch.setenv("ZKCOMPANION_HOME", str(tmp_path))
    made = History(AppDirs(), EventBus())
    for seconds, changes in runs:
        given = {
            "id": 0,
            "unix_s": 0.0,
            "circuit": "c",
            "title": msg("A circuit"),
            "source": "sudoku",
            "fingerprint": "f",
            "outcome": "verified" if seconds is not None else "failed",
            "proofs": 1,
            "seconds": seconds,
            "kernels": "ifma",
            "threads": 2,
            "peak_rss_bytes": 1000,
        }
        made.add(ProofRecord(**{**given, **changes}))
    return made


def test_nothing_is_expected_before_the_first_proof(tmp_path, monkeypatch):
    history = history_of(tmp_path, monkeypatch, (None, {}))
    assert costs_of(history) == {}
    assert expectation_of(history, "f") is None


def test_a_band_of_seconds_and_the_memory_of_the_last(tmp_path, monkeypatch):
    history = history_of(tmp_path, monkeypatch, (0.2, {}), (0.4, {"peak_rss_bytes": 2000}), (None, {}))
    assert costs_of(history) == {"sudoku": Cost(0.2, 0.4, 2000)}
    found = expectation_of(history, "f")
    assert (found.low_s, found.high_s, found.proofs) == (0.2, 0.4, 2)


def test_other_kernels_are_another_measure(tmp_path, monkeypatch):
    history = history_of(tmp_path, monkeypatch, (0.2, {}), (0.9, {"kernels": "scalar"}), (5.0, {"fingerprint": "g"}))
    assert expectation_of(history, "f").high_s == 0.9
    assert expectation_of(history, "g").high_s == 5.0
    assert costs_of(history)["sudoku"].low_s == 5.0
