"""What reports say, against numbers counted by hand."""

import math
from itertools import pairwise

import pytest

from tests.support.report_sources import GIB, NOW, alert, curve, objective, record, run, sleep
from zkcompanion.app.machine import MachineView
from zkcompanion.app.monitor_views import CurveView, MarkView, Point
from zkcompanion.app.report_memory import memory_report
from zkcompanion.app.report_parts import CLOSED, Material, gaps_of, quantile, spread
from zkcompanion.app.report_performance import NO_ALERTS, NO_OBJECTIVES, performance_report
from zkcompanion.base.messages import msg

BEGIN, END = NOW - 86400.0, NOW
MACHINE = MachineView("A processor", 4, 16 << 30)


def material(**more):
    names = ("machine.processor", "machine.memory", "memory.component/kernels", "memory.component/buffers")
    curves = {name: curve(name, BEGIN, END, 100) for name in names}
    return Material(curves, MACHINE, NOW, **{"alerts": (), "objectives": (), **more})


def figures(document):
    return {one.id: one.value for section in document.sections for one in section.figures}


def tables(document):
    return {one.id: one for section in document.sections for one in section.tables}


def test_proofs_are_counted_as_by_hand():
    records = (
        run(1, BEGIN - 1, 9.0),  # before the period
        run(2, BEGIN + 1, 1.0, usual=1.0),
        run(3, BEGIN + 2, 2.0, usual=1.0),
        run(4, BEGIN + 3, 3.0, usual=1.0, lost=1),
        run(5, BEGIN + 4, 0.0, verdict="failed", lost=1),
        run(6, BEGIN + 5, 0.0, verdict="refused", title="other"),
        run(7, END, 4.0, title="other"),
    )
    document = performance_report(material(records=records), BEGIN, END)
    assert document.problems() == ()
    found = figures(document)
    assert (found["proofs"], found["verified"], found["failed"]) == (6, 4, 1)
    assert (found["median"], found["p95"], found["recovered"]) == (2.5, 4.0, 0.5)
    slow = tables(document)["slow"].rows
    assert [(row[2], row[3], row[4]) for row in slow] == [(3.0, 1.0, 3.0), (2.0, 1.0, 2.0)]
    circuits = {str(row[0]): row[1:] for row in tables(document)["circuits"].rows}
    assert circuits == {"circuit": (4, 1, 2.0, 3.0, 3.0), "other": (2, 0, 4.0, 4.0, 4.0)}
    assert [(str(row[1]), str(row[2]), row[3]) for row in tables(document)["failures"].rows] == [
        ("other", "refused", "file"),
        ("circuit", "failed", "file"),
    ]
    assert str(document.summary[0]) == "6 proofs were begun, 4 verified."


def test_time_of_phases_is_that_of_all_proofs_of_the_history():
    history = tuple(record(number, BEGIN + number) for number in range(3))
    document = performance_report(material(history=history), BEGIN, END)
    (shares,) = document.sections[0].shares
    assert [(part.title, part.value) for part in shares.parts] == [("sum-a", 3.0), ("witness", 1.5), ("verify", 1.5)]


def test_alerts_and_objectives_stand_in_it_or_it_says_why_not():
    full = performance_report(material(alerts=(alert(),), objectives=(objective(),)), BEGIN, END)
    assert [str(cell) for cell in tables(full)["alerts"].rows[0][1:]] == [
        "Memory is short", "warning", "over", "60.0", "512 MiB", "1.00 GiB",
    ]  # fmt: skip
    assert [str(cell) for cell in tables(full)["objectives"].rows[0]] == [
        "Proofs verify", "0.99", "0.999", "yes", "1000", "1", "0.9", "3",
    ]  # fmt: skip
    without = performance_report(material(alerts=None, objectives=None), BEGIN, END)
    assert [section.paragraphs for section in without.sections[-2:]] == [(NO_ALERTS,), (NO_OBJECTIVES,)]
    assert without.problems() == ()


