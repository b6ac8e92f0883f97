"""Closing while a proof is made asks in place; closing for good ends the workers soon."""

import time

import psutil
import pytest
from PySide6.QtCore import Qt

from zkcompanion.app.job_views import ProofOrder

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def proving(window, desk, qtbot):
    """A long run of proofs."""
    desk.jobs.start()
    circuit = desk.jobs.describe_example("sha256-preimage").result(timeout=60)
    order = ProofOrder(circuit.files, circuit.title, circuit.fingerprint, inputs=circuit.example_values, repeat=10_000)
    job = desk.jobs.submit(order)
    qtbot.waitUntil(lambda: desk.jobs.job(job).state == "running", timeout=60_000)
    return job


def test_without_a_job_it_closes_at_once(window):
    assert window.close()
    assert not window.isVisible()


def test_with_a_job_it_asks_and_the_safe_answer_comes_first(window, desk, proving, qtbot):
    assert not window.close()
    assert window.isVisible()
    assert window.question.isVisible()
    assert window.focusWidget() is window.question.no_button
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.question.isVisible()
    assert desk.jobs.job(proving).state == "running"
    window.close()
    qtbot.mouseClick(window.question.no_button, LEFT)
    assert window.isVisible()
    window.close()
    began_s = time.monotonic()
    qtbot.mouseClick(window.question.yes_button, LEFT)
    assert not window.isVisible()
    assert time.monotonic() - began_s < 0.5  # the window is gone before anything is waited for
    workers = [psutil.Process(worker.pid) for worker in desk.jobs.workers() if worker.pid]
    desk.close()
    _, alive = psutil.wait_procs(workers, timeout=1)
    assert alive == []
    assert time.monotonic() - began_s < 5  # about one second on a machine that does nothing else


def test_the_status_line_tells_how_far_it_is_and_leads_to_it(window, proving, qtbot):
    part = window.status.findChild(object, "status-job")
    qtbot.waitUntil(lambda: part.text().startswith("1 job"), timeout=30_000)
    qtbot.waitUntil(lambda: window.status.findChild(object, "status-engine").text() == "Proving", timeout=30_000)
    qtbot.waitUntil(lambda: "Memory" in window.status.findChild(object, "status-memory").text(), timeout=10_000)
    qtbot.mouseClick(part, LEFT)
    assert window.page.id == "prove"
    window.context.desk.jobs.cancel(proving)
    qtbot.waitUntil(lambda: part.text() == "No jobs", timeout=30_000)
