"""What the live strip remembers: bounded, exact in its peaks, and with every phase where it ran."""

from __future__ import annotations

import pytest

from tests.support.window_views import job
from zkcompanion.app.job_views import PhaseView
from zkcompanion.app.phase_spans import PhaseSpans
from zkcompanion.ui.widgets.strip_data import Sample, SampleStore


def test_a_run_of_hours_keeps_its_shape_in_bounded_memory():
    store = SampleStore(most=100)
    for number in range(36_000):
        peak = 900.0 if number == 20_001 else 100.0 + number % 7
        store.add(Sample(number / 10, 50.0, 40.0, peak))
    rows = store.rows()
    assert 50 <= len(rows) < 100
    assert (rows[1:, 0] > rows[:-1, 0]).all()
    assert rows[-1, 0] == pytest.approx(3600, rel=0.05)
    assert rows[:, 1] == pytest.approx(50.0)
    assert rows[:, 3].max() == 900.0, "a peak survives every merging"
    assert store.peaks.worker_bytes == 900.0
    assert store.means.machine_percent == pytest.approx(50.0)


def test_time_does_not_go_backwards():
    store = SampleStore()
    store.add(Sample(1.0, 10, 5, 1))
    store.add(Sample(0.5, 90, 90, 9))
    assert store.count == 1
    assert store.peaks.machine_percent == 10


def test_the_sample_nearest_to_a_moment_is_found():
    store = SampleStore()
    assert store.nearest(1.0) is None
    for second in range(5):
        store.add(Sample(second + 1.0, second, 0, 0))
    assert [store.nearest(at_s).machine_percent for at_s in (-3.0, 1.4, 1.6, 3.0, 99.0)] == [0, 0, 1, 2, 4]


def view(elapsed_s: float, *parts: tuple[str, str, float], number: int = 1):
    return job(
        "running",
        tuple(PhaseView(phase, state, seconds) for phase, state, seconds in parts),
        elapsed_s=elapsed_s,
        number=number,
    )


def spans(*views) -> list[tuple[str, float, float]]:
    made = PhaseSpans()
    for one in views:
        made.update(one)
    return [(span.phase, round(span.start_s, 3), round(span.end_s, 3)) for span in made.spans]


def test_a_phase_lasts_until_the_next_begins():
    assert spans(
        view(0.0, ("load", "running", 0.0)),
        view(0.5, ("load", "running", 0.5)),
        view(1.2, ("load", "done", 1.0), ("witness", "running", 0.2)),
        view(1.4, ("load", "done", 1.0), ("witness", "running", 0.4)),
    ) == [("load", 0.0, 1.0), ("witness", 1.0, 1.4)]


def test_phases_that_ran_between_two_views_are_put_where_they_were():
    assert spans(
        view(0.0, ("load", "running", 0.0)),
        view(1.0, ("load", "done", 0.4), ("witness", "done", 0.1), ("check", "done", 0.2), ("sum-a", "running", 0.3)),
    ) == [("load", 0.0, 0.4), ("witness", 0.4, 0.5), ("check", 0.5, 0.7), ("sum-a", 0.7, 1.0)]


def test_compiling_inside_of_loading_cuts_it_in_two():
    assert spans(
        view(0.1, ("load", "running", 0.1)),
        view(0.4, ("load", "running", 0.1), ("compile", "running", 0.3)),
        view(0.6, ("load", "running", 0.2), ("compile", "done", 0.4)),
        view(0.7, ("load", "done", 0.3), ("compile", "done", 0.4)),
    ) == [("load", 0.0, 0.1), ("compile", 0.1, 0.5), ("load", 0.5, 0.7)]


def test_the_next_proof_begins_anew_and_what_ran_once_is_not_drawn_again():
    once = ("load", "done", 0.5)
    assert spans(
        view(0.5, ("load", "running", 0.5)),
        view(1.0, once, ("witness", "done", 0.2), ("sum-a", "running", 0.3)),
        view(1.5, once, ("witness", "running", 0.1), ("sum-a", "waiting", 0.0), number=2),
        view(1.9, once, ("witness", "done", 0.2), ("sum-a", "running", 0.3), number=2),
    ) == [
        ("load", 0.0, 0.5),
        ("witness", 0.5, 0.7),
        ("sum-a", 0.7, 1.4),
        ("witness", 1.4, 1.6),
        ("sum-a", 1.6, 1.9),
    ]


def test_who_comes_in_the_middle_sees_what_came_before():
    assert spans(view(2.0, ("load", "done", 0.5), ("witness", "done", 1.0), ("check", "running", 0.4))) == [
        ("load", 0.1, 0.6),
        ("witness", 0.6, 1.6),
        ("check", 1.6, 2.0),
    ]


def test_a_moment_has_its_phase_and_a_gap_none():
    made = PhaseSpans()
    made.update(view(0.5, ("load", "running", 0.5)))
    made.update(view(1.0, ("load", "done", 0.6)))
    assert made.at(0.3) == "load"
    assert made.at(5.0) is None


def test_spans_of_thousands_of_proofs_stay_few():
    made = PhaseSpans()
    for number in range(1, 2001):
        made.update(view(number - 0.5, ("witness", "running", 0.1), number=number))
        made.update(view(float(number), ("witness", "done", 0.2), ("verify", "running", 0.3), number=number))
    assert len(made.spans) == made.spans.maxlen
    assert made.spans[-1].end_s == 2000.0
