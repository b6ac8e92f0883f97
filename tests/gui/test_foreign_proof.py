"""Somebody else's proof, dropped on the window as snarkjs wrote it: whether it holds, and why not."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

FOREIGN = Path(__file__).parent.parent / "data" / "foreign_proof"
VERDICT_MS = 60_000


def drop_on(page, *paths):
    """Let files go in the middle of the page, wherever that is."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    middle = page.rect().center()
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(middle), action, data, buttons, keys))
    QApplication.sendEvent(page, QDropEvent(QPointF(middle), action, data, buttons, keys))


def said(page):
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def page(desk, window, qtbot):
    desk.jobs.start()
    window.go("prove")
    return window.findChild(object, "page-prove")


def test_a_proof_of_snarkjs_is_judged_where_it_is_dropped(page, qtbot):
    drop_on(page, *(FOREIGN / name for name in ("proof.json", "public.json", "verification_key.json")))
    qtbot.waitUntil(lambda: "This proof holds" in said(page), timeout=VERDICT_MS)


def test_a_tampered_one_says_why_it_does_not_hold(page, qtbot, tmp_path):
    proof = json.loads((FOREIGN / "proof.json").read_text())
    proof["pi_a"][0] = str(int(proof["pi_a"][0]) + 1)
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    drop_on(page, tmp_path / "proof.json", FOREIGN / "public.json", FOREIGN / "verification_key.json")
    qtbot.waitUntil(lambda: "This proof does not hold" in said(page), timeout=VERDICT_MS)
    assert any("pi_a" in text for text in said(page))


def test_a_key_that_anyone_can_forge_for_is_refused(page, qtbot):
    drop_on(page, *(FOREIGN / name for name in ("insecure_proof.json", "public.json", "insecure_key.json")))
    qtbot.waitUntil(lambda: "Refused: the key is insecure" in said(page), timeout=VERDICT_MS)
    assert "This proof holds" not in said(page)
