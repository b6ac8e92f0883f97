"""From the first start to a proof that is saved and verified again, with keys alone and the focus always in sight."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton

from tests.gui.test_prove_page import LONG_MS, texts
from tests.support.window import settle

#: Where no suite has compiled kernels before, the proof does, beside whatever else the machine computes.
PROOF_MS = 240_000
#: Nothing of the window is farther from anything else.
MOST_STEPS = 120


class Keys:
    """Presses keys where the keyboard is, and sees to it after each that it is somewhere, and in sight."""

    def __init__(self, window, qtbot):
        self.window = window
        self.qtbot = qtbot

    @property
    def at(self):
        return QApplication.focusWidget()

    def press(self, key, *more):
        self.qtbot.keyClick(self.at or self.window, key, *more)
        QApplication.processEvents()
        self.must_be_seen()

    def type(self, text):
        self.qtbot.keyClicks(self.at, text)

    def must_be_seen(self):
        at = self.at
        assert at is not None, "the keyboard is nowhere"
        assert at.isVisible(), at.objectName()
        seen = at.visibleRegion().boundingRect()
        assert not seen.isEmpty(), f"{at.objectName()} has the keyboard and is out of sight"
        place = QRect(at.mapTo(at.window(), QPoint()), at.size())
        assert at.window().rect().intersects(place), at.objectName()

    def go_to(self, name, key=Qt.Key.Key_Tab):
        """As often Tab as it takes; it comes round, so that nothing traps it."""
        passed = []
        while self.at.objectName() != name:
            passed.append(self.at.objectName())
            assert len(passed) < MOST_STEPS, f"{name} is not reached: {passed[-8:]}"
            self.press(key)

    def find(self, words):
        """A place by Ctrl+K and some letters."""
        self.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        self.type(words)
        settle(self.qtbot)
        self.press(Qt.Key.Key_Return)


def test_a_first_proof_is_made_saved_and_verified_again_with_keys_alone(desk, window, qtbot, tmp_path, monkeypatch):
    desk.jobs.start()
    keys = Keys(window, qtbot)
    keys.press(Qt.Key.Key_F6)
    keys.find("funds")
    page = window.page
    assert page.id == "prove"
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "prove-start").isVisible(), timeout=LONG_MS)
    assert page.run.view.example_id == "funds-above-threshold"

    # the form is filled in: another threshold, typed over the one that is there
    threshold = page.run.compose.inputs.form.fields["threshold"].editor.target
    keys.go_to(threshold.objectName())
    assert isinstance(keys.at, QLineEdit) or keys.at is threshold
    keys.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    keys.type("90000")
    keys.go_to("prove-start")
    keys.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.run.watch is not None and page.run.watch.job.ended, timeout=PROOF_MS)
    settle(qtbot)
    assert "Verified" in texts(page.run.watch.result)
    keys.must_be_seen()

    # it is saved; the folder is typed into the dialog
    keys.go_to("prove-result-save")
    folder = tmp_path / "saved"
    folder.mkdir()
    keys.qtbot.keyClick(keys.at, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is not None and window.findChild(QFileDialog).isVisible())
    name = window.findChild(QFileDialog).findChild(QLineEdit)
    qtbot.waitUntil(name.hasFocus)
    name.selectAll()
    qtbot.keyClicks(name, str(folder))
    qtbot.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(list(folder.iterdir())) == 3)
    settle(qtbot)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    keys.must_be_seen()

    # and verified again, on the other tab
    keys.find("verify")
    assert page.tabs.current == "verify"
    keys.go_to("verify-files-folder")
    keys.qtbot.keyClick(keys.at, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is not None and window.findChild(QFileDialog).isVisible())
    name = window.findChild(QFileDialog).findChild(QLineEdit)
    qtbot.waitUntil(name.hasFocus)
    name.selectAll()
    qtbot.keyClicks(name, str(folder))
    qtbot.keyClick(name, Qt.Key.Key_Return)
    window.activateWindow()
    verify = page.findChild(QPushButton, "verify-verify")
    qtbot.waitUntil(verify.isEnabled, timeout=LONG_MS)
    settle(qtbot)
    keys.go_to("verify-verify")
    keys.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any("holds" in text.lower() for text in texts(page)), timeout=LONG_MS)
    keys.must_be_seen()
