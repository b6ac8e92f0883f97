"""Rail, keys, finder and help: the ways through the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from tests.support.window import settle
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice
from zkcompanion.ui.pages import PAGES
from zkcompanion.ui.shell.help import help_for
from zkcompanion.ui.shell.rail import NARROW, WIDE
from zkcompanion.ui.widgets.basic import KeyValues

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def test_a_click_on_the_rail_shows_a_page_and_marks_it(window, qtbot):
    for page in PAGES:
        button = window.rail.button(page.id)
        qtbot.mouseClick(button, LEFT)
        assert window.page.id == page.id
        assert button.isChecked()
        assert window.context.say(page.title) in window.windowTitle()


def test_numbers_with_control_show_the_pages(window, qtbot):
    for number, page in enumerate(PAGES, start=1):
        press(qtbot, window, Qt.Key(Qt.Key.Key_0 + number), CTRL)
        assert window.page.id == page.id


def test_arrow_keys_walk_along_the_rail_and_enter_opens(window, qtbot):
    window.rail.take_focus()
    press(qtbot, window, Qt.Key.Key_Down)
    assert window.focusWidget() is window.rail.button(PAGES[1].id)
    assert window.page.id == PAGES[0].id
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.page.id == PAGES[1].id
    press(qtbot, window, Qt.Key.Key_Up)
    press(qtbot, window, Qt.Key.Key_Up)
    assert window.focusWidget() is window.rail.button("help")


def test_pages_are_built_when_they_are_first_shown(window):
    assert set(window._pages) == {PAGES[0].id}
    window.go(PAGES[1].id)
    assert set(window._pages) == {PAGES[0].id, PAGES[1].id}


@pytest.mark.parametrize(("width", "rail"), [(880, NARROW), (920, WIDE)])
def test_the_rail_is_narrow_in_a_narrow_window(window, qtbot, width, rail):
    window.resize(width, 700)
    qtbot.waitUntil(lambda: window.rail.width() == rail)
    button = window.rail.button("home")
    assert (button.text() == "") is (rail == NARROW)
    assert "Ctrl+1" in button.toolTip()
    assert button.accessibleName() == "Home"


def test_a_large_text_makes_the_rail_narrow_earlier(window, theme):
    window.resize(1180, 700)
    theme.apply("light", 200)
    window._fit()
    assert window.rail.collapsed


def test_f6_goes_round_the_parts_of_the_window(window, qtbot):
    window.rail.take_focus()
    window.notify(Notice("info", msg("Something happened."), lasting=True))
    press(qtbot, window, Qt.Key.Key_F1)
    visited = []
    for _ in range(6):
        press(qtbot, window, Qt.Key.Key_F6)
        focus = window.focusWidget()
        parts = (window.rail, window.stack, window.help, window.notices, window.status)
        visited.append(next(part.objectName() for part in parts if part.isAncestorOf(focus)))
    assert visited == ["pages", "help", "notices", "status", "rail", "pages"]
    press(qtbot, window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.rail.isAncestorOf(window.focusWidget())


# -- find anything


@pytest.fixture
def finder(window, qtbot):
    press(qtbot, window, Qt.Key.Key_K, CTRL)
    assert window.finder.isVisible()
    return window.finder


def test_it_lists_pages_examples_places_and_deeds(finder, qtbot):
    qtbot.waitUntil(lambda: "Funds above a threshold" in finder.titles())
    for title in ("Home", "Prove", "Settings", "Use the dark theme", "Larger text", "What is known about faults"):
        assert title in finder.titles()


def test_typing_some_letters_and_enter_opens(window, finder, qtbot):
    qtbot.keyClicks(window.focusWidget(), "sttngs")
    assert finder.titles()[0] == "Settings"
    press(qtbot, window, Qt.Key.Key_Return)
    assert not finder.isVisible()
    assert window.page.id == "settings"


def test_arrow_keys_choose(window, finder, qtbot):
    qtbot.keyClicks(window.focusWidget(), "theme")
    titles = finder.titles()
    press(qtbot, window, Qt.Key.Key_Down)
    press(qtbot, window, Qt.Key.Key_Down)
    assert finder._list.currentItem().text() == titles[2]
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_Up)
    assert finder._list.currentItem().text() == titles[-1]
    press(qtbot, window, Qt.Key.Key_PageUp)
    assert finder._list.currentRow() < len(titles) - 1


def test_escape_and_a_click_beside_it_close_it_and_the_keyboard_goes_on(window, qtbot):
    window.rail.take_focus()
    before = window.focusWidget()
    for close in (
        lambda: press(qtbot, window, Qt.Key.Key_Escape),
        lambda: qtbot.mouseClick(window.finder, LEFT, pos=window.finder.rect().bottomLeft()),
        lambda: press(qtbot, window, Qt.Key.Key_K, CTRL),
    ):
        press(qtbot, window, Qt.Key.Key_K, CTRL)
        assert window.focusWidget().objectName() == "finder-text"
        close()
        assert not window.finder.isVisible()
        assert window.focusWidget() is before


def test_what_is_not_there_is_said_calmly(window, finder, qtbot):
    qtbot.keyClicks(window.focusWidget(), "xyzzy")
    assert finder.titles() == []
    press(qtbot, window, Qt.Key.Key_Return)
    assert finder.isVisible()


def test_a_setting_is_found_and_opened(window, finder, qtbot):
    qtbot.keyClicks(window.focusWidget(), "text size")
    assert finder.titles()[0] == "Text size"
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.page.id == "settings"


def test_a_deed_is_done(window, finder, qtbot, desk):
    qtbot.keyClicks(window.focusWidget(), "dark theme")
    press(qtbot, window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.context.theme.tokens.name == "dark")
    assert desk.preferences.current.theme == "dark"


def test_every_entry_can_be_opened(window, finder, qtbot):
    qtbot.waitUntil(lambda: "Funds above a threshold" in finder.titles())
    entries = [found for found in finder._entries if found.title != "Close the window"]
    finder.close_finder()
    for found in entries:
        found.open()
    assert window.isVisible()


# -- help


def test_f1_says_what_the_thing_under_the_keyboard_is(window, qtbot):
    field = QLineEdit(window.page)
    field.setAccessibleName("Threads")
    field.setAccessibleDescription("How many threads a proof uses.")
    field.show()
    field.setFocus()
    press(qtbot, window, Qt.Key.Key_F1)
    assert window.help.isVisible()
    assert window.help._thing.text() == "Threads"
    assert window.help._thing_words.text() == "How many threads a proof uses."
    assert window.help._page_words.text() == window.context.say(window.page.help)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not window.help.isVisible()
    assert window.focusWidget() is field


def test_the_help_follows_the_keyboard_and_the_page(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1)
    window.go("settings")
    assert window.help._page.text() == "This page: Settings"
    button = QPushButton("Press", window.page)
    button.setToolTip("What pressing does.")
    button.show()
    button.setFocus()
    assert (window.help._thing.text(), window.help._thing_words.text()) == ("Press", "What pressing does.")


def test_the_help_lists_the_keys(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1)
    shown = {value.text() for value in window.help.findChild(KeyValues, "help-keys")._values.values()}
    assert {"Find anything", "Home", "Next part of the window"} <= shown


def test_closing_the_help_by_its_button_gives_the_keyboard_to_the_page(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1)
    window.help.close_button.setFocus()
    press(qtbot, window, Qt.Key.Key_Space)
    assert not window.help.isVisible()
    assert window.page.isAncestorOf(window.focusWidget())


def test_what_says_nothing_of_itself_has_its_parents_help(qtbot):
    page, group, button = QWidget(), QWidget(), QPushButton("Go")
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(group)
    QVBoxLayout(group).addWidget(button)
    assert help_for(button, page) is None
    group.setProperty("help", "What the group is for.")
    assert help_for(button, page) == ("Go", "What the group is for.")
    assert help_for(None, page) is None


# -- text size by keys


def test_keys_change_the_text_size_within_its_bounds(window, qtbot, desk, theme):
    press(qtbot, window, Qt.Key.Key_Plus, CTRL)
    qtbot.waitUntil(lambda: theme.text_percent == 110)
    press(qtbot, window, Qt.Key.Key_0, CTRL)
    qtbot.waitUntil(lambda: theme.text_percent == 100)
    for percent in (90, 80):
        press(qtbot, window, Qt.Key.Key_Minus, CTRL)
        qtbot.waitUntil(lambda percent=percent: theme.text_percent == percent)
    press(qtbot, window, Qt.Key.Key_Minus, CTRL)
    settle(qtbot)
    assert desk.preferences.current.text_percent == 80
