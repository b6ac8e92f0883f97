"""Larger letters in an open window: what lies between them grows too, and nothing that was there is lost."""

import pytest
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout

from tests.support.window import settle
from zkcompanion.ui.pages import PAGES


def gaps(page):
    """Of every layout of the page."""
    found = {}
    for layout in page.findChildren(QLayout):
        if isinstance(layout, QBoxLayout | QGridLayout):
            margins = layout.contentsMargins()
            grid = isinstance(layout, QGridLayout)
            between = (layout.horizontalSpacing(), layout.verticalSpacing()) if grid else (layout.spacing(),)
            found[layout] = (margins.left(), margins.top(), margins.right(), margins.bottom(), *between)
    return found


def change(window, theme, qtbot, percent):
    window.change(text_percent=percent)
    qtbot.waitUntil(lambda: theme.text_percent == percent)
    settle(qtbot)


@pytest.mark.parametrize("name", [page.id for page in PAGES])
def test_gaps_of_an_open_page_grow_with_its_letters_and_shrink_again(window, theme, qtbot, name):
    window.go(name)
    settle(qtbot)
    page, before = window.page, gaps(window.page)
    change(window, theme, qtbot, 200)
    after = gaps(page)
    assert window.page is page, "nothing is built anew, so that nothing is lost"
    # what is drawn in another order has other layouts; those that stayed are looked at
    stayed = before.keys() & after.keys()
    assert len(stayed) > len(before) / 2
    assert {after[one] for one in stayed if after[one] != tuple(2 * gap for gap in before[one])} == set()
    change(window, theme, qtbot, 100)
    again = gaps(page)
    assert all(again[one] == before[one] for one in stayed & again.keys())


def test_the_way_there_in_small_steps_loses_nothing(window, theme, qtbot):
    window.go("settings")
    settle(qtbot)
    before = gaps(window.page)
    for percent in (*range(110, 201, 10), *range(190, 79, -10), 90, 100):
        theme.apply("light", percent)
    assert gaps(window.page) == before
    theme.apply("light", 200)
    doubled = gaps(window.page)
    assert sum(map(sum, doubled.values())) > 1.9 * sum(map(sum, before.values()))
