"""Workers that stop, die, or die again and again, as the window tells of them; with real processes and signals."""

import os
import signal
import sys

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from tests.gui.test_prove_page import LONG_MS, choose, click, texts
from zkcompanion.app.desk import settings_of
from zkcompanion.app.jobs import JobService
from zkcompanion.engine.work import Limits
from zkcompanion.ui.shell.status import engine_words

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def impatient(desk):
    """Workers that say nothing for two seconds are given up here, not after a minute."""
    settings = settings_of(desk.preferences.current)
    made = JobService(settings, desk.bus, desk.history, dirs=desk.dirs, clock=desk.clock, limits=Limits(silent_s=2.0))
    desk.__dict__["jobs"] = made
    return made


@pytest.fixture
def page(impatient, desk, window, qtbot):
    impatient.start()
    window.go("prove")
    made = window.page
    qtbot.waitUntil(lambda: made.findChild(QPushButton, "prove-example-sha256-preimage") is not None, timeout=LONG_MS)
    return made


def begin(page, qtbot):
    """A run that would go on for minutes."""
    choose(qtbot, page, "sha256-preimage")
    page.run.compose._repeat.setCurrentIndex(2)
    page.run.compose._many.setValue(500)
    click(qtbot, page, "prove-start")
    return page.run.looked_at


def worker_of(desk, job):
    return next((worker.pid for worker in desk.jobs.workers() if worker.job == job and worker.pid is not None), None)


def engine(desk):
    words, tone = engine_words(desk.jobs.workers())
    return str(words), tone


def at_work(desk, qtbot, job, other_than=None):
    qtbot.waitUntil(lambda: worker_of(desk, job) not in {None, other_than}, timeout=LONG_MS)
    return worker_of(desk, job)


def test_a_stopped_worker_is_noticed_and_its_proof_begins_again_and_two_are_the_end(desk, page, qtbot):
    job = begin(page, qtbot)
    first = at_work(desk, qtbot, job)
    os.kill(first, signal.SIGSTOP)
    # the window stays alive: it goes elsewhere and back while nobody answers
    page.context.shell.go("settings")
    page.context.shell.go("prove")
    second = at_work(desk, qtbot, job, other_than=first)
    assert desk.jobs.job(job).deaths == 1
    os.kill(second, signal.SIGSTOP)
    qtbot.waitUntil(lambda: desk.jobs.job(job).ended, timeout=LONG_MS)
    said = "Two processes that worked on this did not answer any more, so it is not tried again."
    qtbot.waitUntil(lambda: said in texts(page.run.watch.result), timeout=LONG_MS)


def test_a_proof_in_a_stopped_worker_is_cancelled_at_once(desk, page, qtbot):
    job = begin(page, qtbot)
    os.kill(at_work(desk, qtbot, job), signal.SIGSTOP)
    click(qtbot, page, "prove-cancel")
    qtbot.waitUntil(lambda: desk.jobs.job(job).state == "cancelled", timeout=LONG_MS)
    assert not desk.jobs.job(job).deaths


def test_after_three_deaths_in_a_row_the_window_says_so_and_starts_workers_again_when_asked(desk, page, window, qtbot):
    job = begin(page, qtbot)
    first = at_work(desk, qtbot, job)
    os.kill(first, signal.SIGKILL)
    os.kill(at_work(desk, qtbot, job, other_than=first), signal.SIGKILL)
    qtbot.waitUntil(lambda: desk.jobs.job(job).ended, timeout=LONG_MS)
    qtbot.waitUntil(lambda: any("most likely because memory ran out" in text for text in texts(page.run.watch.result)))
    # a third one ends before any has answered
    click(qtbot, page, "prove-back")
    click(qtbot, page, "prove-start")
    os.kill(at_work(desk, qtbot, page.run.looked_at), signal.SIGKILL)
    qtbot.waitUntil(lambda: desk.jobs.job(page.run.looked_at).ended, timeout=LONG_MS)
    said = "The process for this work ended several times in a row, so it is not started again."
    qtbot.waitUntil(lambda: said in texts(page.run.watch.result), timeout=LONG_MS)
    assert any("Choose Restart workers in Settings" in text for text in texts(page.run.watch.result))
    qtbot.waitUntil(lambda: engine(desk) == ("Engine off", "bad"), timeout=LONG_MS)
    # Home says the same, and leads to where they are started again
    window.go("home")
    home = window.page
    qtbot.waitUntil(lambda: any("they are not started again" in label.text() for label in home.findChildren(QLabel)))
    window.go("settings", setting="workers")
    click(qtbot, window.page, "settings-restart-workers")
    qtbot.waitUntil(lambda: engine(desk)[0] == "Engine ready", timeout=LONG_MS)
    window.go("home")
    qtbot.waitUntil(lambda: not any("not started again" in label.text() for label in home.findChildren(QLabel)))
