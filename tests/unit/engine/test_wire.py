import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.errors import BugError
from zkcompanion.engine import wire
from zkcompanion.engine.wire import Beat, Cancel, Done, Failed, Progress, Ready, Start, Stop, encode

NUMBERS = st.integers(0, 2**63 - 1)
FROM_HOST = st.one_of(
    st.builds(Start, NUMBERS, st.text(max_size=20), st.binary(max_size=50)), st.builds(Cancel, NUMBERS), st.just(Stop())
)
FROM_WORKER = st.one_of(
    st.builds(Ready, NUMBERS, NUMBERS, st.text(max_size=20)),
    st.builds(Progress, NUMBERS, st.binary(max_size=50)),
    st.builds(Done, NUMBERS, st.binary(max_size=50)),
    st.builds(Failed, NUMBERS, st.binary(max_size=50)),
    st.just(Beat()),
)


@given(FROM_HOST)
def test_what_the_host_says_is_what_the_worker_hears(message):
    assert wire.from_host(bytes(encode(message))) == message


@given(FROM_WORKER)
def test_what_the_worker_says_is_what_the_host_hears(message):
    assert wire.from_worker(bytes(encode(message))) == message


def test_nobody_hears_his_own_words():
    with pytest.raises(BugError):
        wire.from_worker(bytes(encode(Stop())))
    with pytest.raises(BugError):
        wire.from_host(bytes(encode(Beat())))


@given(st.one_of(FROM_HOST, FROM_WORKER), st.data())
def test_a_part_of_a_message_is_refused_and_not_shown(message, data):
    whole = bytes(encode(message))
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    for read in (wire.from_host, wire.from_worker):
        with pytest.raises(BugError, match=r"^A message between the window and its worker cannot be read\.$") as caught:
            read(part)
        assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("value", [(99, {}), (0, {"job": "1", "kind": "k", "body": b""}), (0, {"job": 1}), [], 3, None])
def test_a_message_is_checked_against_its_type(value):
    with pytest.raises(BugError):
        wire.from_host(msgspec.msgpack.encode(value))


def test_a_secret_body_is_not_shown():
    assert "secret" not in repr(Start(1, "prove", b"secret"))
