"""Records that are there whole, or not at all."""

import os
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.proving import records
from zkcompanion.proving.records import HEAD_BYTES, drop_record, get_record, put_record

pytestmark = pytest.mark.skipif(not hasattr(os, "pwrite"), reason="no such calls on this system")

#: In one piece of BLAKE2b, in sums without and with a rest, in several steps.
SIZES = (0, 1, 64, records._SUMMED_BYTES, records._SUMMED_BYTES + 1, records._STEP_BYTES, 3 * records._STEP_BYTES + 77)
AT = 128


@pytest.fixture
def file(tmp_path):
    descriptor = os.open(tmp_path / "records", os.O_CREAT | os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def payload_of(size, seed=1):
    return np.frombuffer(random.Random(seed).randbytes(size), dtype=np.uint8)


def get(file, size, about=b"this"):
    return get_record(file, AT, about, most_bytes=size)


def flip(file, offset, bit):
    (byte,) = os.pread(file, 1, offset)
    os.pwrite(file, bytes([byte ^ 1 << bit]), offset)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_got_and_nothing_else(file, size):
    payload = payload_of(size)
    assert get(file, size) is None, "nothing was put"
    put_record(file, AT, b"this", payload)
    found = get(file, size)
    assert np.array_equal(found, payload)
    assert found.flags.writeable
    assert get(file, size, b"that") is None, "about something else"
    assert get(file, size - 1) is None, "more than is asked for"
    assert get_record(file, AT + 1, b"this", most_bytes=size) is None
    other = payload_of(size, seed=2)
    put_record(file, AT, b"that", other)
    assert get(file, size) is None
    assert np.array_equal(get(file, size, b"that"), other)
    drop_record(file, AT)
    assert get(file, size, b"that") is None


@pytest.mark.parametrize("size", [0, 1, 80])
def test_every_truncation_and_every_flipped_bit_is_a_miss(file, size):
    put_record(file, AT, b"this", payload_of(size))
    for offset in range(AT, AT + HEAD_BYTES + size):
        for bit in range(8):
            flip(file, offset, bit)
            assert get(file, 1000) is None, (offset, bit)
            flip(file, offset, bit)
    assert get(file, 1000) is not None
    whole = os.pread(file, 10_000, 0)
    for end in range(len(whole)):
        os.ftruncate(file, end)
        assert get(file, 1000) is None, end
        os.pwrite(file, whole[end:], end)
    assert get(file, 1000) is not None


@pytest.mark.parametrize("size", SIZES[3:])
def test_flipped_bits_and_blocks_of_zeros_in_long_records_are_misses(file, size):
    payload = payload_of(size)
    put_record(file, AT, b"this", payload)
    rng = random.Random(size)
    first = AT + HEAD_BYTES
    for offset in (first, first + size - 1, *(first + rng.randrange(size) for _ in range(50))):
        bit = rng.randrange(8)
        flip(file, offset, bit)
        assert get(file, size) is None, (offset, bit)
        flip(file, offset, bit)
    for begin in range(0, size - 4096, size // 7):
        before = os.pread(file, 4096, first + begin)
        for other in (bytes(4096), os.pread(file, 4096, first + (begin + 4096) % (size - 4096))):
            os.pwrite(file, other, first + begin)
            assert get(file, size) is None, begin
        os.pwrite(file, before, first + begin)
    assert get(file, size) is not None


@pytest.mark.parametrize("size", SIZES)
def test_whoever_is_killed_while_writing_leaves_the_old_record_or_none(file, size, monkeypatch):
    """Ended before each of its calls, and in the middle of it."""
    write = os.pwrite

    class Killed(Exception):
        pass

    def dying(left, share):
        def pwrite(descriptor, data, offset):
            nonlocal left
            left -= 1
            if left < 0:
                write(descriptor, bytes(data)[: int(len(data) * share)], offset)
                raise Killed
            return write(descriptor, data, offset)

        return pwrite

    calls = 3 + -(-size // records._STEP_BYTES)
    for share in (0, 0.5):
        for left in range(calls):
            put_record(file, AT, b"this", payload_of(size))
            monkeypatch.setattr(records.os, "pwrite", dying(left, share))
            with pytest.raises(Killed):
                put_record(file, AT, b"that", payload_of(size, seed=2))
            monkeypatch.setattr(records.os, "pwrite", write)
            assert get(file, size, b"that") is None, (left, share)
            old = get(file, size)
            assert old is None or np.array_equal(old, payload_of(size)), (left, share)


def test_a_write_that_comes_short_is_an_error_and_leaves_no_record(file, monkeypatch):
    put_record(file, AT, b"this", payload_of(64))
    write = os.pwrite
    monkeypatch.setattr(records.os, "pwrite", lambda file, data, offset: write(file, data, offset) - (len(data) == 64))
    with pytest.raises(OSError, match="not written"):
        put_record(file, AT, b"this", payload_of(64))
    monkeypatch.setattr(records.os, "pwrite", write)
    assert get(file, 64) is None


def test_a_file_that_cannot_be_read_has_no_record(file, monkeypatch):
    put_record(file, AT, b"this", payload_of(64))
    assert get_record(10_000, AT, b"this", most_bytes=64) is None
    monkeypatch.setattr(records.os, "preadv", lambda *_: 63)
    assert get(file, 64) is None


def test_dropping_what_is_not_there_makes_no_file_longer(file):
    drop_record(file, AT)
    assert os.fstat(file).st_size == 0


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_noise_is_no_record(noise, about):
    descriptor = os.memfd_create("") if hasattr(os, "memfd_create") else pytest.skip("no memory without a name")
    try:
        os.pwrite(descriptor, noise, 0)
        assert get_record(descriptor, 0, about, most_bytes=1000) is None
    finally:
        os.close(descriptor)
