"""What is known about faults: read, copied, saved, deleted; and told at the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from zkcompanion.ui.qtapp import crash_notice, fault_notice

LEFT = Qt.MouseButton.LeftButton
SECRET = "9876543210987654321"


@pytest.fixture
def page(window, desk, qtbot):
    with pytest.raises(ValueError) as caught:
        raise ValueError(f"bad digit in {SECRET}")
    assert desk.diagnostics.record(caught.value, "test") is not None
    window.go("diagnostics")
    qtbot.waitUntil(lambda: "ValueError" in window.page.report)
    return window.page


def button(page, name):
    return page.findChild(object, f"diagnostics-{name}")


def test_the_report_can_be_read_whole_and_not_changed(page, home):
    field = page.findChild(object, "diagnostics-report")
    assert field.isReadOnly()
    assert "ZK Companion" in page.report
    assert "Python" in page.report
    assert SECRET not in page.report
    assert str(home) not in page.report.split("Fault")[0]


def test_it_is_copied(page, qtbot):
    qtbot.mouseClick(button(page, "copy"), LEFT)
    assert QGuiApplication.clipboard().text() == page.report


def test_it_is_saved_as_it_was_read(page, qtbot, tmp_path):
    target = tmp_path / "report.txt"
    qtbot.mouseClick(button(page, "save"), LEFT)
    (dialog,) = page.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: target.read_text() == page.report)


def test_a_place_that_cannot_be_written_is_an_error_in_words(page, window, qtbot, tmp_path):
    page.save(str(tmp_path / "no folder" / "report.txt"))
    qtbot.waitUntil(lambda: len(window.notices.notices) == 1)
    assert window.notices.notices[0].tone == "bad"


def test_deleting_asks_first_and_keeps_by_default(page, window, desk, qtbot):
    qtbot.mouseClick(button(page, "delete"), LEFT)
    assert window.focusWidget() is button(page, "delete-no")
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert list((desk.dirs.state / "errors").iterdir()) != []
    qtbot.mouseClick(button(page, "delete"), LEFT)
    qtbot.mouseClick(button(page, "delete-yes"), LEFT)
    qtbot.waitUntil(lambda: "ValueError" not in page.report)
    assert list((desk.dirs.state / "errors").iterdir()) == []


def test_a_crash_of_the_last_run_is_told_with_a_way_to_it(window, desk, qtbot):
    folder = desk.dirs.state / "runs"
    folder.mkdir(exist_ok=True)
    (folder / "run-1.txt").write_text("zkcompanion 0.1.0\nstarted 1\nFatal Python error: Segmentation fault\n")
    desk.diagnostics.watch_crashes()
    crash = desk.diagnostics.last_crash()
    window.notify(crash_notice(window, crash))
    (card,) = window.notices.cards
    qtbot.mouseClick(card.findChild(object, f"{card.objectName()}-action"), LEFT)
    qtbot.waitUntil(lambda: "Segmentation fault" in window.page.report)


def test_a_fault_is_told_calmly_with_a_way_to_it(window, qtbot):
    window.notify(fault_notice(window.show_diagnostics))
    (card,) = window.notices.cards
    assert window.context.say(card.notice.text) == "Something went wrong in this program"
    assert card.notice.lasting
    qtbot.mouseClick(card.findChild(object, f"{card.objectName()}-action"), LEFT)
    assert window.page.id == "diagnostics"
