"""The panel that judges somebody's proof, with the real services and files that snarkjs made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget

from tests.support.window_views import SilentShell
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext

FOREIGN = Path(__file__).parent.parent / "data" / "foreign_proof"
#: A clerk has to start, and in a fresh home its kernels are compiled.
VERDICT_MS = 60_000


@pytest.fixture
def panel(desk, theme, qtbot):
    from zkcompanion.ui.pages.prove.verify_panel import VerifyPanel

    desk.jobs.start()
    bridge = EventBridge(desk.bus, theme)
    made = VerifyPanel(WindowContext(desk, theme, bridge, SilentShell()))
    qtbot.addWidget(made)
    made.resize(760, 600)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    bridge.close()


def drop(widget, *paths: Path) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(10, 10), actions, data, buttons, keys))
    event = QDropEvent(QPointF(10, 10), actions, data, buttons, keys)
    QApplication.sendEvent(widget, event)
    return event


def texts(widget) -> list[str]:
    return [
        label.text().replace("\N{ZERO WIDTH SPACE}", "") for label in widget.findChildren(QLabel) if label.isVisible()
    ]


def verdict(panel, qtbot):
    from zkcompanion.ui.pages.prove.verdict import VerdictCard

    def cards():
        return [card for card in panel.findChildren(VerdictCard) if not card.isHidden()]

    qtbot.waitUntil(lambda: len(cards()) == 1, timeout=VERDICT_MS)
    return cards()[0]


def button(widget, name: str) -> QPushButton:
    found = widget.findChild(QPushButton, name)
    assert found is not None, name
    return found


def test_a_proof_of_snarkjs_holds_in_whatever_order_its_files_come(panel, qtbot):
    drop(panel.drop, FOREIGN / "verification_key.json")
    qtbot.waitUntil(lambda: "Still missing: Proof, Public signals" in texts(panel), timeout=VERDICT_MS)
    assert not button(panel, "verify-verify").isEnabled()
    drop(panel.drop, FOREIGN / "public.json")
    qtbot.waitUntil(lambda: "Still missing: Proof" in texts(panel), timeout=VERDICT_MS)
    drop(panel.drop, FOREIGN / "proof.json")

    card = verdict(panel, qtbot)
    said = texts(card)
    assert "This proof holds" in said
    assert "2 public signals" in said
    values = json.loads((FOREIGN / "public.json").read_text())
    assert [label.accessibleName() for label in card.findChildren(QLabel) if label.accessibleName()][-2:] == [
        f"Signal 1: {values[0]}",
        f"Signal 2: {values[1]}",
    ]


def test_a_zkey_is_a_key_too_and_all_at_once_will_do(panel, qtbot):
    drop(panel.drop, FOREIGN / "proof.json", FOREIGN / "final.zkey", FOREIGN / "public.json")
    assert "This proof holds" in texts(verdict(panel, qtbot))


def test_a_proof_for_other_signals_does_not_hold_and_says_why(panel, qtbot, tmp_path):
    values = json.loads((FOREIGN / "public.json").read_text())
    changed = tmp_path / "public.json"
    changed.write_text(json.dumps([str(int(values[0]) + 1), values[1]]))
    drop(panel.drop, FOREIGN / "proof.json", FOREIGN / "verification_key.json", changed)

    said = texts(verdict(panel, qtbot))
    assert "This proof does not hold" in said
    assert any("do not belong together" in text for text in said)

    # the right file in its place is judged at once, and the old verdict is gone
    drop(panel.drop, FOREIGN / "public.json")
    qtbot.waitUntil(lambda: "This proof holds" in texts(panel), timeout=VERDICT_MS)
    assert "This proof does not hold" not in texts(panel)


def test_a_proof_with_a_point_that_was_changed_says_which(panel, qtbot, tmp_path):
    proof = json.loads((FOREIGN / "proof.json").read_text())
    proof["pi_a"][0] = str(int(proof["pi_a"][0]) + 1)
    changed = tmp_path / "tampered.json"
    changed.write_text(json.dumps(proof))
    drop(panel.drop, changed, FOREIGN / "verification_key.json", FOREIGN / "public.json")

    said = texts(verdict(panel, qtbot))
    assert "This proof does not hold" in said
    assert any("pi_a" in text and "not a point of the curve" in text for text in said)


def test_an_insecure_key_is_a_refusal_that_one_may_look_behind(panel, qtbot):
    drop(panel.drop, FOREIGN / "insecure_key.json", FOREIGN / "insecure_proof.json", FOREIGN / "public.json")
    card = verdict(panel, qtbot)
    said = texts(card)
    assert "Refused: the key is insecure" in said
    assert "Insecure key" in said
    assert not any("This proof holds" in text for text in said)

    qtbot.mouseClick(button(card, "verify-anyway"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "The equation holds, and shows nothing" in texts(panel), timeout=VERDICT_MS)
    assert not any("This proof holds" in text for text in texts(panel))


def test_a_proof_of_another_scheme_is_named_and_takes_no_place(panel, qtbot, tmp_path):
    plonk = tmp_path / "proof.json"
    plonk.write_text(json.dumps({"protocol": "plonk", "curve": "bn128", "A": ["1", "2", "1"]}))
    drop(panel.drop, plonk)
    qtbot.waitUntil(lambda: any("PLONK" in text for text in texts(panel)), timeout=VERDICT_MS)
    assert "proof.json" in texts(panel), "the file is named"
    assert not button(panel, "verify-verify").isEnabled()


def test_files_can_be_taken_back_and_all_of_them_forgotten(panel, qtbot):
    drop(panel.drop, FOREIGN / "proof.json", FOREIGN / "verification_key.json", FOREIGN / "public.json")
    verdict(panel, qtbot)
    qtbot.mouseClick(button(panel, "verify-public-remove"), Qt.MouseButton.LeftButton)
    assert "Still missing: Public signals" in texts(panel)
    assert not any("This proof holds" in text for text in texts(panel))

    qtbot.mouseClick(button(panel, "verify-clear"), Qt.MouseButton.LeftButton)
    assert panel.slots.findChild(QLabel, "verify-proof").full_text == "missing, usually proof.json"
    assert QApplication.focusWidget() is panel.drop.choose_button


def test_files_of_a_circuit_are_handed_on(panel, qtbot):
    from zkcompanion.base.paths import resource_path

    folder = resource_path("circuits") / "funds-above-threshold"
    with qtbot.waitSignal(panel.circuit_dropped, timeout=VERDICT_MS) as heard:
        drop(panel.drop, folder / "circuit.r1cs", folder / "circuit.wasm")
    assert heard.args[0].circuit.r1cs == folder / "circuit.r1cs"


def test_pasted_files_and_chosen_ones_are_taken(panel, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(FOREIGN / "proof.json")), QUrl("https://example.org/public.json")])
    QGuiApplication.clipboard().setMimeData(data)
    panel.drop.choose_button.setFocus()
    with qtbot.waitSignal(panel.drop.dropped) as heard:
        qtbot.keyClick(panel.drop.choose_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert heard.args[0] == [FOREIGN / "proof.json"]

    qtbot.keyClick(panel.drop.choose_button, Qt.Key.Key_Space)
    dialog = panel.drop.findChild(QFileDialog, "verify-files-dialog")
    qtbot.waitUntil(dialog.isVisible)
    assert panel.isEnabled(), "the window goes on"
    with qtbot.waitSignal(panel.drop.dropped) as heard:
        dialog.filesSelected.emit([str(FOREIGN / "public.json")])
    dialog.reject()
    assert heard.args[0] == [FOREIGN / "public.json"]


def test_what_lies_on_another_computer_is_not_taken(panel, qtbot):
    from zkcompanion.ui.widgets.file_drop import local_files

    data = QMimeData()
    data.setUrls([QUrl("https://example.org/proof.json"), QUrl("file://server/share/proof.json")])
    assert local_files(data) == []
    event = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(panel.drop, event)
    assert panel.drop.property("over") != "true"


def test_a_drop_copies_and_never_moves(panel):
    event = drop(panel.drop, FOREIGN / "proof.json")
    assert event.isAccepted()
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert panel.drop.property("over") == "false"


def test_the_verdict_comes_into_sight(window, desk, qtbot):
    desk.jobs.start()
    window.resize(1000, 520)
    window.go("prove", verify=True)
    panel = window.findChild(QWidget, "prove-verify")
    panel.take([FOREIGN / "proof.json", FOREIGN / "public.json", FOREIGN / "verification_key.json"])
    card = verdict(panel, qtbot)
    qtbot.waitUntil(lambda: not card.visibleRegion().isEmpty())
    word = next(label for label in card.findChildren(QLabel) if label.text() == "This proof holds")
    qtbot.waitUntil(lambda: word.visibleRegion().boundingRect().height() == word.height())
