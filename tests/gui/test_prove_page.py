"""The page "Prove" with the real job service: real clicks and keys, real proofs of bundled circuits."""

import json
import shutil
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from tests.support.circuit_folder import make_folder
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.examples import find_example
from zkcompanion.app.job_views import JobChanged
from zkcompanion.base.catalogue import Catalogue
from zkcompanion.base.messages import msg

#: The workers have to start, and a first proof makes its key.
LONG_MS = 90_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(desk, window, qtbot):
    desk.jobs.start()
    window.go("prove")
    made = window.page
    qtbot.waitUntil(lambda: made.findChild(QPushButton, "prove-example-sudoku") is not None, timeout=LONG_MS)
    return made


def button(widget, name):
    found = widget.findChild(QPushButton, name)
    assert found is not None, name
    return found


def click(qtbot, widget, name):
    def usable():
        found = widget.findChild(QPushButton, name)
        return found is not None and found.isVisible() and found.isEnabled()

    qtbot.waitUntil(usable, timeout=LONG_MS)
    qtbot.mouseClick(button(widget, name), LEFT)


def texts(widget):
    shown = [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]
    return [text.replace("\N{ZERO WIDTH SPACE}", "") for text in shown]


def choose(qtbot, page, example_id):
    click(qtbot, page, f"prove-example-{example_id}")
    qtbot.waitUntil(lambda: page.run.view is not None and page.run.view.example_id == example_id, timeout=LONG_MS)
    qtbot.waitUntil(lambda: all(f.editor.target.isVisible() for f in fields(page).values()), timeout=5000)


def fields(page):
    return page.run.compose.inputs.form.fields


def typed(qtbot, page, name, text):
    target = fields(page)[name].editor.target
    target.setFocus()
    target.selectAll()
    qtbot.keyClicks(target, text)


def ended(qtbot, page):
    qtbot.waitUntil(lambda: page.run.watch is not None and page.run.watch.job.ended, timeout=LONG_MS)
    return page.run.watch.job


def drop(widget, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys, actions = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(10, 10), actions, data, LEFT, keys))
    QApplication.sendEvent(widget, QDropEvent(QPointF(10, 10), actions, data, LEFT, keys))


