"""Somebody impatient: random clicks and keys on the real page, with proofs that run, are cancelled and fail."""

from __future__ import annotations

import os
import random
import signal

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QWidget

LONG_MS = 90_000
STEPS = 120
_KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_F1, Qt.Key.Key_F6),
)
#: What leaves the window, or goes on for minutes.
_SPARED = ("open", "choose", "folder", "save", "self-test", "quit", "question-yes")
_LANGUAGES = ("qps", "en")


class Monkey:
    """One hand on the mouse, one on the keys; what it does follows from its seed and from what is in sight."""

    def __init__(self, window, desk, qtbot, seed):
        self.window, self.desk, self.qtbot, self.chance = window, desk, qtbot, random.Random(seed)

    def step(self):
        deed = self.chance.choices((self.click, self.key, self.type, self.change, self.kill), (60, 30, 6, 3, 1))[0]
        deed()
        QApplication.processEvents()
        for dialog in self.window.findChildren(QFileDialog):
            dialog.reject()

    def click(self):
        buttons = [
            one
            for one in self.window.findChildren(QAbstractButton)
            if one.isVisible() and one.isEnabled() and not any(part in one.objectName() for part in _SPARED)
        ]
        if buttons:  # a window that was just built anew has none yet
            self.qtbot.mouseClick(self.chance.choice(buttons), Qt.MouseButton.LeftButton)

    def key(self):
        focused = self.window.focusWidget() or self.window
        if not any(part in focused.objectName() for part in _SPARED):
            self.qtbot.keyClick(focused, self.chance.choice(_KEYS))

    def type(self):
        lines = [one for one in self.window.findChildren(QLineEdit) if one.isVisible() and one.isEnabled()]
        if lines:
            self.qtbot.keyClicks(self.chance.choice(lines), self.chance.choice(("7", "0x", "-", "12.5", "x")))

    def change(self):
        kind = self.chance.randrange(3)
        if kind == 0:
            self.window.change(language=self.chance.choice(_LANGUAGES))
        elif kind == 1:
            self.window.change(theme=self.chance.choice(("light", "dark", "high-contrast")))
        else:
            self.window.change(text_percent=self.chance.choice((80, 100, 150, 200)))

    def kill(self):
        for worker in self.desk.jobs.workers()[:1]:
            if worker.pid is not None and psutil.pid_exists(worker.pid):
                os.kill(worker.pid, signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_whatever_is_pressed_the_window_goes_on_and_can_prove(window, desk, qtbot, seed):
    desk.jobs.start()
    window.go("prove", example="funds-above-threshold")
    qtbot.waitUntil(lambda: window.page.run.view is not None, timeout=LONG_MS)
    monkey = Monkey(window, desk, qtbot, seed)
    for _ in range(STEPS):
        monkey.step()
        if not window.isVisible():
            return  # it found out how to close the window, and the fixtures see what that leaves
    for job in desk.jobs.jobs():
        desk.jobs.cancel(job.id)
    qtbot.waitUntil(lambda: all(job.ended for job in desk.jobs.jobs()), timeout=LONG_MS)
    window.question.refuse()
    window.change(language="en", threads=1)  # another chance for a worker that died too often
    qtbot.waitUntil(lambda: desk.preferences.current.language == "en", timeout=LONG_MS)
    asked = []

    def is_chosen():
        # the change of language builds the pages anew, sooner or later, and a page that went away is never filled
        if not asked or window.page is not asked[-1]:
            window.go("prove", example="age-over-18")
            asked.append(window.page)
        return window.page.run.view is not None and window.page.run.view.example_id == "age-over-18"

    qtbot.waitUntil(is_chosen, timeout=LONG_MS)
    page = window.page
    page.run.compose.inputs.form.use_example()
    page.flow._prove(1)
    job = page.run.looked_at
    qtbot.waitUntil(lambda: desk.jobs.job(job).ended, timeout=LONG_MS)
    assert desk.jobs.job(job).state == "done", desk.jobs.job(job).error
    assert window.findChild(QWidget, "page-prove") is not None
