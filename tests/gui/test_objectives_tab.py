"""Monitor, Objectives: what was attained is said with how sure that is, and an objective is changed in place."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton

from tests.support.window import settle
from zkcompanion.app.run_recorder import leave_runs
from zkcompanion.base.messages import msg
from zkcompanion.monitoring.objectives import SHIPPED
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

DAY_S = 86_400.0


def run(now, ago_s, *verdicts):
    """Proofs one after another, each a second."""
    end = now - ago_s
    events = tuple(ProofEvent(end - len(verdicts) + number + 1, 0.5, one) for number, one in enumerate(verdicts))
    return RunRecord(
        0, msg("C"), "c", "command", "", end - len(verdicts), end - len(verdicts), end, "done", proofs=events
    )  # fmt: skip


@pytest.fixture
def tab(desk, window, qtbot):
    """Opened on what `leave` left."""

    def show(*runs):
        leave_runs(desk.dirs, runs)
        desk.runs.take_in()
        window.go("monitor", tab="objectives")
        settle(qtbot)
        return window.page.tab

    return show


def texts(widget):
    return [
        label.text().replace("\N{NO-BREAK SPACE}", " ")
        for label in widget.findChildren(QLabel)
        if label.isVisibleTo(widget) and label.text()
    ]


def usual(now):
    """1,240 good and 10 bad proofs on four days, the bad ones in two incidents."""
    return (
        run(now, 3 * DAY_S, *["verified"] * 500),
        run(now, 2 * DAY_S, *["verified"] * 300, *["failed"] * 7, "verified"),
        run(now, DAY_S, *["verified"] * 400),
        run(now, 600.0, *["verified"] * 39, *["failed"] * 3, "cancelled"),
    )


def test_what_was_attained_and_what_is_left_is_said(tab, desk):
    shown = texts(tab(*usual(desk.clock.unix_s())).cards["made"])
    assert "99.2 % of 1 250 proofs, between 98.5 % and 99.62 %" in shown
    assert "Error budget: 20 % left (10 bad, room for 12.5)" in shown
    assert "Budget burns" in shown  # 3 of the 42 proofs of the last half hour
    assert "At least 99 % within 30 days" in shown


def test_before_there_are_proofs_it_says_what_is_missing(tab):
    opened = tab()
    shown = texts(opened.cards["made"])
    assert "Not enough data" in shown
    assert "No proof has counted yet." in shown
    assert "Off" in texts(opened.cards["in-time"])


def test_an_incident_leads_to_the_charts_of_its_time(tab, desk, window, qtbot):
    now = desk.clock.unix_s()
    card = tab(*usual(now)).cards["made"]
    fold(qtbot, card, "more")
    assert "Last hour" in texts(card)
    assert "1 proof that you cancelled, 1.00 s" in texts(card)
    assert any(text.endswith(" proofs") and text[:2] == "99" for text in texts(card))  # of a month
    worst = card.findChild(QPushButton, "monitor-objectives-made-incident-1")
    assert "7 bad proofs one after another" in worst.accessibleName()
    worst.setFocus()
    qtbot.keyClick(worst, Qt.Key.Key_Space)
    assert window.page.tab.id == "live"
    begin, end = window.page.tab.time.span(now)
    assert begin < now - 2 * DAY_S - 8 < now - 2 * DAY_S < end


def fold(qtbot, card, part):
    qtbot.mouseClick(card.findChild(QPushButton, f"{card.objectName()}-{part}"), Qt.MouseButton.LeftButton)


def type_into(qtbot, card, name, text):
    line = card.findChild(QLineEdit, f"{card.objectName()}-{name}")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot)


def test_a_target_is_changed_in_place_and_taken_back(tab, desk, window, qtbot):
    opened = tab(*usual(desk.clock.unix_s()))
    card = opened.cards["made"]
    fold(qtbot, card, "change")
    type_into(qtbot, card, "target", "99.9")
    assert desk.objectives.objectives()[0].target == 0.999
    assert "Missed" in texts(card)
    type_into(qtbot, card, "window", "7")
    assert desk.objectives.objectives()[0].days == 7
    qtbot.mouseClick(card.findChild(QPushButton, f"{card.objectName()}-reset"), Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert desk.objectives.objectives() == SHIPPED
    assert "Budget burns" in texts(card)


def test_a_bound_is_changed_in_place(tab, desk, qtbot):
    card = tab().cards["in-time"]
    fold(qtbot, card, "change")
    card.findChild(QCheckBox, f"{card.objectName()}-on").click()
    settle(qtbot)
    type_into(qtbot, card, "bound", "12.5")
    changed = desk.objectives.objectives()[3]
    assert (changed.on, changed.bound_s) == (True, 12.5)
    assert "At least 95 % within 30 days: no more than 12.5 s" in texts(card)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [("target", "x", "A number, such as 99.5."), ("window", "1.5", "A whole number of days.")],
)
def test_what_is_no_number_is_said_below_and_not_taken(tab, desk, qtbot, field, text, said):
    card = tab().cards["made"]
    fold(qtbot, card, "change")
    type_into(qtbot, card, field, text)
    assert said in texts(card)
    assert desk.objectives.objectives() == SHIPPED


def test_what_makes_no_sense_is_refused_in_a_notice(tab, desk, window, qtbot):
    card = tab().cards["made"]
    fold(qtbot, card, "change")
    type_into(qtbot, card, "target", "100")
    assert any("A share from 50 % to 99.99 %." in text for text in texts(window))
    line = card.findChild(QLineEdit, f"{card.objectName()}-target")
    assert line.text().startswith("99")


def test_a_proof_that_ends_while_one_looks_counts(tab, desk, qtbot):
    opened = tab(*usual(desk.clock.unix_s()))
    leave_runs(desk.dirs, [run(desk.clock.unix_s(), 1.0, "verified", "verified")])
    desk.runs.take_in()
    qtbot.waitUntil(lambda: any("1 252 proofs" in text for text in texts(opened.cards["made"])), timeout=5000)


def test_out_of_sight_nothing_is_judged(tab, desk, window, qtbot, monkeypatch):
    opened = tab()
    window.go("home")
    monkeypatch.setattr(opened, "_show", lambda _judged: pytest.fail("judged out of sight"))
    leave_runs(desk.dirs, [run(desk.clock.unix_s(), 1.0, "verified")])
    desk.runs.take_in()
    settle(qtbot)
    assert not opened._pace.isActive()


def test_a_file_that_cannot_be_written_is_said(tab, desk, qtbot):
    opened = tab()
    (desk.dirs.config / "objectives.json").mkdir()
    card = opened.cards["made"]
    fold(qtbot, card, "change")
    type_into(qtbot, card, "target", "98")
    assert any("until the program ends" in text for text in texts(opened))
    assert desk.objectives.objectives()[0].target == 0.98


def test_the_days_are_said_to_who_cannot_see_them(tab, desk):
    opened = tab(*usual(desk.clock.unix_s()))
    days = opened.findChild(object, "monitor-objectives-made-days")
    assert "Proofs that were begun are made" in days.accessibleName()
    assert "bad" in days.accessibleDescription()
    assert len(days.rectangles()) == 31