def copied(example_id, folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(find_example(example_id).folder / name, folder / name)
    return folder


def test_two_clicks_on_the_page_lead_to_a_verified_proof(desk, page, qtbot):
    assert "Three steps to a proof" in texts(page)
    click(qtbot, page, "prove-example-funds-above-threshold")
    click(qtbot, page, "prove-start")
    assert page.run.watch.isVisible()
    assert not page.run.compose.isVisible()
    job = ended(qtbot, page)
    assert job.state == "done"
    assert job.result.verified
    qtbot.waitUntil(lambda: "Verified" in texts(page.run.watch.result))
    # what it took is known now: on the card, on the button, in the history
    qtbot.waitUntil(lambda: page.history.model.rowCount() == 1)
    (record,) = desk.history.records()
    assert (record.source, record.outcome) == ("funds-above-threshold", "verified")
    click(qtbot, page, "prove-back")
    start = button(page, "prove-start")
    qtbot.waitUntil(lambda: start.text().startswith("Prove · about "))
    assert fields(page)["balance"].editor.target.text() == "184250"
    card = button(page, "prove-example-funds-above-threshold")
    assert " ms" in card.accessibleDescription() or " s" in card.accessibleDescription()


def test_a_place_of_the_window_leads_straight_to_an_example(page, window, qtbot):
    window.go("prove", example="sudoku")
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    assert page.run.view.example_id == "sudoku"
    assert button(page, "prove-example-sudoku").isChecked()
    qtbot.waitUntil(lambda: "918 constraints · 81 public signals" in texts(page.run))


@pytest.mark.parametrize("example_id", ["sudoku", "age-over-18"])
def test_the_form_of_an_example_proves_as_it_is_filled_in(page, qtbot, example_id):
    choose(qtbot, page, example_id)
    click(qtbot, page, "prove-start")
    assert ended(qtbot, page).state == "done"


def test_inputs_that_break_the_circuit_make_no_proof_and_stay_in_the_form(desk, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "5")
    click(qtbot, page, "prove-start")
    job = ended(qtbot, page)
    assert (job.state, job.error.code) == ("failed", "unsatisfied-witness")
    qtbot.waitUntil(lambda: "No proof" in texts(page.run.watch.result))
    click(qtbot, page, "prove-back")
    assert fields(page)["balance"].editor.target.text() == "5"
    assert [record.outcome for record in desk.history.records()] == ["failed"]
    # nothing of what was typed is in what is kept
    assert "5," not in str(desk.history.records()[0].title)


def test_the_button_says_why_it_cannot_be_pressed_and_leads_there(page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    start, reason = button(page, "prove-start"), button(page, "prove-reason")
    typed(qtbot, page, "salt", "12.5")
    assert not start.isEnabled()
    assert reason.text() == "Salt needs another value."
    assert start.accessibleDescription() == reason.text()
    fields(page)["threshold"].editor.target.setFocus()
    qtbot.mouseClick(reason, LEFT)
    assert fields(page)["salt"].editor.target.hasFocus()
    typed(qtbot, page, "salt", "12")
    assert start.isEnabled()
    assert not reason.isVisible()


def test_another_circuit_forgets_what_was_typed(page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "777")
    choose(qtbot, page, "age-over-18")
    choose(qtbot, page, "funds-above-threshold")
    assert fields(page)["balance"].editor.target.text() == "184250"


def test_an_input_file_that_does_not_fit_is_named_in_the_sentence(page, qtbot, tmp_path):
    folder = copied("funds-above-threshold", tmp_path / "mine", "circuit.r1cs", "circuit.wasm", "circuit.sym")
    values = json.loads((find_example("funds-above-threshold").folder / "input.json").read_text())
    (folder / "input.json").write_text(json.dumps({**values, "balance": ["1", "2"]}))
    drop(page.choice.own.drop, folder)
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: "Inputs from input.json" in texts(page.run))
    click(qtbot, page, "prove-start")
    job = ended(qtbot, page)
    assert job.state == "failed"
    assert "balance" in str(job.error.message)


def test_an_input_that_the_circuit_refuses_is_marked_where_it_was_typed(desk, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "5")
    click(qtbot, page, "prove-start")
    qtbot.waitUntil(lambda: page.run.looked_at is not None)
    refused = ErrorView("input", msg("Input balance does not fit."), hint=msg("Look."), signal="balance")
    desk.bus.publish(JobChanged(replace(page.run.watch.job, state="failed", error=refused)))
    qtbot.waitUntil(lambda: page.run.looked_at is None)
    target = fields(page)["balance"].editor.target
    qtbot.waitUntil(target.hasFocus)
    qtbot.waitUntil(lambda: {"Input balance does not fit.", "Look."} <= set(texts(page.run)))
    assert target.property("wrong") == "true"
    assert button(page, "prove-start").isEnabled()


def test_esc_cancels_and_nothing_of_it_is_left(desk, page, qtbot):
    choose(qtbot, page, "sha256-preimage")
    page.run.compose._repeat.setCurrentIndex(2)
    page.run.compose._many.setValue(500)
    click(qtbot, page, "prove-start")
    qtbot.waitUntil(lambda: page.run.watch.job.state == "running", timeout=LONG_MS)
    assert page.run.watch.hasFocus()  # Enter pressed twice must not cancel
    qtbot.keyClick(page.run.watch, Qt.Key.Key_Escape)
    job = ended(qtbot, page)
    assert job.state == "cancelled"
    assert not page.run.watch.cancel_button.isVisible()


def says(page, begin):
    return any(text.startswith(begin) for text in texts(page.run.watch))


def test_three_jobs_wait_for_each_other_and_each_can_be_looked_at(desk, page, qtbot):
    desk.preferences.change(threads=1)  # on one core proofs are made one after another
    choose(qtbot, page, "sha256-preimage")
    page.run.compose._repeat.setCurrentIndex(2)
    page.run.compose._many.setValue(500)
    click(qtbot, page, "prove-start")
    first = page.run.looked_at
    choose(qtbot, page, "funds-above-threshold")
    other = button(page, "prove-show-running")
    qtbot.waitUntil(other.isVisible)
    click(qtbot, page, "prove-start")
    second = page.run.looked_at
    qtbot.waitUntil(lambda: says(page, "Waits for 1 proof before it"))
    choose(qtbot, page, "sudoku")
    click(qtbot, page, "prove-start")
    qtbot.waitUntil(lambda: says(page, "Waits for 2 proofs before it"))
    assert list(page.queue._order) == [first, second, page.run.looked_at]
    # a job fewer before the one in sight is counted at once
    click(qtbot, page.queue, f"prove-job-end-{second}")
    qtbot.waitUntil(lambda: says(page, "Waits for 1 proof before it"), timeout=LONG_MS)
    # a row leads to its job, and its button cancels it
    click(qtbot, page.queue, f"prove-job-{first}")
    assert page.run.looked_at == first
    assert page.run.watch.cancel_button.isVisible()
    click(qtbot, page.queue, f"prove-job-end-{first}")
    qtbot.waitUntil(lambda: desk.jobs.job(first).state == "cancelled", timeout=LONG_MS)
    qtbot.waitUntil(lambda: all(job.ended for job in desk.jobs.jobs()), timeout=LONG_MS)
    assert [job.state for job in desk.jobs.jobs()] == ["done", "cancelled", "cancelled"]
    # what is over can be taken out of the list
    click(qtbot, page.queue, f"prove-job-end-{first}")
    qtbot.waitUntil(lambda: first not in page.queue._order)
    assert desk.jobs.job(first) is None
    assert page.run.looked_at is None


def test_a_finished_run_is_run_again_with_its_inputs_asked_for(desk, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "200000")
    click(qtbot, page, "prove-start")
    ended(qtbot, page)  # the commitment is another one's, so it fails, and is in the history all the same
    qtbot.waitUntil(lambda: page.history.model.rowCount() == 1)
    choose(qtbot, page, "age-over-18")
    page.history.table.selectRow(0)
    click(qtbot, page.history, "prove-history-again")
    qtbot.waitUntil(lambda: page.run.view.example_id == "funds-above-threshold", timeout=LONG_MS)
    qtbot.waitUntil(lambda: any("Inputs are never kept" in text for text in texts(page.run)))
    assert fields(page)["balance"].editor.target.text() == "184250"


def test_files_of_ones_own_say_what_is_missing_until_it_comes(page, qtbot, tmp_path):
    folder = copied("sudoku", tmp_path / "mine", "circuit.r1cs", "circuit.sym", "circuit.wasm")
    own = page.choice.own
    drop(own.drop, folder / "circuit.r1cs", folder / "circuit.sym")
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: any(".wasm" in text for text in texts(own)))
    qtbot.waitUntil(lambda: any(".wasm" in text for text in texts(page.run)))
    assert not button(page, "prove-start").isEnabled()
    drop(page, folder / "circuit.wasm")  # anywhere on the page
    qtbot.waitUntil(lambda: not page.run.view.missing, timeout=LONG_MS)
    assert button(page, "prove-reason").text() == "solution is empty."
    example = json.loads((find_example("sudoku").folder / "input.json").read_text())
    for name, rows in example.items():
        fields(page)[name].fill(tuple(str(cell) for row in rows for cell in row))
    click(qtbot, page, "prove-start")
    assert ended(qtbot, page).state == "done"
    # a file can be taken away again, and with the last one everything
    for role in ("wasm", "sym", "r1cs"):
        click(qtbot, own, f"prove-file-remove-{role}")
    assert own.files is None
    assert not own.card.isVisible()


