"""Notices say what happened, take nothing from whoever works, and go by themselves unless they matter."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from zkcompanion.base.errors import BugError, Cancelled, FileError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice
from zkcompanion.ui.shell import notices as module

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def quick(monkeypatch):
    """Passing notices pass soon."""
    monkeypatch.setattr(module, "_STAYS_MS", 150)
    monkeypatch.setattr(module, "_EACH_LETTER_MS", 0)


def texts(window):
    return [window.context.say(notice.text) for notice in window.notices.notices]


def shown_words(card):
    return [label.text() for label in card.findChildren(QLabel) if label.isVisible()]


def test_a_notice_takes_no_focus_and_stands_in_the_corner(window):
    field = QLineEdit(window.page)
    field.show()
    field.setFocus()
    window.notify(Notice("good", msg("The proof is saved."), lasting=True))
    assert window.focusWidget() is field
    assert window.notices.isVisible()
    area = window.notices.parentWidget()
    corner = window.notices.geometry().bottomRight()
    assert area.width() - corner.x() < 40
    assert area.height() - corner.y() < 40
    window.resize(800, 600)
    assert area.rect().contains(window.notices.geometry())


def test_notices_stack_newest_last_and_only_some_are_in_sight(window):
    for number in range(6):
        window.notify(Notice("info", msg("Thing {number}", number=number), lasting=True))
    assert texts(window) == [f"Thing {number}" for number in range(6)]
    assert [card.isVisible() for card in window.notices.cards] == [False, False, True, True, True, True]
    window.notices.cards[-1].close_button.click()
    assert [card.isVisible() for card in window.notices.cards] == [False, True, True, True, True]


def test_a_later_notice_with_the_same_key_takes_the_place_of_the_former(window):
    window.notify(Notice("info", msg("One"), key="a", lasting=True))
    window.notify(Notice("info", msg("Other"), key="b", lasting=True))
    window.notify(Notice("info", msg("Two"), key="a", lasting=True))
    assert texts(window) == ["Other", "Two"]
    window.withdraw("b")
    window.withdraw("b")
    assert texts(window) == ["Two"]


def test_a_passing_notice_goes_by_itself_and_a_lasting_one_stays(window, qtbot, quick):
    window.notify(Notice("info", msg("Stays"), lasting=True))
    window.notify(Notice("info", msg("Goes")))
    qtbot.waitUntil(lambda: texts(window) == ["Stays"])


def test_whoever_points_at_it_or_has_the_keyboard_in_it_is_reading_it(window, qtbot, quick):
    window.notify(Notice("info", msg("Goes")))
    (card,) = window.notices.cards
    at = QPoint(3, 3)
    QApplication.sendEvent(card, QEnterEvent(at, at, at))
    assert not card._timer.isActive()
    QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    assert card._timer.isActive()
    card.close_button.setFocus()
    assert not card._timer.isActive()
    assert texts(window) == ["Goes"]
    window.rail.take_focus()
    qtbot.waitUntil(lambda: texts(window) == [])


def test_its_action_is_done_and_closes_it(window, qtbot):
    done = []
    window.notify(Notice("info", msg("Deleted."), action_text=msg("Undo"), action=lambda: done.append(1), lasting=True))
    (card,) = window.notices.cards
    qtbot.mouseClick(card.findChild(object, f"{card.objectName()}-action"), LEFT)
    assert (done, texts(window)) == ([1], [])


def test_the_keyboard_reaches_it_closes_it_and_goes_back(window, qtbot):
    field = QLineEdit(window.page)
    field.show()
    field.setFocus()
    window.notify(Notice("bad", msg("One"), lasting=True))
    window.notify(Notice("bad", msg("Two"), lasting=True))
    window.show_warnings()
    assert window.notices.cards[-1].isAncestorOf(window.focusWidget())
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert texts(window) == ["One"]
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert texts(window) == []
    assert window.focusWidget() is field


def test_warnings_are_counted_in_the_status_line(window, qtbot):
    part = window.status.findChild(object, "status-warnings")
    assert part.text() == "No warnings"
    window.notify(Notice("caution", msg("One"), lasting=True))
    window.notify(Notice("bad", msg("Two"), lasting=True))
    window.notify(Notice("info", msg("Three"), lasting=True))
    assert part.text() == "2 warnings"
    qtbot.mouseClick(part, LEFT)
    assert window.notices.isAncestorOf(window.focusWidget())
    for card in window.notices.cards:
        card.close_button.click()
    assert part.text() == "No warnings"
    qtbot.mouseClick(part, LEFT)
    assert window.page.id == "diagnostics"


def test_text_from_files_is_shown_and_never_rendered(window):
    window.notify(Notice("bad", msg("{name} is no circuit.", name="<b>x</b><img src=/etc/passwd>"), lasting=True))
    (card,) = window.notices.cards
    labels = [label for label in card.findChildren(QLabel) if "<b>x</b>" in label.text()]
    assert labels
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in card.findChildren(QLabel))


# -- errors


def test_an_error_of_a_file_says_what_and_what_to_do_with_the_place_folded_away(window, qtbot):
    window.show_error(
        FileError(msg("the file ends too early."), file="a.zkey", section="3", offset=12, hint=msg("Make it again."))
    )
    (card,) = window.notices.cards
    assert shown_words(card) == ["a.zkey, section 3, byte 12: the file ends too early.", "Make it again."]
    qtbot.mouseClick(card.findChild(object, f"{card.objectName()}-details"), LEFT)
    assert {"File: a.zkey", "Section: 3", "Byte: 12"} <= set(shown_words(card))
    assert card.notice.lasting


def test_a_fault_of_ours_leads_to_what_is_known(window, qtbot):
    window.show_error(BugError(msg("Something went wrong in this program.")))
    (card,) = window.notices.cards
    qtbot.mouseClick(card.findChild(object, f"{card.objectName()}-action"), LEFT)
    assert window.page.id == "diagnostics"


def test_a_cancel_is_no_error_and_the_same_error_stands_once(window):
    window.show_error(Cancelled())
    assert window.notices.notices[0].tone == "info"
    window.show_error(UsageError(msg("One.")))
    window.show_error(UsageError(msg("Two.")))
    assert texts(window) == ["Cancelled.", "Two."]


# -- room


@pytest.mark.parametrize("percent", [80, 100, 200])
def test_all_of_a_notice_can_be_read_at_every_text_size(window, theme, qtbot, percent):
    long = msg(
        "proof.json, public.json and verification_key.json are in one folder, as whoever checks them wants them."
    )
    window.notify(Notice("good", msg("The proof is saved."), long, lasting=True))
    window.resize(720, 600)
    theme.apply("light", percent)
    (card,) = window.notices.cards

    def whole():
        labels = [label for label in card.findChildren(QLabel) if label.isVisible() and label.text()]
        return all(label.height() >= label.heightForWidth(label.width()) for label in labels)

    qtbot.waitUntil(whole)
    assert window.notices.parentWidget().rect().contains(window.notices.geometry())


def test_unfolded_details_have_room(window, qtbot):
    window.show_error(FileError(msg("the file ends too early."), file="a.zkey", section="3", offset=12))
    (card,) = window.notices.cards
    before = window.notices.height()
    card.findChild(object, f"{card.objectName()}-details").click()
    qtbot.waitUntil(lambda: window.notices.height() > before + 30)
    assert window.notices.parentWidget().rect().contains(window.notices.geometry())


def test_notices_stand_beside_the_help_where_there_is_room(window, qtbot):
    window.notify(Notice("info", msg("Something."), lasting=True))
    window.toggle_help()
    qtbot.waitUntil(lambda: window.notices.geometry().right() < window.help.geometry().left())
    window.toggle_help()
    qtbot.waitUntil(lambda: window.notices.geometry().right() > window.width() - 40)
