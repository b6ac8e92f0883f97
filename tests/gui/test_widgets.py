"""The small parts that everything is made of."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from zkcompanion.base.paths import resource_path
from zkcompanion.ui.theme.icons import pixmap
from zkcompanion.ui.widgets.basic import Button, ElidedLabel, KeyValues, Label
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import Icon, give_icon
from zkcompanion.ui.widgets.states import TONE_ICONS, Banner, Chip, EmptyState, Skeleton
from zkcompanion.ui.widgets.tabs import Tabs


@pytest.fixture
def shown(theme, qtbot):
    """Puts a widget on a window that is shown."""
    window = QWidget()
    layout = QVBoxLayout(window)
    qtbot.addWidget(window)

    def show(widget, width=400):
        layout.addWidget(widget)
        window.resize(width, 300)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return widget

    return show


# -- tabs


@pytest.fixture
def tabs(shown):
    return shown(Tabs((("a", "First"), ("b", "Second"), ("c", "Third")), name="tabs"))


def test_the_first_tab_holds_until_another_is_clicked(tabs, qtbot):
    assert tabs.current == "a"
    with qtbot.waitSignal(tabs.chosen) as told:
        qtbot.mouseClick(tabs.button("b"), Qt.MouseButton.LeftButton)
    assert (told.args, tabs.current) == (["b"], "b")
    qtbot.mouseClick(tabs.button("b"), Qt.MouseButton.LeftButton)
    assert tabs.button("b").isChecked()


def test_tabs_go_on_below_where_the_room_ends_and_from_the_right_where_one_reads_so(tabs):
    one, two, three = (tabs.button(key) for key in "abc")
    assert one.y() == two.y() == three.y()
    assert one.x() < two.x() < three.x()
    tabs.resize(one.width() + two.width() + 1, tabs.heightForWidth(one.width() + two.width() + 1))
    assert one.y() == two.y() < three.y()
    tabs.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    tabs.resize(500, tabs.heightForWidth(500))
    assert one.x() > two.x() > three.x()
    assert one.x() + one.width() == tabs.width()


def test_what_stands_in_a_line_has_its_middle_in_common(shown, theme):
    tall, low = QPushButton("A"), Label("b", wrap=False)
    tall.setMinimumHeight(60)
    shown(FlowRow(theme, tall, low))
    assert abs(tall.geometry().center().y() - low.geometry().center().y()) <= 1


def test_arrow_keys_home_and_end_choose_a_tab_and_take_the_keyboard_along(tabs, qtbot):
    tabs.button("a").setFocus()
    seen = []
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End)
    for key in keys:
        qtbot.keyClick(tabs.window().focusWidget(), key)
        seen.append(tabs.current)
        assert tabs.window().focusWidget() is tabs.button(tabs.current)
    assert seen == ["b", "c", "a", "c", "a", "c"]


def test_tab_stops_at_the_one_that_holds(tabs):
    tabs.choose("b")
    policies = [bool(tabs.button(key).focusPolicy() & Qt.FocusPolicy.TabFocus) for key in "abc"]
    assert policies == [False, True, False]


def test_nothing_moves_when_another_tab_is_chosen(tabs):
    widths = [tabs.button(key).width() for key in "abc"]
    tabs.choose("c")
    assert [tabs.button(key).sizeHint().width() for key in "abc"] == widths


# -- words


def test_a_long_name_is_shortened_in_the_middle_and_said_whole(shown):
    name = "a-very-long-name-of-a-file-" * 5 + "proof.json"
    label = shown(ElidedLabel(name), width=200)
    assert "…" in label.text()
    assert label.text().endswith("json")
    assert label.toolTip() == label.accessibleName() == label.full_text == name
    label.set_text("short")
    assert (label.text(), label.toolTip()) == ("short", "")
    label.set_text(name)
    label.window().resize(3000, 300)
    assert label.text() == name


def test_labels_render_nothing(shown):
    assert shown(Label("<b>x</b>")).textFormat() is Qt.TextFormat.PlainText
    assert ElidedLabel("<b>x</b>").textFormat() is Qt.TextFormat.PlainText


def test_values_change_in_place_and_are_said_with_their_names(shown):
    rows = shown(KeyValues((("time", "Time", "1.24 s"), ("memory", "Memory", "3.11 GiB"))))
    rows.set_value("time", "2.00 s")
    labels = [label for label in rows.findChildren(Label) if label.accessibleName()]
    assert [label.accessibleName() for label in labels] == ["Time: 2.00 s", "Memory: 3.11 GiB"]
    rows.set_rows((("x", "Other", "1"),))
    assert list(rows._values) == ["x"]


# -- what folds, waits and is empty


def test_details_are_folded_until_somebody_asks(shown, theme, qtbot):
    fold = shown(Disclosure(theme, "Details", name="fold"))
    inside = Label("More")
    fold.body.addWidget(inside)
    assert not inside.isVisible()
    with qtbot.waitSignal(fold.toggled) as told:
        qtbot.keyClick(fold.button, Qt.Key.Key_Space)
    assert (told.args, fold.opened, inside.isVisible()) == ([True], True, True)
    fold.set_opened(False)
    assert not inside.isVisible()


def test_what_is_quick_never_shows_that_it_was_waited_for(shown, theme, qtbot):
    skeleton = shown(Skeleton(theme, "Reading the circuit"))
    assert not skeleton.in_sight
    qtbot.waitUntil(lambda: skeleton.in_sight)
    assert skeleton.accessibleName() == "Reading the circuit"
    colours = {skeleton.grab().toImage().pixelColor(5, y).name() for y in range(skeleton.height())}
    assert theme.colour("pressed").name() in colours


def test_a_tone_has_an_icon_of_its_own_besides_its_colour(shown, theme):
    assert len(set(TONE_ICONS.values())) == len(TONE_ICONS)
    chip = shown(Chip(theme, "Verified", "good"))
    chip.set("Not valid", "bad")
    assert chip.findChild(Label).text() == "Not valid"
    assert chip.property("kind") == "chip-bad"
    banner = shown(Banner(theme, "caution", "Development key", "Good for learning.", action=QPushButton("Why")))
    banner.set("bad", "Anyone can forge")
    assert [label.text() for label in banner.findChildren(Label) if not label.isHidden()] == ["Anyone can forge"]


def test_an_empty_place_offers_the_thing_to_do(shown, theme, qtbot):
    done = []
    button = Button("Prove something", "primary", name="do", clicked=lambda: done.append(1))
    shown(EmptyState(theme, "clock", "Your proofs will stand here.", button))
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert done == [1]


# -- icons


def test_icons_follow_the_theme_and_end_with_their_button(shown, theme):
    button, icon = QPushButton("x"), Icon(theme, "search", "text")
    give_icon(button, theme, "search", "text")
    shown(button)
    shown(icon)

    def ink(picture):
        image = picture.toImage()
        points = ((x, y) for x in range(image.width()) for y in range(image.height()))
        return {image.pixelColor(*point).name() for point in points if image.pixelColor(*point).alpha() == 255}

    assert theme.tokens.text.lower() in ink(button.icon().pixmap(40, 40))
    theme.apply("dark", 150)
    assert theme.tokens.text.lower() in ink(button.icon().pixmap(40, 40))
    assert icon.sizeHint().width() == 30
    button.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply("light", 100)


def test_every_icon_is_drawn_on_the_same_grid(qapp):
    for path in sorted(resource_path("icons").glob("*.svg")):
        if path.stem == "app":
            continue
        text = path.read_text()
        assert 'viewBox="0 0 20 20"' in text, path.name
        assert "currentColor" in text, path.name
        assert "#" not in text.replace("xmlns", ""), path.name
        assert "<text" not in text, path.name
        image = pixmap(path.stem, "#000000", 20).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)), path.name