def test_inputs_of_a_file_are_shown_in_the_form_when_asked(page, qtbot, tmp_path):
    folder = copied(
        "funds-above-threshold", tmp_path / "mine", "circuit.r1cs", "circuit.wasm", "circuit.sym", "input.json"
    )
    drop(page.choice.own.drop, folder)
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    click(qtbot, page, "prove-inputs-show")
    qtbot.waitUntil(lambda: page.run.compose.inputs.from_form)
    assert fields(page)["balance"].editor.target.text() == "184250"
    click(qtbot, page, "prove-inputs-use-file")
    assert not page.run.compose.inputs.from_form
    click(qtbot, page, "prove-start")
    assert ended(qtbot, page).state == "done"


def test_an_input_file_that_no_form_can_show_says_why(page, qtbot, tmp_path):
    folder = copied("funds-above-threshold", tmp_path / "mine", "circuit.r1cs", "circuit.wasm", "circuit.sym")
    (folder / "input.json").write_text('{"balance": 1.5}')
    drop(page.choice.own.drop, folder)
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    click(qtbot, page, "prove-inputs-show")
    qtbot.waitUntil(lambda: any("balance" in text for text in texts(page.run)))


def test_a_witness_takes_the_place_of_the_form(page, qtbot, tmp_path):
    folder = make_folder(tmp_path / "cubic")
    drop(page.choice.own.drop, *sorted(path for path in folder.path.iterdir() if path.suffix != ".json"))
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: any(text.startswith("Witness from ") for text in texts(page.run)))
    click(qtbot, page, "prove-start")
    assert ended(qtbot, page).state == "done"


