"""The form of a circuit's inputs: typed, pasted, masked, marked where something is wrong; with real keys."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit

from tests.support.window_views import SilentShell
from zkcompanion.app.input_values import decode_inputs
from zkcompanion.app.job_views import InputFieldView
from zkcompanion.base.messages import msg
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.form import InputForm

AGE = InputFieldView("age", (), public=False, label=msg("Age"), note=msg("In years."))
PATH = InputFieldView("path", (3,), public=False)
LIMIT = InputFieldView("limit", (), public=True, label=msg("Limit"))
GRID = InputFieldView("cells", (3, 4), public=False)
CUBE = InputFieldView("cube", (2, 2, 2), public=True)


@pytest.fixture
def form(desk, theme, qtbot):
    bridge = EventBridge(desk.bus, theme)
    made = InputForm(WindowContext(desk, theme, bridge, SilentShell()))
    made.resize(640, 600)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    bridge.close()
    made.close()
    # before the theme goes: Qt loses count of a table that ends after the style sheet
    made.deleteLater()
    qtbot.wait(0)


def target(form, name):
    return form.fields[name].editor.target


def ask(form, qtbot, fields, values=None):
    form.set_fields(fields, values)
    qtbot.waitUntil(lambda: all(field.editor.target.isVisible() for field in form.fields.values()))


def said(form, name):
    field = form.fields[name]
    return field._said.text() if field._foot.isVisible() else ""


def wrong(form, name):
    return target(form, name).property("wrong") == "true"


def shown(form, text):
    return str(form.problem()[1]) == text


def test_what_is_typed_becomes_the_inputs_that_snarkjs_takes(form, qtbot):
    ask(form, qtbot, [AGE, PATH, LIMIT])
    assert shown(form, "Age is empty.")
    qtbot.keyClicks(target(form, "age"), "0x1f")
    assert shown(form, "path is empty.")
    qtbot.keyClicks(target(form, "path"), "1 2")
    assert shown(form, "path is not complete.")
    assert form.fields["path"]._count.text() == "2 of 3 values"
    qtbot.keyClicks(target(form, "path"), ", -3")
    qtbot.keyClicks(target(form, "limit"), "18")
    assert form.problem() is None
    assert json.loads(form.encoded()) == {"age": "0x1f", "path": ["1", "2", "-3"], "limit": "18"}


def test_a_mistake_is_marked_and_said_at_once_and_typing_goes_on(form, qtbot):
    ask(form, qtbot, [AGE])
    assert said(form, "age") == "In years."
    qtbot.keyClicks(target(form, "age"), "4x")
    assert wrong(form, "age")
    assert "whole number" in said(form, "age")
    assert shown(form, "Age needs another value.")
    assert target(form, "age").accessibleDescription() == said(form, "age")
    qtbot.keyClick(target(form, "age"), Qt.Key.Key_Backspace)
    assert not wrong(form, "age")
    assert said(form, "age") == "In years."


def test_what_is_only_unfinished_is_marked_when_the_focus_has_left(form, qtbot):
    ask(form, qtbot, [PATH, LIMIT])
    box = target(form, "path")
    box.setFocus()
    qtbot.keyClicks(box, "1 2")
    assert not wrong(form, "path")
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: wrong(form, "path"))
    assert said(form, "path") == "2 of 3 values are there."
    assert target(form, "limit").hasFocus()
    assert not wrong(form, "limit")


def test_arrays_are_taken_as_json_too_and_long_numbers_stand_one_to_a_line(form, qtbot):
    ask(form, qtbot, [PATH, CUBE])
    QGuiApplication.clipboard().setText("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]")
    target(form, "cube").setFocus()
    qtbot.keySequence(target(form, "cube"), QKeySequence(QKeySequence.StandardKey.Paste))
    form.fields["path"].fill(("1" * 70, "2", "3"))
    assert json.loads(form.encoded())["cube"] == [[["1", "2"], ["3", "4"]], [["5", "6"], ["7", "8"]]]
    assert target(form, "path").toPlainText().count("\n") == 2
    assert target(form, "path").lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap


def test_a_note_is_told_of_a_number_beyond_the_field_without_refusing_it(form, qtbot):
    ask(form, qtbot, [AGE])
    qtbot.keyClicks(target(form, "age"), "9" * 80)
    assert form.problem() is None
    assert "remainder" in said(form, "age")
    assert not wrong(form, "age")


def test_cells_are_walked_by_arrows_and_replaced_by_typing(form, qtbot):
    ask(form, qtbot, [GRID])
    cells = target(form, "cells")
    cells.setFocus()
    qtbot.keyClicks(cells, "12")
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    qtbot.keyClicks(cells, "3")
    qtbot.keyClick(cells, Qt.Key.Key_Down)
    qtbot.keyClicks(cells, "4")
    assert cells.grid.cells[:6] == ["12", "3", "", "", "", "4"]
    qtbot.keyClick(cells, Qt.Key.Key_Up)
    qtbot.keyClicks(cells, "5")  # replaces, because one has come anew
    assert cells.grid.cells[1] == "5"
    qtbot.keyClick(cells, Qt.Key.Key_Backspace)
    assert cells.grid.cells[1] == ""
    qtbot.keySequence(cells, QKeySequence(QKeySequence.StandardKey.Undo))
    assert cells.grid.cells[1] == "5"
    qtbot.keyClick(cells, Qt.Key.Key_Delete)
    assert cells.grid.cells[1] == ""


def test_a_whole_grid_is_pasted_and_copied(form, qtbot):
    ask(form, qtbot, [GRID])
    cells = target(form, "cells")
    cells.setFocus()
    QGuiApplication.clipboard().setText("[[1,2,3,4],[5,6,7,8],[9,10,11,12]]")
    qtbot.keyClick(cells, Qt.Key.Key_Down)
    qtbot.keySequence(cells, QKeySequence(QKeySequence.StandardKey.Paste))
    assert form.problem() is None
    assert json.loads(form.encoded())["cells"][2] == ["9", "10", "11", "12"]
    QGuiApplication.clipboard().setText("20\t21\n22")
    qtbot.keySequence(cells, QKeySequence(QKeySequence.StandardKey.Paste))
    assert cells.grid.cells[4:8] == ["20", "21", "22", "8"]
    qtbot.keySequence(cells, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text().splitlines()[0] == "1\t2\t3\t4"
    # what is hidden is not copied, as it is with a line of dots
    QGuiApplication.clipboard().clear()
    cells.grid.set_masked(True)
    qtbot.keySequence(cells, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == ""


def test_the_wrong_cell_is_marked_and_tab_leaves_the_grid(form, qtbot):
    ask(form, qtbot, [GRID, LIMIT])
    form.fields["cells"].fill(tuple(map(str, range(12))))
    cells = target(form, "cells")
    cells.setFocus()
    qtbot.keyClicks(cells, "x")
    assert cells.wrong_place == 0
    qtbot.keyClick(cells, Qt.Key.Key_Tab)
    assert target(form, "limit").hasFocus()


def test_a_click_puts_the_keys_into_a_cell(form, qtbot):
    ask(form, qtbot, [GRID])
    cells = target(form, "cells")
    at = cells.visualRect(cells.grid.index(1, 2)).center()
    qtbot.mouseClick(cells.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    qtbot.keyClicks(cells, "7")
    assert cells.grid.cells[6] == "7"


def test_private_values_can_be_hidden_and_shown(form, qtbot):
    ask(form, qtbot, [AGE, PATH, GRID, LIMIT])
    form.fill({"age": ("41",), "path": ("1", "2", "3"), "cells": tuple("123456789000"), "limit": ("18",)})
    qtbot.mouseClick(form.mask_button, Qt.MouseButton.LeftButton)
    assert target(form, "age").displayText() != "41"
    assert not target(form, "path").isVisible()
    assert target(form, "cells").grid.index(0, 0).data() == "\N{BULLET}"
    assert target(form, "limit").displayText() == "18"
    assert form.problem() is None
    qtbot.mouseClick(form.fields["path"].editor._cover, Qt.MouseButton.LeftButton)
    assert target(form, "path").isVisible()
    assert target(form, "age").displayText() == "41"
    assert form.mask_button.text() == "Hide private values"


def test_example_values_come_back_and_can_be_cleared(form, qtbot):
    data = b'{"age": "41", "limit": "18"}'
    ask(form, qtbot, [AGE, LIMIT], decode_inputs(data, [AGE, LIMIT], file="input.json"))
    assert form.problem() is None
    qtbot.mouseClick(form.clear_button, Qt.MouseButton.LeftButton)
    assert shown(form, "Age is empty.")
    assert not wrong(form, "age")
    assert target(form, "age").hasFocus()
    qtbot.mouseClick(form.example_button, Qt.MouseButton.LeftButton)
    assert json.loads(form.encoded()) == json.loads(data)


def test_typing_over_a_line_can_be_undone(form, qtbot):
    ask(form, qtbot, [AGE], {"age": ("41",)})
    qtbot.mouseClick(form.clear_button, Qt.MouseButton.LeftButton)
    target(form, "age").undo()
    assert target(form, "age").text() == "41"


def test_a_refused_input_is_marked_until_something_is_typed(form, qtbot):
    ask(form, qtbot, [AGE, LIMIT], {"age": ("41",), "limit": ("18",)})
    assert form.refuse("age", msg("Input age does not fit."))
    assert wrong(form, "age")
    assert said(form, "age") == "Input age does not fit."
    assert target(form, "age").hasFocus()
    assert form.problem() is None  # the circuit said so; the button stays usable
    qtbot.keyClicks(target(form, "age"), "2")
    assert not wrong(form, "age")
    assert not form.refuse("other", msg("x"))


def test_every_field_says_its_name_and_who_will_see_it(form, qtbot):
    ask(form, qtbot, [AGE, LIMIT, GRID])
    assert target(form, "age").accessibleName() == "Age, Private: stays on this computer"
    assert target(form, "limit").accessibleName() == "Limit, Public: everyone can see it"
    assert target(form, "cells").objectName() == "prove-input-cells"
    index = target(form, "cells").grid.index(0, 1)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Row 1, column 2: "


def test_names_of_a_stranger_are_shown_and_never_rendered(form, qtbot):
    name = "<img src='x'>" + "a" * 300
    ask(form, qtbot, [InputFieldView(name, (), public=False)])
    label = form.fields[name]._label
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert form.width() == 640
    assert label.toolTip().startswith("<qt>&lt;img")  # shown as it stands, and shortened in the label


def test_short_fields_share_a_row_only_where_there_is_room(form, qtbot):
    days = [InputFieldView(name, (), public=True, label=msg("x")) for name in ("year", "month", "day")]
    ask(form, qtbot, days, {"year": ("2026",), "month": ("11",), "day": ("25",)})
    qtbot.waitUntil(lambda: len({form.fields[day.name].y() for day in days}) == 1)
    form.resize(330, 600)
    qtbot.waitUntil(lambda: len({form.fields[day.name].y() for day in days}) == 3)


@pytest.mark.parametrize("choice", ["dark", "high-contrast"])
def test_it_is_drawn_in_every_theme(form, qtbot, theme, choice):
    ask(form, qtbot, [AGE, PATH, GRID], {"age": ("1",), "path": ("0", "2", "3"), "cells": tuple("0" * 12)})
    theme.apply(choice, 150)
    assert not form.grab().isNull()
