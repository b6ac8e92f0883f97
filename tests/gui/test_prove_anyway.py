"""What is predicted not to fit: refused with the figures, and tried where a person insists, who is asked once more."""

import pytest
from PySide6.QtWidgets import QPushButton

from tests.gui.test_prove_page import LONG_MS, choose, click, ended, page, texts  # noqa: F401  # a fixture
from zkcompanion.app import pool_rules

pytestmark = pytest.mark.slow


@pytest.fixture
def narrow(monkeypatch):
    """Proofs may use next to nothing."""
    monkeypatch.setattr(pool_rules, "memory_budget", lambda _settings: 110 << 20)


def test_a_run_that_would_not_fit_is_refused_with_figures_and_made_anyway(narrow, desk, page, qtbot):  # noqa: F811
    choose(qtbot, page, "sudoku")
    click(qtbot, page, "prove-start")
    job = ended(qtbot, page)
    assert (job.state, job.error.code) == ("failed", "no-room")
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "prove-result-anyway") is not None, timeout=5000)
    qtbot.waitUntil(lambda: "slow everything down" in " ".join(texts(page)), timeout=5000)
    assert any("MiB of memory" in text for text in texts(page))
    click(qtbot, page, "prove-result-anyway")
    yes, no = (page.findChild(QPushButton, f"prove-result-anyway-{one}") for one in ("yes", "no"))
    assert yes.isVisible()
    assert no.hasFocus(), "Enter pressed twice insists on nothing"
    click(qtbot, page, "prove-result-anyway-yes")
    qtbot.waitUntil(lambda: page.run.watch.job.id != job.id, timeout=5000)
    done = ended(qtbot, page)
    assert (done.state, done.run_anyway, done.result.verified) == ("done", True, True)
    assert page.findChild(QPushButton, "prove-result-anyway") is None


def test_a_run_that_waits_for_memory_begins_anyway(monkeypatch, desk, page, qtbot):  # noqa: F811
    # what the pool looks at is asked for at its start
    desk.jobs.reconfigure(desk.jobs._pool.settings)
    left = [1 << 20]
    monkeypatch.setattr(pool_rules, "memory_left", lambda: left[0])
    desk.jobs.reconfigure(desk.jobs._pool.settings)
    choose(qtbot, page, "sudoku")
    click(qtbot, page, "prove-start")
    qtbot.waitUntil(lambda: page.run.watch is not None and page.run.watch.job.waits_for_memory, timeout=LONG_MS)
    assert any("Waits for memory: needs about" in text for text in texts(page))
    click(qtbot, page, "prove-anyway")
    click(qtbot, page, "prove-anyway-yes")
    done = ended(qtbot, page)
    assert (done.state, done.run_anyway) == ("done", True)
    assert not page.findChild(QPushButton, "prove-anyway").isVisible()
