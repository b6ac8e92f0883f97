"""The host's end of a pipe never waits."""

import os
import sys
import threading
from multiprocessing import Pipe

import pytest

from tests.support.workers import LIMIT_S
from zkcompanion.base.errors import BugError
from zkcompanion.engine.pipe import HostPipe
from zkcompanion.engine.scratch import receive_scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of POSIX")

LONG = 1 << 22


@pytest.fixture
def ends():
    ours, theirs = Pipe(duplex=True)
    pipe = HostPipe(ours, 1 << 23)
    yield pipe, theirs
    theirs.close()
    pipe.close()


def idle(pipe):
    """Until nothing is under way."""
    with pipe._sending:
        pass


def test_messages_come_whole_and_in_order(ends):
    pipe, theirs = ends
    assert pipe.take() == ([], True)
    theirs.send_bytes(b"one")
    theirs.send_bytes(b"")
    os.write(theirs.fileno(), (5).to_bytes(4, "big") + b"th")
    assert pipe.take() == ([b"one", b""], True)
    assert pipe.take() == ([], True)
    os.write(theirs.fileno(), b"ree" + b"\0")
    assert pipe.take() == ([b"three"], True)


def test_a_long_message_comes_in_pieces(ends):
    pipe, theirs = ends
    words = os.urandom(LONG)
    sender = threading.Thread(target=theirs.send_bytes, args=(words,))
    sender.start()
    found = []
    while not found:
        found, more = pipe.take()
        assert more
    sender.join(LIMIT_S)
    assert found == [words]


def test_last_words_are_heard_to_the_end(ends):
    pipe, theirs = ends
    for number in range(20):
        theirs.send_bytes(bytes([number]) * 3000)
    theirs.close()
    found, more = pipe.take(everything=True)
    assert len(found) == 20
    assert not more


@pytest.mark.parametrize("length", [1 << 23 | 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_more_than_a_message_may_be_is_refused_before_it_comes(ends, length):
    pipe, theirs = ends
    os.write(theirs.fileno(), length.to_bytes(4, "big"))
    with pytest.raises(BugError):
        pipe.take()


def test_what_is_said_arrives_and_is_forgotten_here(ends):
    pipe, theirs = ends
    data = bytearray(b"secret")
    assert pipe.send(data)
    assert theirs.recv_bytes() == b"secret"
    assert data == bytes(6)


def test_a_long_word_to_one_who_does_not_read_makes_nobody_wait(ends):
    pipe, theirs = ends
    words = os.urandom(LONG)
    data, short = bytearray(words), bytearray(b"short")
    assert pipe.send(data)
    lent, other = os.pipe()
    assert not pipe.send(short, lent), "the long one is under way"
    assert short == bytes(5)
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(lent)
    os.close(other)
    assert theirs.recv_bytes() == words
    idle(pipe)
    assert data == bytes(LONG)
    assert pipe.send(bytearray(b"next"))
    assert theirs.recv_bytes() == b"next"


@pytest.mark.parametrize("size", [10, LONG])
def test_a_descriptor_follows_the_word(ends, size):
    pipe, theirs = ends
    lent, other = os.pipe()
    assert pipe.send(bytearray(size), lent)
    assert len(theirs.recv_bytes()) == size
    received = receive_scratch(theirs)
    os.write(other, b"through")
    assert os.read(received, 10) == b"through"
    idle(pipe)
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(lent)
    os.close(received)
    os.close(other)


@pytest.mark.parametrize("size", [10, LONG])
def test_where_nobody_listens_nothing_is_left_over(ends, size):
    pipe, theirs = ends
    theirs.close()
    lent, other = os.pipe()
    pipe.send(bytearray(size), lent)
    idle(pipe)
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(lent)
    os.close(other)
    assert pipe.take() == ([], False)


def test_a_descriptor_that_cannot_be_sent_ends_the_talk(ends, monkeypatch):
    pipe, theirs = ends
    monkeypatch.setattr("zkcompanion.engine.pipe.send_scratch", fail)
    lent, other = os.pipe()
    os.close(other)
    assert not pipe.send(bytearray(b"order"), lent)
    assert pipe.take() == ([], False)
    theirs.send_bytes(b"what?")
    assert pipe.take() == ([b"what?"], False)


def fail(_connection, _descriptor):
    raise OSError


def test_an_end_that_is_broken_is_an_end(ends, monkeypatch):
    pipe, _ = ends

    def read(_descriptor, _size):
        raise ConnectionResetError

    monkeypatch.setattr(os, "read", read)
    assert pipe.take() == ([], False)


def test_where_nobody_can_look_it_waits_for_whole_messages(ends):
    pipe, theirs = ends
    pipe._waits = True
    os.set_blocking(pipe.connection.fileno(), True)
    theirs.send_bytes(b"one")
    assert pipe.take() == ([b"one"], True)
    assert pipe.send(bytearray(b"word"))
    assert theirs.recv_bytes() == b"word"
    idle(pipe)
    theirs.close()
    pipe.send(bytearray(b"nobody"))
    idle(pipe)
    assert pipe.take() == ([], False)
