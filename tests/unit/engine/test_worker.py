"""The host's side of one worker, with words that no worker of ours would say."""

import sys

import pytest

from tests.support.workers import LIMIT_S, plain_main, toy
from zkcompanion.base.errors import BugError
from zkcompanion.engine import worker as worker_module
from zkcompanion.engine.wire import PROTOCOL, Ready, Start, encode
from zkcompanion.engine.worker import Worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def talk(connection, _entry, config):
    """In place of `child_main`: says what it was told to say."""
    connection.send_bytes(config)
    connection.poll(LIMIT_S)


def shut(connection, _entry, _config):
    """Closes its end and lives on."""
    import threading

    connection.close()
    threading.Event().wait(LIMIT_S)


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


def started(monkeypatch, main, config=b""):
    monkeypatch.setattr(worker_module, "child_main", main)
    worker = Worker(toy(config=config))
    worker.start()
    return worker


def wait_for_death(worker):
    from multiprocessing.connection import wait

    while not worker.has_ended():
        wait(worker.watched(), LIMIT_S)
        worker.receive()
    return worker.bury()


@pytest.mark.parametrize(
    "words", [b"nonsense", bytes(encode(Ready(1, PROTOCOL + 1, "token")))], ids=["nonsense", "another version"]
)
def test_a_worker_that_talks_nonsense_is_killed(monkeypatch, words):
    assert wait_for_death(started(monkeypatch, talk, words)) == -9


def test_more_than_a_message_may_hold_is_not_taken_in(monkeypatch):
    monkeypatch.setattr(worker_module, "MAX_BYTES", 5)
    assert wait_for_death(started(monkeypatch, talk, b"123456")) == -9


def test_a_worker_that_closes_its_end_is_killed(monkeypatch):
    assert wait_for_death(started(monkeypatch, shut)) == -9


def test_a_worker_that_is_ready_twice_talks_nonsense(monkeypatch):
    worker = started(monkeypatch, talk, bytes(encode(Ready(1, PROTOCOL, "token"))))
    from multiprocessing.connection import wait

    wait(worker.watched(), LIMIT_S)
    assert len(worker.receive()) == 1
    assert worker.state == "idle"
    with pytest.raises(BugError):
        worker._hear_ready(worker._life, Ready(1, PROTOCOL, "other"))
    worker.kill()
    assert worker.receive() == []
    assert wait_for_death(worker) == -9


def test_an_order_that_does_not_fit_beside_the_one_before_ends_the_worker(monkeypatch):
    worker = started(monkeypatch, talk, bytes(encode(Ready(1, PROTOCOL, "token"))))
    from multiprocessing.connection import wait

    wait(worker.watched(), LIMIT_S)
    worker.receive()
    worker.give(Start(1, "x", bytes(1 << 22)))  # nobody reads it
    worker.state = "idle"
    worker.give(Start(2, "x", b""))
    assert worker.state == "ending"
    assert wait_for_death(worker) == -9


def test_where_there_is_no_process_there_is_nothing_to_do():
    worker = Worker(toy())
    assert worker.watched() == ()
    assert worker.receive() == []
    assert not worker.has_ended()
    worker.cancel(1)
    worker.stop()
    worker.kill()
    assert worker.bury() == 0
    assert worker.state == "off"


def test_a_process_that_cannot_be_started_leaves_no_pipe(monkeypatch):
    import psutil

    class Process:
        def __init__(self, **_words):
            raise BlockingIOError

    context = worker_module.get_context("spawn")
    monkeypatch.setattr(type(context), "Process", Process)
    before = psutil.Process().num_fds()
    with pytest.raises(BlockingIOError):
        Worker(toy()).start()
    assert psutil.Process().num_fds() == before
