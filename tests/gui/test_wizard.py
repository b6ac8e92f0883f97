"""The first run in the window: each step, what is skipped, gone back to, taken up again, and what fails."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea

from tests.support.hardware_examples import ADVICE, CALIBRATION, Calibration, Hardware, answer
from tests.support.window import settle
from zkcompanion.app import wizard
from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.ui.wizard.start import comes_now, remembered


@pytest.fixture
def fakes(desk):
    """Services that answer at once, before the window asks."""
    desk.__dict__["hardware"], desk.__dict__["calibration"] = Hardware(), Calibration()
    return desk.__dict__["hardware"], desk.__dict__["calibration"]


@pytest.fixture
def page(fakes, window, qtbot):
    window.go("wizard")
    qtbot.waitUntil(lambda: said(window.page, "wizard-verdict") != "", timeout=5000)
    settle(qtbot)
    return window.page


def said(page, name):
    found = page.findChild(QLabel, name)
    return found.text() if found is not None and found.isVisible() else ""


def texts(page):
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


def button(page, name):
    found = page.findChild(QPushButton, name)
    assert found is not None, name
    return found


def press(qtbot, page, name):
    found = button(page, name)
    assert found.isVisible(), name
    assert found.isEnabled(), name
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)
    settle(qtbot)


def test_the_first_screen_says_what_it_is_and_a_verdict_that_is_called_an_estimate(page):
    assert said(page, "wizard-verdict") == "This computer proves circuits up to about 2^20 constraints."
    assert "Estimated" in texts(page)
    assert "Predicted from this computer's description alone." in texts(page)
    assert "Example 4-core" in " ".join(texts(page))
    assert page.state.mark("look") == "done"
    assert button(page, "wizard-back").isVisible() is False
    # nothing is measured by itself
    assert page.context.desk.calibration.calls == []


def test_every_step_can_be_skipped_and_the_last_one_ends_on_home(desk, window, page, qtbot):
    shown = []
    for _ in wizard.STEPS:
        shown.append((page.state.step, page.title_label.text(), button(page, "wizard-next").text()))
        press(qtbot, page, "wizard-next")
    assert [step for step, _, _ in shown] == list(wizard.STEPS)
    assert len({title for _, title, _ in shown}) == len(wizard.STEPS)
    assert [words for _, _, words in shown] == ["Next", "Skip this step", "Next", "Next", "Leave it and go to Home"]
    assert window.page.id == "home"
    qtbot.waitUntil(lambda: remembered(desk).ended == "finished", timeout=5000)
    assert remembered(desk).marks == ("done", "skipped", "done", "done", "skipped")
    assert not comes_now(desk)


def test_back_goes_the_way_that_was_come(page, qtbot):
    press(qtbot, page, "wizard-next")
    press(qtbot, page, "wizard-next")
    assert page.state.step == "answer"
    press(qtbot, page, "wizard-back")
    press(qtbot, page, "wizard-back")
    assert page.state.step == "look"
    press(qtbot, page, "wizard-prove-now")
    assert page.state.step == "proof"
    press(qtbot, page, "wizard-back")
    assert page.state.step == "look"


def test_the_row_of_steps_leads_anywhere_and_says_what_became_of_each(page, qtbot):
    press(qtbot, page, "wizard-to-advice")
    assert page.state.trail == ("look", "advice")
    assert button(page, "wizard-to-look").accessibleDescription() == "done"
    assert button(page, "wizard-to-calibrate").accessibleDescription() == "not done yet"
    button(page, "wizard-to-advice").setFocus()
    qtbot.keyClick(button(page, "wizard-to-advice"), Qt.Key.Key_Left)
    settle(qtbot)
    assert page.state.step == "answer"


def test_a_window_that_is_closed_in_the_middle_takes_it_up_there(desk, window, page, qtbot):
    press(qtbot, page, "wizard-next")
    press(qtbot, page, "wizard-next")
    window.close_for_good()
    settle(qtbot)
    assert comes_now(desk)
    assert remembered(desk).step == "answer"
    assert remembered(desk).trail == ("look", "calibrate", "answer")


@pytest.mark.parametrize("way", ["escape", "button", "another page"])
def test_leaving_it_is_remembered_and_it_can_be_taken_up_and_begun_again(desk, window, page, qtbot, way):
    press(qtbot, page, "wizard-next")
    if way == "escape":
        qtbot.keyClick(page, Qt.Key.Key_Escape)
    elif way == "button":
        press(qtbot, page, "wizard-leave")
    else:
        window.go("prove")
    assert window.page.id == ("prove" if way == "another page" else "home")
    settle(qtbot)
    assert remembered(desk).ended == "dismissed"
    assert not comes_now(desk)
    window.go("wizard")
    assert window.page.state.step == "calibrate"
    window.go("wizard", again=True)
    assert window.page.state == wizard.done(wizard.WizardState(), "look") or window.page.state == wizard.WizardState()
    window.go("wizard", step="advice")
    assert window.page.state.step == "advice"


def test_esc_closes_the_help_before_it_leaves(window, page, qtbot):
    window.toggle_help()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert window.help.isVisible() is False
    assert window.page is page


def test_settings_begin_it_again(window, page, qtbot):
    press(qtbot, page, "wizard-next")
    window.go("settings", setting="setup")
    settle(qtbot)
    qtbot.mouseClick(window.page.findChild(QPushButton, "settings-setup"), Qt.MouseButton.LeftButton)
    assert window.page is page
    assert page.state.step == "look"


def test_measuring_shows_how_far_it_is_and_its_end_is_marked(desk, page, fakes, qtbot):
    _, calibration = fakes
    press(qtbot, page, "wizard-next")
    assert QApplication.focusWidget() is button(page, "hardware-calibrate")
    press(qtbot, page, "hardware-calibrate")
    assert calibration.calls == ["start"]
    desk.bus.publish(CalibrationProgressed(0.5, msg("Additions of curve points"), 9.0))
    qtbot.waitUntil(lambda: "Additions of curve points" in texts(page), timeout=5000)
    assert button(page, "wizard-next").text() == "Skip this step"
    calibration.running, calibration.found = False, CALIBRATION
    desk.bus.publish(CalibrationEnded(CALIBRATION))
    qtbot.waitUntil(lambda: page.state.mark("calibrate") == "done", timeout=5000)
    assert button(page, "wizard-next").text() == "Next"
    # going back and forth keeps it
    press(qtbot, page, "wizard-next")
    assert page.state.mark("calibrate") == "done"


def test_measuring_that_others_disturbed_is_done_all_the_same(desk, page, fakes, qtbot):
    _, calibration = fakes
    disturbed = replace(CALIBRATION, stale=msg("Other programs were at work."))
    calibration.found = disturbed
    press(qtbot, page, "wizard-next")
    assert page.state.mark("calibrate") == "open"
    press(qtbot, page, "hardware-calibrate")
    calibration.running = False
    desk.bus.publish(CalibrationEnded(disturbed))
    qtbot.waitUntil(lambda: page.state.mark("calibrate") == "done", timeout=5000)
    assert "Other programs were at work." in texts(page)
    assert QApplication.focusWidget() is button(page, "wizard-next")


@pytest.mark.parametrize("way", ["escape", "skip"])
def test_measuring_is_stopped_by_esc_and_by_going_on(page, fakes, qtbot, way):
    _, calibration = fakes
    press(qtbot, page, "wizard-next")
    press(qtbot, page, "hardware-calibrate")
    if way == "escape":
        qtbot.keyClick(page, Qt.Key.Key_Escape)
    else:
        press(qtbot, page, "wizard-next")
    settle(qtbot)
    assert calibration.calls == ["start", "cancel"]
    assert page.state.step == ("calibrate" if way == "escape" else "answer")


def test_measuring_that_fails_says_so_and_can_be_tried_again_or_left(desk, page, fakes, qtbot):
    _, calibration = fakes
    press(qtbot, page, "wizard-next")
    press(qtbot, page, "hardware-calibrate")
    calibration.running = False
    desk.bus.publish(CalibrationEnded(None, msg("The disk is full.")))
    qtbot.waitUntil(lambda: "The disk is full." in texts(page), timeout=5000)
    press(qtbot, page, "hardware-calibrate")
    assert calibration.calls == ["start", "start"]
    press(qtbot, page, "wizard-next")
    assert page.state.mark("calibrate") == "skipped"


def test_the_ladder_is_read_with_the_arrow_keys_and_has_a_line(page, qtbot):
    press(qtbot, page, "wizard-to-answer")
    ladder = page.findChild(object, "wizard-ladder")
    description = ladder.accessibleDescription()
    assert description.index("A signed mail") < description.index("This computer stops here.")
    assert description.index("This computer stops here.") < description.index("A rollup")
    # it begins at the heaviest that is reached
    assert ladder.current.id == "mail"
    assert "A sentence about A signed mail." in texts(page)
    ladder.setFocus()
    qtbot.keyClick(ladder, Qt.Key.Key_Down)
    assert ladder.current.id == "rollup"
    assert "A sentence about A rollup." in texts(page)
    qtbot.keyClick(ladder, Qt.Key.Key_Home)
    assert ladder.current.id == "hash"
    qtbot.keyClick(ladder, Qt.Key.Key_Up)
    assert ladder.current.id == "hash"
    qtbot.keyClick(ladder, Qt.Key.Key_End)
    assert ladder.current.id == "zkvm"
    place = ladder.rectangles()[1].center().toPoint()
    qtbot.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=place)
    assert ladder.current.id == "merkle"


def test_three_things_that_would_help_are_shown_with_what_they_bring(page, qtbot):
    press(qtbot, page, "wizard-to-advice")
    assert [one for one in texts(page) if one in {"Turn power saving off", "Close other programs", "More memory"}] == [
        "Turn power saving off",
        "Close other programs",
        "More memory",
    ]
    assert "Another processor" not in texts(page)
    assert "Better for 2 workloads:" in texts(page)
    press(qtbot, page, "hardware-advice-memory-steps")
    assert str(ADVICE[2].how) in texts(page)


def test_where_nothing_would_help_it_says_so(desk, window, qtbot):
    desk.__dict__["hardware"], desk.__dict__["calibration"] = Hardware(advice=()), Calibration()
    window.go("wizard", step="advice")
    settle(qtbot)
    assert any("Nothing stands in the way" in text for text in texts(window.page))


def test_a_machine_without_a_rung_has_no_ladder(desk, window, qtbot):
    desk.__dict__["hardware"] = Hardware(found=answer("none", workloads=()))
    window.go("wizard", step="answer")
    settle(qtbot)
    assert window.page.findChild(object, "wizard-ladder").isVisible() is False
    assert "No data" in texts(window.page)


@pytest.mark.parametrize("step", ["look", "answer", "advice"])
def test_a_step_that_fails_says_why_and_is_tried_again_or_left(desk, window, qtbot, step):
    hardware = desk.__dict__["hardware"] = Hardware()
    hardware.error = ResourceError(msg("The system does not answer."))
    window.go("wizard", step=step)
    page = window.page
    qtbot.waitUntil(lambda: "The system does not answer." in texts(page), timeout=5000)
    assert page.state.mark(step) == "open"
    assert button(page, "wizard-next").isVisible()
    hardware.error = None
    press(qtbot, page, f"wizard-{step}-again")
    qtbot.waitUntil(lambda: page.state.mark(step) == "done", timeout=5000)
    assert "The system does not answer." not in texts(page)


def test_the_measured_verdict_takes_the_place_of_the_estimate(desk, page, fakes, qtbot):
    hardware, _ = fakes
    hardware._answer = answer("calibrated")
    desk.bus.publish(CalibrationEnded(CALIBRATION))
    qtbot.waitUntil(lambda: "Calibrated" in texts(page), timeout=5000)


def test_enter_presses_what_has_the_keyboard(page, qtbot):
    at = button(page, "wizard-prove-now")
    at.setFocus()
    qtbot.keyClick(at, Qt.Key.Key_Return)
    assert page.state.step == "proof"


def test_a_fresh_home_asks_for_it_and_one_that_was_used_does_not(desk):
    assert comes_now(desk)
    desk.preferences.change(started_before=True)
    assert not comes_now(desk)


def test_who_has_a_history_is_not_asked(desk):
    from tests.gui.test_home import record

    desk.history.add(record(desk))
    assert not comes_now(desk)


def test_who_closed_a_window_before_is_not_asked(desk):
    from zkcompanion.ui.shell.placement import Placement, write_placement

    write_placement(desk.dirs, Placement(0, 0, 1180, 800))
    assert not comes_now(desk)


def test_another_language_keeps_the_step(desk, window, page, qtbot):
    press(qtbot, page, "wizard-to-advice")
    desk.preferences.change(language="qps")
    qtbot.waitUntil(lambda: window.page is not page, timeout=10_000)
    settle(qtbot)
    assert window.page.state.step == "advice"
    assert window.page.state.trail == ("look", "advice")


def test_every_step_is_in_reach_in_a_narrow_window_with_large_text(window, page, qtbot):
    window.resize(720, 600)
    window.context.theme.apply("light", 150)
    for step in wizard.STEPS:
        window.go("wizard", step=step)
        settle(qtbot)
        assert button(page, f"wizard-to-{step}").isVisible()
        area = page.findChild(QScrollArea)
        assert area.horizontalScrollBar().maximum() == 0, step
        assert button(page, "wizard-next").geometry().right() <= page.width()
