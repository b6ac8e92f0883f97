"""The window opens where it was, as far as it is on a screen."""

import pytest
from PySide6.QtGui import QGuiApplication

from zkcompanion.ui.shell.placement import Placement, read_placement, write_placement
from zkcompanion.ui.shell.placing import keep_place, take_place


@pytest.fixture(autouse=True)
def _screen(display):
    if display != "xcb":
        pytest.skip("without a display the screen is smaller than the window")


def test_it_opens_in_the_middle_for_the_first_time(window, desk):
    take_place(window, desk.dirs)
    room = QGuiApplication.primaryScreen().availableGeometry()
    assert abs(window.geometry().center().x() - room.center().x()) < 40
    assert room.contains(window.geometry())


def test_it_opens_where_it_was(window, desk, qtbot):
    take_place(window, desk.dirs)
    window.move(30, 40)
    window.resize(900, 640)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (900, 640))
    keep_place(window, desk.dirs)
    window.resize(1000, 700)
    take_place(window, desk.dirs)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (900, 640))
    assert (window.pos().x(), window.pos().y()) == (30, 40)


def test_a_place_on_a_screen_that_is_gone_comes_into_sight(window, desk):
    write_placement(desk.dirs, Placement(90_000, 90_000, 900, 640))
    take_place(window, desk.dirs)
    assert QGuiApplication.primaryScreen().availableGeometry().contains(window.geometry())


def test_maximised_is_remembered_with_the_size_to_go_back_to(window, desk, qtbot):
    take_place(window, desk.dirs)
    window.resize(900, 640)
    window.showMaximized()
    qtbot.waitUntil(window.isMaximized)
    keep_place(window, desk.dirs)
    assert read_placement(desk.dirs).maximized
    window.showNormal()
    take_place(window, desk.dirs)
    qtbot.waitUntil(window.isMaximized)


def test_reset_forgets_it(window, desk):
    write_placement(desk.dirs, Placement(30, 40, 900, 640))
    take_place(window, desk.dirs, reset=True)
    assert read_placement(desk.dirs) is None
    assert (window.width(), window.height()) != (900, 640)
