"""Memory without a name that goes from worker to worker, and is zeroed at the end."""

import os
import sys
from multiprocessing import Pipe
from pathlib import Path

import pytest

from zkcompanion.engine import scratch
from zkcompanion.engine.scratch import open_scratch, receive_scratch, send_scratch, wipe_scratch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's")


@pytest.fixture
def pipe():
    ours, theirs = Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_both_sides_see_the_same_and_nothing_when_it_is_over(pipe):
    ours, theirs = pipe
    mine = open_scratch()
    ours.send_bytes(b"before")
    send_scratch(ours, mine)
    ours.send_bytes(b"after")
    assert theirs.recv_bytes() == b"before"
    lent = receive_scratch(theirs)
    assert theirs.recv_bytes() == b"after"
    assert not os.get_inheritable(lent)
    os.pwrite(lent, b"secret", (1 << 20) + 5)
    assert os.pread(mine, 6, (1 << 20) + 5) == b"secret"
    assert "secret" not in str(Path(f"/proc/self/fd/{mine}").readlink())
    seen = os.dup(mine)
    wipe_scratch(mine)
    assert os.fstat(seen).st_size == 0
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(mine)
    os.close(lent)
    os.close(seen)


def test_what_was_written_is_zeroed_before_it_is_given_back(monkeypatch):
    mine = open_scratch()
    os.pwrite(mine, b"secret", 0)
    seen = os.dup(mine)
    monkeypatch.setattr(scratch.os, "ftruncate", lambda *_: None)
    wipe_scratch(mine)
    assert os.pread(seen, 6, 0) == bytes(6)
    os.close(seen)


def test_where_there_is_none_there_is_nothing_to_do(monkeypatch):
    wipe_scratch(None)
    wipe_scratch(10_000)

    def refuse(_name):
        raise OSError

    monkeypatch.setattr(scratch.os, "memfd_create", refuse)
    assert open_scratch() is None
    monkeypatch.delattr(scratch.os, "memfd_create")
    assert open_scratch() is None


def test_an_end_and_a_word_without_a_descriptor(pipe):
    ours, theirs = pipe
    os.write(ours.fileno(), b"\0")
    with pytest.raises(EOFError):
        receive_scratch(theirs)
    ours.close()
    with pytest.raises(EOFError):
        receive_scratch(theirs)


def test_without_room_for_a_descriptor_nothing_is_lent():
    assert scratch.lend(None) is None
    assert scratch.lend(10_000) is None
    mine = open_scratch()
    lent = scratch.lend(mine)
    assert os.path.sameopenfile(mine, lent)
    os.close(lent)
    wipe_scratch(mine)