def test_nothing_measured_makes_a_report_that_says_so():
    for build in (performance_report, memory_report):
        document = build(Material({}, MACHINE, NOW, alerts=(), objectives=()), BEGIN, END)
        assert document.problems() == ()
        assert [(gap.begin_unix_s, gap.end_unix_s, gap.text) for gap in document.gaps] == [(BEGIN, END, CLOSED)]


def test_gaps_are_what_no_point_covers_and_sleep_says_itself():
    views = [
        curve("machine.processor", BEGIN, END, 100, gap=[(BEGIN + 10e3, BEGIN + 20e3), (BEGIN + 40e3, BEGIN + 50e3)])
    ]
    slept = sleep(BEGIN + 40e3, BEGIN + 50e3)
    first, second = gaps_of(views, (slept,), BEGIN, END)
    assert (second.begin_unix_s, second.end_unix_s, second.text) == (BEGIN + 40e3, BEGIN + 50e3, slept.text)
    assert first.text == CLOSED
    points = views[0].points
    before, after = next((a, b) for a, b in pairwise(points) if b.unix_s - a.unix_s > 2 * a.step_s)
    assert (first.begin_unix_s, first.end_unix_s) == (before.unix_s + before.step_s, after.unix_s)
    assert gaps_of([curve("machine.processor", BEGIN, END, 100)], (), BEGIN, END) == ()


def test_marks_are_cut_to_the_period():
    marks = (
        MarkView("alert", BEGIN - 50, BEGIN + 50, msg("a"), "critical"),
        MarkView("clock", END + 1, END + 1, msg("later")),
    )
    document = performance_report(material(marks=marks), BEGIN, END)
    (mark,) = document.sections[1].curves[0].marks
    assert (mark.begin_unix_s, mark.end_unix_s, mark.tone) == (BEGIN, BEGIN + 50, "bad")


def test_memory_by_component_and_run_against_prediction():
    history = (
        record(1, BEGIN + 1, peak=int(GIB)),
        record(2, BEGIN + 2, peak=int(2 * GIB)),
        record(3, BEGIN + 3, title="other", peak=int(3 * GIB)),
        record(4, BEGIN - 3, title="before", peak=int(9 * GIB)),
    )
    document = memory_report(material(history=history, predicted={2: (1.8 * GIB, 2.2 * GIB)}), BEGIN, END)
    assert document.problems() == ()
    (bars,) = document.sections[3].bars
    assert [(str(bar.title), bar.value, bar.low) for bar in bars.bars] == [
        ("other", 3 * GIB, None),
        ("circuit", 2 * GIB, 1.8 * GIB),
    ]
    rows = tables(document)["run-peaks"].rows
    assert [(row[3], row[4], row[5]) for row in rows] == [
        (3 * GIB, None, None),
        (2 * GIB, "1.80 GiB - 2.20 GiB", pytest.approx(1.0)),
        (GIB, None, None),
    ]
    components = tables(document)["component-table"].rows
    assert {str(row[0]) for row in components} == {"kernels", "buffers"}
    assert components[0][1] >= components[1][1]
    assert str(document.summary[1]) == "The run that held most was other: 3.00 GiB."


def test_a_spread_weighs_steps_by_their_samples():
    view = curve("machine.processor", BEGIN, END, 100)
    found = spread([view])
    assert found.mean == pytest.approx(sum(one.mean for one in view.points) / 100)
    assert (found.low, found.high) == (min(one.low for one in view.points), max(one.high for one in view.points))
    assert spread([]).mean is None


def test_quantiles_by_nearest_rank():
    assert [quantile([1, 2, 3, 4], share) for share in (0.25, 0.5, 0.95, 1.0)] == [1, 2, 4, 4]
    assert quantile([], 0.5) is None


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_a_dash(value):
    point = Point(NOW - 60, 1.0, 1, value, value, value, value, value)
    view = CurveView("machine.memory", msg("Memory in use"), "bytes", (point,))
    made = memory_report(Material({view.series: view}, MACHINE, NOW), BEGIN, END)
    assert "At most \N{EN DASH} of" in str(made.summary[0])
