"""What a worker does, in this process, as far as that is possible: pipes and threads without a process around them."""

import os
import queue
import threading
from multiprocessing import Pipe

import pytest

from tests.support.workers import LIMIT_S, Toy
from zkcompanion.engine import child
from zkcompanion.engine.child import Reporter, Task, _Reader, _serve
from zkcompanion.engine.wire import Beat, Cancel, Done, Failed, Progress, Start, Stop, encode, from_worker


@pytest.fixture
def pipe():
    ours, theirs = Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


class EndedError(Exception):
    pass


@pytest.fixture
def ends(monkeypatch):
    """Exit codes in place of ends of the process."""
    codes = []

    def leave(code):
        codes.append(code)
        raise EndedError

    monkeypatch.setattr(child.os, "_exit", leave)
    return codes


def read(connection):
    assert connection.poll(LIMIT_S)
    return from_worker(connection.recv_bytes())


def test_an_idle_reporter_beats_and_ends_when_nobody_listens(pipe, monkeypatch):
    ours, theirs = pipe
    monkeypatch.setattr(child, "_BEAT_S", 0.01)
    reporter = Reporter(theirs)
    thread = threading.Thread(target=reporter.run)
    thread.start()
    assert read(ours) == Beat()
    ours.close()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_running_job_is_told_of_as_soon_as_it_can_be(pipe):
    ours, theirs = pipe
    reporter = Reporter(theirs)
    threading.Thread(target=reporter.run, daemon=True).start()
    task = Task(Start(3, "tell", b""), reporter)
    reporter.begin(task)
    task.report(lambda: b"snapshot")
    task.changed()
    assert read(ours) in (Progress(3, b"snapshot"), Beat())
    assert read(ours) == Progress(3, b"snapshot")
    reporter.finish(Done(3, b"answer"))
    while (last := read(ours)) != Done(3, b"answer"):
        assert last == Progress(3, b"snapshot")


def serve(kind, connection):
    reporter = Reporter(connection)
    _serve(Toy(b""), Task(Start(1, kind, b"body"), reporter), reporter)


def test_answers_and_errors_go_back(pipe, monkeypatch):
    ours, theirs = pipe
    serve("echo", theirs)
    assert read(ours) == Done(1, b"body")
    serve("fail", theirs)
    assert read(ours) == Failed(1, b"ValueError")
    monkeypatch.setattr(child, "MAX_BODY_BYTES", 3)
    serve("echo", theirs)
    assert read(ours) == Failed(1, b"ResourceError")


def test_an_answer_for_nobody_ends_the_process(pipe, ends):
    ours, theirs = pipe
    ours.close()
    with pytest.raises(EndedError):
        serve("echo", theirs)
    assert ends == [0]


def test_the_reader_hands_out_jobs_hears_cancels_and_ends_with_the_pipe(pipe, ends, tmp_path):
    ours, theirs = pipe
    tasks = queue.SimpleQueue()
    reader = _Reader(theirs, tasks, Reporter(theirs))
    for message in (Cancel(1), Start(1, "echo", b"x"), Cancel(2), Start(2, "echo", b"y"), Cancel(2)):
        ours.send_bytes(encode(message))
    ours.close()
    with pytest.raises(EndedError):
        reader.run()
    assert ends == [0]
    first, second = tasks.get(), tasks.get()
    assert (first.job, first.kind, first.body, first.cancel.is_set()) == (1, "echo", b"x", False)
    assert (second.job, second.cancel.is_set()) == (2, True)


def test_the_reader_lets_the_servant_clean_up(pipe, ends, tmp_path):
    ours, theirs = pipe
    reader = _Reader(theirs, queue.SimpleQueue(), Reporter(theirs))
    reader.servant = Toy(str(tmp_path).encode())
    ours.send_bytes(encode(Stop()))
    with pytest.raises(EndedError):
        reader.run()
    assert (tmp_path / "abandoned").exists()


def test_words_that_cannot_be_understood_end_the_worker(pipe, ends):
    ours, theirs = pipe
    ours.send_bytes(b"nonsense")
    with pytest.raises(EndedError):
        _Reader(theirs, queue.SimpleQueue(), Reporter(theirs)).run()
    assert ends == [0]


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="memory without a name is Linux's")
def test_what_a_job_may_note_in_is_closed_with_it(pipe):
    ours, theirs = pipe
    lent = os.memfd_create("")
    task = Task(Start(1, "echo", b"x", threads=3, mode="m", scratch=True), Reporter(theirs), lent)
    assert (task.threads, task.mode, task.scratch) == (3, "m", lent)
    _serve(Toy(b""), task, Reporter(theirs))
    assert read(ours) == Done(1, b"x")
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(lent)


def test_a_worker_without_work_rests_once_until_there_is_some():
    tasks = queue.SimpleQueue()
    rests = []

    class Resting:
        def rest(self):
            rests.append(1)
            tasks.put("a job")

    assert child.next_task(tasks, Resting(), rest_s=0.01) == "a job"
    assert rests == [1]
    tasks.put("the next")
    assert child.next_task(tasks, Resting(), rest_s=LIMIT_S) == "the next"
    assert rests == [1]
