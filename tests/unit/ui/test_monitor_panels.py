"""What the charts draw and read of the same series, and which bands lie behind them."""

from __future__ import annotations

import numpy as np
import pytest

from zkcompanion.app.monitor_views import JobSpanView, MarkView, Sample, SpanView
from zkcompanion.base.messages import msg
from zkcompanion.ui.pages.monitor.components import (
    ComponentsPanel,
    component_colour,
    component_values,
    component_words,
    phase_memory,
)
from zkcompanion.ui.pages.monitor.panels import MemoryPanel, PhasesPanel, ProcessorPanel, ThroughputPanel
from zkcompanion.ui.pages.monitor.past import drawn_marks, mark_at
from zkcompanion.ui.pages.monitor.run_tints import run_tints
from zkcompanion.ui.widgets.chart_data import SampleTable

MIB = float(1 << 20)


def tracks_of(panel, *rows):
    table = SampleTable(100)
    for unix_s, values in enumerate(rows):
        table.add(Sample(unix_s, unix_s, values))
    return {name: table.track(name) for name in panel.series(table.names)}


def read(panel, tracks, unix_s):
    return [
        (str(one.name), str(one.value) if one.value is not None else None) for one in panel.readings(tracks, unix_s)
    ]


def run(job, begin, end, worker="prover", phases=(), submitted=None):
    spans = tuple(SpanView(name, first, last, worker, job) for name, first, last in phases)
    return JobSpanView(job, msg("Sudoku"), worker, submitted or begin, begin, end, "done", 1, 0, spans)


def test_the_processor_is_a_line_over_the_band_of_its_cores():
    panel = ProcessorPanel()
    tracks = tracks_of(
        panel,
        {"machine.processor": 50.0, "machine.core/0": 20.0, "machine.core/1": 80.0},
        {"machine.processor": 60.0, "machine.core/0": 30.0, "machine.core/1": 90.0},
    )
    picture = panel.picture(tracks)
    assert picture.top == 100.0
    assert (picture.areas[0].low.tolist(), picture.areas[0].high.tolist()) == ([20, 30], [80, 90])
    assert picture.lines[0].values.tolist() == [50, 60]
    assert read(panel, tracks, 1.0) == [("All cores", "60 %"), ("Busiest core", "90 %"), ("Least busy core", "30 %")]


def test_of_very_many_cores_only_the_whole_is_asked_for():
    names = ("machine.processor", *(f"machine.core/{number}" for number in range(64)))
    assert ProcessorPanel().series(names) == ("machine.processor",)


def test_workers_lie_on_top_of_each_other_and_are_read_from_the_top():
    panel = MemoryPanel()
    tracks = tracks_of(
        panel,
        {"worker.memory/prover": 100 * MIB, "machine.memory": 900 * MIB},
        {"worker.memory/prover": 100 * MIB, "worker.memory/prover-2": 50 * MIB, "machine.memory": 950 * MIB},
    )
    picture = panel.picture(tracks)
    assert picture.areas[1].high.tolist() == [100 * MIB, 150 * MIB]
    assert read(panel, tracks, 1.0) == [
        ("Worker 2", "50.0 MiB"),
        ("Worker 1", "100 MiB"),
        ("Machine, in use", "950 MiB"),
        ("Machine, available", None),
    ]
    assert panel.picture({}).areas == ()


def test_the_queue_has_an_axis_of_its_own():
    panel = ThroughputPanel()
    rows = [{"proofs.verified": 2.0, "proofs.failed": 0.0, "engine.waiting": 3.0, "engine.running": 1.0}] * 3
    tracks = tracks_of(panel, *rows)
    picture = panel.picture(tracks)
    scale = picture.top / 4.0
    assert picture.right_ticks[-1] == (pytest.approx(4 * scale), "4")
    assert picture.areas[1].high.tolist() == pytest.approx([4 * scale] * 3)
    assert read(panel, tracks, 2.0)[:3] == [("Verified", "2 per second"), ("Runs waiting", "3"), ("Runs at work", "1")]


