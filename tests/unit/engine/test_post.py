"""What follows what, with a worker that does what the test says."""

import pytest

from tests.support.workers import Heard, Scripted, job, quick, toy
from zkcompanion.engine import post as post_module
from zkcompanion.engine.post import Post
from zkcompanion.engine.schedule.jobs import Job as Claim
from zkcompanion.engine.schedule.jobs import Priority
from zkcompanion.engine.wire import PROTOCOL, Done, Failed, Progress, Ready
from zkcompanion.engine.work import Outcome


@pytest.fixture
def scene(monkeypatch):
    monkeypatch.setattr(post_module, "Worker", Scripted)
    heard = Heard()
    return Post(toy(), heard, quick(grace_s=0.3)), heard


def ready(post, now_s=0.0):
    post.advance(now_s)
    post.worker.words = [Ready(1, PROTOCOL, "t")]
    post.advance(now_s)


def test_an_answer_that_came_before_the_death_counts(scene):
    post, heard = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.submit(job(2, "x"), 0.0)
    post.advance(1.0)
    post.worker.words, post.worker.ended, post.worker.state = [Done(1, b"answer")], -11, "ending"
    post.advance(1.1)
    assert heard.ends == {1: [Outcome("done", b"answer")]}
    assert post.status.deaths == 1
    assert post.worker.done[-1] == "start"
    ready(post, 1.2)
    assert post.status.job == 2


def test_an_answer_that_comes_after_the_cancel_counts_and_ends_the_grace(scene):
    post, heard = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.advance(1.0)
    post.cancel(1, 2.0)
    assert post.next_s() == 2.3
    post.worker.words = [Progress(1, b"p"), Done(1, b"answer")]
    post.advance(2.1)
    post.advance(3.0)
    assert heard.ends == {1: [Outcome("done", b"answer")]}
    assert "kill" not in post.worker.done
    post.cancel(1, 4.0)
    post.worker.words = [Done(1, b"again"), Failed(1, b"again"), Progress(1, b"again")]
    post.advance(4.1)
    assert heard.ends == {1: [Outcome("done", b"answer")]}


def test_the_earlier_of_deadline_and_grace_counts(scene):
    post, heard = scene
    ready(post)
    post.submit(job(1, "x", deadline_s=1.0), 0.0)
    post.advance(1.0)
    post.cancel(1, 1.9)
    post.advance(2.0)
    post.worker.ended = -9
    post.advance(2.01)
    assert heard.ends == {1: [Outcome("late")]}


def test_a_second_cancel_does_not_lengthen_the_grace(scene):
    post, heard = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.advance(1.0)
    post.cancel(1, 1.0)
    post.cancel(1, 1.2)
    assert post.next_s() == 1.3
    post.advance(1.3)
    post.worker.ended = -9
    post.advance(1.31)
    assert heard.ends == {1: [Outcome("cancelled")]}


def test_closing_while_the_process_starts_ends_those_that_wait_and_not_the_opening(monkeypatch):
    monkeypatch.setattr(post_module, "Worker", Scripted)
    heard = Heard()
    post = Post(toy(opening="warm"), heard, quick())
    post.advance(0.0)
    post.submit(job(1, "x"), 0.0)
    post.close(0.1)
    post.worker.ended = -9
    post.advance(0.2)
    post.advance(0.3)
    assert heard.ends == {1: [Outcome("closed")]}
    assert post.worker.state == "off"
    assert post.next_s() is None


def test_closing_where_there_is_no_process(scene):
    post, heard = scene
    post.submit(job(1, "x"), 0.0)
    post.close(0.0)
    post.advance(0.1)
    assert heard.ends == {1: [Outcome("closed")]}
    assert post.worker.done == []


def test_a_limit_for_a_job_that_is_not_there_is_none(scene):
    post, _ = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.advance(0.0)
    post.expect(2, 1.0)
    assert post.next_s() == post._limits.silent_s
    post.expect(1, 1.0)
    assert post.next_s() == 1.0


def test_last_words_between_two_looks_count(scene):
    post, heard = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.advance(1.0)
    worker, receive = post.worker, post.worker.receive

    def says_it_and_ends():
        found = receive()
        if worker.ended is None:
            worker.words, worker.ended = [Done(1, b"answer")], -9
        return found

    worker.receive = says_it_and_ends
    post.advance(1.1)
    post.advance(1.2)
    assert heard.ends == {1: [Outcome("done", b"answer")]}


def test_time_in_which_nobody_watched_counts_for_nothing(scene):
    post, _ = scene
    ready(post)
    post.submit(job(1, "x"), 0.0)
    post.advance(1.0)
    post.cancel(1, 2.0)
    post.expect(1, 2.1)
    post.postpone(100.0)
    post.advance(102.05)
    assert "kill" not in post.worker.done
    assert post.next_s() == pytest.approx(102.1)
    post.advance(102.11)
    assert post.worker.done[-1] == "kill"


def test_what_a_worker_did_is_counted(scene):
    post, _ = scene
    ready(post, 10.0)
    assert (post.status.ready_s, post.status.began_s, post.status.busy_s) == (10.0, None, 0.0)
    post.submit(job(1, "x", claim=Claim(1, Priority.BATCH, 0.0, 0, 70)), 11.0)
    post.advance(11.0)
    assert post.status.began_s == 11.0
    post.worker.words = [Done(1, b"")]
    post.advance(14.0)
    post.submit(job(2, "x"), 15.0)
    post.advance(15.0)
    post.worker.ended = -9
    post.advance(16.0)
    status = post.status
    assert (status.jobs, status.work, status.busy_s, status.began_s, status.ready_s) == (1, 70, 4.0, None, 10.0)
