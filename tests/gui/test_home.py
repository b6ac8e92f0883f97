"""Home: the answer, the last runs, what needs attention, the job that runs."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from tests.support.hardware_examples import CALIBRATION, Calibration, Hardware
from tests.support.hardware_examples import answer as hardware_answer
from tests.support.window import settle
from zkcompanion.app.hardware_views import CalibrationEnded
from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobChanged, JobView, PhaseView
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.ui.pages.home_parts import RunningCard


def record(desk, **changes):
    made = ProofRecord(
        id=0,
        unix_s=desk.clock.unix_s(),
        circuit="c",
        title=msg("A solved sudoku"),
        source="sudoku",
        fingerprint="f",
        outcome="verified",
        proofs=1,
        seconds=0.25,
        constraints=4123,
        kernels="ifma",
        threads=2,
        key="development",
    )
    return replace(made, **changes)


@pytest.fixture
def home_page(window, qtbot):
    page = window.findChild(object, "page-home")
    qtbot.waitUntil(lambda: headline(page) != "", timeout=5000)
    return page


def headline(page):
    return page.findChild(QLabel, "home-proved").text()


def button(page, name):
    return page.findChild(QPushButton, name)


def test_the_first_start_says_so_and_offers_one_thing_to_do(window, home_page, qtbot):
    assert headline(home_page) == "Nothing has been proved on this computer yet."
    prove = button(home_page, "home-prove")
    assert prove.isVisible()
    assert button(home_page, "home-all-runs").isVisible() is False
    qtbot.mouseClick(prove, Qt.MouseButton.LeftButton)
    assert window.findChild(object, "page-prove").isVisible()


def test_a_run_that_ends_changes_the_answer_at_once(desk, window, home_page, qtbot):
    kept = desk.history.add(record(desk))
    qtbot.waitUntil(lambda: "4" in headline(home_page), timeout=5000)
    row = button(home_page, f"home-run-{kept.id}")
    assert "A solved sudoku" in row.accessibleName()
    assert "development key" in row.accessibleName()
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert window.findChild(object, "page-prove").isVisible()


def test_the_answer_is_what_this_computer_can_prove_and_what_that_rests_on(desk, theme, qtbot):
    window = make_window(desk, theme, qtbot, Hardware())
    page = window.page
    answer = page.findChild(QLabel, "home-answer")
    qtbot.waitUntil(
        lambda: answer.text() == "This computer proves circuits up to about 2^20 constraints.", timeout=5000
    )
    assert page.findChild(QLabel, "home-basis").text() == "Predicted from this computer's description alone."
    assert button(page, "home-measure").isVisible()
    # measured meanwhile, it rests on more, and nothing asks for measuring
    desk.__dict__["hardware"]._answer = hardware_answer("calibrated")
    desk.bus.publish(CalibrationEnded(CALIBRATION))
    qtbot.waitUntil(lambda: not button(page, "home-measure").isVisible(), timeout=5000)
    qtbot.mouseClick(button(page, "home-hardware"), Qt.MouseButton.LeftButton)
    assert window.page.id == "hardware"
    settle(qtbot)
    # out of sight it asks nothing, and once when it is back
    window.go("settings")
    settle(qtbot)
    before = desk.hardware.answers
    desk.bus.publish(CalibrationEnded(CALIBRATION))
    settle(qtbot)
    assert desk.hardware.answers == before
    window.go("home")
    qtbot.waitUntil(lambda: desk.hardware.answers == before + 1, timeout=5000)
    window.close_for_good()
    window.deleteLater()


def test_without_an_answer_home_says_what_was_proved(desk, theme, qtbot):
    hardware = Hardware()
    hardware.error = ResourceError(msg("The system does not answer."))
    window = make_window(desk, theme, qtbot, hardware)
    answer = window.page.findChild(QLabel, "home-answer")
    qtbot.waitUntil(lambda: answer.text() == "Nothing has been proved on this computer yet.", timeout=5000)
    assert window.page.findChild(QLabel, "home-basis").isVisible() is False
    window.close_for_good()
    window.deleteLater()


def make_window(desk, theme, qtbot, hardware):
    from zkcompanion.ui.pages import PAGES
    from zkcompanion.ui.shell.main_window import MainWindow

    desk.__dict__["hardware"], desk.__dict__["calibration"] = hardware, Calibration()
    window = MainWindow(desk, theme, PAGES)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_hostile_names_are_shown_as_they_are(desk, home_page, qtbot):
    name = "<b>bold</b><img src='file:///x'>" + "long" * 200
    kept = desk.history.add(record(desk, title=msg("{name}", name=name)))
    qtbot.waitUntil(lambda: button(home_page, f"home-run-{kept.id}") is not None, timeout=5000)
    for label in home_page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


def test_what_needs_attention_leads_to_where_it_is_settled(desk, window, home_page, qtbot):
    desk.history.add(record(desk, outcome="failed", seconds=None, error_code="input"))
    qtbot.waitUntil(lambda: button(home_page, "home-attention-failed") is not None, timeout=5000)
    qtbot.mouseClick(button(home_page, "home-attention-failed"), Qt.MouseButton.LeftButton)
    assert window.findChild(object, "page-prove").isVisible()


def test_another_tip_comes_when_it_is_asked_for(home_page, qtbot):
    def shown():
        return [label.text() for label in home_page.findChildren(QLabel)]

    before = shown()
    qtbot.mouseClick(button(home_page, "home-tip-next"), Qt.MouseButton.LeftButton)
    assert shown() != before


def test_a_running_job_is_shown_with_its_share_and_a_way_to_it(window, qtbot, theme):
    went = []
    card = RunningCard(window.context, went.append)
    qtbot.addWidget(card)
    running = JobView(
        7,
        "c",
        msg("A solved sudoku"),
        "f",
        "running",
        0.0,
        repeat=3,
        number=2,
        phases=(PhaseView("sum-a", "running", 0.1),),
        elapsed_s=1.0,
        left_s=(1.0, 1.0),
    )
    card.show_job(running, 2)
    words = " ".join(label.accessibleName() or label.text() for label in card.findChildren(QLabel))
    assert "50 %" in words
    assert "Sum A" in words
    assert "2 more wait" in words
    qtbot.mouseClick(button(card, "home-watch"), Qt.MouseButton.LeftButton)
    assert went == [7]
    card.show_job(None, 0)
    assert card.isVisible() is False


def test_events_of_jobs_reach_the_page(desk, home_page, qtbot):
    desk.bus.publish(JobChanged(JobView(1, "c", msg("C"), "f", "done", 0.0)))
    qtbot.wait(20)
    assert button(home_page, "home-watch").isVisible() is False