def test_phases_are_bars_in_the_order_of_a_proof():
    panel = PhasesPanel()
    tracks = tracks_of(
        panel, {}, {"proofs.phase/sum-a": 0.5, "proofs.phase/witness": 0.25, "proofs.seconds": 0.8}, {}, {}
    )
    picture = panel.picture(tracks)
    assert [bars.colour for bars in picture.bars] == ["phase/witness", "phase/sum-a"]
    assert (picture.bars[1].low[1], picture.bars[1].high[1]) == (0.25, 0.75)
    assert np.isnan(picture.bars[0].high[0])
    assert read(panel, tracks, 3.0) == [("Whole proof", "800 ms"), ("Sum A", "500 ms"), ("Witness", "250 ms")]
    assert read(panel, tracks_of(panel, {}), 0.0) == [("Whole proof", None)]


def test_components_are_stacked_in_their_order_and_named():
    panel = ComponentsPanel()
    tracks = tracks_of(panel, {"memory.component/rest": 10 * MIB, "memory.component/base": 90 * MIB})
    assert component_values(tracks, 0.0) == {"base": 90 * MIB, "rest": 10 * MIB}
    assert panel.picture(tracks).areas[1].high.tolist() == [100 * MIB]
    assert read(panel, tracks, 0.0) == [
        ("Together", "100 MiB"),
        ("Everything else", "10.0 MiB"),
        ("Python and libraries", "90.0 MiB"),
    ]
    assert (component_colour("rest"), component_colour("base"), component_colour("new")) == (
        "faint",
        "series/0",
        "faint",
    )
    assert str(component_words("new")) == "new"
    assert read(panel, {}, 0.0) == [("Together", None)]


def test_a_phase_needs_what_its_worker_held_at_most_while_it_ran():
    tracks = tracks_of(MemoryPanel(), *({"worker.memory/prover": size * MIB} for size in (10, 20, 90, 30, 40)))
    runs = [run(1, 0.5, 4.0, phases=[("load", 0.5, 1.5), ("sum-a", 1.5, 3.5), ("verify", 3.6, 3.7)])]
    found = phase_memory(runs, tracks, (0.0, 10.0))
    assert [(one.phase, one.most_bytes / MIB, one.samples) for one in found] == [("load", 20.0, 1), ("sum-a", 90.0, 2)]
    assert phase_memory(runs, tracks, (8.0, 10.0)) == ()
    assert phase_memory(runs, {}, (0.0, 10.0)) == ()


def test_a_run_is_a_band_and_its_wide_phases_lie_over_it():
    runs = [
        run(1, 10.0, 20.0, phases=[("load", 10.0, 10.1), ("sum-a", 10.1, 20.0)]),
        run(2, 30.0, None, phases=[("witness", 30.0, 35.0)]),
        run(3, 200.0, 210.0),
    ]
    tints = run_tints(runs, (0.0, 100.0), 500.0, str.upper)
    assert [(one.colour, one.begin_unix_s, one.end_unix_s, one.name) for one in tints] == [
        ("faint", 10.0, 20.0, ""),
        ("faint", 30.0, 100.0, ""),
        ("phase/sum-a", 10.1, 20.0, "SUM-A"),
        ("phase/witness", 30.0, 35.0, "WITNESS"),
    ]
    assert {(one.lane, one.lanes) for one in tints} == {(0, 1)}


def test_workers_at_one_time_share_the_height():
    tints = run_tints([run(1, 0.0, 10.0), run(2, 5.0, 15.0, "prover-2"), run(3, 20.0, 30.0)], (0.0, 40.0), 400.0, str)
    assert [(one.lane, one.lanes) for one in tints] == [(0, 2), (1, 2), (0, 1)]


def test_of_thousands_of_runs_the_last_are_drawn():
    runs = [run(number, float(number), number + 0.5) for number in range(5000)]
    tints = run_tints(runs, (0.0, 5000.0), 500.0, str)
    assert len(tints) == 200
    assert tints[-1].begin_unix_s == 4999.0


def test_marks_have_the_tone_of_their_alert():
    marks = (
        MarkView("sleep", 10.0, 20.0, msg("Slept.")),
        MarkView("alert", 50.0, 50.0, msg("Hot."), "critical"),
    )
    assert [(one.colour, one.begin_unix_s, one.end_unix_s) for one in drawn_marks(marks)] == [
        ("muted", 10.0, 20.0),
        ("bad", 50.0, 50.0),
    ]
    assert [mark_at(marks, at, 1.0) for at in (5.0, 15.0, 49.5, 60.0)] == [None, marks[0], marks[1], None]
