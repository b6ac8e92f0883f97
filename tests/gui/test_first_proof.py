"""From the first start to a verified proof in three clicks, in the real window, with real clicks and a real proof."""

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QPushButton

#: Two workers start and, in a fresh home, the circuit's key is made.
PROOF_MS = 120_000


class Clicks(QObject):
    """Counts every mouse button that is pressed anywhere in the program."""

    def __init__(self, app):
        super().__init__()
        self.count = 0
        app.installEventFilter(self)

    def eventFilter(self, watched, event):
        # the window system's own event comes once for each click, whatever widgets pass it on
        if event.type() == QEvent.Type.MouseButtonPress and watched.isWindowType():
            self.count += 1
        return False


@pytest.mark.parametrize("example", ["sudoku", "age-over-18"])
def test_three_clicks_lead_from_the_first_start_to_a_verified_proof(desk, window, qtbot, qapp, example):
    clicks = Clicks(qapp)
    desk.jobs.start()
    said = window.findChild(QLabel, "home-proved")
    qtbot.waitUntil(lambda: said.text() == "Nothing has been proved on this computer yet.", timeout=5000)

    def click(name):
        def ready():
            found = window.findChild(QPushButton, name)
            return found is not None and found.isVisible() and found.isEnabled()

        qtbot.waitUntil(ready, timeout=PROOF_MS)
        found = window.findChild(QPushButton, name)
        # at its place in the window, as a hand would, so that whatever lies above it would get the click
        at = found.mapTo(window, found.rect().center())
        qtbot.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)

    click("home-prove")
    click(f"prove-example-{example}")
    click("prove-start")

    qtbot.waitUntil(lambda: [one.outcome for one in desk.history.records()] == ["verified"], timeout=PROOF_MS)
    record = desk.history.records()[0]
    assert (record.source, record.proofs) == (example, 1)
    page = window.findChild(object, "page-prove")
    qtbot.waitUntil(lambda: any(label.text() == "Verified" for label in visible(page)), timeout=5000)
    assert clicks.count == 3

    # the answer on Home is another one now
    window.go("home")
    qtbot.waitUntil(lambda: "has proved circuits up to" in said.text(), timeout=5000)
    qapp.removeEventFilter(clicks)


def visible(page):
    return [label for label in page.findChildren(QLabel) if label.isVisible()]