def test_a_proof_among_the_files_leads_to_the_other_tab(page, qtbot):
    from tests.gui.test_verify_panel import FOREIGN

    drop(page, FOREIGN / "proof.json", FOREIGN / "public.json", FOREIGN / "verification_key.json")
    qtbot.waitUntil(lambda: page.tabs.current == "verify", timeout=LONG_MS)
    assert page._verify.isVisible()
    assert not page.run.isVisible()


def test_what_is_no_circuit_says_so(page, qtbot, tmp_path):
    strange = tmp_path / "photo<b>.png"
    strange.write_bytes(b"\x89PNG not a circuit")
    drop(page.choice.own.drop, strange)
    qtbot.waitUntil(lambda: any("photo<b>.png" in text for text in texts(page.choice.own)), timeout=LONG_MS)
    assert page.choice.own.files is None
    assert "Three steps to a proof" in texts(page)


def test_cards_are_chosen_with_the_keyboard(page, qtbot):
    first = button(page, "prove-example-funds-above-threshold")
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    second = button(page, "prove-example-sudoku")
    assert second.hasFocus()
    assert not second.isChecked()  # walking past does not choose
    qtbot.keyClick(second, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    assert page.run.view.example_id == "sudoku"
    qtbot.waitUntil(lambda: button(page, "prove-start").isVisible())
    target = fields(page)["solution"].editor.target
    qtbot.waitUntil(target.isVisible)
    target.setFocus()
    qtbot.keyClick(target, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert ended(qtbot, page).state == "done"


def test_the_page_keeps_its_state_while_another_one_is_shown(window, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "200000")
    window.go("settings")
    window.go("prove")
    assert window.page is page
    assert fields(page)["balance"].editor.target.text() == "200000"


def test_another_language_keeps_the_words_for_what_a_proof_shows(window, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    click(qtbot, page, "prove-start")
    ended(qtbot, page)
    qtbot.waitUntil(lambda: "Threshold" in texts(page.run.watch.result))
    window._rebuild()
    again = window.page
    qtbot.waitUntil(lambda: again.run.watch is not None and "Threshold" in texts(again.run.watch.result))
    assert "The balance." in texts(again.run.watch.result)


def test_another_language_keeps_what_was_typed(window, page, qtbot, desk):
    choose(qtbot, page, "funds-above-threshold")
    typed(qtbot, page, "balance", "4x")
    window.change(language="qps")
    qtbot.waitUntil(lambda: window.page is not page)
    again = window.page
    qtbot.waitUntil(lambda: again.run.view is not None)
    assert fields(again)["balance"].editor.target.text() == "4x"
    assert button(again, "prove-start").text() == Catalogue(["qps"]).say(again.title)


def test_columns_stack_in_a_narrow_window(window, page, qtbot):
    choose(qtbot, page, "funds-above-threshold")
    window.resize(1180, 800)
    qtbot.waitUntil(lambda: page.run.mapTo(page, QPoint()).x() > page.choice.width())
    window.resize(760, 800)
    qtbot.waitUntil(lambda: page.run.mapTo(page, QPoint()).x() < 100)


def test_places_of_the_page_are_reached(window, page, qtbot):
    for place in page.places():
        window.go(place.page, **dict(place.where))
    window.go("prove", verify=True)
    assert page.tabs.current == "verify"
    window.go("prove", own=True)
    assert page.choice.own.drop.choose_button.hasFocus()
    window.go("prove", history=True)
    assert page.tabs.current == "prove"
